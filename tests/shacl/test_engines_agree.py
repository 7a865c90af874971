"""The fast engine against pySHACL: on the project's graph, on damaged ones, and on small graphs of no project."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad
from tests.helpers.shapes import CASES, shapes_of

from g7kg.build.assembly import Assembly
from g7kg.errors import ShapesError
from g7kg.rdf.paths import PropertyPath, read_path, write_path
from g7kg.shacl import Finding, Report, validate_quads

pytest.importorskip("shacl", reason="needs the package shacl, which has no wheel for this machine")

from g7kg.rdf.vocab import SH
from g7kg.shacl import fast

pytestmark = pytest.mark.soak

PREFIXES: Final = """
@prefix ex: <http://example.org/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

DATA: Final = """
ex:C a rdfs:Class . ex:Sub rdfs:subClassOf ex:C . ex:SubSub rdfs:subClassOf ex:Sub .
ex:s a ex:Sub ; ex:p ex:i1 . ex:ss a ex:SubSub ; ex:p ex:s .
ex:i0 a ex:C .
ex:i1 a ex:C ; ex:p 1, 2.5, "abc", "abc"@en, "abd"@en-GB, "abe"@en, "x"@de, "", "7"^^xsd:positiveInteger ;
  ex:q 1, 3 , "zzz" ; ex:d "2024-01-01"^^xsd:date, "2024-06-01"^^xsd:date ; ex:e "2024-03-01"^^xsd:date .
ex:i2 a ex:C ; ex:p ex:i2, ex:s, ex:none, [ ex:p 5 ], [ a ex:C ] ; ex:q ex:s, ex:i2 ; ex:r ex:i1 .
ex:i3 a ex:C ; ex:d "2024-01-01T00:00:00+00:00"^^xsd:dateTime, "2024-01-01T00:00:00+05:00"^^xsd:dateTime ;
  ex:e "2024-01-01T02:00:00+00:00"^^xsd:dateTime ; ex:p 1.0, 10 ; ex:q 1 ;
  ex:n "foo"^^ex:dt, "2024-13-01"^^xsd:date, "xyz"^^xsd:integer, true, "P1D"^^xsd:duration, "en"^^xsd:language,
    "http://a"^^xsd:anyURI, "2024"^^xsd:gYear .
ex:i4 a ex:C ; ex:l ( 1 2 3 ), (), ( "a" ) ; ex:p "émoji 👍", "é" ; ex:a ex:i5 .
ex:i5 a ex:C ; ex:a ex:i4, ex:i6 . ex:i6 ex:a ex:i7 ; ex:b ex:i1 .
"""

PROPERTY: Final = (
    *(f"sh:datatype xsd:{name}" for name in ("string", "integer", "decimal", "boolean", "date", "dateTime", "gYear")),
    *(f"sh:path2 ex:n ; sh:datatype xsd:{name}" for name in ("integer", "date", "duration", "language")),
    "sh:path2 ex:n ; sh:datatype ex:dt",
    "sh:datatype rdf:langString",
    "sh:class ex:C",
    "sh:class ex:Sub, ex:C",
    *(f"sh:nodeKind sh:{kind}" for kind in ("IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "IRIOrLiteral")),
    *(f"sh:{name} {number}" for name in ("minCount", "maxCount") for number in (0, 1, 3)),
    *(f"sh:{name} 2.5" for name in ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive")),
    *(f'sh:path2 ex:e ; sh:{name} "2024-02-01"^^xsd:date' for name in ("minInclusive", "minExclusive")),
    "sh:minLength 3",
    "sh:maxLength 3",
    'sh:pattern "^a"',
    'sh:pattern "^A" ; sh:flags "i"',
    'sh:pattern "^[0-9.]+$"',
    "sh:uniqueLang true",
    'sh:languageIn ( "en" )',
    'sh:languageIn ( "en-GB" "de" )',
    "sh:equals ex:q",
    "sh:disjoint ex:q",
    "sh:path2 ex:d ; sh:lessThan ex:e",
    "sh:path2 ex:d ; sh:lessThanOrEquals ex:e",
    "sh:not [ sh:nodeKind sh:IRI ]",
    "sh:and ( [ sh:nodeKind sh:IRI ] [ sh:class ex:C ] )",
    "sh:or ( [ sh:nodeKind sh:IRI ] [ sh:datatype xsd:integer ] )",
    "sh:xone ( [ sh:nodeKind sh:IRI ] [ sh:class ex:C ] [ sh:datatype xsd:integer ] )",
    "sh:node [ sh:property [ sh:path ex:p ; sh:minCount 1 ] ]",
    "sh:property [ sh:path ex:p ; sh:maxCount 0 ]",
    "sh:qualifiedValueShape [ sh:class ex:C ] ; sh:qualifiedMinCount 2",
    "sh:qualifiedValueShape [ sh:nodeKind sh:IRI ] ; sh:qualifiedMinCount 4 ; sh:qualifiedMaxCount 0",
    "sh:hasValue ex:s",
    'sh:hasValue "abc"@en',
    'sh:in ( 1 ex:s "abc"@en "abc" )',
    "sh:in ()",
    "sh:nodeKind sh:IRI ; sh:deactivated true",
    *(f'sh:nodeKind sh:Literal ; sh:severity sh:{name} ; sh:message "m"@en, "n"@de' for name in ("Info", "Warning")),
    "sh:nodeKind sh:Literal ; sh:severity ex:Grave",
)
"""Constraints of a property shape; its path is ex:p, or what ``sh:path2`` says."""

PATHS: Final = (
    "[ sh:inversePath ex:p ]",
    "( ex:a ex:a )",
    "[ sh:alternativePath ( ex:a ex:b ) ]",
    "[ sh:zeroOrMorePath ex:a ]",
    "[ sh:oneOrMorePath ex:a ]",
    "[ sh:zeroOrOnePath ex:a ]",
    "( [ sh:inversePath ex:a ] ex:a )",
    "( [ sh:zeroOrMorePath ex:a ] ex:b )",
    "[ sh:inversePath ( ex:a ex:a ) ]",
    "[ sh:oneOrMorePath ( ex:a [ sh:alternativePath ( ex:a [ sh:inversePath ex:b ] ) ] ) ]",
    "( [ sh:zeroOrMorePath rdf:rest ] rdf:first )",
)

NODE: Final = (
    "sh:class ex:Sub",
    "sh:nodeKind sh:Literal",
    "sh:minLength 23",
    'sh:pattern "i[12]$"',
    "sh:equals ex:p",
    "sh:not [ sh:class ex:Sub ], [ sh:property [ sh:path ex:p ; sh:minCount 1 ] ]",
    "sh:or ( [ sh:path ex:p ; sh:hasValue 1 ] [ sh:path ex:q ; sh:minCount 2 ] )",
    "sh:node [ sh:nodeKind sh:Literal ]",
    "sh:closed true ; sh:ignoredProperties ( rdf:type ex:q ) ; sh:property [ sh:path ex:p ]",
    "sh:hasValue ex:i1",
    "sh:in ( ex:i1 ex:i2 )",
    "sh:severity sh:Warning ; sh:property [ sh:path ex:p ; sh:maxCount 0 ]",
)

TARGETS: Final = (
    'sh:targetNode ex:i1, ex:absent, 1, "l"',
    "sh:targetSubjectsOf ex:q",
    "sh:targetObjectsOf ex:q",
    "sh:targetObjectsOf ex:p",
    "sh:targetClass ex:C, ex:Sub ; sh:targetNode ex:i1",
    "a rdfs:Class",
    *(
        f'sh:target [ a sh:SPARQLTarget ; sh:prefixes ex:O ; sh:select "SELECT ?this WHERE {{ {where} }}" ]'
        for where in (
            "?this ex:q ?x ; ex:p ?y FILTER(isLiteral(?y))",
            "?x ex:q ?this",
            "?x ex:p ?this",
            "?this ex:d ?d ; ex:e ?e FILTER(?d < ?e)",
            "?this ex:d ?d FILTER NOT EXISTS { ?this ex:e ?e FILTER(?d < ?e) }",
            "?this ex:a+/^ex:a ?this",
            "?this a ex:Nothing",
        )
    ),
)

DECLARATIONS: Final = 'ex:O sh:declare [ sh:prefix "ex" ; sh:namespace "http://example.org/"^^xsd:anyURI ] .'


def shape_texts() -> list[str]:
    texts = [f"ex:S sh:targetClass ex:C ; {constraint} ." for constraint in NODE]
    texts += [f"ex:S {target} ; sh:nodeKind sh:{kind} ." for target in TARGETS for kind in ("BlankNode", "IRI")]
    for constraint in PROPERTY:
        other = re.match(r"sh:path2 (\S+) ; ", constraint)
        path, rest = (other[1], constraint[other.end() :]) if other else ("ex:p", constraint)
        texts.append(f"ex:S sh:targetClass ex:C ; sh:property ex:P . ex:P sh:path {path} ; {rest} .")
    for path in PATHS:
        for constraint in ("sh:minCount 2", "sh:maxCount 1", "sh:nodeKind sh:Literal"):
            texts.append(f"ex:S a sh:PropertyShape ; sh:targetClass ex:C ; sh:path {path} ; {constraint} .")
    return [text.replace("ex:S ", "ex:S a sh:NodeShape ; ", "ex:S a " not in text) for text in texts]


def read(text: str) -> list[Quad]:
    return list(ox.parse(PREFIXES + text, format=ox.RdfFormat.TURTLE))


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


def assert_same(quads: list[Quad], shapes: tuple[Quad, ...]) -> tuple[Finding, ...]:
    reference, other = validate_quads(quads, shapes), fast.validate_quads(quads, shapes)
    assert other == replace(reference, engine=other.engine)
    return other.findings


def test_both_find_the_graph_of_the_project_to_conform(assembly: Assembly) -> None:
    assert assert_same(list(assembly.quads), assembly.shapes) == ()


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


def assert_selected_alike(quads: list[Quad], shapes: tuple[Quad, ...]) -> None:
    """Compare with pySHACL's own evaluation of targets, which it keeps where shapes use what is not trusted."""
    unused = Quad(NamedNode("urn:x:unused"), SH("returnType"), NamedNode("urn:x:unused"))
    reports = [validate_quads(quads, stated) for stated in (shapes, (*shapes, unused))]
    ours, theirs = (replace(report, focus=None) for report in reports)  # what pySHACL selects by itself is not counted
    assert ours == theirs


@pytest.mark.parametrize("case", [case for case in CASES if selects_by_query(case)], ids=name_case)
def test_oxigraph_and_rdflib_select_the_same_targets_in_a_case_of_a_shape(case: Path) -> None:
    assert_selected_alike(*read_case(case))


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


@pytest.mark.parametrize("seed", [1, 2])
def test_both_find_the_same_where_chance_did_the_damage(seed: int, assembly: Assembly) -> None:
    damaged = damage_at_random(list(assembly.quads), seed)
    assert len(assert_same(damaged, assembly.shapes)) > 100
    assert_selected_alike(damaged, assembly.shapes)


@pytest.mark.parametrize("text", shape_texts())
def test_both_find_the_same_in_a_foreign_graph(text: str) -> None:
    data, shapes = read(DATA), read(text + DECLARATIONS)
    assert compared(fast.validate_quads(data, shapes)) == compared(validate_quads(data, shapes))


def test_blank_nodes_keep_their_labels() -> None:
    data = [Quad(BlankNode("somebody"), NamedNode("http://example.org/p"), BlankNode("something"))]
    shapes = read("ex:S a sh:PropertyShape ; sh:targetSubjectsOf ex:p ; sh:path ex:p ; sh:nodeKind sh:IRI .")
    (finding,) = fast.validate_quads(data, shapes).findings
    assert (finding.focus_node, finding.value) == ("_:somebody", "_:something")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('ex:S sh:targetClass ex:C ; sh:sparql [ sh:select "SELECT $this {}" ] .', "shacl#sparql"),
        ("ex:S sh:targetClass ex:C ; sh:rule [] .", "shacl#rule"),
        ("ex:S sh:targetClass ex:C ; sh:minCout 1 .", "shacl#minCout"),
        ("ex:S sh:target [ a ex:Target ] ; sh:nodeKind sh:IRI .", "no other sh:target"),
        ('ex:S sh:target [ a sh:SPARQLTarget ; sh:select "SELEC" ] .', "not valid SPARQL"),
        ('ex:S sh:target [ a sh:SPARQLTarget ; sh:select "ASK {}" ] .', "does not select"),
        (
            'ex:S sh:target [ a sh:SPARQLTarget ; sh:select "SELECT ?this { ?this ?p ?o FILTER(<urn:x:f>(?o)) }" ] .',
            "urn:x:f",
        ),
        ("ex:S sh:target [ a sh:SPARQLTarget ] .", "0 queries"),
        ("ex:S sh:targetClass ex:C ; sh:property [ sh:minCount 1 ] .", "no sh:path"),
        ("ex:S sh:targetClass ex:C ; sh:path ex:p, ex:q ; sh:minCount 1 .", "two values of sh:path"),
        ('ex:S sh:targetClass ex:C ; sh:path ex:p ; sh:pattern "a" ; sh:flags "x" .', "sh:flags"),
        ("ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:node ex:S ] .", "refer to themselves"),
        ('ex:S sh:targetClass ex:C ; sh:path ex:p ; sh:pattern "(" .', "regex"),
        ('ex:S sh:targetClass ex:C ; sh:path ex:p ; sh:minCount "one" .', "minCount"),
        ("ex:S sh:targetClass ex:C ; sh:in ex:p .", "list"),
    ],
)
def test_what_the_engine_is_not_trusted_with_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ShapesError, match=reason):
        fast.validate_quads(read(DATA), read(text))


@pytest.mark.parametrize(
    "text", ["<x:a>", "^<x:a>/<x:b>", "(<x:a>|<x:b>/<x:c>)*", "^(<x:a>/<x:b>)", "((<x:a>)*/(^<x:b>)+/(<x:c>)?)"]
)
def test_a_path_is_read_as_it_is_written(text: str) -> None:
    path: PropertyPath = read_path(text)
    assert read_path(write_path(path)) == path


@pytest.mark.parametrize("text", ["", "<x:a>/", "(<x:a>", "<x:a>)", "x:a", "<x:a> <x:b>", "*"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="path"):
        read_path(text)
