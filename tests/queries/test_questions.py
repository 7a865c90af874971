"""The catalogue as an API: parameters, formats, pages, and what is wrong with a request."""

import csv
import io
import json
import re
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from pyoxigraph import Literal, NamedNode
from tests.helpers.catalogue import CASES, QUERIES

from g7kg.errors import QueryError, RequestError
from g7kg.queries.catalogue import read_queries
from g7kg.rdf.vocab import XSD


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_every_query_answers_over_http_with_the_expected_rows(query, client: httpx.Client) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    parameters = {parameter.name: parameter.example for parameter in query.parameters}
    expected = list(csv.reader(io.StringIO((CASES / f"{query.name}.csv").read_text("utf-8"))))
    found = client.get(f"/queries/{query.name}.csv", params=parameters)
    assert list(csv.reader(io.StringIO(found.text))) == expected
    tabbed = client.get(f"/queries/{query.name}", params=parameters, headers={"Accept": "text/tab-separated-values"})
    assert list(csv.reader(io.StringIO(tabbed.text), delimiter="\t")) == expected
    plain = client.get(f"/queries/{query.name}.json", params=parameters).json()
    assert (plain["columns"], plain["total"], plain["next"]) == (expected[0], len(expected) - 1, None)


def test_json_has_values_of_their_types(client: httpx.Client) -> None:
    found = client.get("/queries/mentioned-at-one-meeting-only.json").json()
    assert [type(row["statements"]) for row in found["rows"][:3]] == [int, int, int]
    dated = client.get("/queries/undertakings-without-follow-up.json").json()
    assert dated["rows"][0]["stated"] == "2024-03-15"


def test_sparql_json_keeps_the_terms(client: httpx.Client) -> None:
    data = client.get("/queries/undertakings-without-follow-up.srj").content
    solutions = ox.parse_query_results(data, ox.QueryResultsFormat.JSON)
    assert isinstance(solutions, ox.QuerySolutions)
    first = next(iter(solutions))
    assert first["stated"] == Literal("2024-03-15", datatype=XSD("date"))
    assert isinstance(first["undertaking"], NamedNode)


def test_rows_come_in_pages_that_say_when_there_is_more(client: httpx.Client) -> None:
    address: str | None = "/queries/undertakings-without-follow-up.json?size=10"
    rows, sizes = [], []
    while address:
        response = client.get(address)
        rows += response.json()["rows"]
        sizes.append(len(response.json()["rows"]))
        address = response.json()["next"]
        assert (f'<{address}>; rel="next"' in response.headers["link"]) is (address is not None)
    assert sizes == [*[10] * 9, 3]
    assert rows == client.get("/queries/undertakings-without-follow-up.json").json()["rows"]
    assert client.get("/queries/undertakings-without-follow-up.json?size=10&page=11").status_code == 404


def test_a_default_may_be_replaced(client: httpx.Client) -> None:
    late = client.get("/queries/undertakings-without-follow-up.json?since=2024-10-01").json()
    assert {row["stated"] for row in late["rows"]} == {"2024-10-15"}
    assert late["parameters"] == {"since": "2024-10-01"}


@pytest.mark.parametrize(
    ("path", "status", "detail", "hint"),
    [
        ("undertakings-on-topik", 404, "no query undertakings-on-topik", "did you mean “undertakings-on-topic”"),
        ("undertakings-on-topic", 400, "needs the parameter topic", "it takes an IRI, such as topic:ai-public-sector"),
        ("undertakings-on-topic?topik=x", 400, "has no parameter topik", "did you mean “topic”?"),
        ("undertakings-on-topic?topic=a%20b", 400, "which is no IRI", "such as topic:ai-public-sector"),
        ("undertakings-on-topic?topic=x:y&topic=x:z", 400, "is given 2 times", "give it once"),
        ("undertakings-without-follow-up?since=2024-13-01", 400, "which is no xsd:date", "such as 2024-01-01"),
        ("undertakings?page=0", 400, "the parameter page is “0”", "give a whole number from 1"),
        ("undertakings?size=1000000000000000000000", 400, "the parameter size is", "from 1 to 100000"),
        ("undertakings?size=%C2%B2", 400, "the parameter size is “²”", "from 1 to 100000"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(
    path: str, status: int, detail: str, hint: str, client: httpx.Client
) -> None:
    response = client.get(f"/queries/{path}", headers={"Accept": "application/json"})
    assert response.status_code == status
    assert detail in response.json()["detail"]
    assert hint in response.json()["hint"]


INJECTIONS = [
    "https://e.org/> } DELETE WHERE { ?s ?p ?o",
    "x:y . ?a ?b ?c",
    "topic:ai-adoption> ; <http://e.org/p> <http://e.org/o",
    'topic:"',
]


@pytest.mark.parametrize("value", INJECTIONS)
def test_what_a_client_sends_never_becomes_part_of_a_query(value: str, client: httpx.Client) -> None:
    response = client.get("/queries/undertakings-on-topic.json", params={"topic": value})
    assert response.status_code == 400


def test_the_page_of_a_question_asks_for_its_parameters_and_escapes_them(client: httpx.Client) -> None:
    empty = client.get("/queries/undertakings-on-topic", headers={"Accept": "text/html"})
    assert empty.status_code == 200
    assert re.search(r'<input id="p-topic" name="topic" value=""[^>]* required>', empty.text)
    answered = client.get("/queries/undertakings-on-topic.html", params={"topic": "topic:ai-public-sector"}).text
    assert 'href="/doc/undertaking/policy-dialogue"' in answered
    assert "4 rows" in answered
    wild = client.get(
        "/queries/undertakings-on-topic.html", params={"topic": 'urn:x:"><script>'}, headers={"Accept": "text/html"}
    )
    assert "&lt;script&gt;" in wild.text
    assert "<script>" not in wild.text


def test_each_of_several_addresses_in_a_cell_leads_there(client: httpx.Client) -> None:
    answered = client.get("/queries/issuers-of-instruments.html").text
    [row] = re.findall(r"<tr>.*?</tr>", answered[answered.index("G7 Charter for the Digitally") :], re.DOTALL)[:1]
    cell = answered[: answered.index(row)].rpartition("<td>")[2]
    assert re.findall('href="([^"]+)"', cell) == [
        "http://www.g8.utoronto.ca/ict/2016-ict-charter.html",
        "/doc/cssii-2020/e16/s3",
        "https://www.kagawa-mice.jp/en/g7.html",
    ]


def test_the_catalogue_lists_every_query_with_its_parameters(client: httpx.Client) -> None:
    listed = client.get("/queries", headers={"Accept": "application/json"}).json()["queries"]
    assert [query["name"] for query in listed] == [query.name for query in QUERIES]
    [found] = [query for query in listed if query["name"] == "undertakings-without-follow-up"]
    assert found["parameters"] == [
        {"name": "since", "takes": "an xsd:date", "default": "2024-01-01", "example": "2024-01-01"},
        {
            "name": "language",
            "takes": "the language of labels, one of en, fr, de, it, ja",
            "default": "en",
            "example": "en",
        },
    ]
    page = client.get("/queries", headers={"Accept": "text/html"}).text
    assert all(f'href="/queries/{query.name}"' in page for query in QUERIES)


HEAD = "#+ summary: Who?\n#+ description: It asks.\n#+ tags: [test]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#+ summary: Who?\nASK {}", "the query has no description, tags"),
        ("#+ sumary: Who?\nASK {}", "the header line cannot be read"),
        ("ASK {}", "the query has no summary, description, tags"),
        (f"{HEAD}SELECT ?_x_iri {{ }}", "the parameter x has neither example nor default"),
        (f'{HEAD}#+ example: {{"y": "1"}}\nSELECT ?_x_iri {{ }}', "the query has no parameter y"),
        (
            f'{HEAD}#+ example: {{"x": "1"}}\nSELECT ?_x_xsd_odd {{ }}',
            "the parameter x is of the unknown kind xsd_odd",
        ),
        (
            f"{HEAD}#+ example: [1]\nSELECT ?_x_iri {{ }}",
            "defaults, example, columns and properties are JSON objects",
        ),
    ],
)
def test_a_query_with_a_bad_header_is_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "bad.rq").write_text(text, "utf-8")
    with pytest.raises(QueryError) as caught:
        read_queries(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}/bad.rq:1: {message}")


@pytest.mark.parametrize(
    ("kind", "value", "term"),
    [
        ("iri", "organisation:oecd", NamedNode("https://w3id.org/g7kg/id/organisation/oecd")),
        ("iri", "g7:Statement", NamedNode("https://w3id.org/g7kg/ontology#Statement")),
        ("iri", "http://e.org/x", NamedNode("http://e.org/x")),
        ("literal", "plain", Literal("plain")),
        ("fr", "numérique", Literal("numérique", language="fr")),
        ("xsd_integer", "-3", Literal("-3", datatype=XSD("integer"))),
        ("xsd_date", "2024-02-29", Literal("2024-02-29", datatype=XSD("date"))),
        ("xsd_boolean", "true", Literal("true", datatype=XSD("boolean"))),
    ],
)
def test_a_parameter_is_bound_as_a_term_of_its_kind(
    kind: str, value: str, term: NamedNode | Literal, tmp_path: Path
) -> None:
    example = json.dumps({"value": value})
    (tmp_path / "q.rq").write_text(f"{HEAD}#+ example: {example}\nSELECT ?_value_{kind} {{ }}", "utf-8")
    [query] = read_queries(tmp_path)
    assert query.bind({"value": value}) == (query, {f"_value_{kind}": term})
    with pytest.raises(RequestError):
        query.bind({})


def test_every_query_is_an_operation_of_the_api_with_its_parameters(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {path for path in paths if path.startswith("/queries/")} == {f"/queries/{query.name}" for query in QUERIES}
    operation = paths["/queries/undertakings-on-topic"]["get"]
    assert operation["summary"] == "What has been undertaken on a topic?"
    assert operation["parameters"][0] == {
        "name": "topic",
        "in": "query",
        "required": True,
        "description": "It takes an IRI.",
        "schema": {"type": "string", "format": "iri-reference"},
        "example": "topic:ai-public-sector",
    }


def test_every_query_is_an_example_in_the_description_of_the_service(client: httpx.Client, server: str) -> None:
    data = client.get("/sparql", headers={"Accept": "text/turtle"}).content
    graph = set(ox.parse(data, format=ox.RdfFormat.TURTLE))
    select = NamedNode("http://www.w3.org/ns/shacl#select")
    assert {quad.object.value for quad in graph if quad.predicate == select} == {query.text for query in QUERIES}
    targets = {quad.object for quad in graph if quad.predicate.value == "https://schema.org/target"}
    assert targets == {NamedNode(f"{server}/sparql")}
