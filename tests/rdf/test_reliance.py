"""What a query relies on: its outcome is the same whatever triples of other predicates there are."""

from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox
import pytest
from pyoxigraph import Quad
from rdflib import URIRef
from rdflib.paths import Path as RdflibPath
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from g7kg.build.graph import turtle_to_quads
from g7kg.mapping.workspace import Workspace
from g7kg.rdf.reliance import read_reliance
from g7kg.rdf.vocab import RDF, SH, graph_iri
from g7kg.shacl.targets import read_query

TYPE = RDF("type").value
ALWAYS = {RDF(name).value for name in ("type", "first", "rest")}
PREFIXES = {"": "urn:"}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("SELECT * { ?s :a ?o . ?o :b/^:c ?x }", ":a :b :c"),
        ("PREFIX n: <urn:x:> SELECT ?s { ?s n:a <urn:o>; a :C. }", "urn:x: urn:x:a :o rdf:type :C"),
        ("CONSTRUCT { ?s :t ?o } WHERE { ?s :a+|:b ?o }", ":a :b"),
        ("CONSTRUCT WHERE { ?s :a ?o }", ":a"),
        ("SELECT * { ?s :a ?o FILTER NOT EXISTS { ?o :b ?x } MINUS { ?s :c ?o } }", ":a :b :c"),
        ("SELECT ?m { { SELECT (MAX(?o) AS ?m) { ?s :a ?o } } OPTIONAL { ?m :b ?n } }", ":a :b"),
        ("SELECT ?p { ?s :a ?p , '''?s ?p ?o''' # ?s ?p ?o\n }", ":a"),
        ("SELECT * { ?s :a/:b* ?o . ?o :c?/:d ?x . FILTER(!BOUND(?x) && ?x * 2 != 3) }", ":a :b :c :d"),
        ("SELECT * { VALUES ?p { :a :b } ?s ?p ?o }", ":a :b"),
        ("SELECT * { VALUES (?o ?p) { (1 :a) } ?s ?p ?o MINUS { ?x ?p ?o } }", ":a"),
        ("SELECT * { ?s :a (?x) ; atrue }", ":a"),
    ],
)
def test_a_query_relies_on_the_predicates_that_it_names(query: str, names: str) -> None:
    read = read_reliance(query, PREFIXES)
    assert read is not None
    assert read.names == ALWAYS | {
        TYPE if name == "rdf:type" else name.replace(":", "urn:", not name.startswith("urn")) for name in names.split()
    }
    assert not read.bound


@pytest.mark.parametrize(
    ("patterns", "bound"),
    [
        ("?p :a ?q . ?s ?p ?o", [(":a", False)]),
        ("?s ?p ?o ; :b ?q . ?q :a ?p", [(":a", True)]),
        ("?x :a ?p ; :b ?q . FILTER EXISTS { ?s ?p [ ?q ?o ] }", [(":a", True), (":b", True)]),
    ],
)
def test_a_variable_stands_for_what_a_pattern_beside_it_binds(patterns: str, bound: list[tuple[str, bool]]) -> None:
    read = read_reliance(f"SELECT ?s {{ {patterns} }}", PREFIXES)
    assert read is not None
    assert read.bound == {(f"urn{name}", is_object) for name, is_object in bound}


@pytest.mark.parametrize(
    "patterns",
    [
        "?s ?p ?o",
        "[ ?p ?o ]",
        "1 ?p ?o",
        "?s ?p ?o OPTIONAL { ?p :a ?x }",
        "{ ?s ?p ?o } UNION { ?p :a ?x }",
        "?p :a/:b ?x . ?s ?p ?o",
        "?x ^:a ?p . ?s ?p ?o",
        "?s :a ?o MINUS { ?s ?p ?o } VALUES ?p { :a }",
        "VALUES ?p { UNDEF } ?s ?p ?o",
        "{ SELECT ?s { ?s ?p ?o } } ?p :a ?x",
        "BIND(IRI('urn:a') AS ?p) ?s ?p ?o",
        "?s :a* ?o",
        "?s :a?|:b ?o",
        "?s (:a/:b)? ?o",
        "?s :a*/:b? ?o",
        "?s !:a ?o",
        "?s !(:a|^:b) ?o",
        "GRAPH ?g { ?s :a ?o }",
        "?s <urn:\\u0061> ?o",
        "?s :a\\~ ?o",
        "?s other:a ?o",
        "?s :a ?o FILTER EXISTS { <<( ?s :b ?o )>> :c ?x }",
        "?s :a ?o {| :b ?c |}",
        "?s :a ?o ~ ?r",
        "?s ?p .5",
        "?s ?p.5",
        "?s :.5",
        "?s :-1",
        "?s :a·b ?o",
        "?s :cafe\u0301 ?o",
        "?s :cafe\u1680b ?o",
        "?s :a?o.BIND(1 AS?a)FILTER(?a<2)?o:zz?x.FILTER(?a>0)",
        "?s :a trueGRAPH?g{?s :b ?o}",
        "VALUES (?p ?x) {(UNDEFUNDEF)} ?s ?p ?o",
        "?p :a ?w . ?s :b ?o MINUS { ?s :b ?o FILTER EXISTS { ?o ?p ?z } }",
        "?p :a ?w FILTER EXISTS { ?s :b ?o MINUS { ?o ?p ?z } }",
    ],
)
def test_what_may_read_any_triple_is_known(patterns: str) -> None:
    assert read_reliance(f"SELECT ?s {{ {patterns} }}", PREFIXES) is None


def test_the_queries_of_the_project_rely_on_what_a_parser_finds_in_them(workspace: Workspace) -> None:
    wide, variable = set(), set()
    for name, query, prefixes in list_queries(workspace):
        algebra = translateQuery(parseQuery(query), initNs=prefixes).algebra
        predicates = set(walk(algebra))
        read = read_reliance(query, prefixes)
        if read is None:
            wide.add(name)
            continue
        constants = {str(one) for one in predicates if isinstance(one, URIRef)}
        assert constants <= read.names, name
        if read.bound:
            variable.add(name)
    assert wide == {"GraphShape-90", "GraphShape-96"}
    assert variable == {"52-super-property", "54-inverse", "55-terms-of-others", "LinkShape-90", "GraphShape-95"}


def list_queries(workspace: Workspace) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield name, text and prefixes of every rule and every SPARQL target."""
    for path in sorted((workspace.ontology / "rules").glob("*.rq")):
        yield path.stem, path.read_text("utf-8"), {}
    shapes = ox.Dataset(Quad(*quad.triple) for quad in turtle_to_quads(workspace.shapes, graph_iri("shapes")))
    for target in shapes.quads_for_predicate(SH("target")):
        yield str(target.subject).strip("<>").rpartition("#")[2], *read_query(shapes, target)


def walk(node: Any) -> Iterator[Any]:  # noqa: ANN401 - an algebra is a tree of whatever rdflib puts there
    """Yield the predicates of all patterns in ``node``, those of paths one by one."""
    if isinstance(node, CompValue):
        for key, value in node.items():
            if key == "triples":
                for pattern in value or ():  # one, or in an EXISTS several in a row
                    for path in pattern[1::3]:
                        yield from walk_path(path)
            elif key not in {"_vars", "lazy", "template"}:
                yield from walk(value)
    elif isinstance(node, list | tuple | set | frozenset):
        for one in node:
            yield from walk(one)


def walk_path(path: Any) -> Iterator[Any]:  # noqa: ANN401 - as it stands in the algebra
    """Yield what ``path`` is made of."""
    if isinstance(path, RdflibPath):
        for part in getattr(path, "args", None) or [getattr(path, "arg", None) or getattr(path, "path", None)]:
            yield from walk_path(part)
    else:
        yield path
