"""Terms of our namespace that a query names by mistake."""

import re

import httpx
import pytest
from tests.helpers.catalogue import CASES, QUERIES
from tests.helpers.project import Run

import g7kg as g7kg_client
from g7kg.build.snapshot import Snapshot
from g7kg.mapping.workspace import Workspace
from g7kg.queries.warnings import find_named, list_named, read_vocabulary, warn_of

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


OURS = "https://w3id.org/g7kg/"
OECD = f"{OURS}id/organisation/oecd"
TYPO = "the graph does not know id:organisation/oecdd: did you mean id:organisation/oecd?"


@pytest.mark.parametrize(
    ("query", "likely", "named"),
    [
        (f"DESCRIBE <{OECD}>", [OECD], True),
        (f"SELECT * {{ VALUES ?x {{ <{OECD}> <{OURS}dataset> <{OECD}> }} }}", [OECD, f"{OURS}dataset"], True),
        (f"PREFIX o: <{OURS}id/organisation/> ASK {{ ?x ?y o:oecd, o:itu. }}", [OECD, f"{OECD[:-4]}itu"], True),
        (f"prefix : <{OURS}id/> ASK {{ ?x ?y :organisation\\/oecd ; a ?z }}", [OECD], True),
        (f"PREFIX g7: <{G7}> PREFIX o: <{OURS}id/> ASK {{ ?x g7:topic o:a, go:b }}", [f"{OURS}id/a"], True),
        (
            f"PREFIX g7: <{G7}> ASK {{ ?x g7:debitor <{G7}debtor> FILTER(STRSTARTS(STR(?x), STR(<{OURS}id/>))) }}",
            [],
            True,
        ),
        (f"ASK {{ ?x ?y '<{OECD}>' }}", [OECD], False),
        (f"PREFIX o: <{OURS}id/> ASK {{}} # o:who <{OECD}>", [OECD, f"{OURS}id/who"], False),
        (f"ASK {{}} # <{OURS}id/no iri>", [], True),
        (f"ASK {{ ?x ?y <{OECD}> }}".ljust(20_001), [], False),
        (f"ASK {{ ?x ?y <http://e/?{OECD}> }}", [], True),
    ],
)
def test_the_iris_of_ours_in_a_query_are_told_soon_and_then_for_certain(
    query: str,
    likely: list[str],
    named: bool,  # noqa: FBT001
) -> None:
    found = list_named(query)
    assert list(found) == likely
    assert {*found} & find_named(query) == ({*likely} if named else set())


def test_an_answer_warns_in_a_header_each_time(client: httpx.Client) -> None:
    for _ in range(2):
        response = client.get("/sparql", params={"query": WRONG})
        assert (response.status_code, response.headers["g7kg-warning"]) == (200, WARNING)
        assert "G7kg-Warning" in response.headers["access-control-expose-headers"]
    right = client.get("/sparql", params={"query": WRONG.replace("debitor", "debtor")})
    assert "g7kg-warning" not in right.headers


@pytest.mark.parametrize(
    ("query", "warning"),
    [
        (f"DESCRIBE <{OECD}d>", TYPO),
        (f"PREFIX g7: <{G7}> ASK {{ ?x g7:debitor <{OECD}d> }}", f"{WARNING}; {TYPO}"),
        (f"PREFIX o: <{OURS}id/> SELECT (COUNT(*) AS ?n) {{ ?x ?y o:organisation\\/oecdd }}", TYPO),
        (f"SELECT * {{ VALUES ?x {{ <{OECD}> <{OECD}d> }} ?x ?y ?z }}", TYPO),
        (f"SELECT * {{ ?s ?p ?o OPTIONAL {{ ?o ?q <{OECD}d> }} }} LIMIT 5000", TYPO),
        (
            f"ASK {{ <{OURS}id/verona-trento-2042> ?y ?z }}",
            "the graph does not know id:verona-trento-2042: did you mean id:verona-trento-2024?",
        ),
        (f"ASK FROM <{OURS}graph/nobody> {{ ?x ?y ?z }}", f"the graph does not know {OURS}graph/nobody"),
        (f"ASK {{ ?x ?y <{OURS}id/place/zürich> }}", r"the graph does not know id:place/z\xfcrich"),
        (
            f"ASK {{ ?x ?y {', '.join(f'<{OURS}id/{n}>' for n in range(9))} }}",
            "; ".join(f"the graph does not know id:{n}" for n in range(5)),
        ),
        (
            f"ASK {{ ?x ?y <{OECD}>, <{OECD}#d>, 'no <{OECD}d>' }} # <{OECD}d>",
            "the graph does not know id:organisation/oecd#d",
        ),
    ],
)
def test_an_iri_that_the_graph_does_not_know_is_warned_of(query: str, warning: str, client: httpx.Client) -> None:
    for method in ("GET", "GET", "POST"):
        parameters = {"params" if method == "GET" else "data": {"query": query}}
        response = client.request(method, "/sparql", **parameters)  # type: ignore[arg-type]  # either takes them
        assert (response.status_code, response.headers.get("g7kg-warning")) == (200, warning)


@pytest.mark.parametrize(
    "iri",
    [
        "id/organisation/oecd",
        "id/verona-trento-2024/p23/s1/span",
        "id/event/leaders-summit-2024",  # retired
        "id/organisation",  # a list
        "scheme/topic/ai-public-sector",
        "scheme",
        "ontology",
        "ontology/1.2.0",
        "shapes#StatementShape",
        "graph/verona-trento-2024",
        "dataset",
        "dataset/{digest}",
    ],
)
def test_an_iri_that_stands_for_something_is_not_warned_of(iri: str, client: httpx.Client, snapshot: Snapshot) -> None:
    full = OURS + iri.format(digest=snapshot.manifest.digest)
    response = client.get("/sparql", params={"query": f"ASK {{ <{full}> ?y ?z }}"})
    assert (response.status_code, response.headers.get("g7kg-warning")) == (200, None)
    response = client.get("/queries/triples-of-resource.csv", params={"resource": full})
    assert (response.status_code, response.headers.get("g7kg-warning")) == (200, None)


@pytest.mark.parametrize("form", ["csv", "tsv", "json", "srj", "xlsx", "html"])
def test_a_query_of_the_catalogue_warns_of_a_value_in_every_format(form: str, client: httpx.Client) -> None:
    for _ in range(2):
        response = client.get(f"/queries/asked-of-organisation.{form}?organisation=organisation:oecdd")
        assert (response.status_code, response.headers["g7kg-warning"]) == (200, TYPO)
    right = client.get(f"/queries/asked-of-organisation.{form}?organisation=organisation:oecd")
    assert (right.status_code, right.headers.get("g7kg-warning")) == (200, None)


@pytest.mark.parametrize(
    ("value", "warning"),
    [
        ("g7:debitor", WARNING),
        ("g7:debtor", None),
        ("http://example.org/x", "the graph does not know http://example.org/x"),
        ("organization:oecd", "the graph does not know organization:oecd"),
        ("skos:prefLabel", None),
    ],
)
def test_a_value_of_any_namespace_is_warned_of(value: str, warning: str | None, client: httpx.Client) -> None:
    response = client.get("/queries/triples-of-resource.csv", params={"resource": value})
    assert (response.status_code, response.headers.get("g7kg-warning")) == (200, warning)


def test_the_page_of_a_query_warns_above_the_rows(client: httpx.Client) -> None:
    page = client.get("/queries/asked-of-organisation.html?organisation=organisation:oecdd").text
    line = f'<p class="problem">Warning: {TYPO}</p>'
    assert 0 < page.index(line) < page.index("0 rows")
    assert "Warning" not in client.get("/queries/asked-of-organisation.html?organisation=organisation:oecd").text


def test_the_page_of_an_answer_warns(client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": WRONG, "format": "html"})
    assert f"Warning: {WARNING}" in response.text
    response = client.get("/sparql", params={"query": f"DESCRIBE <{OECD}d>", "format": "html"})
    assert f'<p class="problem">Warning: {TYPO}</p>' in response.text
    assert response.headers["g7kg-warning"] == TYPO


@pytest.mark.parametrize("remote", [False, True])
def test_the_client_warns_where_it_is_called(remote: bool, snapshot: Snapshot, server: str) -> None:  # noqa: FBT001
    graph = g7kg_client.open(server if remote else snapshot.folder)
    with pytest.warns(UserWarning, match=re.escape(WARNING)) as found:
        graph.query(WRONG)
    with pytest.warns(UserWarning, match=re.escape(WARNING)) as asked:
        graph.ask(f"ASK {{ ?s <{G7}debitor> ?o }}")
    with pytest.warns(UserWarning, match=re.escape(TYPO)) as named:
        graph.query(f"SELECT * {{ ?x ?y <{OECD}d> }}")
    with pytest.warns(UserWarning, match=re.escape(TYPO)) as given:
        graph.query("asked-of-organisation", organisation="organisation:oecdd")
    assert len(graph.query("asked-of-organisation", organisation="organisation:oecd")) > 0  # a warning is an error
    caught = (*found, *asked, *named, *given)
    assert [warning.filename for warning in caught] == [__file__] * 4


def test_the_command_line_warns_on_standard_error(snapshot: Snapshot, g7kg: Run) -> None:
    done = g7kg("query", "-", "--snapshot", snapshot.folder, "--format", "csv", stdin=WRONG)
    assert (done.returncode, done.stdout, done.stderr) == (0, "s,o\n", f"warning: {WARNING}\n")
    for name, told in (("oecdd", f"warning: {TYPO}\n"), ("oecd", "")):
        value = ("--organisation", f"organisation:{name}")
        done = g7kg("query", "asked-of-organisation", *value, "--snapshot", snapshot.folder, "--format", "csv")
        assert (done.returncode, done.stderr) == (0, told)
    done = g7kg("query", "-", "--snapshot", snapshot.folder, stdin=f"DESCRIBE <{OECD}d>")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"warning: {TYPO}\n")


def test_no_query_of_the_catalogue_is_warned_of(workspace: Workspace) -> None:
    known = read_vocabulary(workspace.ontology / "g7.ttl")
    for path in workspace.queries.rglob("*.rq"):
        assert warn_of(path.read_text("utf-8"), known) == (), path


def test_every_query_has_expected_rows_and_no_rows_are_left_over() -> None:
    assert {path.stem for path in CASES.glob("*.csv")} == {query.name for query in QUERIES}


def test_every_summary_is_a_question() -> None:
    assert [query.name for query in QUERIES if not query.summary.endswith("?")] == []
