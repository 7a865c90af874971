"""ORDER BY over values of several kinds, which ends the process of an engine that has no total order for them."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from random import Random

import httpx
import pytest

import g7kg
from g7kg.build.snapshot import Snapshot
from g7kg.errors import QueryError
from g7kg.rdf.lexer import read_tokens
from g7kg.rdf.ordering import make_keys, separate_kinds

XSD = "http://www.w3.org/2001/XMLSchema#"
MIXED = "SELECT ?property ?subject ?value { ?subject ?property ?value } ORDER BY ?subject ?value"


ORDERED = {
    "SELECT * { ?s ?p ?o } ORDER BY ?o": "SELECT * { ?s ?p ?o } ORDER BY «?o» ?o",
    "… order\nby $o ?s LIMIT 1": "… order\nby «$o» $o «?s» ?s LIMIT 1",
    "… ORDER BY desc(?o) ASC((?s))": "… ORDER BY desc«(?o)» desc(?o) ASC«((?s))» ASC((?s))",
    "… ORDER BY STR(?p) <f>(?p) f:g(?p) ?o": "… ORDER BY STR(?p) <f>(?p) f:g(?p) «?o» ?o",
    "… ORDER BY COUNT(*) DESC(STR(?o)) MIN(?o)": "… ORDER BY COUNT(*) DESC(STR(?o)) «MIN(?o)» MIN(?o)",
    "… ORDER BY SUM(?o) avg(?o) GROUP_CONCAT(?o)": "… ORDER BY SUM(?o) avg(?o) GROUP_CONCAT(?o)",
    "… ORDER BY MAX(?o)": "… ORDER BY «MAX(?o)» MAX(?o)",
    "… ORDER BY DESC(sample(?o))": "… ORDER BY DESC«(sample(?o))» DESC(sample(?o))",
    "… ORDER BY (IF(?a, 1, 'b'))": "… ORDER BY «(IF(?a, 1, 'b'))» (IF(?a, 1, 'b'))",
    "… ORDER BY coalesce(?o, # or\n?s)": "… ORDER BY «coalesce(?o, # or\n?s)» coalesce(?o, # or\n?s)",
    "… ORDER BY ?o VALUES ?o { 1 }": "… ORDER BY «?o» ?o VALUES ?o { 1 }",
    "… ORDER BY EXISTS { ?s ?p (1) } ?o": "… ORDER BY EXISTS { ?s ?p (1) } «?o» ?o",
    "… ORDER BY not exists { { } } ?o": "… ORDER BY not exists { { } } «?o» ?o",
    "… orderby ?s strdt(?o, ?d)": "… orderby «?s» ?s «strdt(?o, ?d)» strdt(?o, ?d)",
    "… ORDER BY ?a·b ?a\u0301": "… ORDER BY «?a·b» ?a·b «?a\u0301» ?a\u0301",
    "… ORDER # by\n BY # (\n ?o": "… ORDER # by\n BY # (\n «?o» ?o",
}
OTHERS = ["{ ?s g7:order ?o ; g7:by ?p }", "# ORDER BY ?o", "'ORDER BY ?o'", "<ORDER> BY ?o"]
OTHERS += [
    f"ORDER BY{rest}" for rest in ("", " (", " DESC", " DESC(1 + ?o", " ?", " NOT", " NOT EXISTS", " EXISTS (?o)")
]


BOUND = {
    "SELECT ?o { ?s ?p ?o } ORDER BY ?o": "SELECT ?o { { ?s ?p ?o } ‹?o:0› } ORDER BY (?key_0) ?o",
    "select (?o as ?x) where { ?s ?p ?o } order by desc(?o) STR(?s) $p": (
        "select (?o as ?x) where { { ?s ?p ?o } ‹(?o):0› ‹$p:1› } order by desc(?key_0) desc(?o) STR(?s) (?key_1) $p"
    ),
    "{ SELECT ?o { } ORDER BY ?o OFFSET 1 } ?o ?q": "{ SELECT ?o { { } ‹?o:0› } ORDER BY (?key_0) ?o OFFSET 1 } ?o ?q",
    "SELECT ?o { { SELECT ?o { } ORDER BY ?o } } ORDER BY ?o": (
        "SELECT ?o { { { SELECT ?o { { } ‹?o:0› } ORDER BY (?key_0) ?o } } ‹?o:0› } ORDER BY (?key_0) ?o"
    ),
    "SELECT ?key_0 { } ORDER BY ?key_0": "SELECT ?key_0 { { } ‹?key_0:_0› } ORDER BY (?key__0) ?key_0",
}
"""Where the keys are bound in the pattern: the engine makes them once a solution."""

KEPT = {
    "SELECT (SUM(?x) AS ?n) { ?s ?p ?x } ORDER BY ?s": "SELECT (SUM(?x) AS ?n) { ?s ?p ?x } ORDER BY «?s» ?s",
    "SELECT ?s { ?s ?p ?x } GROUP BY ?s ORDER BY ?s": "SELECT ?s { ?s ?p ?x } GROUP BY ?s ORDER BY «?s» ?s",
    "SELECT (1 AS ?n) { ?s ?p ?x } ORDER BY ?n": "SELECT (1 AS ?n) { ?s ?p ?x } ORDER BY «?n» ?n",
    "SELECT ?n { } ORDER BY ?n VALUES ?n { 1 }": "SELECT ?n { } ORDER BY «?n» ?n VALUES ?n { 1 }",
    "SELECT DISTINCT * { ?s ?p ?x } ORDER BY ?x": "SELECT DISTINCT * { ?s ?p ?x } ORDER BY «?x» ?x",
    "SELECT ?s { ?s ?p ?x } ORDER BY MIN(?x)": "SELECT ?s { ?s ?p ?x } ORDER BY «MIN(?x)» MIN(?x)",
    "CONSTRUCT { } WHERE { ?s ?p ?o } ORDER BY ?o": "CONSTRUCT { } WHERE { ?s ?p ?o } ORDER BY «?o» ?o",
    "CONSTRUCT WHERE { ?s ?p ?o } ORDER BY ?o": "CONSTRUCT WHERE { ?s ?p ?o } ORDER BY «?o» ?o",
    "SELECT (COUNT(?x) + ?y AS ?n) { } ORDER BY ?n": "SELECT (COUNT(?x) + ?y AS ?n) { } ORDER BY «?n» ?n",
    "SELECT (?x AS ?n) { } ORDER BY (?n)": "SELECT (?x AS ?n) { } ORDER BY «(?n)» (?n)",
    "SELECT (COUNT(?x) AS ?n) { ?n ?p ?o } ORDER BY ?n": "SELECT (COUNT(?x) AS ?n) { ?n ?p ?o } ORDER BY «?n» ?n",
    "SELECT (COUNT(?x) AS ?n) { } ORDER BY (?n / 2)": "SELECT (COUNT(?x) AS ?n) { } ORDER BY «(?n / 2)» (?n / 2)",
}
"""Where they cannot be."""

UNIFORM = [
    "SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s ORDER BY DESC(?n) ?n",
    "SELECT ?s { { SELECT (STR(LCASE(?o)) AS ?n) { ?s ?p ?o } } } ORDER BY ((?n))",
]


def expand(ordered: str) -> str:
    """Return ``ordered`` with keys in place of each ``«value»`` or ``DESC«value»``, and bound for ``‹value:n›``."""

    def bind(found: re.Match[str]) -> str:
        number, kind = make_keys(found[1])
        return f"BIND({number} AS ?key_{found[2]}) BIND({kind} AS ?key_{found[2]}k)"

    def order(found: re.Match[str]) -> str:
        return " ".join(f"{found[1] or ''}({key})" for key in make_keys(found[2]))

    bound = re.sub(r"(?i)(asc|desc)?\(\?(key_+\d)\)(?= )", r"\1(?\2) \1(?\2k)", ordered)
    return re.sub(r"(?is)(asc|desc)?«(.*?)»", order, re.sub("‹(.*?):(.*?)›", bind, bound))


@pytest.mark.parametrize(
    ("query", "ordered"),
    [*ORDERED.items(), *BOUND.items(), *KEPT.items(), *((query, query) for query in (*OTHERS, *UNIFORM))],
)
def test_kinds_are_ordered_apart(query: str, ordered: str) -> None:
    assert separate_kinds(query, read_tokens(query)) == expand(ordered)


def test_the_engine_by_itself_ends_its_process_when_kinds_are_mixed(snapshot: Snapshot) -> None:
    code = "import sys, pyoxigraph; list(pyoxigraph.Store.read_only(sys.argv[1]).query(sys.argv[2]))"
    command = [sys.executable, "-c", code, str(snapshot.folder / "store"), MIXED]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == -signal.SIGABRT, "it can order them now: g7kg.rdf.ordering is not needed any more"


def test_a_server_and_a_client_order_what_is_mixed(client: httpx.Client, snapshot: Snapshot) -> None:
    response = client.get("/sparql", params={"query": MIXED}, headers={"Accept": "text/csv"})
    assert response.status_code == 200
    rows = g7kg.open(snapshot.folder).query(MIXED)
    assert len(rows) == response.text.count("\r\n") - 1 == snapshot.manifest.default
    subjects = [str(row["subject"]) for row in rows]
    assert subjects == sorted(subjects)


def test_the_order_is_that_of_sparql(client: httpx.Client) -> None:
    values = '"b" 10 UNDEF 2.5 <http://example.org/> "2"@en false'
    orders = {}
    for direction in ("ASC", "DESC"):
        query = f"SELECT ?v {{ VALUES ?v {{ {values} }} }} ORDER BY {direction}(?v)"
        text = client.get("/sparql", params={"query": query}, headers={"Accept": "text/csv"}).text
        orders[direction] = text.split("\r\n")[1:-1]
    assert orders["ASC"] == ["", "http://example.org/", "2", "b", "false", "2.5", "10"]
    assert orders["DESC"] == orders["ASC"][::-1]


def test_times_before_our_era_are_ordered_apart_from_those_with_a_zone(client: httpx.Client) -> None:
    moments = [f"-0044-03-{10 + n % 8}T{n * 7 % 24:02}:00:00" + ("", "Z", "+14:00", "-14:00")[n % 4] for n in range(96)]
    values = " ".join(f'"{moment}"^^<http://www.w3.org/2001/XMLSchema#dateTime>' for moment in moments)
    query = f"SELECT ?v {{ VALUES ?v {{ {values} }} }} ORDER BY ?v"
    response = client.post("/sparql", data={"query": query}, headers={"Accept": "text/csv"})
    assert response.status_code == 200
    ordered = response.text.split("\r\n")[1:-1]
    unzoned = [moment for moment in ordered if moment.endswith("T" + moment[-8:])]
    assert ordered[: len(unzoned)] == unzoned == sorted(unzoned)
    assert sorted(ordered) == sorted(moments)


def test_values_of_any_kind_are_ordered_whether_columns_are_named_or_not(client: httpx.Client) -> None:
    random = Random(1)  # noqa: S311 - it keeps no secret
    texts = [
        "0",
        "9",
        "10",
        "1.5",
        "NaN",
        "-INF",
        "1E3",
        "2020-01-01",
        "2020-01-01Z",
        "-0044-03-15",
        "P1M",
        "P30D",
        "x",
    ]
    kinds = ["integer", "decimal", "double", "float", "string", "dateTime", "date", "duration", "gYear", "boolean"]
    for columns in ("?v", "*") * 10:
        literals = (f'"{random.choice(texts)}"^^<{XSD}{random.choice(kinds)}>' for _ in range(120))
        values = " ".join(one if random.random() < 0.8 else f"<http://x/{n}>" for n, one in enumerate(literals))
        query = f"SELECT {columns} {{ VALUES ?v {{ {values} }} }} ORDER BY DESC(?v)"
        response = client.post("/sparql", data={"query": query}, headers={"Accept": "text/csv"})
        assert (response.status_code, response.text.count("\r\n")) == (200, 121)


def test_a_fault_is_told_where_it_stands_in_the_query_as_written(client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": "SELECT * { } ORDER BY ?v LIMIT x"})
    assert response.status_code == 400
    assert response.json()["detail"].startswith("the query is not valid: error at 1:33")


def test_a_client_tells_a_fault_too(snapshot: Snapshot) -> None:
    with pytest.raises(QueryError, match="error at 1:45"):
        g7kg.open(snapshot.folder).query("SELECT ?o { ?s ?p ?o } ORDER BY ?o LIMIT 1 .")
