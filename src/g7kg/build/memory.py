"""A graph in memory that follows the files that it is made of: only what differs is taken away and put there."""

import pyoxigraph as ox
from pyoxigraph import NamedNode, Quad, RdfFormat

from g7kg.build.assembly import Inputs
from g7kg.build.conformance import Validation
from g7kg.build.rules import derive_triples, read_rules
from g7kg.build.work import WorkFolder
from g7kg.rdf.lines import read_lines, to_file, to_triples
from g7kg.shacl import Finding, Report


class MemoryGraph:
    """The graph of a workspace, the description of the data set apart; each change is validated where it is."""

    def __init__(self, engine: str) -> None:
        self.engine, self.store = engine, ox.Store()
        self.stated: frozenset[bytes] = frozenset()
        self.derived: list[Quad] = []
        self.validation: Validation | None = None
        self.shapes: tuple[Quad, ...] = ()

    def follow(self, inputs: Inputs) -> set[NamedNode]:
        """Become the graph of ``inputs``; return the things of which anything else is stated or derived than before.

        Raises ``RuleError`` as ``derive_triples`` does.
        """
        lines = to_triples(read_lines(reading.quads for reading in inputs.readings))
        stated, derived = inputs.fixed.stated.union(lines), set(self.derived)
        removed, added = (_parse(one - other) for one, other in ((self.stated, stated), (stated, self.stated)))
        for quad in (*self.derived, *removed):
            self.store.remove(quad)
        self.store.extend(added)
        self.stated, self.derived = stated, []
        for triple in derive_triples(self.store, read_rules(inputs.workspace.ontology / "rules")):
            self.derived.append(Quad(*triple))
        changed = (*removed, *added, *(derived ^ set(self.derived)))
        return {quad.subject for quad in changed if isinstance(quad.subject, NamedNode)}

    def validate(self, inputs: Inputs, nodes: set[NamedNode], work: WorkFolder) -> tuple[Finding, ...]:
        """Return what is found at ``nodes`` under the shapes of ``inputs``, located.

        What SPARQL targets select is left out: they ask the whole graph. Raises ``ShapesError`` for shapes that a build
        does not use.
        """
        if self.validation is None or self.shapes is not inputs.fixed.shapes:
            self.shapes = inputs.fixed.shapes
            self.validation = Validation(self.store, self.shapes, self.engine, work)
        self.validation.work = work
        return Report(self.validation.find_at(nodes), 0).locate(inputs.definitions).findings


def _parse(lines: frozenset[bytes]) -> list[Quad]:
    return list(ox.parse(to_file(lines), format=RdfFormat.N_TRIPLES))
