"""Terms of our namespace that a query names by mistake."""

import re

import httpx
import pytest
from tests.helpers.catalogue import CASES, QUERIES
from tests.helpers.project import Run

import g7kg as g7kg_client
from g7kg.build.snapshot import Snapshot
from g7kg.mapping.workspace import Workspace
from g7kg.queries.warnings import read_vocabulary, warn_of

G7 = "https://w3id.org/g7kg/ontology#"
WRONG = f"PREFIX g7: <{G7}> SELECT * {{ ?s g7:debitor ?o }}"
WARNING = "there is no term g7:debitor: did you mean g7:debtor?"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (WRONG, ["debitor"]),
        (f"PREFIX : <{G7}> SELECT * {{ ?s :debitor ?o ; :debtor ?p . ?s :Minster ?q . }}", ["debitor", "Minster"]),
        (f"SELECT * {{ ?s <{G7}debitor> ?o }}", ["debitor"]),
        (f"PREFIX # first\n g: # then\n <{G7}> SELECT * {{ ?s g:debitor ?o ; g:debtor ?p }}", ["debitor"]),
        (f"PREFIX a: <{G7}> prefix b: <{G7}> SELECT * {{ ?s a:debtor ?o ; b:debitor. }}", ["debitor"]),
        (f"PREFIX g7: <{G7}> PREFIX x: <http://e/> SELECT * {{ ?s a g7:Minister ; x:debitor ?o }}", []),
        (f"PREFIX g7: <{G7}> SELECT * {{ ?s ?p 'g7:debitor' }} # g7:debitor", []),
        ("PREFIX g7: <http://e/> SELECT * { ?s g7:debitor ?o }", []),
        (f"SELECT * {{ ?s ?p ?o FILTER(STRSTARTS(STR(?p), STR(<{G7}>))) }}", []),
    ],
)
def test_each_unknown_term_is_warned_of(query: str, names: list[str], workspace: Workspace) -> None:
    known = read_vocabulary(workspace.ontology / "g7.ttl")
    warnings = warn_of(query, known)
    assert [warning.removeprefix("there is no term g7:").partition(":")[0] for warning in warnings] == names
    assert warn_of(WRONG, known) == (WARNING,)


LATE = "has no value in HAVING, which comes before SELECT: write"


@pytest.mark.parametrize(
    ("query", "warnings"),
    [
        (
            "SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s HAVING (?n > 2) ORDER BY ?n",
            [f"?n {LATE} COUNT(*) there"],
        ),
        (
            "SELECT * { { SELECT (SUM(?v)\n+ 1 AS ?n) { ?s ?p ?v } GROUP BY ?s having(?n > 1 || ?n < 0) LIMIT 3 } }",
            [f"?n {LATE} SUM(?v) + 1 there"],
        ),
        (
            "SELECT (GROUP_CONCAT(?o; SEPARATOR=';') AS ?é) { ?s ?p ?o } HAVING (STRLEN(?é) > 2)",
            [f"?\\xe9 {LATE} what it stands for there"],
        ),
        ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o } HAVING (COUNT(*) > 2) ORDER BY ?n", []),
        ("SELECT ?k (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY (STR(?s) AS ?k) HAVING (?k > 'a')", []),
        ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o } HAVING (EXISTS { ?n ?p ?q }) VALUES ?n { 1 }", []),
        ("SELECT (1 AS n) { ?having ?p ?o } HAVING (?having = n)", []),
    ],
)
def test_a_variable_of_select_in_having_is_warned_of(query: str, warnings: list[str]) -> None:
    assert list(warn_of(query, frozenset())) == warnings


def test_an_answer_warns_in_a_header_each_time(client: httpx.Client) -> None:
    for _ in range(2):
        response = client.get("/sparql", params={"query": WRONG})
        assert (response.status_code, response.headers["g7kg-warning"]) == (200, WARNING)
        assert "G7kg-Warning" in response.headers["access-control-expose-headers"]
    right = client.get("/sparql", params={"query": WRONG.replace("debitor", "debtor")})
    assert "g7kg-warning" not in right.headers


def test_the_page_of_an_answer_warns(client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": WRONG, "format": "html"})
    assert f"Warning: {WARNING}" in response.text


@pytest.mark.parametrize("remote", [False, True])
def test_the_client_warns_where_it_is_called(remote: bool, snapshot: Snapshot, server: str) -> None:  # noqa: FBT001
    graph = g7kg_client.open(server if remote else snapshot.folder)
    with pytest.warns(UserWarning, match=re.escape(WARNING)) as found:
        graph.query(WRONG)
    with pytest.warns(UserWarning, match=re.escape(WARNING)) as asked:
        graph.ask(f"ASK {{ ?s <{G7}debitor> ?o }}")
    assert [warning.filename for caught in (found, asked) for warning in caught] == [__file__] * 2


def test_the_command_line_warns_on_standard_error(snapshot: Snapshot, g7kg: Run) -> None:
    done = g7kg("query", "-", "--snapshot", snapshot.folder, "--format", "csv", stdin=WRONG)
    assert (done.returncode, done.stdout, done.stderr) == (0, "s,o\n", f"warning: {WARNING}\n")


def test_no_query_of_the_catalogue_is_warned_of(workspace: Workspace) -> None:
    known = read_vocabulary(workspace.ontology / "g7.ttl")
    for path in workspace.queries.rglob("*.rq"):
        assert warn_of(path.read_text("utf-8"), known) == (), path


def test_every_query_has_expected_rows_and_no_rows_are_left_over() -> None:
    assert {path.stem for path in CASES.glob("*.csv")} == {query.name for query in QUERIES}


def test_every_summary_is_a_question() -> None:
    assert [query.name for query in QUERIES if not query.summary.endswith("?")] == []
