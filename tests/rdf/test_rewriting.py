"""What is asked of Oxigraph in place of a query, so that the answer is that of SPARQL."""

import io
import itertools
import random

import pyoxigraph as ox
import pytest

from g7kg.engine.evaluation import evaluate
from g7kg.engine.request import EngineRequest
from g7kg.errors import QueryError
from g7kg.rdf.lexer import read_tokens, refuse_depth
from g7kg.rdf.rewriting import may_need_care, rewrite

DATA = b"""PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
:g1 { :a :p :b, "x"@en, "y"@en, 1 ; :q "2020-01-02"^^xsd:date } :g2 { :c :p :d, :a . :a :q 2 , "z" }"""


@pytest.fixture(scope="module")
def quads() -> ox.Store:
    store = ox.Store()
    store.load(DATA, format=ox.RdfFormat.TRIG)
    store.bulk_extend(ox.Quad(*quad.triple) for quad in [*store])
    return store


def ask(store: ox.Store, query: str) -> list[str]:
    """Return the columns, then the rows of values, as lines."""
    result = evaluate(store, EngineRequest(f"PREFIX : <http://e/> {query}", "json", None, base="http://b/sparql"))
    assert isinstance(result, ox.QuerySolutions)
    rows = (["-" if value is None else value.value for value in row] for row in result)
    return ["|".join(row) for row in ([variable.value for variable in result.variables], *rows)]


ANSWERS = {
    "SELECT (GROUP_CONCAT(?v; SEPARATOR=', ') AS ?x) { VALUES ?v { :a 1.5 'b' } }": ["x", "http://e/a, 1.5, b"],
    "SELECT (GROUP_CONCAT(DISTINCT ?o) AS ?x) { :c :p ?o FILTER(?o = :a) }": ["x", "http://e/a"],
    "SELECT ?s (group_concat ( ?o ) AS ?x) { ?s :q ?o FILTER(isNumeric(?o)) } GROUP BY ?s": ["s|x", "http://e/a|2"],
    "SELECT (COUNT(?v) AS ?c) (?c + 1 AS ?d) (?d + ?c AS ?e) { VALUES ?v { 1 2 } }": ["c|d|e", "2|3|5"],
    "SELECT * { VALUES (?s ?p ?o ?a) { (1 2 3 4) } }": ["s|p|o|a", "1|2|3|4"],
    "SELECT DISTINCT * { { SELECT ?z (1 AS ?b) { BIND(2 AS ?y) BIND(3 AS ?z) } } BIND(?b AS ?a) }": ["z|b|a", "3|1|1"],
    "SELECT (<http://x/f>(1) AS ?y) (:g(2) AS ?z) {} ORDER BY :h(?y)": ["y|z", "-|-"],
    "SELECT (1 AS ?y) { FILTER(COALESCE(:f(1), true)) }": ["y", "1"],
    "SELECT (IRI('foo') AS ?a) (<\\u0078> AS ?b) {}": ["a|b", "http://b/foo|http://b/x"],
    "SELECT (GROUP_CONCAT(?v + 1; SEPARATOR='') AS ?x) { VALUES ?v { 1 2 } }": ["x", "23"],
    "SELECT (GROUP_CONCAT(CONCAT(?v, '!')) AS ?x) { VALUES ?v { 'a' } }": ["x", "a!"],
    "SELECT $a ?group_concat (1 + 1 AS ?b) ($b + 0 AS ?c) { VALUES ?a { 1 } }": ["a|group_concat|b|c", "1|-|2|2"],
    "SELECT $a (COUNT(?v) AS ?c) ($c + 1 AS ?d) { VALUES (?a ?v) { (1 2) } } GROUP BY $a": ["a|c|d", "1|1|2"],
    "SELECT REDUCED * { VALUES (?b ?a) { (1 2) } }": ["b|a", "1|2"],
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s :q ?o } } GROUP BY ?g ORDER BY ?g": [
        "g|n",
        "http://e/g1|1",
        "http://e/g2|2",
    ],
}


@pytest.mark.parametrize(("query", "answer"), ANSWERS.items())
def test_the_answer_is_that_of_sparql(query: str, answer: list[str], quads: ox.Store) -> None:
    assert ask(quads, query) == answer


@pytest.mark.parametrize(
    ("query", "may"),
    [
        ("SELECT ?paragraph { ?s g7:inParagraph ?paragraph }", False),
        ("SELECT ?paragraph { ?s g7:inParagraph ?paragraph } ORDER BY ?s", True),
        ("SELECT ?s { ?s ?p 1GRAPH ?paragraph { ?s ?p ?o } }", True),
    ],
)
def test_a_query_about_paragraphs_needs_no_care_for_that(query: str, may: bool) -> None:  # noqa: FBT001
    assert may_need_care(query) is may


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?g ?n { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } }",
        "SELECT ?n { GRAPH ?g { { SELECT (MAX(?o) AS ?n) { ?s ?p ?o } } } }",
        "SELECT ?g ?s { GRAPH ?g { SELECT ?s { ?s ?p ?o } } }",
        "SELECT ?g ?s { GRAPH ?g { SELECT ?s ?g { ?s ?p ?o } LIMIT 1 } }",
        "SELECT ?s { GRAPH ?g { SELECT DISTINCT ?s { ?s ?p ?o } } }",
        "SELECT ?s { GRAPH ?g { SELECT ?s { ?s ?p ?g } } }",
        "SELECT ?s ?n { GRAPH ?g { ?s :p ?o ; :q ?d . { SELECT (COUNT(*) AS ?n) { ?a ?p ?b } } } }",
    ],
)
def test_a_subquery_that_loses_its_graph_is_refused(query: str, quads: ox.Store) -> None:
    with pytest.raises(QueryError, match="in line 1 would be answered over all graphs as if they were one") as refused:
        ask(quads, query)
    assert "put GRAPH ?g within it" in (refused.value.hint or "")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?n { GRAPH <http://e/g1> { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } }",
        "SELECT ?s { GRAPH ?g { SELECT ?s { ?s ?p ?o } } }",
        "SELECT ?g ?n { GRAPH ?g { SELECT ?g (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?g } }",
    ],
)
def test_a_subquery_that_is_answered_rightly_is_not_refused(query: str, quads: ox.Store) -> None:
    assert len(ask(quads, query)) > 1


@pytest.mark.parametrize("value", ["STR(?v)", "EXISTS { ?v ?p ?o }"])
def test_what_is_text_or_holds_a_pattern_is_concatenated_as_it_is(value: str) -> None:
    query = f"SELECT (GROUP_CONCAT({value}) AS ?x) {{ ?s ?p ?v }}"
    assert rewrite(query, read_tokens(query), lambda _: ["x"]) == query


@pytest.mark.parametrize("separator", ["", "; SEPARATOR='|'"])
def test_whatever_the_engine_concatenates_stays_as_it_is(separator: str) -> None:
    store, values = ox.Store(), ('"a"', '"b"@en', '"c"@en', '"d"@fr', "UNDEF", '"b"@en', '"e"@en--ltr')
    for some in itertools.chain.from_iterable(itertools.combinations(values, n) for n in range(5)):
        for distinct in ("", "DISTINCT "):
            query = f"SELECT (GROUP_CONCAT({distinct}?v{separator}) AS ?x) {{ VALUES ?v {{ {' '.join(some)} }} }}"
            plain = store.query(query)
            result = evaluate(store, EngineRequest(query, "json", None))
            assert isinstance(plain, ox.QuerySolutions)
            assert isinstance(result, ox.QuerySolutions)
            assert [row["x"] for row in result] == [row["x"] for row in plain], query


DEEP = {
    "parentheses": "SELECT (" + "(" * 5000 + "1" + ")" * 5000 + " AS ?x) {}",
    "groups": "SELECT * " + "{" * 5000 + "}" * 5000,
    "optionals": "SELECT * {" + "?s ?p ?o OPTIONAL {" * 5000 + "}" * 5000 + "}",
    "paths": "SELECT * { ?s " + "(" * 5000 + ":p" + ")" * 5000 + " ?o }",
    "negations": "SELECT (" + "!" * 20_000 + "1 AS ?x) {}",
    "negations apart": "SELECT (" + "! " * 20_000 + "1 AS ?x) {}",
    "a sum": "SELECT (1" + "+1" * 20_000 + " AS ?x) {}",
    "a union": "SELECT * { {}" + "UNION{}" * 20_000 + "}",
    "a sequence": "SELECT * { ?s :p" + "/:p" * 20_000 + " ?o }",
    "filters": "SELECT * { " + "FILTER(1)" * 20_000 + " }",
    "unclosed": "SELECT * { ?s ?p " + "[" * 5000,
    "a sum in a sum": "SELECT ((1" + "+1" * 2000 + ")" + "+1" * 2000 + " AS ?x) {}",
    "one more than is followed": "SELECT (1" + "+1" * 2971 + " AS ?x) {}",
}


@pytest.mark.parametrize("query", DEEP.values(), ids=DEEP)
def test_what_is_nested_too_deep_is_refused_before_the_engine_sees_it(query: str) -> None:
    with pytest.raises(QueryError, match=r"nested too deep at line 2, column \d+ "):
        evaluate(ox.Store(), EngineRequest(f"PREFIX : <http://e/>\n{query}", "json", None))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { VALUES ?v { " + "-1 +2 " * 20_000 + "} }",
        "SELECT * { VALUES (?v ?w) { " + "(-1 -2) " * 20_000 + "} }",
        "SELECT * { FILTER(1 IN (1" + ", 2" * 20_000 + ")) }",
        "SELECT * { " + "?s ?p ?o, '((((((' . " * 5000 + "}",
        "SELECT (1" + " || 1" * 1000 + " AS ?x) {}",
        "SELECT (" + "(" * 99 + "1" + ")" * 99 + " AS ?x) {}",
        "SELECT (1" + "+1" * 2970 + " AS ?x) {}",
        "SELECT" + " (1 AS ?x)" * 5000 + " {}",
        "SELECT ((1" + "+1" * 2000 + ") AS ?x) ((1" + "+1" * 2000 + ") AS ?y) {}",
    ],
)
def test_what_is_only_long_is_not_too_deep(query: str) -> None:
    refuse_depth(read_tokens(query))


def make_literal(chance: random.Random) -> str:
    """Return a literal of any kind that has an order of its own."""
    zone = chance.choice(("", "Z", "+09:00", "-11:00", "+14:00"))
    time = f"{chance.randrange(24):02}:{chance.randrange(60):02}:00"
    day = f"2020-01-{chance.randrange(1, 29):02}"
    number = f"0.1000000000000000{chance.randrange(99):02}"
    kinds = {
        "dateTime": f"{day}T{time}{zone}",
        "time": f"{time}{zone}",
        "date": f"{day}{zone}",
        "gDay": f"---{chance.randrange(1, 29):02}{zone}",
        "duration": f"P{chance.randrange(40)}{chance.choice('DMY')}",
        "dayTimeDuration": f"P{chance.randrange(99)}D",
        "decimal": number,
        "double": chance.choice((number, "NaN", "INF")),
        "float": number,
        "integer": str(chance.randrange(3)),
        "string": day,
    }
    kind = chance.choice(list(kinds))
    return f'"{kinds[kind]}"^^<http://www.w3.org/2001/XMLSchema#{kind}>'


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_values_of_all_kinds_have_an_order(direction: str) -> None:
    for seed in range(20):
        chance = random.Random(seed)  # noqa: S311 - it need not be secret
        values = " ".join(make_literal(chance) for _ in range(400))
        query = f"SELECT ?v {{ VALUES ?v {{ {values} }} }} ORDER BY {direction}(?v)"
        result = evaluate(ox.Store(), EngineRequest(query, "json", None))
        assert isinstance(result, ox.QuerySolutions)
        assert len(list(result)) == 400


def test_a_byte_order_mark_is_passed_over() -> None:
    output = io.BytesIO()
    result = evaluate(ox.Store(), EngineRequest("\ufeffASK {}", "json", None))
    assert isinstance(result, ox.QueryBoolean)
    result.serialize(output, ox.QueryResultsFormat.JSON)
    assert b"true" in output.getvalue()


def to_rows(result: object) -> list[list[tuple[str, str]]]:
    """Return the rows as sorted pairs of name and term, sorted: what a multiset of solutions is compared by."""
    assert isinstance(result, ox.QuerySolutions)
    names = [variable.value for variable in result.variables]
    return sorted(sorted((n, str(v)) for n, v in zip(names, row, strict=True) if v) for row in result)


def make_select(chance: random.Random, names: tuple[str, ...]) -> str:
    """Return a random subquery over ``?s ?p ?o`` that names some of ``names``, counts, sorts out or cuts."""
    counts = ("(COUNT(*) AS ?n)", "?s (COUNT(?o) AS ?n)", "?g (COUNT(*) AS ?n)", "?s ?g (COUNT(?o) AS ?n)")
    clause = chance.choice(("*", *names, " ".join(names), "?g ?s", "?s ?o ?g", *counts))
    pattern = chance.choice(
        ("?s ?p ?o", "?s :p ?o", "?s :p ?o OPTIONAL { ?s :q ?p }", "{ ?s :p ?o } UNION { ?s :q ?p }")
    )
    distinct = chance.choice(("", "DISTINCT ")) if "COUNT" not in clause else ""
    grouped = f" GROUP BY {clause.partition('(')[0]}" if "?s (" in clause or "?g (" in clause else ""
    return f"SELECT {distinct}{clause} {{ {pattern} }}{grouped}{chance.choice(('', '', ' ORDER BY ?s ?p ?o LIMIT 1'))}"


def test_a_subquery_in_each_graph_is_answered_graph_by_graph_or_refused(quads: ox.Store) -> None:
    chance, answered = random.Random(1), 0  # noqa: S311 - it need not be secret
    graphs = sorted(quads.named_graphs(), key=str)
    for _ in range(400):
        inner, around = make_select(chance, ("?s", "?o")), chance.choice(("*", "?g ?s", "?s"))
        try:
            found = evaluate(
                quads, EngineRequest(f"PREFIX : <http://e/> SELECT {around} {{ GRAPH ?g {{ {inner} }} }}", "json", None)
            )
        except QueryError:
            continue
        answered += 1
        expected = []
        for graph in graphs:
            rows = to_rows(quads.query(f"PREFIX : <http://e/> {inner}", default_graph=[graph]))
            kept = {"*": {"g", "s", "p", "o", "n"}, "?g ?s": {"g", "s"}, "?s": {"s"}}[around]
            expected += [sorted(pair for pair in [*row, ("g", str(graph))] if pair[0] in kept) for row in rows]
        assert to_rows(found) == sorted(expected), (around, inner)
    assert answered > 100


@pytest.mark.parametrize("call", ["RAND()", "STRUUID()", "uuid()", "BNODE()", "IF(true, STR(RAND()), 1)"])
def test_an_alias_of_a_new_value_is_not_written_out_as_another(call: str, quads: ox.Store) -> None:
    with pytest.raises(QueryError, match="the query is not valid"):
        ask(quads, f"SELECT (COUNT(*) AS ?c) ({call} AS ?r) (SAMETERM(?r, ?r) AS ?same) {{}}")


def test_an_escape_outside_of_texts_and_iris_is_refused_with_what_works(quads: ox.Store) -> None:
    with pytest.raises(QueryError) as refused:
        ask(quads, "SELECT * { VALUES ?\\u0062 { 1 } }")
    assert refused.value.hint == "escapes such as \\u0062 are read in texts and IRIs only: write the character itself"


def test_an_alias_that_is_used_again_has_the_value_that_a_subquery_gives_it(quads: ox.Store) -> None:
    chance = random.Random(2)  # noqa: S311 - it need not be secret
    for _ in range(200):
        names, clause, nested = (
            ["s", "n"],
            "?s (COUNT(?o) AS ?n)",
            "SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o } GROUP BY ?s",
        )
        for name in "abcd"[: chance.randrange(1, 5)]:
            one, other = chance.choices(names[1:], k=2)
            value = f"?{one} {chance.choice('+-*')} {chance.randrange(4)} * ?{other}"
            value = chance.choice((value, f"IF({value} > 3, {value}, 1 / 0)", f'CONCAT(STR({value}), "?n")'))
            clause, names = f"{clause} ({value} AS ?{name})", [*names, name]
            nested = f"SELECT {' '.join('?' + one for one in names[:-1])} ({value} AS ?{name}) {{ {{ {nested} }} }}"
        found = evaluate(quads, EngineRequest(f"SELECT {clause} {{ ?s ?p ?o }} GROUP BY ?s", "json", None))
        assert to_rows(found) == to_rows(quads.query(nested)), clause


def test_the_columns_of_a_star_are_all_there_in_the_order_of_the_query(quads: ox.Store) -> None:
    chance = random.Random(3)  # noqa: S311 - it need not be secret
    for _ in range(200):
        parts = chance.sample(
            (
                "?z :p ?a .",
                "OPTIONAL { ?z :q ?y }",
                "{ ?b :p ?z } UNION { ?z :p ?b }",
                "BIND(1 AS ?k)",
                "MINUS { ?z :none ?m }",
                "FILTER NOT EXISTS { ?z :none ?n }",
                "{ SELECT ?z (COUNT(*) AS ?c) { ?z ?h ?i } GROUP BY ?z }",
                "VALUES ?v { 1 2 }",
            ),
            chance.randrange(1, 9),
        )
        query = f"PREFIX : <http://e/> SELECT * {{ {' '.join(parts)} }}"
        found, plain = evaluate(quads, EngineRequest(query, "json", None)), quads.query(query)
        assert isinstance(found, ox.QuerySolutions)
        places = [query.index(variable.value, query.index("{")) for variable in found.variables]
        assert places == sorted(places), query
        assert to_rows(found) == to_rows(plain), query


@pytest.mark.parametrize("query", ["ASK { <a> ?p ?o }", "SELECT * { <a> ?p ?o }"], ids=["as it is", "rewritten"])
def test_a_base_that_is_none_is_a_fault_of_the_query(query: str) -> None:
    with pytest.raises(QueryError, match="Invalid base IRI"):
        evaluate(ox.Store(), EngineRequest(query, "json", None, base="no iri"))
