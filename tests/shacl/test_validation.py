"""Reports on the project's graph, and on the same graph damaged in one place; test_shapes.py tries the shapes."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest
from pyoxigraph import NamedNode
from tests.helpers.project import ENGINES, QUICK, ROOT, needs_engine
from tests.helpers.reports import write

from g7kg.build.assembly import Assembly, assemble, validate_assembly
from g7kg.build.work import Means
from g7kg.errors import Location
from g7kg.mapping.workspace import Workspace
from g7kg.rdf.vocab import BASE, IDENTIFIERS, OA, RDF, RDFS, SH, graph_iri
from g7kg.shacl import Finding, Report, Severity, validate_quads
from g7kg.shacl.renderings.wording import count_checked


def test_the_graph_of_the_project_conforms(assembly: Assembly) -> None:
    report = validate_quads(assembly.quads, assembly.shapes, QUICK.engine)
    assert write("text", report) == f"conforms: {report.quads:,} triples, {count_checked(report)}, no findings"


def test_the_graph_conforms_as_it_is_served(assembly: Assembly, store: ox.Store) -> None:
    served = list(store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    report = validate_quads(served, assembly.shapes, QUICK.engine)
    assert write("text", report) == f"conforms: {len(served):,} triples, {count_checked(report)}, no findings"


@pytest.mark.integration
def test_the_copies_of_the_graph_that_the_engines_are_measured_on_conform(assembly: Assembly, tmp_path: Path) -> None:
    needs_engine()
    real = tmp_path / "real.nq"
    ox.serialize((*assembly.quads, *assembly.shapes), real, ox.RdfFormat.N_QUADS)
    command = [sys.executable, "-m", "benchmarks.data", "--quads", "110k", "--real", str(real), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.endswith(" 3 copies\n")
    quads = [quad for quad in ox.parse(path=tmp_path / "110k.nq") if quad.graph_name != graph_iri("shapes")]
    report = validate_quads(quads, assembly.shapes, "shacl")
    assert (report.quads, report.findings) == (len({quad.triple for quad in quads}), ())


SPAN = "cernobbio-como-2024/p2/s1/span"


def test_damage_gives_just_this_finding_with_its_place_under_the_message(assembly: Assembly) -> None:
    start = (NamedNode(IDENTIFIERS + SPAN), OA("start"))
    damaged = [quad for quad in assembly.quads if (quad.subject, quad.predicate) != start]
    assert len(damaged) == len(assembly.quads) - 1
    report = validate_quads(damaged, assembly.shapes, QUICK.engine).locate(assembly.locations)
    (finding,) = report.findings
    assert finding.source_shape == f"{BASE}shapes#SpanShape-01"
    assert finding.component == f"{SH.iri}MinCountConstraintComponent"
    place = assembly.locations[IDENTIFIERS + SPAN]
    assert place.path == "mappings/cernobbio-como-2024.yaml"
    assert not report.conforms()
    assert write("text", report).splitlines() == [
        "violation: SP-01 (span): it has one start, counted from 0, before its end. Repair: correct start or end.",
        f"  {place}: id:{SPAN} at oa:start",
        "",
        f"1 finding on {report.quads:,} triples, {count_checked(report)}",
    ]


def test_a_place_in_the_order_before_the_first_is_told_where_it_is_written(
    small: Workspace, means: Means, tmp_path: Path
) -> None:
    file = small.mappings / "cssii-2020.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("    order: 1\n", "    order: 0\n", 1), "utf-8")
    (tmp_path / "assembly").mkdir()
    assembly = assemble(small, None, tmp_path / "assembly", means)
    line = text.splitlines().index("  - id: intro") + 1
    report = validate_assembly(assembly, means, QUICK.engine)
    message = "it has one place in the reading order, counted from 1. Repair: give order, a whole number from 1."
    assert write("text", report).splitlines()[:3] == [
        f"violation: PG-02 (paragraph): {message}",
        f'  mappings/cssii-2020.yaml:{line}:9: id:cssii-2020/intro has "0"^^xsd:integer at g7:order',
        "",
    ]


def test_a_finding_on_something_without_a_place_is_located_at_what_holds_it() -> None:
    finding = Finding(Severity.WARNING, f"{IDENTIFIERS}d/p1/s1/x", None, None, "S", "C", "M")
    located = Report((finding,), 1).locate({f"{IDENTIFIERS}d/p1": Location("d.yaml", 7, 3)})
    assert located.findings[0].location == Location("d.yaml", 7, 3)
    assert located.conforms()
    assert not located.conforms(Severity.WARNING)


def test_every_class_in_the_graph_is_the_target_of_a_shape(assembly: Assembly) -> None:
    shapes, data = ox.Dataset(assembly.shapes), ox.Dataset(assembly.quads)
    targets = {quad.object for quad in shapes.quads_for_predicate(SH("targetClass"))}
    others = {graph_iri("catalogue"), graph_iri("ontology")}  # in terms of DCAT and OWL, which have shapes of their own
    typed = data.quads_for_predicate(RDF("type"))
    used = {quad.object for quad in typed if quad.graph_name not in others}
    shaped_by_superclass = {
        quad.subject for quad in data.quads_for_predicate(RDFS("subClassOf")) if quad.object in targets
    }
    assert used - targets - shaped_by_superclass == set()


PREFIXES: Final = """
@prefix e: <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
"""


def read(text: str) -> list[ox.Quad]:
    return list(ox.parse(PREFIXES + text, format=ox.RdfFormat.TURTLE))


def report(data: str, shapes: str, engine: str = "pyshacl") -> Report:
    return validate_quads(read(data), read(shapes), engine)


def values(found: tuple[Finding, ...]) -> list[str | None]:
    return [finding.value for finding in found]


def canonicalise(triples: set[ox.Triple]) -> ox.Dataset:
    """Return ``triples`` as a dataset whose blank nodes have the names that follow from where they stand."""
    dataset = ox.Dataset(ox.Quad(*triple) for triple in triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


@pytest.mark.parametrize("engine", ENGINES)
def test_all_messages_and_a_severity_of_ones_own_are_told(engine: str) -> None:
    shapes = 'e:S sh:targetNode e:a ; sh:nodeKind sh:Literal ; sh:severity e:Grave ; sh:message "uno"@it , "one"@en .'
    told = report("e:a e:p 1 .", shapes, engine)
    (finding,) = told.findings
    assert (finding.messages, finding.grade) == ((("one", "en"), ("uno", "it")), "http://e/Grave")
    turtle = {quad.triple for quad in ox.parse(write("ttl", told), format=ox.RdfFormat.TURTLE)}
    assert {str(one.object) for one in turtle if one.predicate == SH("resultMessage")} == {'"one"@en', '"uno"@it'}
    assert {str(one.object) for one in turtle if one.predicate == SH("resultSeverity")} == {"<http://e/Grave>"}
    assert write("text", told).startswith("violation (http://e/Grave): one\n")
    tree = {quad.triple for quad in ox.parse(write("jsonld", told), format=ox.RdfFormat.JSON_LD)}
    assert canonicalise(tree) == canonicalise(turtle)
    assert '"otherMessages": [\n        {\n          "message": "uno",\n          "language": "it"' in write(
        "json", told
    )


def test_a_constraint_by_sparql_is_named_and_its_messages_go_before_those_of_the_shape() -> None:
    shapes = """e:S sh:targetNode e:a ; sh:message "a shape"@en ; sh:sparql e:Q .
      e:Q sh:message "not {?v} at {$this}"@en , "no {?v}"@it ; sh:select "SELECT $this ?v { BIND(42 AS ?v) }" ."""
    told = report("e:a e:p 1 .", shapes)
    (finding,) = told.findings
    assert finding.constraint == "http://e/Q"
    assert [language for _, language in finding.messages] == ["en", "it"]
    assert finding.message.startswith("not 42 at ")
    assert "sh:sourceConstraint <http://e/Q>" in write("ttl", told)
    assert '"sourceConstraint": "http://e/Q"' in write("json", told)
    assert '"sourceConstraint": {' in write("jsonld", told)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_value_that_two_ways_lead_to_is_found_as_often_as_shacl_says(engine: str) -> None:
    shapes = "e:S sh:targetNode e:a ; sh:path ( e:p e:q ) ; sh:nodeKind sh:IRI ."
    assert len(report("e:a e:p e:b , e:c . e:b e:q 1 . e:c e:q 1 .", shapes, engine).findings) == 1
    shapes = "e:S sh:targetNode e:a ; sh:path e:p ; sh:lessThan e:q ."
    assert len(report("e:a e:p 5 ; e:q 1 , 2 .", shapes, engine).findings) == 2


@pytest.mark.parametrize("engine", ENGINES)
def test_literals_are_checked_and_told_as_they_are_written(engine: str) -> None:
    shapes = """e:S sh:targetNode e:a , e:b ; sh:property e:P , e:Q .
      e:P sh:path e:p ; sh:pattern "^0" . e:Q sh:path e:q ; sh:in ( 1.50 ) ."""
    data = """e:a e:p "007"^^xsd:integer ; e:q 1.50 . e:b e:p "7"^^xsd:integer ; e:q 1.5 ."""
    xsd = "http://www.w3.org/2001/XMLSchema#"
    assert values(report(data, shapes, engine).findings) == [f'"7"^^<{xsd}integer>', f'"1.5"^^<{xsd}decimal>']


TEXTS: Final = {
    "category": (r'"é" , "1"', r'sh:pattern "^\\p{L}$"', ['"1"']),
    "end": (r'"b" , "b\n"', 'sh:pattern "^b$"', [r'"b\n"']),
    "subtags": ('"a"@zh-Hant-TW , "b"@zh , "c"@zh-hans', 'sh:languageIn ( "zh-hant" "zh-Hans" )', ['"b"@zh']),
    "any language": ('"a"@fr-CA , "b"', 'sh:languageIn ( "*" )', ['"b"']),
    "no length": ('"" , e:b', "sh:minLength 0", []),
    "blank": ("_:b , e:b", "sh:minLength 0", ["_:b"]),
    "blank and pattern": ("_:b , e:b", 'sh:pattern ""', ["_:b"]),
    "case": ('"ABC" , "D"', 'sh:pattern "^abc$" ; sh:flags "i"', ['"D"']),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("texts", "constraint", "violating"), TEXTS.values(), ids=TEXTS)
def test_texts_are_checked_as_sparql_has_it(texts: str, constraint: str, violating: list[str], engine: str) -> None:
    told = report(f"e:a e:p {texts} .", f"e:S sh:targetNode e:a ; sh:path e:p ; {constraint} .", engine)
    assert [re.sub("^_:.*", "_:b", str(value)) for value in values(told.findings)] == violating


@pytest.mark.parametrize(
    ("texts", "pattern", "flags", "violating"),
    [
        ('"abc" , "a c"', "^ a b c $", "x", ['"a c"']),
        ('"abc" , "a.c"', "a.c", "q", ['"abc"']),
        ('"abc" , "abd"', "^ab(?!d)", "", ['"abd"']),  # Python's: it looks ahead
    ],
)
def test_flags_and_patterns_that_only_one_engine_has(
    texts: str, pattern: str, flags: str, violating: list[str]
) -> None:
    shapes = f'e:S sh:targetNode e:a ; sh:path e:p ; sh:pattern "{pattern}" ; sh:flags "{flags}" .'
    assert values(report(f"e:a e:p {texts} .", shapes).findings) == violating


@pytest.mark.parametrize("engine", ENGINES)
def test_a_class_of_owl_that_is_a_shape_targets_its_instances(engine: str) -> None:
    told = report("e:x a e:A .", "e:A a owl:Class , sh:NodeShape ; sh:nodeKind sh:Literal .", engine)
    assert (values(told.findings), told.focus) == (["http://e/x"], {"http://e/A": frozenset({"http://e/x"})})


INCOMPARABLE: Final = {
    "blank": ("[]", "1", 1),
    "to blank": ("1", "[]", 1),
    "number and date": ("1", '"2024-01-01"^^xsd:date', 1),
    "IRIs": ("e:a", "e:b", 1),
    "text and IRI": ('"a"', "e:b", 1),
    "dates": ('"2024-01-01"^^xsd:date', '"2024-01-02"^^xsd:date', 0),
    "number types": ("1", "1.5", 0),
}


@pytest.mark.parametrize(("first", "second", "count"), INCOMPARABLE.values(), ids=INCOMPARABLE)
@pytest.mark.parametrize("name", ["lessThan", "lessThanOrEquals"])
def test_values_that_cannot_be_compared_violate(first: str, second: str, count: int, name: str) -> None:
    shapes = f"e:S sh:targetNode e:a ; sh:path e:p ; sh:{name} e:q ."
    assert len(report(f"e:a e:p {first} ; e:q {second} .", shapes).findings) == count


DECLARED: Final = """e:base sh:declare [ sh:prefix "x" ; sh:namespace "http://e/"^^xsd:anyURI ] .
  e:top owl:imports e:middle . e:middle owl:imports e:base , e:top . """


@pytest.mark.parametrize("engine", ENGINES)
def test_prefixes_of_imported_ontologies_count_in_targets(engine: str) -> None:
    shapes = """e:S sh:nodeKind sh:Literal ;
      sh:target [ a sh:SPARQLTarget ; sh:prefixes e:top ; sh:select "SELECT ?this { ?this x:p ?o }" ] ."""
    assert values(report("e:a e:p 1 .", DECLARED + shapes, engine).findings) == ["http://e/a"]


def test_prefixes_of_imported_ontologies_count_in_constraints() -> None:
    shapes = """e:S sh:targetNode e:a ;
      sh:sparql [ sh:prefixes e:top ; sh:select "SELECT $this ?value { $this x:p ?value }" ] ."""
    assert values(report("e:a e:p e:b .", DECLARED + shapes).findings) == ["http://e/b"]


def test_the_fast_engine_reads_past_a_report() -> None:
    needs_engine()
    shapes = "e:S sh:targetNode e:a ; sh:nodeKind sh:Literal . [] a sh:ValidationReport ; sh:conforms false ."
    assert len(report("e:a e:p 1 .", shapes, "shacl").findings) == 1


def test_rules_work_in_the_order_of_the_file() -> None:
    shapes = """e:R sh:targetClass e:C ; sh:rule [ a sh:TripleRule ;
        sh:subject sh:this ; sh:predicate e:q ; sh:object [ sh:path e:p ] ] .
      e:T sh:targetSubjectsOf e:q ; sh:rule [ a sh:TripleRule ;
        sh:subject sh:this ; sh:predicate e:r ; sh:object [ sh:path e:q ] ] .
      e:U sh:targetClass e:C ; sh:property [ sh:path e:r ; sh:maxCount 0 ] ."""
    for _ in range(8):
        assert len(report("e:a a e:C ; e:p 1 .", shapes).findings) == 1
