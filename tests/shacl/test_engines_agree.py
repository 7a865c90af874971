"""The fast engine against pySHACL: on the project's graph, on damaged ones, and on small graphs of no project."""

import random
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad
from rdflib import Graph, Variable
from tests.helpers.shapes import CASES, shapes_of
from tests.helpers.tables import read_table

from g7kg.build.assembly import Assembly
from g7kg.errors import ShapesError
from g7kg.mapping.workspace import Workspace
from g7kg.rdf.vocab import IDENTIFIERS, SH
from g7kg.shacl import Report, validate_quads
from g7kg.shacl.targets import read_query, select_targets

pytest.importorskip("shacl", reason="needs the package shacl, which has no wheel for this machine")

from g7kg.shacl import fast

TABLE: Final = read_table("engines")

DOCUMENTS: Final = {"cernobbio-como-2024", "cssii-2020"}

pytestmark = pytest.mark.soak


def shape_texts() -> list[str]:
    texts = [f"ex:S sh:targetClass ex:C ; {constraint} ." for constraint in TABLE["node"]]
    texts += [
        f"ex:S {target} ; sh:nodeKind sh:{kind} ." for target in TABLE["targets"] for kind in ("BlankNode", "IRI")
    ]
    for constraint in TABLE["property"]:
        other = re.match(r"sh:path2 (\S+) ; ", constraint)
        path, rest = (other[1], constraint[other.end() :]) if other else ("ex:p", constraint)
        texts.append(f"ex:S sh:targetClass ex:C ; sh:property ex:P . ex:P sh:path {path} ; {rest} .")
    for path in TABLE["paths"]:
        for constraint in ("sh:minCount 2", "sh:maxCount 1", "sh:nodeKind sh:Literal"):
            texts.append(f"ex:S a sh:PropertyShape ; sh:targetClass ex:C ; sh:path {path} ; {constraint} .")
    return [text.replace("ex:S ", "ex:S a sh:NodeShape ; ", "ex:S a " not in text) for text in texts]


def read(text: str) -> list[Quad]:
    return list(ox.parse(TABLE["prefixes"] + text, format=ox.RdfFormat.TURTLE))


def compared(report: Report) -> set[tuple[object, ...]]:
    """Return what findings have to agree in; labels of anonymous shapes and default messages are none of it."""
    return {
        (
            finding.severity,
            finding.focus_node,
            finding.path,
            finding.value,
            "_:" if finding.source_shape.startswith("_:") else finding.source_shape,
            finding.component,
        )
        for finding in report.findings
    }


def assert_same(quads: list[Quad], shapes: tuple[Quad, ...]) -> Report:
    reference, other = validate_quads(quads, shapes), fast.validate_quads(quads, shapes)
    assert other == replace(reference, engine=other.engine)
    return reference


def name_case(case: Path) -> str:
    return f"{case.parent.name}/{case.stem}"


def read_case(case: Path) -> tuple[list[Quad], tuple[Quad, ...]]:
    quads = list(ox.parse(path=case, format=ox.RdfFormat.TURTLE))
    return quads, shapes_of(case.parent.name.removesuffix("Shape"))


@pytest.mark.parametrize("case", CASES, ids=name_case)
def test_both_find_the_same_in_a_case_of_a_shape(case: Path) -> None:
    assert_same(*read_case(case))


def selects_by_query(case: Path) -> bool:
    """Whether the shapes of ``case`` have SPARQL targets in which nothing stands that SPARQL cannot compare.

    A string and a date, for example, give an error there; rdflib has an order for them.
    """
    _, shapes = read_case(case)
    return case.stem != "wrong-datatype" and any(quad.predicate == SH("target") for quad in shapes)


def assert_selected_alike(quads: list[Quad], shapes: tuple[Quad, ...], ours: Report) -> None:
    """Compare ``ours`` with pySHACL's own evaluation of targets, which it keeps if shapes use what is not trusted."""
    unused = Quad(NamedNode("urn:x:unused"), SH("returnType"), NamedNode("urn:x:unused"))
    theirs = validate_quads(quads, (*shapes, unused))
    assert replace(ours, focus=None) == replace(theirs, focus=None)  # what pySHACL selects by itself is not counted


@pytest.mark.parametrize("case", [case for case in CASES if selects_by_query(case)][::6], ids=name_case)
def test_oxigraph_and_rdflib_select_the_same_targets_in_a_case_of_a_shape(case: Path) -> None:
    quads, shapes = read_case(case)
    assert_selected_alike(quads, shapes, validate_quads(quads, shapes))


def damage_at_random(quads: list[Quad], seed: int) -> list[Quad]:
    """Return ``quads`` without some, and some with another object: a literal with one of its property's."""
    chance = random.Random(seed)  # noqa: S311 - the damage is to be the same in every run
    literals: dict[NamedNode, list[Literal]] = {}
    for quad in quads:
        if isinstance(quad.object, Literal):
            literals.setdefault(quad.predicate, []).append(quad.object)
    others: list[NamedNode | BlankNode | Literal] = [BlankNode("odd"), Literal("odd")]
    others += [quad.object for quad in quads if isinstance(quad.object, NamedNode)]
    damaged: list[Quad] = []
    for quad in sorted(quads, key=str):
        if chance.random() < 0.02:
            is_literal = isinstance(quad.object, Literal)
            other = chance.choice(literals[quad.predicate] if is_literal else others)
            damaged.append(Quad(quad.subject, quad.predicate, other, quad.graph_name))
        elif chance.random() > 0.02:
            damaged.append(quad)
    return damaged


@pytest.fixture(scope="module")
def damaged(assembly: Assembly) -> list[Quad]:
    return damage_at_random(list(assembly.quads), 1)


def test_both_find_the_same_where_chance_did_the_damage(damaged: list[Quad], assembly: Assembly) -> None:
    assert len(assert_same(damaged, assembly.shapes).findings) > 100


def test_oxigraph_and_rdflib_select_the_same_targets_where_chance_did_the_damage(
    damaged: list[Quad], assembly: Assembly, workspace: Workspace
) -> None:
    """Without most of the documents: rdflib takes time with the square of the size."""
    names = {path.stem for path in workspace.mappings.glob("*.yaml")} - DOCUMENTS
    left_out = tuple(f"<{IDENTIFIERS}{name}/" for name in names)
    triples = {quad.triple for quad in damaged if not str(quad.subject).startswith(left_out)}
    shapes, graph = ox.Dataset(assembly.shapes), Graph()
    graph.parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES), format="nt")
    ours, theirs = select_targets(shapes, triples), defaultdict[str, set[str]](set)
    for target in shapes.quads_for_predicate(SH("target")):
        query, prefixes = read_query(shapes, target)
        selected = graph.query(query, initNs=prefixes).bindings
        theirs[str(target.subject)] |= {str(solution[Variable("this")]) for solution in selected}
    assert {str(shape): {node.value for node in nodes} for shape, nodes in ours.items()} == theirs
    assert sum(map(bool, theirs.values())) > 50


@pytest.mark.parametrize("text", shape_texts())
def test_both_find_the_same_in_a_foreign_graph(text: str) -> None:
    data, shapes = read(TABLE["data"]), read(text + TABLE["declarations"])
    assert compared(fast.validate_quads(data, shapes)) == compared(validate_quads(data, shapes))


def test_blank_nodes_keep_their_labels() -> None:
    data = [Quad(BlankNode("somebody"), NamedNode("http://example.org/p"), BlankNode("something"))]
    shapes = read("ex:S a sh:PropertyShape ; sh:targetSubjectsOf ex:p ; sh:path ex:p ; sh:nodeKind sh:IRI .")
    (finding,) = fast.validate_quads(data, shapes).findings
    assert (finding.focus_node, finding.value) == ("_:somebody", "_:something")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ex:S sh:targetClass ex:C ; sh:rule [] .", "shacl#rule"),
        ("ex:S sh:targetClass ex:C ; sh:minCout 1 .", "shacl#minCout"),
        ("ex:S sh:target [ a sh:SPARQLTarget ] .", "0 queries"),
        ("ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:node ex:S ] .", "refer to themselves"),
        ('ex:S sh:targetClass ex:C ; sh:path ex:p ; sh:pattern "(" .', "regex"),
    ],
)
def test_what_the_engine_is_not_trusted_with_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ShapesError, match=reason):
        fast.validate_quads(read(TABLE["data"]), read(text))
