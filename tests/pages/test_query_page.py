"""The page for queries, its links and its code to copy, over HTTP."""

import ast
import base64
import csv
import html
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tracemalloc
import zlib
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from pyoxigraph import Literal

from g7kg.errors import NotFound
from g7kg.mapping.workspace import Workspace
from g7kg.pages.query import bind_example
from g7kg.pages.snippets import compose_snippets, find_form, quote_javascript, quote_python, quote_r
from g7kg.queries.catalogue import read_queries
from g7kg.serve.sharing import CODE_LENGTH, QUERY_BYTES, decode_query

ODD = [
    "</textarea><script>alert(1)</script>",
    "\n\n  ASK {}\n",
    "SELECT ('\"&amp;<' AS ?x) {}",
    "not SPARQL at all",
    "",
]

HOSTILE = [
    "it's",
    'a "b" \'\'\' """',
    "$HOME $(touch hacked) `touch hacked` !! \\ \\n {} %s {0}",
    "two\nlines\n",
    "\ttab, ü, 日本, \U0001f600, \u2028, \x7f",
    "&query=ASK{}+%2B#",
    "\r\n-- --output x @file",
]


def read_field(page: str) -> str:
    """Return what a browser has in the text area: the line break right after the tag is not part of it."""
    found = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", page, re.DOTALL)
    assert found
    return html.unescape(found[1])


@pytest.mark.parametrize("query", ODD)
def test_the_form_holds_any_text_as_it_is_and_runs_nothing(query: str, client: httpx.Client) -> None:
    response = client.get("/query", params={"query": query})
    assert response.status_code == 200
    assert read_field(response.text) == query
    assert "<script>" not in response.text


def test_the_page_may_run_the_servers_scripts_and_no_others(client: httpx.Client) -> None:
    policy = client.get("/query").headers["content-security-policy"]
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == rules["form-action"] == "'self'"
    assert rules["img-src"] == "'self' blob:"  # a chart that is saved as PNG
    assert "unsafe" not in policy
    others = client.get("/about").headers["content-security-policy"]
    assert "connect-src" not in others
    assert "script-src 'self'; img-src 'self';" in others


def test_an_example_of_the_catalogue_fills_the_form(client: httpx.Client, workspace: Workspace) -> None:
    page = client.get("/query", params={"example": "undertakings"}).text
    assert read_field(page) == (workspace.queries / "undertakings.rq").read_text("utf-8")
    assert '<option value="undertakings" selected>' in page
    options = re.findall(r'<option value="([a-z0-9-]+)"', page.partition('id="example"')[2].partition("</select>")[0])
    assert sorted(options) == sorted(query.name for query in read_queries(workspace.queries))


def test_the_parameters_of_an_example_are_bound_before_it_runs(client: httpx.Client, workspace: Workspace) -> None:
    for query in read_queries(workspace.queries):
        text = read_field(client.get("/query", params={"example": query.name}).text)
        assert text == bind_example(query)
        rows = client.get("/sparql", params={"query": text, "format": "json"}).json()["results"]["bindings"]
        _, values = query.bind({one.name: one.default or one.example for one in query.parameters})
        bound = {variable: term.value for variable, term in values.items()}
        assert rows
        for row in rows:
            assert {name: row[name]["value"] for name in bound if name in row}.items() <= bound.items()


NAMES = {
    "https://w3id.org/g7kg/id/verona-trento-2024/a4/p3": "Verona and Trento, March 2024, Annex 4, paragraph 3",
    "https://w3id.org/g7kg/id/verona-trento-2024/p23/s1": "Verona and Trento, March 2024, paragraph 23",
    "https://w3id.org/g7kg/id/organisation/oecd": "Organisation for Economic Co-operation and Development",
    "https://w3id.org/g7kg/ontology#Commitment": "commitment",
}


def test_resources_are_called_by_their_names(client: httpx.Client) -> None:
    unknown = ["https://e.example/", "no IRI", "", "https://e.example/a b"]
    assert client.post("/query/names.json", json=[*NAMES, *unknown]).json() == NAMES
    assert client.post("/query/names.json", json=[]).json() == {}
    values = " ".join(f"<{iri}>" for iri in NAMES)
    page = client.get("/sparql", params={"query": f"SELECT ?x {{ VALUES ?x {{ {values} }} }}", "format": "html"}).text
    assert dict(re.findall(r'title="([^"]+)">([^<]+)</a></td>', page)) == NAMES


@pytest.mark.parametrize("body", [b"[", b'{"a": 1}', b"[1]", b"[" * 100_000])
def test_what_is_no_list_of_iris_has_no_names(body: bytes, client: httpx.Client) -> None:
    answer = client.post("/query/names.json", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["detail"][:14]) == (400, "the body is no")


@pytest.mark.parametrize(
    ("parameters", "status"), [({"example": "nothing"}, 404), ({"example": "undertakings", "query": "ASK {}"}, 400)]
)
def test_an_example_that_cannot_be_shown_is_refused(
    parameters: dict[str, str], status: int, client: httpx.Client
) -> None:
    assert client.get("/query", params=parameters).status_code == status


def test_people_at_the_endpoint_are_led_to_the_page_and_machines_are_not(client: httpx.Client) -> None:
    led = client.get("/sparql", headers={"Accept": "text/html"})
    assert (led.status_code, led.headers["location"], led.headers["vary"]) == (303, "/query", "Accept")
    described = client.get("/sparql", headers={"Accept": "text/turtle"})
    assert (described.status_code, "sd:Service" in described.text) == (200, True)


def test_the_vocabulary_is_what_the_graph_uses_the_most_used_first(client: httpx.Client) -> None:
    response = client.get("/query/vocabulary.json")
    vocabulary = response.json()
    assert vocabulary["prefixes"]["g7"] == "https://w3id.org/g7kg/ontology#"
    kinds = {iri: kind for iri, kind, *_ in vocabulary["terms"]}
    assert kinds["https://w3id.org/g7kg/ontology#Undertaking"] == "class"
    assert kinds["https://w3id.org/g7kg/ontology#status"] == "property"
    assert kinds["https://w3id.org/g7kg/scheme/follow-up-status/delivered"] == "concept"
    labels = {iri: label for iri, _, label, *_ in vocabulary["terms"]}
    [oecd] = [term[1:] for term in vocabulary["terms"] if term[0] == "https://w3id.org/g7kg/id/organisation/oecd"]
    assert oecd[:3] == ["thing", "Organisation for Economic Co-operation and Development", ""]
    assert sorted(oecd[3].split(", ")) == ["OCDE", "OCSE", "OECD"]
    assert labels["https://w3id.org/g7kg/scheme/follow-up-status/delivered"] == "delivered"
    properties = [iri for iri, kind, *_ in vocabulary["terms"] if kind == "property"]
    assert properties[0] == "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    again = client.get("/query/vocabulary.json", headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == 304


KNOWN = "PREFIX g7: <https://w3id.org/g7kg/ontology#>\nSELECT ?who WHERE { ?who a g7:Minister } ORDER BY ?who\n"
KNOWN_CODE = "aIyn_Qr1uX56RjwgjEAfsVt9MoG-BMQ8MLbiVIFkuAA"


@pytest.mark.parametrize("query", [*ODD, *HOSTILE, "x" * QUERY_BYTES])
def test_a_link_to_a_query_holds_it_as_it_is(query: str, client: httpx.Client) -> None:
    link = urlsplit(client.get("/query/link", params={"query": query}).json()["link"])
    assert link.path == "/query"
    assert parse_qsl(link.query, keep_blank_values=True) == [("query", query)]


def test_the_link_of_an_example_names_it(client: httpx.Client, workspace: Workspace) -> None:
    query = (workspace.queries / "undertakings.rq").read_text("utf-8")
    link = client.get("/query/link", params={"query": query}).json()["link"]
    assert link == str(client.base_url.join("/query?example=undertakings"))


@pytest.mark.parametrize(("code", "query"), [("aAzZUqmsB", "ASK{}"), (KNOWN_CODE, KNOWN)], ids=["small", "large"])
def test_short_links_that_were_given_away_keep_their_meaning(code: str, query: str, client: httpx.Client) -> None:
    followed = client.get(f"/q/{code}")
    assert followed.status_code == 303
    assert "immutable" in followed.headers["cache-control"]
    place = urlsplit(followed.headers["location"])
    assert (place.scheme, place.netloc, place.path) == ("", "", "/query")
    assert parse_qsl(place.query, keep_blank_values=True) == [("query", query)]


def test_a_link_to_nothing_is_refused(client: httpx.Client) -> None:
    refused = client.get("/query/link")
    assert (refused.status_code, refused.json()["detail"]) == (400, "no query is given")


def pack(data: bytes) -> str:
    """Return a code with ``data`` in it, compressed without the dictionary."""
    deflate = zlib.compressobj(9, wbits=-15)
    return "a" + base64.urlsafe_b64encode(deflate.compress(data) + deflate.flush()).decode().rstrip("=")


BOMB = pack(b"A" * 17_000_000)


@pytest.mark.parametrize(
    "code",
    [
        "a",
        "b" + pack(b"ASK{}")[1:],
        pack(b"ASK{}")[:-2],
        pack(b"ASK{}") + "AAAA",
        "aA",
        "a====",
        "a%20",
        "aä",
        "a" * 30_000,
        pack(b"\xff\xfe"),
        pack(b"A" * (QUERY_BYTES + 1)),
        BOMB,
    ],
    ids=lambda code: code[:12],
)
def test_a_code_that_stands_for_no_query_is_not_found(code: str, client: httpx.Client) -> None:
    assert client.get(f"/q/{code}").status_code == 404


def test_a_bomb_is_not_inflated() -> None:
    assert len(BOMB) < CODE_LENGTH
    tracemalloc.start()
    with pytest.raises(NotFound, match="no query stands behind this link"):
        decode_query(BOMB)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("SELECT * {}", "SELECT"),
        ("# ask\r\nBASE <http://x/ask>\nPREFIX ask: <http://construct>\n\tdescribe <x>", "DESCRIBE"),
        ("prefix:<x>ASK{}", "SELECT"),
        ("PREFIX :<x> ASK{}", "ASK"),
        ("construct{}where{}", "CONSTRUCT"),
        ("#" * 50_000, "SELECT"),
        ("prefix " * 10_000, "SELECT"),
    ],
    ids=lambda text: text[:12],
)
def test_the_form_of_a_query_is_known_by_its_first_keyword(query: str, form: str) -> None:
    assert find_form(query) == form


def ask_for(text: str) -> str:
    return f"SELECT ({Literal(text)} AS ?x) (1 AS ?n)\nWHERE {{}}"


def run(command: list[str], folder: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, capture_output=True, check=True, timeout=30, cwd=folder, env=environment)
    assert not (folder / "hacked").exists()
    return done.stdout.decode()


def compose(server: str, query: str, name: str) -> str:
    return compose_snippets(f"{server}/sparql", query)[name]


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
@pytest.mark.parametrize("text", HOSTILE)
def test_the_code_for_curl_asks_the_query_as_it_is(text: str, server: str, tmp_path: Path) -> None:
    shown = run(["bash", "-c", compose(server, ask_for(text), "curl")], tmp_path)
    assert list(csv.reader(io.StringIO(shown, newline=""))) == [["x", "n"], [text, "1"]]


@pytest.mark.parametrize("text", HOSTILE)
def test_the_code_for_python_asks_the_query_as_it_is(text: str, server: str, tmp_path: Path) -> None:
    shown = run([sys.executable, "-c", compose(server, ask_for(text), "Python")], tmp_path)
    assert ast.literal_eval(shown) == {"x": text, "n": "1"}


PANDAS = """
import csv, io
def read_csv(file, *, keep_default_na, na_values):
    assert (keep_default_na, na_values) == (False, [""])
    return list(csv.reader(io.StringIO(file.read().decode(), newline="")))
"""
"""As much of pandas as the code uses: the tests do not need the whole."""


@pytest.mark.parametrize("text", HOSTILE)
def test_the_code_for_pandas_reads_the_rows(text: str, server: str, tmp_path: Path) -> None:
    (tmp_path / "pandas.py").write_text(PANDAS, "utf-8")
    shown = run([sys.executable, "-c", compose(server, ask_for(text), "pandas")], tmp_path)
    assert ast.literal_eval(shown) == [["x", "n"], [text, "1"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [("ASK { <a:b> ?p ?o }", "False"), ("CONSTRUCT { <a:b> <a:c> 1 } WHERE {}", "<a:b> <a:c> 1 .")],
    ids=["ask", "construct"],
)
def test_there_is_code_for_every_form_of_query(query: str, expected: str, server: str, tmp_path: Path) -> None:
    assert list(compose_snippets(server, query)) == ["curl", "Python", "R", "JavaScript"]
    assert run([sys.executable, "-c", compose(server, query, "Python")], tmp_path).strip().endswith(expected)
    assert run(["bash", "-c", compose(server, query, "curl")], tmp_path).strip().endswith(expected.lower())
    if shutil.which("node"):
        assert run_javascript(compose(server, query, "JavaScript"), tmp_path).strip().endswith(expected.lower())


def run_javascript(code: str, folder: Path) -> str:
    (folder / "code.mjs").write_text(code, "utf-8")
    return run(["node", "code.mjs"], folder)


@pytest.mark.skipif(not shutil.which("node"), reason="needs node")
@pytest.mark.parametrize("text", HOSTILE)
def test_the_code_for_javascript_asks_the_query_as_it_is(text: str, server: str, tmp_path: Path) -> None:
    code = compose(server, ask_for(text), "JavaScript").replace(
        "console.log(Object", "console.log(JSON.stringify(Object"
    )
    shown = run_javascript(code.replace("])));\n", "]))));\n"), tmp_path)
    assert json.loads(shown) == {"x": text, "n": "1"}


@pytest.mark.integration
@pytest.mark.skipif(not shutil.which("Rscript"), reason="needs R with httr2 (Debian: r-base-core, r-cran-httr2)")
@pytest.mark.parametrize("text", HOSTILE)
def test_the_code_for_r_asks_the_query_as_it_is(text: str, server: str, tmp_path: Path) -> None:
    printed = 'writeBin(charToRaw(table$x), pipe("cat", "wb"))'
    (tmp_path / "code.R").write_text(compose(server, ask_for(text), "R").replace("print(table)", printed), "utf-8")
    assert run(["Rscript", "code.R"], tmp_path) == text.replace("\r\n", "\n")  # as R reads a cell


def test_the_code_for_r_holds_the_query_in_lines_where_that_is_safe() -> None:
    assert quote_r("ASK\n{}") == 'r"(ASK\n{})"'
    assert quote_r('a)"\nb') == '"a)\\"\\nb"'
    assert quote_javascript("ASK\n{}") == "`ASK\n{}`"
    assert [quote_javascript(text) for text in ("`\n", "\\\n", "${x}\n")] == ['"`\\n"', '"\\\\\\n"', '"${x}\\n"']


def test_a_query_in_lines_stays_in_lines_where_that_is_safe() -> None:
    assert quote_python("ASK\n{}\n") == '"""\\\nASK\n{}\n"""'
    for text in ("one line", 'ends\nwith"', 'a\n"""b', "a\n\\b", "a\r\nb", "a\n\u2028"):
        assert quote_python(text) == repr(text)
        assert ast.literal_eval(quote_python(text)) == text


def test_the_page_has_the_code_without_any_script(client: httpx.Client) -> None:
    query = ask_for("<b>'\"&")
    page = client.get("/query", params={"query": query}).text
    shown = [html.unescape(code) for code in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", page, re.DOTALL)]
    endpoint = f"{client.base_url}/sparql"
    assert shown == list(compose_snippets(endpoint, query).values())


def test_results_lead_back_to_the_editor_and_to_every_format(client: httpx.Client) -> None:
    query = "SELECT (1 AS ?x) {}"
    page = client.get("/sparql", params={"query": query, "format": "html"}).text
    links = [html.unescape(link) for link in re.findall(r'href="([^"]+)"', page.partition("<main")[2])]
    downloads = [link for link in links if link.startswith("/sparql?")]
    assert [dict(parse_qsl(urlsplit(link).query))["format"] for link in downloads] == ["json", "xml", "csv", "tsv"]
    assert [client.get(link).status_code for link in downloads] == [200] * 4
    edit = next(link for link in links if link.startswith("/query?query="))
    assert read_field(client.get(edit).text) == query
