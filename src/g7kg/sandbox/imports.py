"""What shapes graphs import (owl:imports; https://www.w3.org/TR/shacl/#shapes-graph): files beside them, or not."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from pyoxigraph import NamedNode, Quad

from g7kg.rdf.vocab import SH
from g7kg.sandbox.exchange import Source
from g7kg.sandbox.reading import base_of

_VOCABULARY: Final = SH.iri.rstrip("#")


def list_missing(
    sources: Iterable[Source], imports: Mapping[str, Sequence[str]], quads: Iterable[Quad]
) -> Iterator[tuple[str, str]]:
    """Yield what ``sources``, shapes with ``quads``, import and do not have: the importing file's name and the IRI.

    ``imports`` are the imported IRIs by that name. An import is there if the file has been read, or if something is
    said about the IRI; SHACL's own vocabulary says nothing that an engine does not know.
    """
    read = {base_of(source) for source in sources}
    about = {_strip(quad.subject.value) for quad in quads if isinstance(quad.subject, NamedNode)}
    there = {*read, *(iri for iri in about if not iri.startswith("file:")), _VOCABULARY}
    for source in sources:
        for iri in dict.fromkeys(map(_strip, imports.get(source.name, ()))):
            if iri not in there:
                yield source.name, iri


def find_file(importer: str, iri: str) -> Path | None:
    """Return where the file ``iri`` is that the file called ``importer`` imports; ``None`` for what is no local file.

    Names may be relative, and IRIs of files never are: the way from the one to the other is taken.
    """
    parts = urlsplit(iri)
    if parts.scheme != "file" or parts.netloc not in {"", "localhost"}:
        return None
    target = unquote(parts.path)
    folder = os.path.dirname(unquote(urlsplit(base_of(Source(importer, "", b""))).path))  # noqa: PTH120 - part of an IRI
    beside = Path(importer).parent / os.path.relpath(target, folder)
    return beside if beside.exists() else Path(target)


def _strip(iri: str) -> str:
    return iri.partition("#")[0] if iri.startswith("file:") else iri.rstrip("#")
