"""Documents that are checked together: their quads, with blank nodes kept apart, and where their nodes stand."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any, Final

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from g7kg.errors import DataError, Location
from g7kg.rdf.vocab import OWL
from g7kg.sandbox.exchange import Source
from g7kg.sandbox.positions import locate_nodes
from g7kg.sandbox.reading import read_quads

_SPELLED: Final = re.compile(rb'_:((?:\w|[\x80-\xff.-])*(?:\w|[\x80-\xff-]))|nodeID\s*=\s*["\']([^"\']*)["\']')


class Labels:
    """Gives blank nodes of documents labels of their own, the same ones each time that the same documents are read.

    A label that a document spells is kept where no document before it has it. A node without one is called ``b1``,
    ``b2`` and so on, in the order in which the document has them: what readers call it differs each time.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._numbers = count(1)

    def rename(self, data: bytes, quads: Iterable[Quad]) -> tuple[list[Quad], dict[str, str]]:
        """Return ``quads``, those of the document ``data``, renamed, and the new labels by those it spells."""
        spelled = {(first or second).decode(errors="replace") for first, second in _SPELLED.findall(data)}
        names = _Names(spelled, self._taken, self._numbers)
        renamed = [names.rename_quad(quad) for quad in quads]
        self._taken.update(names.nodes)
        return renamed, {old: names[old].value for old in spelled & names.keys()}

    @property
    def nodes(self) -> frozenset[str]:
        """The labels that have been given so far."""
        return frozenset(self._taken)


class _Names(dict[str, BlankNode]):
    """The blank nodes of one document by the labels that its reader gave them; a missing one is made."""

    def __init__(self, spelled: set[str], taken: set[str], numbers: Iterator[int]) -> None:
        super().__init__()
        self.spelled, self.taken, self.numbers = spelled, taken, numbers
        self.nodes: set[str] = set()

    def __missing__(self, label: str) -> BlankNode:
        kept = label in self.spelled and label not in self.taken
        name = label if kept else next(name for name in self._propose(label) if self._is_free(name))
        self.nodes.add(name)
        return self.setdefault(label, BlankNode(name))

    def _propose(self, label: str) -> Iterator[str]:
        if label in self.spelled:
            return (f"{label}-{number}" for number in count(2))
        return (f"b{number}" for number in self.numbers)

    def _is_free(self, name: str) -> bool:
        return name not in self.taken and name not in self.spelled and name not in self.nodes

    def rename_quad(self, quad: Quad) -> Quad:
        if not any(isinstance(term, BlankNode | Triple) for term in quad):
            return quad  # a large document is not in memory twice
        subject, object_ = self.rename_node(quad.subject), self.rename_node(quad.object)
        graph = self[quad.graph_name.value] if isinstance(quad.graph_name, BlankNode) else quad.graph_name
        return Quad(subject, quad.predicate, object_, graph)

    def rename_node(self, node: Any) -> Any:  # noqa: ANN401 - a term of the kind that it is given
        if isinstance(node, BlankNode):
            return self[node.value]
        if isinstance(node, Triple):
            return Triple(self.rename_node(node.subject), node.predicate, self.rename_node(node.object))
        return node


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
