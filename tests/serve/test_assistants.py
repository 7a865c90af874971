"""The tools of the server for assistants: what they answer, and what they say of what is wrong."""

import json
import re
from collections.abc import Iterator

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Store
from tests.helpers.assistants import Ask, call, open_client, read_text, run_assistants
from tests.helpers.assistants import ask as ask_server
from tests.helpers.server import Server
from tests.helpers.tables import read_table

from g7kg.build.snapshot import Snapshot
from g7kg.mapping.workspace import Workspace
from g7kg.queries.catalogue import read_queries

G7 = "https://w3id.org/g7kg/ontology#"
ID = "https://w3id.org/g7kg/id/"
UNKNOWN = "the graph does not know id:organisation/oecdd: did you mean id:organisation/oecd?"


def count_instances(store: Store, class_: str) -> int:
    type_ = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    return sum(1 for _ in store.quads_for_pattern(None, type_, NamedNode(G7 + class_), DefaultGraph()))


def test_search_finds_and_filters(ask: Ask) -> None:
    found = ask("search", words="toolkit public sector", class_name="commitment")
    assert [(hit["iri"], hit["class_name"]) for hit in found["hits"]] == [
        (f"{ID}undertaking/ai-public-sector-toolkit", "g7:Commitment")
    ]
    assert (found["total"], found["next_offset"]) == (1, None)
    names = {count["name"] for count in found["classes"]}
    assert {"g7:Commitment", "g7:Statement"} <= names
    in_october = ask("search", words="toolkit", document="cernobbio-como-2024")
    assert {hit["document"] for hit in in_october["hits"]} == {"cernobbio-como-2024"}


def test_search_is_paged_and_says_when_it_is_cut(ask: Ask) -> None:
    pages, offset = [], 0
    while offset is not None:
        page = ask("search", words="ai", limit=40, offset=offset)
        pages.append([hit["iri"] for hit in page["hits"]])
        offset = page["next_offset"]
    assert [len(page) for page in pages[:-1]] == [40] * (len(pages) - 1)
    assert len({iri for page in pages for iri in page}) == page["total"] > 80


def test_a_misspelt_word_is_searched_as_corrected(ask: Ask) -> None:
    found = ask("search", words="semikonductors")
    assert (found["searched"], found["lacking"]) == ("semiconductors", 0)


def test_a_statement_is_described_with_the_address_of_its_words(ask: Ask) -> None:
    told = ask("describe", resource="id:verona-trento-2024/p23/s1")
    assert told["classes"] == ["g7:Statement"]
    (address,) = told["words_at"]
    assert address.startswith("https://g7.utoronto.ca/ict/2024-declaration.html#:~:text=")
    values = {each["property"]: each["values"] for each in told["properties"]}
    assert values["g7:speechAct"] == [{"value": "https://w3id.org/g7kg/scheme/speech-act/endorse", "label": "endorse"}]
    assert values["g7:due"] == [{"value": "2024-12-31", "datatype": "xsd:date"}]
    assert told["values_cut"] is False


def test_links_to_a_thing_are_counted_and_paged(ask: Ask, store: Store) -> None:
    told = ask("describe", resource=f"<{G7}Statement>", links_limit=100)
    counts = {each["name"]: each["count"] for each in told["links_by_property"]}
    assert counts["rdf:type"] == count_instances(store, "Statement")
    links = []
    while told["next_links"]:
        links += told["links"]
        told = ask("describe", resource="g7:Statement", links_limit=100, links_after=told["next_links"])
    links += told["links"]
    pairs = {(link["property"], link["subject"]) for link in links}
    assert len(pairs) == len(links) == sum(counts.values())


def test_the_catalogue_is_listed_with_parameters_and_on_demand_with_text(ask: Ask, workspace: Workspace) -> None:
    known = read_queries(workspace.queries)
    listed = ask("list_queries")
    assert [query["name"] for query in listed["queries"]] == [query.name for query in known]
    assert (listed["total"], listed["next_offset"]) == (len(known), None)
    (found,) = ask("list_queries", words="undertaken topic", with_sparql=True)["queries"]
    assert found["parameters"] == [
        {"name": "topic", "takes": "an IRI", "default": None, "example": "topic:ai-public-sector"},
        {
            "name": "language",
            "takes": "the language of labels, one of en, fr, de, it, ja",
            "default": "en",
            "example": "en",
        },
    ]
    assert found["sparql"] == (workspace.queries / "undertakings-on-topic.rq").read_text("utf-8")


def test_a_query_of_the_catalogue_answers_in_rows(ask: Ask) -> None:
    answer = ask("run_query", name="undertakings-on-topic", parameters={"topic": "topic:ai-public-sector"})
    assert answer["columns"] == ["undertaking", "what", "kind", "due", "status"]
    assert [row for row in answer["rows"] if row["due"]] == [
        {
            "undertaking": f"{ID}undertaking/advance-discussions",
            "what": "Advance discussions on public-sector AI, digital government, HAIP",
            "kind": "commitment",
            "due": "2024-12-31",
            "status": "advanced",
        },
        {
            "undertaking": f"{ID}undertaking/ai-public-sector-toolkit",
            "what": "Toolkit for AI in the public sector",
            "kind": "commitment",
            "due": "2024-12-31",
            "status": "delivered",
        },
    ]
    assert (answer["total"], answer["next_offset"]) == (len(answer["rows"]), None)


async def test_every_query_of_the_catalogue_runs_with_its_example(http: Server, workspace: Workspace) -> None:
    async with open_client(http) as client:
        for query in read_queries(workspace.queries):
            values = {parameter.name: parameter.example for parameter in query.parameters}
            result = await client.call_tool("run_query", {"name": query.name, "parameters": values, "limit": 1})
            assert not result.is_error, f"{query.name}: {read_text(result)}"
            assert result.structured_content is not None
            assert result.structured_content["rows"], query.name


def test_sparql_warns_of_terms_that_do_not_exist(ask: Ask) -> None:
    answer = ask("sparql", query=f"ASK {{ ?s <{G7}debitor> ?o }}")
    assert answer["warnings"] == ["there is no term g7:debitor: did you mean g7:debtor?"]
    answer = ask("sparql", query=f"DESCRIBE <{ID}organisation/oecdd>")
    assert answer["warnings"] == [UNKNOWN]


def test_a_query_of_the_catalogue_warns_of_values_that_the_graph_does_not_know(ask: Ask) -> None:
    for name, warnings in (("organisation:oecdd", [UNKNOWN]), ("organisation:oecd", [])):
        answer = ask("run_query", name="asked-of-organisation", parameters={"organisation": name})
        assert (answer["warnings"], answer["rows"] == []) == (warnings, bool(warnings))


def test_sparql_answers_rows_booleans_and_triples(ask: Ask, store: Store) -> None:
    rows = ask("sparql", query="SELECT (1 + 1 AS ?two) (true AS ?yes) (1.5 AS ?part) (?nothing AS ?none) {}")
    assert rows["rows"] == [{"two": 2, "yes": True, "part": 1.5, "none": None}]
    assert ask("sparql", query=f"ASK {{ ?s a <{G7}Minister> }}")["boolean"] is True
    graph = ask("sparql", query=f"CONSTRUCT {{ ?c a <{G7}Commitment> }} {{ ?c a <{G7}Commitment> }}", limit=10)
    assert (graph["kind"], graph["total"], graph["next_offset"]) == (
        "triples",
        count_instances(store, "Commitment"),
        10,
    )
    assert f"@prefix g7: <{G7}> ." in graph["turtle"]
    assert graph["turtle"].count("a g7:Commitment") == 10


def test_numbers_that_json_does_not_have_are_text(ask: Ask) -> None:
    answer = ask("sparql", query='SELECT ("INF"^^<http://www.w3.org/2001/XMLSchema#double> AS ?x) {}')
    assert answer["rows"] == [{"x": "inf"}]


def test_pages_of_rows_fit_together_and_none_is_too_long(ask: Ask) -> None:
    query = "SELECT ?s ?o { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?o } ORDER BY ?s ?o"
    rows, offset, pages = [], 0, 0
    while offset is not None:
        page = ask("sparql", query=query, limit=500, offset=offset)
        assert len(json.dumps(page["rows"], ensure_ascii=False)) < 45_000
        rows += page["rows"]
        offset, pages = page["next_offset"], pages + 1
    assert len(rows) == page["total"] > 600
    assert len({json.dumps(row) for row in rows}) == len(rows)
    assert pages > -(-len(rows) // 500), "some page must have been cut for its length"


BOUND = "CM-01 (commitment): somebody is bound by it."
COMMITMENT = f"<https://example.org/c> a <{G7}Commitment> ."


@pytest.fixture(scope="module")
def patient(snapshot: Snapshot) -> Iterator[Server]:
    """Check for as long as a minute."""
    with run_assistants(snapshot.folder, "--workers", "1", seconds=60) as server:
        yield server


def test_validate_tells_what_is_wrong_and_where(patient: Server) -> None:
    verdict = ask_server(patient, "validate", rdf=f"\n\n{COMMITMENT}")
    assert (verdict["conforms"], verdict["triples"]) == (False, 1)
    assert (verdict["focus_nodes"], verdict["warnings"]) == (1, [])
    assert verdict["checking_shapes"] > 1
    assert verdict["total"] == verdict["counts"]["violation"] == len(verdict["findings"])
    assert verdict["findings"][0] == {
        "severity": "violation",
        "requirement": "CM-01",
        "message": f"{BOUND} Repair: add debtor to a statement that expresses it.",
        "focus_node": "https://example.org/c",
        "path": f"<{G7}debtor>",
        "value": None,
        "line": 3,
    }
    misspelt = ask_server(patient, "validate", rdf=COMMITMENT.replace("Comm", "Com"))
    assert misspelt["findings"][0]["message"].endswith(" For g7:Comitment: did you mean g7:Commitment?")
    first = ask_server(patient, "validate", rdf=COMMITMENT, limit=2)
    assert (len(first["findings"]), first["next_offset"], first["total"]) == (2, 2, verdict["total"])
    nothing = ask_server(patient, "validate", rdf='{"@id": "https://example.org/a", "urn:x:p": 1}', syntax="jsonld")
    assert (nothing["conforms"], nothing["focus_nodes"]) == (True, 0)
    assert nothing["warnings"] == ["nothing was checked: no node is a target of any shape"]
    assert call(patient, "validate", rdf='{"@id": "https://example.org/a"}', syntax="jsonld").is_error
    unread = call(patient, "validate", rdf="nonsense")
    assert unread.is_error
    assert re.match("this is no Turtle: .*\nHint: is it Turtle?", read_text(unread))


@pytest.mark.parametrize(
    ("tool", "arguments", "message", "hint"),
    [
        *read_table("assistants")["calls"],
        ("search", {"words": "x" * 600}, "the text to look for has 600 characters", "use at most 500"),
        ("validate", {"rdf": "# " + "x" * (1 << 20)}, "the document has 1,048,578 bytes", "send at most 1,048,576"),
    ],
)
def test_what_is_wrong_is_told_with_a_hint(
    http: Server, tool: str, arguments: dict[str, object], message: str, hint: str
) -> None:
    result = call(http, tool, **arguments)
    told, _, advice = read_text(result).partition("\nHint: ")
    assert result.is_error
    assert message in told
    assert hint in advice
    assert "Traceback" not in told + advice


def test_a_message_does_not_repeat_all_that_was_sent(http: Server) -> None:
    result = call(http, "run_query", name="x" * 50_000)
    assert result.is_error
    assert 1000 < len(read_text(result)) < 5000


def test_a_value_that_is_longer_than_a_page_is_refused(http: Server) -> None:
    query = "SELECT (GROUP_CONCAT(?o) AS ?all) { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?o }"
    result = call(http, "sparql", query=query)
    assert result.is_error
    assert re.match(r"item 0 alone has [\d,]+ characters\nHint: .*SUBSTR", read_text(result))
