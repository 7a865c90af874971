"""ORDER BY over values of several kinds, which ends the process of an engine that has no total order for them."""

import re
import signal
import subprocess
import sys
from random import Random

import httpx
import pytest
from tests.helpers.tables import read_table

import g7kg
from g7kg.build.snapshot import Snapshot
from g7kg.errors import QueryError
from g7kg.rdf.lexer import read_tokens
from g7kg.rdf.ordering import make_keys, separate_kinds

TABLE = read_table("ordering")

XSD = "http://www.w3.org/2001/XMLSchema#"
MIXED = "SELECT ?property ?subject ?value { ?subject ?property ?value } ORDER BY ?subject ?value"


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
    [*TABLE["ordered"], *TABLE["bound"], *TABLE["kept"], *((query, query) for query in TABLE["others"])],
)
def test_kinds_are_ordered_apart(query: str, ordered: str) -> None:
    assert separate_kinds(query, read_tokens(query)) == expand(ordered)


def test_the_engine_by_itself_ends_its_process_when_kinds_are_mixed(snapshot: Snapshot) -> None:
    code = "import sys, pyoxigraph; list(pyoxigraph.Store.read_only(sys.argv[1]).query(sys.argv[2]))"
    command = [sys.executable, "-c", code, str(snapshot.folder / "store"), MIXED]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == -signal.SIGABRT, "it can order them now: g7kg.rdf.ordering is not needed any more"


@pytest.mark.soak
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
    numbers = ["0", "9", "10", "1.5", "NaN", "-INF", "1E3"]
    texts = [*numbers, "2020-01-01", "2020-01-01Z", "-0044-03-15", "P1M", "P30D", "x"]
    kinds = ["integer", "decimal", "double", "float", "string", "dateTime", "date", "duration", "gYear", "boolean"]
    for columns in ("?v", "*") * 10:
        literals = (f'"{random.choice(texts)}"^^<{XSD}{random.choice(kinds)}>' for _ in range(120))
        values = " ".join(one if random.random() < 0.8 else f"<http://x/{n}>" for n, one in enumerate(literals))
        query = f"SELECT {columns} {{ VALUES ?v {{ {values} }} }} ORDER BY DESC(?v)"
        response = client.post("/sparql", data={"query": query}, headers={"Accept": "text/csv"})
        assert (response.status_code, response.text.count("\r\n")) == (200, 121)


def test_triple_terms_are_ordered_by_their_letters_and_come_last(client: httpx.Client) -> None:
    chance = Random(1)  # noqa: S311 - no secret
    values = " ".join(chance.choice(('"{0}"', "{0}")).format(chance.randint(0, 800)) for _ in range(800))
    query = f"SELECT ?t {{ VALUES ?v {{ {values} }} BIND(IF(?v = 3, ?v, TRIPLE(<a:b>, <a:c>, ?v)) AS ?t) }} ORDER BY ?t"
    response = client.post("/sparql", data={"query": query}, headers={"Accept": "application/sparql-results+json"})
    rows = [row["t"] for row in response.json()["results"]["bindings"]]
    objects = [row["value"]["object"] for row in rows if row["type"] == "triple"]
    letters = [f'"{term["value"]}"' + f"^^<{XSD}integer>" * ("datatype" in term) for term in objects]
    assert (len(rows), letters) == (800, sorted(letters))
    assert [row["type"] for row in rows[: -len(objects)]] == ["literal"] * (800 - len(objects))


def test_casts_to_times_with_and_without_a_zone_are_ordered(client: httpx.Client) -> None:
    chance = Random(1)  # noqa: S311 - no secret
    values = " ".join(
        f"'2020-01-0{chance.randint(1, 8)}T{chance.randint(10, 19)}:00:00{chance.choice(['', 'Z', '+09:00'])}'"
        for _ in range(400)
    )
    query = f"SELECT ?t {{ VALUES ?t {{ {values} }} }} ORDER BY <{XSD}dateTime>(?t)"
    response = client.get("/sparql", params={"query": query, "format": "csv"})
    assert (response.status_code, len(response.text.splitlines())) == (200, 401)


def test_a_fault_is_told_where_it_stands_in_the_query_as_written(client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": "SELECT * { } ORDER BY ?v LIMIT x"})
    assert response.status_code == 400
    assert response.json()["detail"].startswith("the query is not valid: error at 1:33")


def test_a_client_tells_a_fault_too(snapshot: Snapshot) -> None:
    with pytest.raises(QueryError, match="error at 1:45"):
        g7kg.open(snapshot.folder).query("SELECT ?o { ?s ?p ?o } ORDER BY ?o LIMIT 1 .")
