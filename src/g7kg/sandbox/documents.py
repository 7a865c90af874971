"""Documents that are checked together: their quads, with blank nodes kept apart, and where their nodes stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pyoxigraph import NamedNode, Quad

from g7kg.errors import DataError, Location
from g7kg.rdf.vocab import OWL
from g7kg.sandbox.exchange import Source
from g7kg.sandbox.labels import Labels
from g7kg.sandbox.positions import locate_nodes
from g7kg.sandbox.reading import read_quads


class Documents:
    """Reads documents one after the other; no blank node of one is one of another's.

    ``context`` is the project's JSON-LD context, which documents may name.
    """

    def __init__(self, context: Mapping[str, Any]) -> None:
        self._context = context
        self._labels = Labels()
        self._spelled: dict[str, dict[str, str]] = {}
        self.imports: dict[str, list[str]] = {}
        """The IRIs that each document imports (owl:imports), by its name."""

    def read(self, sources: Iterable[Source]) -> list[Quad]:
        """Return the quads of ``sources`` in their order; ``DataError`` with the place for what cannot be read."""
        found: list[Quad] = []
        for source in sources:
            quads, self._spelled[source.name] = self._labels.rename(source.data, read_quads(source, self._context))
            if not quads:
                hint = "there is nothing to check: is it the file that you meant?"
                raise DataError("the document has no triples", location=Location(source.name), hint=hint)
            imported = (quad.object for quad in quads if quad.predicate == OWL("imports"))
            self.imports[source.name] = [node.value for node in imported if isinstance(node, NamedNode)]
            found += quads
        return found

    def locate(self, sources: Iterable[Source]) -> dict[str, Location]:
        """Return where nodes of ``sources``, which have been read, stand: the first place, by name in findings."""
        places: dict[str, Location] = {}
        for source in sources:
            spelled = self._spelled[source.name]
            for name, place in locate_nodes(source).items():
                label = spelled.get(name.removeprefix("_:")) if name.startswith("_:") else None
                places.setdefault(f"_:{label}" if label else name, place)
        return places
