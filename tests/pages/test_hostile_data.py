"""Other people's data that attacks its readers: every page and every format of it, as a server answers them."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pyoxigraph as ox
import pytest
from pyoxigraph import Literal, RdfFormat
from rdflib import Graph
from tests.helpers.project import ROOT
from tests.helpers.server import Server, run_server

from g7kg.pages.rendering import local_path
from g7kg.rdf.formats import HTML
from g7kg.rdf.solutions import to_cell
from g7kg.rdf.vocab import RDFS
from g7kg.serve.data.signposting import HEADER_BYTES, Document, Link, join_links

pytestmark = pytest.mark.soak

EVIL = "javascript:alert(1)"
DATA = (ROOT / "tests/cases/hostile.ttl").read_text("utf-8").replace("NINES", "9" * 5000)
FORMULA = '=HYPERLINK("http://e.example/","go")'
NAMES = (
    *("declaration", "paragraph", "statement", "undertaking", "follow-up", "oecd", "person", "meeting", "place"),
    *("participation", "initiative", "concept", "pages", "scheme", "ontology", "control", "nameless", "reserved"),
    "class",
)
"""What the data describes, each by the last part of its IRI below ``id/``."""


FORMATS = ("html", "ttl", "jsonld", "nt", "rdf", "trig", "nq", "json", "csv")
FIXED = (
    *("/", "/undertakings", "/undertakings.csv", "/undertakings.json", "/coverage", "/dataset", "/dataset.rdf"),
    *("/compare", "/glossary", "/queries", "/query", "/sitemap.xml"),
    *("/search?q=concept", "/search.csv?q=gist", "/search.json?q=evil"),
    *("/validation", "/shapes", "/validate", "/void.ttl", "/openapi.json", "/graph/hostile", "/graph/hostile.rdf"),
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hostile")
    pages = ", ".join(f"<https://e.example/{number}>" for number in range(4000))
    graph = "https://w3id.org/g7kg/graph/hostile"
    (folder / "hostile.ttl").write_text(f'{DATA}:pages rdfs:label "pages" ; foaf:page {pages} .\n', "utf-8")
    command = [sys.executable, "-m", "g7kg", "load", "hostile.ttl", "--out", "out", "--graph", graph]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=600)
    with run_server(folder / "log", "--snapshot", folder / "out", "--workers", "4") as server:
        yield server


class Page(HTMLParser):
    """What of a page could do harm: its elements, and where they lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "action"}]


def check_page(response: httpx.Response) -> None:
    page = Page(response.text)
    kept = re.compile(r"https?://|/(?![/\\])|#|\?(?:\w+=[^?&]*&)*labels=[a-z]{2}$")
    leading = [one for one in page.addresses if not kept.match(one)]
    assert leading == [], response.url
    assert not {"u", "object", "iframe"} & page.tags, response.url
    assert not [name for name in page.attributes if name.startswith("on") or name == "style"], response.url
    assert "<script>alert" not in response.text
    assert ">49<" not in response.text


def check_csv(response: httpx.Response) -> None:
    rows = list(csv.reader(io.StringIO(response.text)))
    assert {len(row) for row in rows} == {len(rows[0])}, response.url
    assert [cell for row in rows for cell in row if to_cell(cell) != cell] == [], response.url


def check_body(response: httpx.Response) -> None:
    """Fail if a client that reads the media type of ``response`` would fail, or run what the data says."""
    media_type = response.headers["content-type"].partition(";")[0]
    if media_type == "text/html":
        check_page(response)
    elif media_type == "text/csv":
        check_csv(response)
    elif media_type.endswith("json") and media_type != "application/ld+json":
        json.loads(response.content)
    elif media_type == "application/rdf+xml":
        Graph().parse(data=response.content, format="xml")
    elif media_type.endswith("xml"):
        ET.fromstring(response.content)
    else:
        assert list(ox.parse(response.content, format=RdfFormat.from_media_type(media_type))), response.url


def check(server: Server, path: str) -> httpx.Response:
    response = httpx.get(server.base + path, headers={"Accept": "text/html, */*;q=0.5"}, timeout=600)
    assert response.status_code in {200, 404, 406}, f"{path}: {response.status_code} {response.text[:200]}"
    assert len(response.headers.get("link", "")) <= HEADER_BYTES, path
    assert EVIL not in response.headers.get("link", ""), path
    check_body(response)
    return response


@pytest.mark.parametrize("name", NAMES)
def test_what_hostile_data_describes_is_sound_in_every_format(hostile: Server, name: str) -> None:
    found = {extension: check(hostile, f"/doc/{name}.{extension}").status_code for extension in FORMATS}
    nameless = name in {"control", "nameless", "reserved", "class", "oecd", "paragraph"}
    assert found == {**dict.fromkeys(FORMATS, 200), "rdf": found["rdf"]}
    assert found["rdf"] == 406 if nameless else found["rdf"] in {200, 406}


@pytest.mark.parametrize("path", FIXED)
def test_pages_over_hostile_data_are_sound(hostile: Server, path: str) -> None:
    check(hostile, path)


def test_every_question_is_sound_over_hostile_data(hostile: Server) -> None:
    catalogue = httpx.get(f"{hostile.base}/queries", headers={"Accept": "application/json"}, timeout=20).json()
    for query in catalogue["queries"]:
        if all(parameter["default"] is not None for parameter in query["parameters"]):
            for extension in ("html", "csv", "json", "srj"):
                check(hostile, f"{query['path']}.{extension}")


def test_addresses_that_are_none_of_the_web_are_no_links_of_a_linkset(hostile: Server) -> None:
    assert "javascript:" not in httpx.get(f"{hostile.base}/linkset/doc/oecd", timeout=20).text
    page, *_ = httpx.get(f"{hostile.base}/linkset/doc/pages", timeout=20).json()["linkset"]
    assert len(page["item"]) == 4000


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("control", "the answer holds the character U+000B, which XML cannot express"),
        ("nameless", "XML has no name for the property <http://e.example/1>"),
        ("reserved", "XML has no name for the property <http://www.w3.org/1999/02/22-rdf-syntax-ns#li>"),
        ("class", "XML has no name for the class <http://e.example/1>"),
    ],
)
def test_what_xml_cannot_hold_is_refused_with_a_hint(hostile: Server, name: str, detail: str) -> None:
    query = f"CONSTRUCT WHERE {{ <https://w3id.org/g7kg/id/{name}> ?p ?o }}"
    for path, parameters in ((f"/doc/{name}.rdf", {}), ("/sparql", {"query": query, "format": "rdf"})):
        response = httpx.get(hostile.base + path, params=parameters, timeout=20)
        assert (response.status_code, response.json()["detail"]) == (406, detail)
        assert "text/turtle" in response.json()["hint"]


@pytest.mark.parametrize("answer", ["json", "xml", "csv", "tsv"])
def test_the_endpoint_answers_exactly_what_the_data_says(hostile: Server, answer: str) -> None:
    query = f"SELECT ?label {{ <https://w3id.org/g7kg/id/undertaking> {RDFS('label')} ?label }}"
    response = httpx.get(f"{hostile.base}/sparql", params={"query": query, "format": answer}, timeout=20)
    if answer == "csv":
        assert list(csv.reader(io.StringIO(response.text)))[1] == [FORMULA]
    else:
        form = ox.QueryResultsFormat.from_extension({"json": "srj", "xml": "srx"}.get(answer, answer))
        assert form is not None
        results = ox.parse_query_results(response.content, form)
        assert isinstance(results, ox.QuerySolutions)
        assert [solution["label"] for solution in results] == [Literal(FORMULA)]


ADDRESSES = re.compile(r'\b(?:href|src|action|formaction|xlink:href)\s*=\s*"((?:\{\{.*?\}\}|[^"])*)"')


GIVEN = {"{{ contact }}", "{{ link }}", "{{ citation.report }}", "{{ citation.iri }}"}
"""Not of the data: whoever serves them gave the address, which was read as one, as that of the page for queries is
made of it; and the IRI of a thing of ours."""


def test_every_address_in_a_template_begins_here_or_passes_the_filter() -> None:
    templates = list((ROOT / "src" / "g7kg" / "pages" / "templates").glob("*.html"))
    found = [(path.name, address) for path in templates for address in ADDRESSES.findall(path.read_text("utf-8"))]
    assert len(found) > 100
    free = [
        (name, address)
        for name, address in found
        if address not in GIVEN
        and not re.fullmatch(r"\{\{ (?:(?!\}\}).)* \| local \}\}", address)
        and not re.match(r"/(?:[\w#]|$)|#|https://creativecommons\.org/", address)
        and not re.fullmatch(r"\?\{\{ \(kept \+ [^{}]*\) \| urlencode \}\}", address)
    ]
    assert free == []


@pytest.mark.parametrize(
    ("address", "leads_to"),
    [
        ("https://w3id.org/g7kg/id/a/b c", "/doc/a/b%20c"),
        ("https://w3id.org/g7kg//e.example/", "/e.example/"),
        ("https://e.example/?a=1&b=2", "https://e.example/?a=1&b=2"),
        ("/undertakings?status=none", "/undertakings?status=none"),
        ("#part", "#part"),
        *((address, "#") for address in (EVIL, "JavaScript:x", "data:text/html,x", "//e.example", "/\\e.example", "")),
        *((address, "#") for address in ("\x01javascript:x", " https://e.example/", "vbscript:x", "e.example")),
    ],
)
def test_the_filter_lets_paths_and_addresses_on_the_web_pass(address: str, leads_to: str) -> None:
    assert local_path(address) == leads_to


def test_a_link_header_has_what_fits_and_always_the_linkset() -> None:
    items = tuple(Link("item", f"https://e.example/{number}", "text/html") for number in range(1000))
    header = Document("https://e.example/a", "/doc/a", (), items).to_header(HTML, "/doc/a.html?after=b")
    assert header.startswith('</doc/a.html?after=b>; rel="next", </linkset/doc/a>; rel="linkset"')
    assert 2900 < len(header) <= HEADER_BYTES
    links = [Link("item", target) for target in ("x" * 4000, "a", "b")]
    assert join_links(links) == '<a>; rel="item", <b>; rel="item"'


def test_xml_of_the_command_line_is_sound(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text('<http://e/a> <http://e/b> "\\u0001" .', "utf-8")
    (tmp_path / "q.rq").write_text("SELECT ?o { ?s ?p ?o }", "utf-8")
    g7kg = [sys.executable, "-m", "g7kg"]
    subprocess.run([*g7kg, "load", "a.ttl", "--out", "out"], cwd=tmp_path, check=True, capture_output=True, timeout=600)
    asked = [*g7kg, "query", "q.rq", "--snapshot", "out", "--format", "xml"]
    done = subprocess.run(asked, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=600)
    assert (done.returncode, done.stdout) == (2, "")
    assert "the answer holds the character U+0001, which XML cannot express" in done.stderr
