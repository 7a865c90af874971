"""The server for assistants, as the SDK's own client finds it over both of its transports."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any, TypeVar

import anyio
import httpx
import pytest
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, Implementation, TextResourceContents
from pyoxigraph import DefaultGraph, NamedNode, Store
from tests.helpers.project import ROOT, Run, quiet
from tests.helpers.tables import read_table
from tests.helpers.workspaces import write_small

from g7kg.build.load import load_snapshot
from g7kg.build.snapshot import Snapshot
from g7kg.mapping.workspace import Workspace
from g7kg.queries.catalogue import read_queries

T = TypeVar("T")
Talk = Callable[[Client], Awaitable[T]]

G7 = "https://w3id.org/g7kg/ontology#"
ID = "https://w3id.org/g7kg/id/"
TOOLS = ["read_guide", "search", "describe", "list_queries", "run_query", "sparql", "validate"]
TOPICS = ["model", "schema", "concepts", "prefixes", "queries", "shapes"]
HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


def count_instances(store: Store, class_: str) -> int:
    type_ = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    return sum(1 for _ in store.quads_for_pattern(None, type_, NamedNode(G7 + class_), DefaultGraph()))


def converse(server: StdioServerParameters | str, talk: Talk[T], mode: str = "auto") -> T:
    async def run() -> T:
        async with Client(server, mode=mode) as client:
            return await talk(client)

    return anyio.run(run)


def command(folder: Path, *options: str, seconds: int = 2) -> list[str]:
    return ["-m", "g7kg", "mcp", "--snapshot", str(folder), "--timeout", str(seconds), *options]


@pytest.fixture(scope="module")
def stdio(snapshot: Snapshot) -> StdioServerParameters:
    return StdioServerParameters(command=sys.executable, args=command(snapshot.folder))


@pytest.fixture(scope="module")
def patient_stdio(snapshot: Snapshot) -> StdioServerParameters:
    """Answer queries that take a minute."""
    return StdioServerParameters(command=sys.executable, args=command(snapshot.folder, seconds=60))


@pytest.fixture(scope="module")
def http(snapshot: Snapshot) -> Iterator[str]:
    """Serve over HTTP; yield the address."""
    with serve_http(snapshot.folder, 2) as address:
        yield address


@pytest.fixture(scope="module")
def patient_http(snapshot: Snapshot) -> Iterator[str]:
    """Serve queries that take a minute."""
    with serve_http(snapshot.folder, 60) as address:
        yield address


@contextmanager
def serve_http(folder: Path, seconds: int) -> Iterator[str]:
    arguments = command(folder, "--http", "--port", "0", seconds=seconds)
    with subprocess.Popen([sys.executable, *arguments], stdout=PIPE, stderr=DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.fullmatch(r"serving assistants at (http://127\.0\.0\.1:\d+/mcp)\n", process.stdout.readline())
            assert found
            yield found[1]
        finally:
            process.terminate()
            assert process.wait(20) == 0


Ask = Callable[..., Any]


@pytest.fixture
def ask(http: str) -> Ask:
    """Call a tool over HTTP; return its value."""

    def call(tool: str, **arguments: object) -> Any:  # noqa: ANN401 - as the tool has it
        result = converse(http, lambda client: client.call_tool(tool, arguments))
        assert not result.is_error, read_text(result)
        assert result.structured_content is not None
        return result.structured_content

    return call


def read_text(result: CallToolResult) -> str:
    (content,) = result.content
    assert content.type == "text"
    return content.text


async def read_resource(client: Client, uri: str) -> str:
    (content,) = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    return content.text


async def look_around(client: Client) -> tuple[list[str], list[str], str]:
    tools = [tool.name for tool in (await client.list_tools()).tools]
    resources = [resource.uri for resource in (await client.list_resources()).resources]
    answer = await client.call_tool("sparql", {"query": "SELECT (1 + 1 AS ?two) {}"})
    return tools, resources, read_text(answer)


@pytest.mark.parametrize(("transport", "mode"), [("stdio", "auto"), ("stdio", "legacy"), ("http", "legacy")])
def test_both_transports_offer_the_same_to_new_and_to_older_clients(
    request: pytest.FixtureRequest, transport: str, mode: str
) -> None:
    tools, resources, answer = converse(request.getfixturevalue(transport), look_around, mode)
    assert tools == TOOLS
    assert resources == [f"g7kg://{topic}" for topic in TOPICS]
    assert json.loads(answer)["rows"] == [{"two": 2}]


def test_every_tool_is_described_reads_only_and_says_what_it_answers(http: str) -> None:
    async def list_tools(client: Client) -> Any:  # noqa: ANN401 - the SDK's tools
        return (await client.list_tools()).tools

    for tool in converse(http, list_tools):
        assert len(tool.description) > 60
        assert tool.annotations.read_only_hint is True
        assert tool.output_schema["properties"]
        for name, parameter in tool.input_schema["properties"].items():
            assert parameter.get("description"), f"{tool.name}: {name}"


def test_over_standard_output_goes_nothing_but_the_protocol(snapshot: Snapshot) -> None:
    message = json.dumps(INITIALIZE) + "\n"
    done = subprocess.run(
        [sys.executable, *command(snapshot.folder)],
        input=message,
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1]
    assert done.stderr == ""


@pytest.mark.soak
def test_a_snapshot_is_built_first_if_there_is_none_and_the_build_tells_on_standard_error(tmp_path: Path) -> None:
    write_small(tmp_path)
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "g7kg", "mcp"],
        input=json.dumps(INITIALIZE) + "\n",
        env={**os.environ, "PYTHONPATH": str(tmp_path / "src")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1]
    assert f"published {tmp_path}/build/snapshots/" in done.stderr


@pytest.mark.parametrize("topic", TOPICS)
def test_the_guide_is_the_same_as_resource_and_by_its_tool(http: str, topic: str) -> None:
    async def read(client: Client) -> tuple[str, str]:
        told = await client.call_tool("read_guide", {"topic": topic})
        return await read_resource(client, f"g7kg://{topic}"), read_text(told)

    resource, told = converse(http, read)
    assert resource == told
    assert 900 < len(told) < 30_000


def test_the_guide_tells_the_model_and_the_terms(ask: Ask, workspace: Workspace, store: Store) -> None:
    model, schema, concepts, prefixes, queries, shapes = (ask("read_guide", topic=topic)["result"] for topic in TOPICS)
    assert "“No follow-up on record” NEVER means unfulfilled" in model
    assert "A gist is NOT a quotation" in model
    assert f"- g7:Statement ({count_instances(store, 'Statement')}): One speech act" in schema
    assert "- g7:expresses (g7:Statement -> g7:Undertaking): " in schema
    assert "- topic:semiconductors < topic:supply-chains: " in concepts
    assert [line for line in schema.splitlines() if line.startswith("## ")] == [
        "## Classes",
        "## Properties",
        "## Other classes in use",
    ]
    assert prefixes.startswith(f"PREFIX g7: <{G7}>\n")
    assert "  - topic: an IRI, must be given, such as topic:ai-public-sector\n" in queries
    assert all(f"- {query.name}: " in queries for query in read_queries(workspace.queries))
    assert "## CommitmentShape\n\n- CM-01 (commitment): somebody is bound by it.\n" in shapes


def test_a_query_of_the_catalogue_is_a_resource_with_its_text(http: str, workspace: Workspace) -> None:
    text = converse(http, lambda client: read_resource(client, "g7kg://queries/undertakings-on-topic"))
    assert "  - topic: an IRI, must be given" in text
    assert (workspace.queries / "undertakings-on-topic.rq").read_text("utf-8").strip() in text


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("g7kg://scheme", "there is no resource g7kg://scheme\nHint: did you mean “g7kg://schema”"),
        ("g7kg://queries/undertakins", "the catalogue has no query undertakins\nHint: did you mean “undertakings”"),
    ],
)
def test_an_unknown_resource_names_the_nearest(http: str, uri: str, message: str) -> None:
    async def read(client: Client) -> str:
        with pytest.raises(MCPError) as caught:
            await client.read_resource(uri)
        return str(caught.value)

    assert message in converse(http, read)


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


def test_what_an_assistant_asks_at_once_is_all_answered(http: str) -> None:
    async def ask_much(client: Client) -> list[bool]:
        failed: list[bool] = []

        async def ask(number: int) -> None:
            result = await client.call_tool("describe", {"resource": f"id:verona-trento-2024/p{number}"})
            failed.append(result.is_error)

        async with anyio.create_task_group() as group:
            for number in range(1, 51):
                group.start_soon(ask, number)
        return failed

    assert converse(http, ask_much) == [False] * 50


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


def test_every_query_of_the_catalogue_runs_with_its_example(http: str, workspace: Workspace) -> None:
    async def run_all(client: Client) -> None:
        for query in read_queries(workspace.queries):
            values = {parameter.name: parameter.example for parameter in query.parameters}
            result = await client.call_tool("run_query", {"name": query.name, "parameters": values, "limit": 1})
            assert not result.is_error, f"{query.name}: {read_text(result)}"
            assert result.structured_content is not None
            assert result.structured_content["rows"], query.name

    converse(http, run_all)


def test_sparql_warns_of_terms_that_do_not_exist(ask: Ask) -> None:
    answer = ask("sparql", query=f"ASK {{ ?s <{G7}debitor> ?o }}")
    assert answer["warnings"] == ["there is no term g7:debitor: did you mean g7:debtor?"]


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


def test_validate_tells_what_is_wrong_and_where(snapshot: Snapshot) -> None:
    async def check(client: Client) -> None:
        async def validate(**arguments: object) -> Any:  # noqa: ANN401 - a verdict
            return (await client.call_tool("validate", arguments)).structured_content

        verdict = await validate(rdf=f"\n\n{COMMITMENT}")
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
        misspelt = await validate(rdf=COMMITMENT.replace("Comm", "Com"))
        assert misspelt["findings"][0]["message"].endswith(" For g7:Comitment: did you mean g7:Commitment?")
        first = await validate(rdf=COMMITMENT, limit=2)
        assert (len(first["findings"]), first["next_offset"]) == (2, 2)
        assert first["total"] == verdict["total"]
        told = '{"@id": "https://example.org/a", "https://example.org/p": 1}'
        nothing = await validate(rdf=told, syntax="jsonld")
        assert (nothing["conforms"], nothing["focus_nodes"]) == (True, 0)
        assert nothing["warnings"] == ["nothing was checked: no node is a target of any shape"]
        empty = await client.call_tool("validate", {"rdf": '{"@id": "https://example.org/a"}', "syntax": "jsonld"})
        assert empty.is_error
        unread = await client.call_tool("validate", {"rdf": "nonsense"})
        assert unread.is_error
        assert re.match("this is no Turtle: .*\nHint: is it Turtle?", read_text(unread))

    options = command(snapshot.folder, "--workers", "1", "--timeout", "60")
    converse(StdioServerParameters(command=sys.executable, args=options), check)


@pytest.mark.parametrize(
    ("tool", "arguments", "message", "hint"),
    [
        *read_table("assistants")["calls"],
        ("search", {"words": "x" * 600}, "the text to look for has 600 characters", "use at most 500"),
        ("validate", {"rdf": "# " + "x" * (1 << 20)}, "the document has 1,048,578 bytes", "send at most 1,048,576"),
    ],
)
def test_what_is_wrong_is_told_with_a_hint(
    http: str, tool: str, arguments: dict[str, object], message: str, hint: str
) -> None:
    result = converse(http, lambda client: client.call_tool(tool, arguments))
    told, _, advice = read_text(result).partition("\nHint: ")
    assert result.is_error
    assert message in told
    assert hint in advice
    assert "Traceback" not in told + advice


def test_a_message_does_not_repeat_all_that_was_sent(http: str) -> None:
    result = converse(http, lambda client: client.call_tool("run_query", {"name": "x" * 50_000}))
    assert result.is_error
    assert 1000 < len(read_text(result)) < 5000


def test_a_value_that_is_longer_than_a_page_is_refused(http: str) -> None:
    query = "SELECT (GROUP_CONCAT(?o) AS ?all) { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?o }"
    result = converse(http, lambda client: client.call_tool("sparql", {"query": query}))
    assert result.is_error
    assert re.match(r"item 0 alone has [\d,]+ characters\nHint: .*SUBSTR", read_text(result))


def test_a_heavy_query_meets_its_deadline_while_others_are_answered(http: str) -> None:
    async def meet(light: Client) -> tuple[str, str]:
        outcome: list[str] = []

        async def burden() -> None:
            async with Client(http) as heavy:
                outcome.append(read_text(await heavy.call_tool("sparql", {"query": HEAVY})))

        async with anyio.create_task_group() as group:
            group.start_soon(burden)
            await anyio.sleep(0.5)
            await light.call_tool("sparql", {"query": "ASK {}"})
            assert outcome == []
        return outcome[0], read_text(await light.call_tool("sparql", {"query": "ASK {}"}))

    outcome, later = converse(http, meet)
    assert (
        outcome
        == "the query ran into its deadline of 2 seconds\nHint: ask for less: add a LIMIT, or bind more of the pattern"
    )
    assert json.loads(later)["boolean"] is True


@pytest.mark.soak
def test_more_heavy_queries_of_one_client_than_there_are_workers_leave_room_for_another(http: str) -> None:
    told: list[str] = []

    async def burden() -> None:
        async with Client(http, client_info=Implementation(name="heavy", version="1")) as heavy:

            async def ask() -> None:
                told.append(read_text(await heavy.call_tool("sparql", {"query": HEAVY})).partition("\n")[0])

            async with anyio.create_task_group() as group:
                for _ in range(6):
                    group.start_soon(ask)

    async def meet(light: Client) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(burden)
            await anyio.sleep(0.7)
            assert json.loads(read_text(await light.call_tool("sparql", {"query": "ASK {}"})))["boolean"] is True
            assert len(told) < 6

    converse(http, meet)
    assert len(told) == 6
    assert set(told) <= {"the query ran into its deadline of 2 seconds", "no worker became free in time"}


@pytest.mark.parametrize("mode", ["auto", pytest.param("legacy", marks=pytest.mark.soak)])
@pytest.mark.parametrize("transport", ["patient_stdio", "patient_http"])
def test_a_query_ends_when_its_client_cancels_it(request: pytest.FixtureRequest, transport: str, mode: str) -> None:
    async def cancel(client: Client) -> str:
        async def ask() -> None:
            with anyio.move_on_after(0.3):
                await client.call_tool("sparql", {"query": HEAVY})

        async with anyio.create_task_group() as group:
            for _ in range(2):
                group.start_soon(ask)
        with anyio.fail_after(30):  # half of what the others would still have
            return read_text(await client.call_tool("sparql", {"query": "ASK {}"}))

    assert json.loads(converse(request.getfixturevalue(transport), cancel, mode))["boolean"] is True


HEADERS = {"Accept": "application/json, text/event-stream"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "rebound.example"}, 421),
        ({"Host": "127.0.0.1.example:8010"}, 421),
        ({"Origin": "http://rebound.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_a_page_of_another_host_is_refused(http: str, headers: dict[str, str], status: int) -> None:
    assert httpx.post(http, json=INITIALIZE, headers={**HEADERS, **headers}).status_code == status


def test_a_request_that_is_too_long_is_refused(http: str) -> None:
    answer = httpx.post(http, content=b" " * (5 << 20), headers={**HEADERS, "Content-Type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.soak
def test_names_that_are_allowed_work_too(snapshot: Snapshot) -> None:
    options = command(snapshot.folder, "--http", "--port", "0", "--workers", "1", "--allow-host", "graph.example")
    with subprocess.Popen([sys.executable, *options], stdout=PIPE, stderr=DEVNULL, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        named = httpx.post(address, json=INITIALIZE, headers={**HEADERS, "Host": "graph.example"})
        other = httpx.post(address, json=INITIALIZE, headers={**HEADERS, "Host": "rebound.example"})
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert (named.status_code, other.status_code) == (200, 421)


IMPATIENT = """
import socket, sys
from dataclasses import replace
from pathlib import Path
from g7kg.serve.mcp.served import default_pool
from g7kg.serve.mcp.server import CONNECTIONS, serve_http
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
limits = replace(CONNECTIONS, request_seconds=1, per_client=3, trusted="")
serve_http(Path(sys.argv[1]), default_pool(), listener, (), limits)
"""


def test_clients_that_are_slow_to_ask_or_come_too_often_are_cut_off(snapshot: Snapshot) -> None:
    with ExitStack() as stack:
        options = [sys.executable, "-c", IMPATIENT, str(snapshot.folder)]
        process = stack.enter_context(subprocess.Popen(options, stdout=PIPE, stderr=DEVNULL, text=True))
        stack.callback(process.terminate)
        assert process.stdout is not None
        address = ("127.0.0.1", int(process.stdout.readline()))
        slow = [stack.enter_context(socket.create_connection(address, 20)) for _ in range(4)]
        for connection in slow[:3]:
            connection.sendall(b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        answers = [connection.recv(100).partition(b"\r\n")[0] for connection in slow]
        assert answers == [b"HTTP/1.1 408 Request Timeout"] * 3 + [b"HTTP/1.1 429 Too Many Requests"]
        for connection in slow:
            connection.close()
        time.sleep(0.5)
        assert httpx.post(f"http://127.0.0.1:{address[1]}/mcp", json=INITIALIZE, headers=HEADERS).status_code == 200


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a snapshot of data that is not the project's: many values, many links, a long text."""
    folder = tmp_path_factory.mktemp("loaded")
    lines = [f'<urn:x:hub> <urn:x:value> "{number:03}" .' for number in range(300)]
    lines += [f"<urn:x:item/{number:03}> <urn:x:of> <urn:x:hub> ." for number in range(250)]
    lines += [f'<urn:x:text> <urn:x:value> "{"long " * 10_000}" .']
    (folder / "data.nt").write_text("\n".join(lines) + "\n", "ascii")
    load(folder / "data.nt", folder / "out")
    return folder / "out"


def load(file: Path, out: Path) -> None:
    load_snapshot([file], out, None, quiet)


def test_a_description_of_anything_is_bounded_and_says_so(loaded: Path) -> None:
    async def explore(client: Client) -> None:
        hub = (await client.call_tool("describe", {"resource": "urn:x:hub", "links_limit": 100})).structured_content
        assert hub is not None
        assert (len(hub["properties"][0]["values"]), hub["values_cut"]) == (200, True)
        assert (len(hub["links"]), hub["links_by_property"][0]["count"]) == (100, 250)
        assert hub["next_links"] == "urn:x:of urn:x:item/099"
        text = (await client.call_tool("describe", {"resource": "urn:x:text"})).structured_content
        assert text is not None
        value = text["properties"][0]["values"][0]["value"]
        assert len(value) < 9_000
        assert value.endswith(" … [cut: 50,000 characters in all]")
        assert "# Schema of the served graph" in await read_resource(client, "g7kg://schema")

    converse(StdioServerParameters(command=sys.executable, args=command(loaded)), explore)


@pytest.mark.soak
def test_a_snapshot_that_is_published_later_is_not_taken_until_the_next_start(tmp_path: Path) -> None:
    data, out = tmp_path / "data.nt", tmp_path / "out"
    data.write_text("<urn:x:a> <urn:x:b> <urn:x:old> .\n", "ascii")
    load(data, out)
    server = StdioServerParameters(command=sys.executable, args=command(out, "--workers", "1"))

    async def ask(client: Client) -> str:
        answer = await client.call_tool("sparql", {"query": "SELECT ?o { <urn:x:a> <urn:x:b> ?o }"})
        return str(json.loads(read_text(answer))["rows"][0]["o"])

    async def publish_between(client: Client) -> tuple[str, str]:
        before = await ask(client)
        data.write_text("<urn:x:a> <urn:x:b> <urn:x:new> .\n", "ascii")
        await anyio.to_thread.run_sync(load, data, out)
        return before, await ask(client)

    assert converse(server, publish_between) == ("urn:x:old", "urn:x:old")
    assert converse(server, ask) == "urn:x:new"


def test_without_a_snapshot_there_is_a_message_and_no_protocol(program: Run, tmp_path: Path) -> None:
    done = program("mcp", "--snapshot", tmp_path, stdin="")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: there is no snapshot here" in done.stderr


def test_snapshot_and_texts_exclude_each_other(program: Run, tmp_path: Path) -> None:
    done = program("mcp", "--snapshot", tmp_path, "--texts", tmp_path, stdin="")
    assert done.returncode == 2
    assert "exclude each other" in done.stderr


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=600)


def test_without_the_extra_it_is_told_what_to_install() -> None:
    done = run_python("import sys; sys.modules['mcp'] = None; from g7kg.cli import main; main(['mcp'])")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "error: mcp, of version 2, is not installed",
        "  hint: pip install 'g7kg[mcp]'",
    ]


def test_the_command_line_loads_nothing_of_it_before_it_is_asked() -> None:
    done = run_python(
        "import sys; from g7kg.cli import main\n"
        "main(['mcp', '--help'], standalone_mode=False)\n"
        "print(sorted({'mcp', 'pydantic', 'starlette', 'uvicorn'} & set(sys.modules)))"
    )
    assert done.stdout.splitlines()[-1] == "[]"
