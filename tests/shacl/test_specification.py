"""Reports are what the specification says, with both engines: messages, severities, duplicates, comparisons."""

from __future__ import annotations

from typing import Final

import pyoxigraph as ox
import pytest
from tests.helpers.project import needs_engine

from g7kg.errors import ShapesError
from g7kg.rdf.vocab import SH
from g7kg.shacl import Finding, Report, to_json, to_jsonld, to_turtle, validate_quads

ENGINES: Final = ("pyshacl", "shacl")
PREFIXES: Final = """
@prefix e: <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
"""


def read(text: str) -> list[ox.Quad]:
    return list(ox.parse(PREFIXES + text, format=ox.RdfFormat.TURTLE))


def report(data: str, shapes: str, engine: str = "pyshacl") -> Report:
    if engine == "shacl":
        needs_engine()
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
    turtle = {quad.triple for quad in ox.parse(to_turtle(told), format=ox.RdfFormat.TURTLE)}
    assert {str(one.object) for one in turtle if one.predicate == SH("resultMessage")} == {'"one"@en', '"uno"@it'}
    assert {str(one.object) for one in turtle if one.predicate == SH("resultSeverity")} == {"<http://e/Grave>"}
    tree = {quad.triple for quad in ox.parse(to_jsonld(told), format=ox.RdfFormat.JSON_LD)}
    assert canonicalise(tree) == canonicalise(turtle)
    assert '"otherMessages": [\n        {\n          "message": "uno",\n          "language": "it"' in to_json(told)


def test_a_constraint_by_sparql_is_named_and_its_messages_go_before_those_of_the_shape() -> None:
    shapes = """e:S sh:targetNode e:a ; sh:message "a shape"@en ; sh:sparql e:Q .
      e:Q sh:message "not {?v} at {$this}"@en , "no {?v}"@it ; sh:select "SELECT $this ?v { BIND(42 AS ?v) }" ."""
    told = report("e:a e:p 1 .", shapes)
    (finding,) = told.findings
    assert finding.constraint == "http://e/Q"
    assert [language for _, language in finding.messages] == ["en", "it"]
    assert finding.message.startswith("not 42 at ")
    assert "sh:sourceConstraint <http://e/Q>" in to_turtle(told)
    assert '"sourceConstraint": "http://e/Q"' in to_json(told)
    assert '"sourceConstraint": {' in to_jsonld(told)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_value_that_two_ways_lead_to_is_found_as_often_as_shacl_says(engine: str) -> None:
    shapes = "e:S sh:targetNode e:a ; sh:path ( e:p e:q ) ; sh:nodeKind sh:IRI ."
    assert len(report("e:a e:p e:b , e:c . e:b e:q 1 . e:c e:q 1 .", shapes, engine).findings) == 1
    shapes = "e:S sh:targetNode e:a ; sh:path e:p ; sh:lessThan e:q ."
    assert len(report("e:a e:p 5 ; e:q 1 , 2 .", shapes, engine).findings) == 2


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


def test_the_fast_engine_refuses_closed_property_shapes_and_reads_past_a_report() -> None:
    needs_engine()
    shapes = "e:S sh:targetNode e:a ; sh:property [ sh:path e:p ; sh:closed true ; sh:property [ sh:path e:q ] ] ."
    with pytest.raises(ShapesError, match="is a property shape and has sh:closed"):
        report("e:a e:p e:b .", shapes, "shacl")
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
