"""Terms in the text of a query: whatever they hold they stay terms, and the rows are those of a true substitution."""

import pyoxigraph as ox
import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Store, Variable
from tests.helpers.catalogue import QUERIES

from g7kg.errors import QueryError
from g7kg.queries.catalogue import CatalogueQuery
from g7kg.rdf.binding import Value, bind_terms
from g7kg.rdf.lexer import is_repeatable, may_need_base, read_tokens, refuse_federation
from g7kg.rdf.vocab import XSD

HOSTILE: list[Value] = [
    Literal('"'),
    Literal("\\"),
    Literal('\\" } } ; DROP ALL #'),
    Literal("'''\"\"\""),
    Literal("\n\r\t\x00\x01\x7f\u2028\ufffe"),
    Literal("\\u0022 } \\U00000022 \\u005C"),
    Literal("} SERVICE <http://127.0.0.1/> { ?s ?p ?o"),
    Literal("?x $x <x> _:x 😀"),
    Literal("text", language="en-GB"),
    Literal("<b>", datatype=NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral")),
    Literal("2024-10-15", datatype=XSD("date")),
    NamedNode("http://e/é?a=%22&b='#c"),
]


def ask(query: str, bindings: dict[str, Value] | None = None, store: Store | None = None) -> list[str]:
    substitutions: dict[Variable, ox.Triple | BlankNode | Value] = {}
    substitutions |= {Variable(name): term for name, term in (bindings or {}).items()}
    result = (store or Store()).query(query, substitutions=substitutions or None)
    assert isinstance(result, ox.QuerySolutions)
    names = sorted(variable.value for variable in result.variables)
    return sorted(str([str(solution[name]) for name in names]) for solution in result)


@pytest.mark.parametrize("term", HOSTILE, ids=repr)
def test_a_term_stays_that_term(term: Value) -> None:
    result = Store().query(bind_terms("SELECT ?x WHERE { }", {"x": term}))
    assert isinstance(result, ox.QuerySolutions)
    assert [solution["x"] for solution in result] == [term]


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("SELECT ?x { ?s ?p ?o }", "SELECT ?x { VALUES ?x { 1 } ?s ?p ?o }"),
        (
            "SELECT ?x {{ ?s ?p ?x } UNION { ?s ?p 2 }}",
            "SELECT ?x { VALUES ?x { 1 }{ VALUES ?x { 1 } ?s ?p ?x } UNION { ?s ?p 2 }}",
        ),
        (
            "SELECT ?x {{ ?s ?p ?o FILTER EXISTS { ?s ?q ?z FILTER NOT EXISTS { ?z ?r ?x } } } UNION { ?x ?p 2 }}",
            (
                "SELECT ?x { VALUES ?x { 1 }{ VALUES ?x { 1 } ?s ?p ?o FILTER EXISTS { ?s ?q ?z FILTER NOT EXISTS "
                "{ ?z ?r ?x } } } UNION { VALUES ?x { 1 } ?x ?p 2 }}"
            ),
        ),
        ("SELECT ?x { ?s ?p ?o FILTER(?o < $x) }", "SELECT ?x { VALUES ?x { 1 } ?s ?p ?o FILTER(?o < $x) }"),
        (
            "SELECT ?x {{ SELECT ?x { ?s ?p ?x } }}",
            "SELECT ?x { VALUES ?x { 1 }{ SELECT ?x { VALUES ?x { 1 } ?s ?p ?x } }}",
        ),
        (
            "SELECT ?x { ?s ?p ?o FILTER NOT EXISTS { ?s ?q ?x { ?x ?y ?z } } }",
            "SELECT ?x { VALUES ?x { 1 } ?s ?p ?o FILTER NOT EXISTS { ?s ?q ?x { ?x ?y ?z } } }",
        ),
        ("SELECT ?x { VALUES ?y { 2 } ?y ?p ?x }", "SELECT ?x { VALUES ?x { 1 } VALUES ?y { 2 } ?y ?p ?x }"),
        ("CONSTRUCT { ?s ?p ?x } WHERE { ?s ?p ?x }", "CONSTRUCT { ?s ?p ?x } WHERE { VALUES ?x { 1 } ?s ?p ?x }"),
        ('SELECT ?x { ?s ?p "{ ?x }" } # { ?x }', 'SELECT ?x { VALUES ?x { 1 } ?s ?p "{ ?x }" } # { ?x }'),
        ("SELECT ?x { ?s ?p ?xy }", "SELECT ?x { VALUES ?x { 1 } ?s ?p ?xy }"),
    ],
)
def test_a_block_stands_in_every_group_that_uses_the_variable(text: str, bound: str) -> None:
    one = str(Literal(1))
    assert bind_terms(text, {"x": Literal(1)}) == bound.replace("{ 1 }", f"{{ {one} }}")
    assert isinstance(Store().query(bind_terms(text, {"x": Literal(1)})), ox.QuerySolutions | ox.QueryTriples)


@pytest.mark.parametrize("text", ["CONSTRUCT WHERE { ?s ?p ?x }", "DESCRIBE <http://e/a>"])
def test_a_query_that_can_hold_no_block_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no group that can hold VALUES"):
        bind_terms(text, {"x": Literal(1)})


def test_without_bindings_a_query_stays_as_it_is() -> None:
    assert bind_terms("SELECT * WHERE {", {}) == "SELECT * WHERE {"


@pytest.mark.parametrize("query", [query for query in QUERIES if query.parameters], ids=lambda query: query.name)
def test_a_query_of_the_catalogue_has_the_rows_of_a_substitution(query: CatalogueQuery, store: Store) -> None:
    bindings: dict[str, Value] = dict(query.bind({each.name: each.example for each in query.parameters})[1])
    rows = ask(bind_terms(query.text, bindings), store=store)
    assert rows == ask(query.text, bindings, store)
    assert rows


@pytest.mark.parametrize("escape", ["e:a\\#", "e:a\\'", 'e:\\"', ":\\#"])
def test_an_escape_in_a_name_hides_no_keyword(escape: str) -> None:
    assert not is_repeatable(f"SELECT ?t {{ OPTIONAL {{ ?s {escape} ?o }} BIND(NOW() AS ?t)\n}}")
    with pytest.raises(QueryError, match="SERVICE in line 1 is refused"):
        refuse_federation(read_tokens(f"SELECT * {{ ?s {escape} ?o . SERVICE <http://127.0.0.1/> {{ }}\n}}"))


@pytest.mark.parametrize(
    ("query", "repeatable"),
    [
        ("SELECT (now() AS ?t) {}", False),
        ("SELECT ?now { ?now a :now . ?s ?p 'RAND()' } # UUID()", True),
        ("CONSTRUCT { ?s ?p _:b } WHERE { ?s ?p ?o }", False),
        ("construct { ?s ?p [] } WHERE { ?s ?p ?o }", False),
        ("CONSTRUCT { ?s ?p (1) } WHERE { ?s ?p ?o }", False),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p [] , _:b , (1) }", True),
        ("CONSTRUCT FROM <http://e/> WHERE { ?s ?p ?o }", True),
        (f"SELECT (NOW() AS ?t) {{}} #{'x' * 20_000}", False),
        (f"SELECT * {{ ?now ?p ?o }} #{'x' * 20_000}", False),
        (f"SELECT * {{ ?s ?p ?o }} #{'x' * 20_000}", True),
    ],
)
def test_an_answer_that_may_vary_is_told(query: str, *, repeatable: bool) -> None:
    assert is_repeatable(query) is repeatable


@pytest.mark.parametrize(
    ("query", "needs"),
    [("<a>", True), ("<a:b>", False), ("uri(?x)", True), ("IRI (?x)", True), ("?irises", False), ("< \u0020>", False)],
)
def test_a_query_that_may_need_a_base_is_told(query: str, *, needs: bool) -> None:
    assert may_need_base(query) is needs


def test_federation_is_refused_with_its_line() -> None:
    with pytest.raises(QueryError, match="SERVICE in line 3 is refused"):
        refuse_federation(read_tokens("# SERVICE\n'SERVICE' :SERVICE SERVICE:a\n1.SERVICE"))
