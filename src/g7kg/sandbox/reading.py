"""RDF of any format to quads, refusing what would make a reader reach out or swell."""

import json
import posixpath
import re
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import pyoxigraph as ox
from pyoxigraph import Quad, RdfFormat

from g7kg.errors import DataError, Location
from g7kg.rdf.formats import RDF_FORMATS, name_syntaxes
from g7kg.sandbox.exchange import Source
from g7kg.texts.files import TOO_LONG, check_json, check_turtle

FORMATS: Final = name_syntaxes(RDF_FORMATS, RdfFormat)

CONTEXT: Final = "https://w3id.org/g7kg/context.jsonld"

MOST_ENTITY_BYTES: Final = 200
"""The longest replacement of an XML entity: those that abbreviate namespaces are shorter."""

_ENTITY: Final = re.compile(
    rb"""<!ENTITY\s+(?P<parameter>%\s+)?(?P<name>[^\s"'>]+)\s+(?P<value>"[^"]*"|'[^']*'|[^\s>]+)"""
)
_REFERENCE: Final = re.compile(rb"&(?!(?:lt|gt|amp|quot|apos|#\d+|#x[0-9A-Fa-f]+);)")


def read_quads(source: Source, context: Mapping[str, Any]) -> list[Quad]:
    """Return the quads of ``source``; blank nodes keep the labels that they have there.

    A JSON-LD document may name the project's own context, for which ``context`` is taken; any other one is refused, for
    nothing is fetched. Relative IRIs are resolved against the name as a file. Raises ``DataError`` with the place.
    """
    try:
        quads = list(ox.parse(_prepare(source, context), format=FORMATS[source.format], base_iri=base_of(source)))
    except SyntaxError as error:
        place = Location(source.name, error.lineno, error.offset)
        name = FORMATS[source.format].name
        raise DataError(f"this is no {name}: {error.msg}", location=place, hint=_advise(source, error)) from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"this cannot be read: {error}", location=Location(source.name), hint="mend it") from error
    except MemoryError as error:
        if "buffer" not in str(error):
            raise
        raise DataError(TOO_LONG, location=Location(source.name), hint="shorten it") from error
    return quads


def base_of(source: Source) -> str:
    """Return the IRI that relative ones in ``source`` are resolved against: its name as that of a file."""
    path = posixpath.normpath("/" + source.name.replace("\\", "/").lstrip("/"))
    return "file://" + quote(path)


def _prepare(source: Source, context: Mapping[str, Any]) -> bytes:
    marked = source.data.removeprefix(BOM_UTF8)  # the readers take a byte order mark for a fault
    source = source if marked is source.data else Source(source.name, source.format, marked)
    if source.format == "rdf":
        _refuse_entities(source)
    if source.format == "jsonld":
        data = b"".join(check_json([source.data], source.name, DataError))
        return json.dumps(_with_context(json.loads(data), context)).encode()
    if b"<<" in source.data:
        check_turtle(source.data, source.name, DataError)
    return source.data


def _refuse_entities(source: Source) -> None:
    """Raise ``DataError`` for entities that could swell or reach out: long, nested, external, of parameters."""
    for entity in _ENTITY.finditer(source.data):
        value = entity["value"]
        external = value[:1] not in {b'"', b"'"}
        if entity["parameter"] or external or len(value) > MOST_ENTITY_BYTES or _REFERENCE.search(value):
            line = source.data.count(b"\n", 0, entity.start()) + 1
            name = entity["name"].decode(errors="replace")
            message = f"the entity “{name}” is refused: it is external, nested or long"
            raise DataError(message, location=Location(source.name, line), hint="write its text out")


def _with_context(document: Any, context: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON is of any type
    """Return ``document`` with the project's context in place of its address."""
    if isinstance(document, Mapping):
        return {
            key: _replace_context(value, context) if key == "@context" else _with_context(value, context)
            for key, value in document.items()
        }
    return [_with_context(item, context) for item in document] if isinstance(document, list) else document


def _replace_context(value: Any, context: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON is of any type
    if value == CONTEXT:
        return context["@context"]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_replace_context(item, context) for item in value]
    return value


def _advise(source: Source, error: SyntaxError) -> str:
    if "LoadDocumentCallback" in str(error.msg):
        return f"contexts are never fetched: write it into the document, or use {CONTEXT}"
    return f"is it {FORMATS[source.format].name}? name the format, or mend the document"
