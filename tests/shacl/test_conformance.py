"""Validation document by document: the same findings as those of the whole graph."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import Literal, NamedNode, Quad, Triple
from tests.helpers.project import mkdir, needs_engine
from tests.helpers.shapes import CASES, shapes_of

from g7kg.build.assembly import Assembly, extend_default
from g7kg.build.conformance import validate_store
from g7kg.build.memo import digest_lines
from g7kg.build.work import Means
from g7kg.errors import ShapesError
from g7kg.rdf.vocab import graph_iri
from g7kg.shacl import Finding, Report, validate_quads
from g7kg.shacl.reach import Step, read_reach

REGISTRY = graph_iri("registry")


def in_registry(triple: Triple) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, REGISTRY)


def in_parts(
    quads: Iterable[Quad], shapes: Iterable[Quad], folder: Path, means: Means, parts: Sequence[Iterable[Quad]] = ()
) -> Report:
    """Validate as a build does: by ``parts``, or else with a part for each subject."""
    held = set(quads)
    if not parts:
        by_subject: defaultdict[object, list[Quad]] = defaultdict(list)
        for quad in held:
            by_subject[quad.subject].append(quad)
        parts = list(by_subject.values())
    store = ox.Store(folder / "store")
    extend_default(store, held)
    store.flush()
    del store
    files = [write(part, folder / f"{number}.nq") for number, part in enumerate(parts)]
    digests = digest_lines(f"{quad.triple} .\n".encode() for quad in held)
    return validate_store(folder / "store", files, write(shapes, folder / "shapes.nq"), "shacl", means, digests=digests)


def write(quads: Iterable[Quad], path: Path) -> Path:
    path.write_text("".join(sorted(f"{in_registry(quad.triple)} .\n" for quad in quads)), "utf-8")
    return path


def told(findings: Iterable[Finding]) -> set[Finding]:
    """Leave out what anonymous shapes are called, which differs from one validation to the next."""
    return {replace(one, source_shape="_:") if one.source_shape.startswith("_:") else one for one in findings}


@pytest.mark.parametrize("case", CASES[::16], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_cases_give_the_same_findings_subject_by_subject(case: Path, tmp_path: Path, means: Means) -> None:
    needs_engine()
    quads = [in_registry(quad.triple) for quad in ox.parse(path=case)]
    shapes = shapes_of(case.parent.name.removesuffix("Shape"))
    whole = validate_quads(quads, shapes, "shacl")
    report = in_parts(quads, shapes, tmp_path, means)
    assert told(report.findings) == told(whole.findings)
    assert (report.quads, report.engine) == (whole.quads, whole.engine)


def test_findings_are_the_same_where_they_were_kept(tmp_path: Path, means: Means) -> None:
    needs_engine()
    data = ":a :p :b , 'x'@en , 7 . :b :p :c ."
    shapes = read(":S sh:targetSubjectsOf :p ; sh:path ( :p [ sh:alternativePath ( :p :q ) ] ) ; sh:minCount 2 .")
    first, second = (in_parts(read(data), shapes, mkdir(tmp_path / name), means) for name in ("first", "second"))
    assert second == first
    assert len(first.findings) == 2


def damage(triples: Sequence[Triple], rng: random.Random) -> set[Triple]:
    """Return ``triples`` without some, and with values where they do not belong."""
    strange = rng.sample(triples, 45)
    moved = {Triple(one.subject, one.predicate, other.object) for one, other in pairwise(strange)}
    twice = {Triple(one.subject, one.predicate, Literal("x")) for one in rng.sample(triples, 15)}
    return set(triples) - set(rng.sample(triples, 90)) | moved | twice


@pytest.mark.soak
def test_a_damaged_graph_gives_the_same_findings_document_by_document(
    assembly: Assembly, tmp_path: Path, means: Means
) -> None:
    needs_engine()
    rng = random.Random(0)  # noqa: S311 - it is to be repeatable
    ours = sorted((quad.triple for quad in assembly.quads if quad.graph_name != graph_iri("ontology")), key=str)
    ontology = [quad for quad in assembly.quads if quad.graph_name == graph_iri("ontology")]
    quads = [*ontology, *(in_registry(triple) for triple in damage(ours, rng))]
    owners = [{quad.subject for quad in ox.parse(path=file)} for file in assembly.defining]
    parts = [[quad for quad in quads if quad.subject in subjects] for subjects in owners]
    whole = validate_quads(quads, assembly.shapes, "shacl")
    assert len(whole.findings) > 100
    assert told(in_parts(quads, assembly.shapes, tmp_path, means, parts).findings) == told(whole.findings)


def read(turtle: str) -> list[Quad]:
    prefixes = "@prefix : <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> . "
    return [in_registry(quad.triple) for quad in ox.parse(prefixes + turtle, format=ox.RdfFormat.TURTLE)]


def node(name: str) -> NamedNode:
    return NamedNode(f"http://e/{name}")


def step(forward: str = "", inverse: str = "") -> Step:
    return Step(frozenset(map(node, forward.split())), frozenset(map(node, inverse.split())))


REACHES = {
    "one": (":S sh:property [ sh:path :p ; sh:minCount 1 ] .", (step("p"),)),
    "two": (":S sh:property [ sh:path ( :p :q ) ] .", (step("p"), step("q"))),
    "inverse": (":S sh:path [ sh:inversePath ( :p :q ) ] .", (step("", "q"), step("", "p"))),
    "alternative": (
        ":S sh:path ( [ sh:inversePath :p ] [ sh:alternativePath ( :q ( :r :t ) ) ] ) .",
        (step("", "p"), step("q r"), step("t")),
    ),
    "nested": (
        ":S sh:property [ sh:path :p ; sh:node [ sh:property [ sh:path :q ; sh:lessThan :r ] ] ] .",
        (step("p"), step("q r")),
    ),
    "or": (
        ":S sh:property [ sh:path :p ; sh:or ( [ sh:path :q ] [ sh:not [ sh:path :r ] ] ) ] .",
        (step("p"), step("q r")),
    ),
    "pair": (":S sh:path [ sh:zeroOrOnePath :p ] ; sh:disjoint :q .", (step("p q"),)),
    "branches": (
        ":S sh:path ( [ sh:alternativePath ( :p ( :q :r ) ) ] [ sh:zeroOrOnePath :t ] :u ) .",
        (step("p q"), step("r t u"), step("t u"), step("u")),
    ),
}


@pytest.mark.parametrize(("shape", "steps"), REACHES.values(), ids=REACHES)
def test_shapes_look_just_so_far(shape: str, steps: tuple[Step, ...]) -> None:
    assert read_reach(ox.Dataset(Quad(*quad.triple) for quad in read(shape)), [node("S")]) == steps


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (":S sh:path [ sh:zeroOrMorePath :p ] .", "a path has no bound: it has * or +"),
        (":S sh:property [ sh:path :p ; sh:node :S ] . :T sh:node :S .", "the shape <http://e/S> refers to itself"),
        (":S sh:property [ sh:path :p ; sh:node :T ] . :T sh:closed true .", "<http://e/T> is closed and for values"),
        (":S sh:qualifiedValueShapesDisjoint true .", "<http://e/S> has a target and looks at its siblings"),
    ],
    ids=["endless", "recursive", "closed", "siblings"],
)  # fmt: skip
def test_shapes_that_look_without_bounds_are_refused(shape: str, message: str) -> None:
    with pytest.raises(ShapesError) as caught:
        read_reach(ox.Dataset(Quad(*quad.triple) for quad in read(shape)), [node("S")])
    hint = "the project is validated document by document: select the nodes with a SPARQL target instead"
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_constraints_by_sparql_are_refused_in_the_projects_shapes(tmp_path: Path, means: Means) -> None:
    shapes = read(":S sh:targetNode :a ; sh:sparql [ sh:select 'SELECT $this WHERE { }' ] .")
    with pytest.raises(ShapesError, match=r"the project's shapes cannot use http://www\.w3\.org/ns/shacl#sparql "):
        in_parts(read(":a :p :b ."), shapes, tmp_path, means)


@pytest.mark.parametrize(
    ("target", "selected"),
    [
        ("sh:targetNode :a , :nowhere , 7", {"http://e/a", "http://e/nowhere", '"7"^^<http://www.w3.org/2001/XMLSchema#integer>'}),
        ("sh:targetSubjectsOf :p", {"http://e/a"}),
        ("sh:targetObjectsOf :p", {"http://e/b", '"x"'}),
        ("a sh:NodeShape , <http://www.w3.org/2000/01/rdf-schema#Class>", {"http://e/b"}),
        ("sh:targetClass :K", {"http://e/b", "http://e/c"}),
    ],
)  # fmt: skip
def test_every_kind_of_target_is_found_part_by_part(
    target: str, selected: set[str], tmp_path: Path, means: Means
) -> None:
    needs_engine()
    general = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
    data = read(f":a :p :b , 'x' . :b a :S . :c a :L . :S {general} :K . :L {general} :M . :M {general} :K .")
    shapes = read(f":S {target} ; sh:nodeKind sh:BlankNode .")
    found = {finding.focus_node for finding in in_parts(data, shapes, tmp_path, means).findings}
    assert found == selected == {finding.focus_node for finding in validate_quads(data, shapes).findings}


CLASS = "<http://www.w3.org/2000/01/rdf-schema#Class>"
NEIGHBOUR = ":T sh:targetNode :a ; sh:property [ sh:path :p ; sh:class :S ] ."
TOGETHER = {
    "a neighbour of a class that is a shape": (
        ":a :p :b . :b a :S ; :q 1 .",
        f":S a sh:NodeShape , {CLASS} ; sh:property :P . :P sh:path :q ; sh:minCount 1 . {NEIGHBOUR}",
        set(),
    ),
    "a class that is a shape without being called one": (
        ":a a :S .",
        f":S a {CLASS} ; sh:property [ sh:path :q ; sh:minCount 1 ] .",
        {"http://e/a"},
    ),
    "branches of different lengths": (
        ":a :p :b . :b :q 1 . :c :r :d . :d :t :e . :e :q 1 . :a a :K . :c a :K . :f a :K ; :p :c .",
        ":S sh:targetClass :K ; sh:path ( [ sh:alternativePath ( :p ( :r :t ) ) ] :q ) ; sh:minCount 1 .",
        {"http://e/f"},
    ),
    "steps that may be left out": (
        ":a a :K ; :p :b . :b :r :c . :c :q 1 . :d a :K ; :p :e . :e :q 1 . :g a :K ; :q 1 . :h a :K ; :r :a .",
        ":S sh:targetClass :K ; sh:path ( [ sh:zeroOrOnePath :p ] [ sh:zeroOrOnePath :r ] :q ) ; sh:minCount 1 .",
        {"http://e/h"},
    ),
    "a step back": (
        ":a :p :b . :c :p :b ; :q 1 . :a a :K . :d a :K ; :p :e . :e :p :e .",
        ":S sh:targetClass :K ; sh:path ( :p [ sh:inversePath :p ] :q ) ; sh:minCount 1 .",
        {"http://e/d"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TOGETHER, ids=lambda name: name.replace(" ", "-"))
def test_what_stands_around_a_document_is_seen(case: str, tmp_path: Path, means: Means) -> None:
    needs_engine()
    data, shapes, nodes = TOGETHER[case]
    whole = validate_quads(read(data), read(shapes))
    report = in_parts(read(data), read(shapes), tmp_path, means)
    assert {one.focus_node for one in report.findings} == {one.focus_node for one in whole.findings} == nodes
