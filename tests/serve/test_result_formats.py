"""The formats of answers over HTTP: what characters come through, and what clients call them."""

import csv
import io
import json
from xml.etree import ElementTree as ET

import httpx
import pytest
import rdflib
from tests.helpers.attacks import ASK

QUERY = "SELECT ?who WHERE { ?who a <https://w3id.org/g7kg/ontology#Minister> } ORDER BY ?who"
CONSTRUCT = "CONSTRUCT { ?s a ?c } WHERE { ?s a ?c . FILTER(?c = <https://w3id.org/g7kg/ontology#Minister>) }"

ODD = ["a\rb", "c\r\nd", 'e\tf"g', "back\\slash", "}},{", '"', "é𝄞", "", " blanks ", "<&>"]
CONTROL = "\x01\x1f"


def ask_for(client: httpx.Client, values: list[str], name: str) -> httpx.Response:
    """Ask for ``values``, each of them in a row of its own, in order."""
    rows = " ".join(f"({number} {json.dumps(value, ensure_ascii=False)})" for number, value in enumerate(values))
    query = f"SELECT ?x WHERE {{ VALUES (?n ?x) {{ {rows} }} }} ORDER BY ?n"
    return client.get("/sparql", params={"query": query, "format": name})


def test_odd_characters_come_through_in_json_and_csv_as_other_parsers_read_them(client: httpx.Client) -> None:
    values = [*ODD, CONTROL]
    rows = ask_for(client, values, "json").json()["results"]["bindings"]
    assert [row["x"]["value"] for row in rows] == values
    text = ask_for(client, values, "csv").content.decode()
    assert [row[0] if row else "" for row in csv.reader(io.StringIO(text, newline=""), strict=True)] == ["x", *values]


def test_odd_characters_come_through_in_tsv_as_another_parser_reads_them(client: httpx.Client) -> None:
    values = [*ODD, CONTROL]
    header, *rows = ask_for(client, values, "tsv").content.decode().removesuffix("\n").split("\n")
    graph = rdflib.Graph().parse(data="".join(f"<a:{n}> <a:b> {row} .\n" for n, row in enumerate(rows)), format="ttl")
    read = {str(subject): str(value) for subject, _, value in graph}
    assert header == "?x"
    assert [read[f"a:{number}"] for number in range(len(values))] == values


def test_odd_characters_come_through_in_xml_or_are_refused(client: httpx.Client) -> None:
    root = ET.fromstring(ask_for(client, ODD, "xml").content)
    assert [literal.text or "" for literal in root.iter("{http://www.w3.org/2005/sparql-results#}literal")] == ODD
    refused = ask_for(client, [*ODD, CONTROL], "xml")
    assert (refused.status_code, "U+0001, which XML cannot express" in refused.json()["detail"]) == (406, True)


@pytest.mark.parametrize("name", ["ttl", "nt", "rdf"])
def test_odd_characters_come_through_in_graphs_as_another_parser_reads_them(client: httpx.Client, name: str) -> None:
    rows = " ".join(json.dumps(value, ensure_ascii=False) for value in ODD)
    query = f"CONSTRUCT {{ <a:s> <a:p> ?x }} WHERE {{ VALUES ?x {{ {rows} }} }}"
    content = client.get("/sparql", params={"query": query, "format": name}).content
    graph = rdflib.Graph().parse(data=content, format={"rdf": "xml"}.get(name, name))
    assert {str(value) for value in graph.objects()} == set(ODD)


WRAPPER = {
    "*/*": ("xml", "turtle", "n3", "json-ld", "rdf+xml", "json", "csv", "tsv"),
    "application/sparql-results+xml": ("xml", "turtle"),
    "application/rdf+xml": ("xml", "rdf+xml", "json"),
    "text/turtle": ("turtle", "n3", "csv"),
    "application/json, */*;q=0.1": ("json", "json-ld"),
}


@pytest.mark.parametrize("query", [QUERY, ASK, CONSTRUCT, "DESCRIBE <https://w3id.org/g7kg/id/person/adolfo-urso>"])
@pytest.mark.parametrize(("accept", "names"), WRAPPER.items())
def test_names_that_libraries_send_with_every_query_are_understood(
    query: str, accept: str, names: tuple[str, ...], client: httpx.Client
) -> None:
    for name in names:
        graph = query.startswith(("CONSTRUCT", "DESCRIBE"))
        named = {"xml", "turtle", "n3", "json-ld", "rdf+xml", "json"} if graph else {"xml", "json", "csv", "tsv"}
        fits = accept not in {"application/rdf+xml", "text/turtle"} or graph
        response = client.get("/sparql", params={"query": query, "format": name}, headers={"Accept": accept})
        assert response.status_code == (200 if name in named or fits else 406), name


@pytest.mark.parametrize(
    ("query", "name", "accept", "media_type"),
    [
        (CONSTRUCT, "xml", "*/*", "application/rdf+xml"),
        (CONSTRUCT, "json", "*/*", "application/ld+json"),
        (CONSTRUCT, "n3", "*/*", "text/turtle"),
        (CONSTRUCT, "csv", "application/n-triples", "application/n-triples"),
        (CONSTRUCT, "", "application/sparql-results+json", "application/ld+json"),
        (QUERY, "turtle", "text/csv", "text/csv"),
        (QUERY, "xml", "text/csv", "application/sparql-results+xml"),
        (QUERY, "", "application/json, *; q=.2, */*; q=.2", "application/sparql-results+json"),
    ],
)
def test_the_name_of_a_format_wins_where_it_is_one_of_the_result(
    query: str, name: str, accept: str, media_type: str, client: httpx.Client
) -> None:
    response = client.get("/sparql", params={"query": query, "format": name}, headers={"Accept": accept})
    assert (response.status_code, response.headers["content-type"].partition(";")[0]) == (200, media_type)


@pytest.mark.parametrize(("name", "status"), [("jsonld", 406), ("ttl", 200), ("nt", 200)])
def test_what_a_format_cannot_say_is_not_acceptable(name: str, status: int, client: httpx.Client) -> None:
    query = "CONSTRUCT { <a:a> <a:b> <<( <a:a> <a:b> 1 )>> } {}"
    response = client.get("/sparql", params={"query": query, "format": name})
    assert response.status_code == status
    if status == 406:
        assert response.json()["hint"] == "ask for text/turtle or application/n-triples"
