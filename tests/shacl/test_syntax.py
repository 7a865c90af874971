"""Shapes that break SHACL's syntax rules, and odd ones that do not: both engines say the same."""

import pyoxigraph as ox
import pytest
from pyoxigraph import Quad
from tests.helpers.project import ENGINES, needs_engine

from g7kg.errors import ShapesError
from g7kg.sandbox.checking import check
from g7kg.sandbox.exchange import CheckRequest, Source
from g7kg.shacl import validate_quads
from g7kg.shacl.syntax import find_ill_formed

PREFIXES = """@prefix : <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
NO_LIST = "is no list of nodes with one rdf:first and one rdf:rest, which ends in rdf:nil"
NO_PATH = "is no path: it has two operators, a list of less than two, or itself in it"


def read(turtle: str) -> list[Quad]:
    return list(ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("constraint", "found"),
    [
        ("sh:or ()", ["Or"]),
        ("sh:xone ()", ["Xone"]),
        ("sh:and ()", []),
        ("sh:not [ sh:and () ]", ["Not"]),
        ("sh:not [ sh:or () ]", []),
        ("sh:in ()", ["In"]),
        ("sh:node :Unknown", []),
    ],
)
def test_lists_may_be_empty(constraint: str, found: list[str], engine: str) -> None:
    """No node conforms to a disjunction of nothing, every node to a conjunction of nothing."""
    report = validate_quads(read(":a :p 1 ."), read(f":S a sh:NodeShape ; sh:targetNode :a ; {constraint} ."), engine)
    components = [f"http://www.w3.org/ns/shacl#{name}ConstraintComponent" for name in found]
    assert [(one.component, one.value) for one in report.findings] == [(name, "http://e/a") for name in components]


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        (":S sh:property [ sh:path :p ; sh:in [ rdf:first 1 ] ] .", f"sh:in {NO_LIST}"),
        (":S sh:in [ rdf:first 1 ; rdf:rest () , ( 2 ) ] .", f"sh:in {NO_LIST}"),
        (":S sh:in 1 .", f"sh:in {NO_LIST}"),
        (":S sh:or _:l . _:l rdf:first :T ; rdf:rest _:l .", f"sh:or {NO_LIST}"),
        (":S sh:property [ sh:path 'p' ] .", f"sh:path {NO_LIST}"),
        (":S sh:property [ sh:path ( :p ) ] .", f"sh:path {NO_PATH}"),
        (":S sh:property [ sh:path [ sh:inversePath :p ; sh:zeroOrMorePath :p ] ] .", f"sh:path {NO_PATH}"),
        (":S sh:property [ sh:path _:p ] . _:p sh:inversePath _:p .", f"sh:path {NO_PATH}"),
        (":S sh:property [ sh:path :p , :q ] .", "sh:path has 2 values, and there can be one"),
        (":S sh:property [ sh:path :p ; sh:minCount 1 , 3 ] .", "sh:minCount has 2 values, and there can be one"),
        (":S sh:minLength '3'^^xsd:int .", 'sh:minLength is "3".*#int>, which is no xsd:integer from 0 on'),
        (":S sh:property [ sh:path :p ; sh:maxCount -1 ] .", "which is no xsd:integer from 0 on"),
        (":S sh:closed 'yes' .", 'sh:closed is "yes", which is neither true nor false'),
        (":S sh:class 'C' .", 'sh:class is "C", which is no IRI'),
        (":S sh:targetClass 'C' .", 'sh:targetClass is "C", which is no IRI'),
        (":S sh:node 'T' .", 'sh:node is "T", which is no shape'),
        (":S sh:or ( 'T' ) .", 'sh:or has "T", which is no shape'),
        (":S sh:languageIn ( 1 ) .", "sh:languageIn has .*, which is no string"),
        (":S sh:minInclusive :q .", "sh:minInclusive is <http://e/q>, which is no literal"),
        (":S sh:nodeKind :Iri .", "sh:nodeKind is <http://e/Iri>, which is no node kind"),
        (":S sh:pattern 5 .", "sh:pattern is .*, which is no string"),
        (":S sh:message 5 .", "sh:message is .*, which is no text"),
        (":S sh:minCount 1 .", "sh:minCount is there without sh:path"),
        (":S sh:ignoredProperties ( :p ) .", "sh:ignoredProperties is there without sh:closed"),
        (
            ":S sh:property [ sh:path :p ; sh:qualifiedValueShape [ sh:class :C ] ] .",
            "sh:qualifiedValueShape is there without sh:qualifiedMinCount or sh:qualifiedMaxCount",
        ),
        (":S sh:property [ sh:path :p ; sh:qualifiedMinCount 1 ] .", "is there without sh:qualifiedValueShape"),
        (":S sh:property :S .", "a property shape has no sh:path"),
        (":S a sh:PropertyShape .", "a property shape has no sh:path"),
        (":S a sh:NodeShape ; sh:path :p .", "a sh:NodeShape has sh:path"),
    ],
)
def test_ill_formed_shapes_are_refused_alike(shape: str, problem: str) -> None:
    needs_engine()
    told = set()
    for engine in ("pyshacl", "shacl"):
        with pytest.raises(ShapesError, match=f"^http://e/S: .*{problem}") as caught:
            validate_quads([], read(shape), engine)
        told.add(str(caught.value))
    assert len(told) == 1


def test_what_is_ill_formed_is_told_with_its_line() -> None:
    shapes = Source("s.ttl", "ttl", f"{PREFIXES}:A sh:nodeKind sh:IRI .\n:S sh:or ( [ sh:in 1 ] ) .".encode())
    with pytest.raises(ShapesError) as caught:
        check(CheckRequest((), (shapes,), "text", 0, "pyshacl"), (), (), {})
    assert str(caught.value.location) == "s.ttl:4:1"


def test_what_is_odd_and_well_formed_is_taken() -> None:
    odd = ":S sh:qualifiedMinCount 1 ; sh:closed '1'^^xsd:boolean ; sh:flags 'i' ; sh:message 'a'@en , 'b' ; sh:in () ."
    odd += ":P sh:path [ rdf:first :p ; rdf:rest ( :q ) ; sh:inversePath :p ] ; sh:minCount 0 ; sh:severity :Mine ."
    assert find_ill_formed(ox.Dataset(Quad(*quad.triple) for quad in read(odd))) == []


def test_shapes_of_which_nothing_is_said_are_named_in_the_report() -> None:
    shapes = f"{PREFIXES}:S sh:targetNode :a ; sh:node :T , :Typo ; sh:or ( :Other :T ) . :T sh:nodeKind sh:IRI ."
    sources = (Source("d.ttl", "ttl", b"<http://e/a> <http://e/p> 1 ."),), (Source("s.ttl", "ttl", shapes.encode()),)
    text = check(CheckRequest(*sources, "text", 0, "pyshacl"), (), (), {}).text
    for name in ("Other", "Typo"):
        assert f"the shapes refer to http://e/{name}, of which they say nothing: every node conforms to it" in text
    assert "http://e/T," not in text
