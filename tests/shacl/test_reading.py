"""What is read of shapes and data beside an engine: shapes, targets, focus nodes, reach; what a report says of it."""

import json
from dataclasses import replace

import pyoxigraph as ox
import pytest
from pyoxigraph import Literal, NamedNode, Quad, Triple
from tests.helpers.project import ENGINES
from tests.helpers.reports import NO_ACT, NUMBER, REPORT, write

from g7kg.errors import ShapesError
from g7kg.rdf.vocab import XSD
from g7kg.shacl import Report, Severity, validate_quads
from g7kg.shacl.constraints import read_shapes
from g7kg.shacl.focus import find_focus_nodes, list_targets, name_nodes
from g7kg.shacl.reach import Step, read_around, read_reach
from g7kg.shacl.renderings.wording import count_things, describe_finding
from g7kg.shacl.targets import select_targets
from g7kg.shacl.trusted import check_trusted

PREFIXES = """PREFIX : <http://e/> PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> """


def read(turtle: str) -> list[Quad]:
    return [Quad(*quad.triple) for quad in ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE)]


def triples(turtle: str) -> list[Triple]:
    return [quad.triple for quad in read(turtle)]


def e(name: str) -> NamedNode:
    return NamedNode(f"http://e/{name}")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("( :p :q )", "p/q"),
        ("[ sh:alternativePath ( :p :q ) ]", "p|q"),
        ("[ sh:inversePath :p ]", "^p"),
        ("( :p [ sh:zeroOrMorePath :q ] )", "p/q*"),
    ],
)
def test_a_shape_without_an_iri_is_called_by_what_it_constrains(path: str, name: str) -> None:
    shapes = read(f"[] sh:targetClass :C ; sh:path {path} ; sh:minCount 1 ; sh:severity sh:Info .")
    assert [(shape.iri, shape.severity) for shape in read_shapes(shapes)] == [(f"_:MinCount-{name}", Severity.INFO)]


def test_a_path_that_is_a_circle_or_no_list_is_read_to_an_end() -> None:
    for rest in ("_:l rdf:rest _:l", "_:l rdf:first :p ; rdf:rest _:l"):
        assert len(read_shapes(read(f"[] sh:targetClass :C ; sh:path _:l ; sh:minCount 1 . {rest} ."))) == 1


def test_focus_nodes_are_those_of_every_kind_of_target() -> None:
    shapes = read(
        ":S a sh:NodeShape ; sh:targetClass :C . :N sh:targetNode :n ."
        ":F sh:targetSubjectsOf :p . :T sh:targetObjectsOf :p ."
        ":K a rdfs:Class ; sh:nodeKind sh:IRI . :X rdfs:seeAlso rdfs:Class ; sh:name 'x' . :O a owl:Class ."
        ":D sh:targetNode :n ; sh:deactivated true ."
    )
    data = triples(
        ":D rdfs:subClassOf :E . :E rdfs:subClassOf :C . :a a :D . :b a :C . :k a :K . :s a :S . :x a :X . :o a :O ."
        ":y rdfs:seeAlso :C . :z :before :C . :y :p 1 ."
    )
    assert name_nodes(find_focus_nodes(ox.Dataset(shapes), data)) == {
        "http://e/S": {"http://e/a", "http://e/b"},
        "http://e/N": {"http://e/n"},
        "http://e/F": {"http://e/y"},
        "http://e/T": {f'"1"^^<{XSD("integer").value}>'},
        "http://e/K": {"http://e/k"},
    }
    targeted = {target.subject for target in list_targets(ox.Dataset(shapes))}
    assert {node for node in targeted if isinstance(node, NamedNode)} == {*map(e, "SNFTK")}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT ?this { ?this", "is not valid SPARQL"),
        ("SELECT ?this { ?this ?p ?o FILTER(<http://e/f>(?o)) }", "cannot be evaluated"),
        ("SELECT ?that { ?that ?p ?o }", r"does not select \?this"),
    ],
)
def test_a_target_that_cannot_be_evaluated_is_refused(query: str, message: str) -> None:
    shapes = ox.Dataset(read(f":S sh:target [ a sh:SPARQLTarget ; sh:select '{query}' ] ."))
    with pytest.raises(ShapesError, match=message):
        select_targets(shapes, triples(":a :p 1 ."))


def test_a_target_selects_this_with_literals_as_they_are_written() -> None:
    literal = '"01"^^xsd:positiveInteger'
    shapes = ox.Dataset(
        read(":S sh:target [ a sh:SPARQLTarget ; sh:select 'SELECT ?this { ?s <http://e/p> ?this }' ] .")
    )
    expected = {e("b"), Literal("01", datatype=XSD("positiveInteger"))}
    assert select_targets(shapes, triples(f":a :p {literal} , :b .")) == {e("S"): expected}


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (":S sh:path :p ; sh:closed true .", "is a property shape and has sh:closed"),
        (":S sh:closed '1'^^xsd:boolean .", "no other truth values than true and false"),
        (":S sh:flags 'x' .", "no other sh:flags than i"),
        (":S sh:flags 'a' .", "no other sh:flags than i"),
        (":S sh:target [ a :T ] .", "no other sh:target than a sh:SPARQLTarget"),
        (":S sh:node :T . :T sh:not :S .", "the shapes refer to themselves"),
        (":S sh:sparql [] .", "is not trusted with http://www.w3.org/ns/shacl#sparql"),
    ],
)
def test_what_the_fast_engine_is_not_trusted_with_is_refused(shapes: str, message: str) -> None:
    with pytest.raises(ShapesError, match=message):
        check_trusted(ox.Dataset(read(shapes)))
    check_trusted(ox.Dataset(read(":S sh:node :T ; sh:flags 'i' ; sh:target [ a sh:SPARQLTarget ] . :T sh:path :p .")))


@pytest.mark.parametrize("engine", ENGINES)
def test_both_engines_name_blank_nodes_messages_and_focus_nodes_alike(engine: str) -> None:
    data = read("_:b :p 1 . :a :p 1 , 2 .")
    shapes = read(
        ":S sh:targetSubjectsOf :p ; sh:property :P . :P sh:path :p ; sh:minCount 2 ;"
        "sh:message 'zwei'@de , 'two'@en , 'deux'@fr ."
    )
    report = validate_quads(data, shapes, engine)
    blank = str(data[0].subject)
    assert [(one.focus_node, one.messages) for one in report.findings] == [
        (blank, (("two", "en"), ("zwei", "de"), ("deux", "fr")))
    ]
    assert report.focus == {"http://e/S": frozenset({blank, "http://e/a"})}
    target = read(
        ":S sh:target [ a sh:SPARQLTarget ; sh:select 'SELECT ?this { ?this ?p 2 }' ] ; sh:nodeKind sh:Literal ."
    )
    selected = validate_quads(data, target, engine)
    assert selected.focus == {"http://e/S": frozenset({"http://e/a"})}
    unsaid = {"shacl": "sh:NodeKind is not satisfied", "pyshacl": "Value is not of Node Kind sh:Literal"}
    assert [one.message for one in selected.findings] == [unsaid[engine]]


def test_what_shapes_may_look_at_is_read_around_a_node() -> None:
    shapes = ox.Dataset(read(":S sh:path ( :p [ sh:inversePath :q ] ) ."))
    steps = (Step(frozenset({e("p")}), frozenset()), Step(frozenset(), frozenset({e("q")})))
    assert read_reach(shapes, [e("S")]) == steps
    assert read_reach(shapes, [e("none")]) == ()
    store = ox.Store()
    store.extend(read(":a :p :b ; :x 1 . :b a :B ; :x 2 . :c :q :b ; a :C ; :x 3 . :d :p :a ."))
    assert set(read_around(store, [e("a")], steps)) == set(triples(":a :p :b ; :x 1 . :b a :B . :c :q :b ; a :C ."))
    with pytest.raises(ShapesError, match="no list of nodes"):
        read_reach(ox.Dataset(read(":S sh:or _:x . _:x rdf:rest () .")), [e("S")])


def test_a_report_says_what_was_checked_the_gravest_first() -> None:
    report = replace(REPORT, focus={"http://e/S": frozenset({"a", "b"}), "http://e/T": frozenset()})
    assert report.checked == (2, 1)
    written = json.loads(write("json", report))
    assert (written["focusNodes"], written["checkingShapes"]) == (2, 1)
    assert sorted([NUMBER, NO_ACT], key=lambda one: one.sort_key) == [NO_ACT, NUMBER]
    assert [count_things(number, "shape") for number in (0, 1, 2000)] == ["0 shapes", "1 shape", "2,000 shapes"]
    assert describe_finding(replace(NO_ACT, value="http://a/", path=None)) == "id:como/p1/s1 has http://a/"
    assert describe_finding(replace(NO_ACT, value=NO_ACT.focus_node, path=None)) == "id:como/p1/s1"
    assert Report((), 0).checked is None
