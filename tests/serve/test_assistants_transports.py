"""The server for assistants, as the SDK's own client finds it over both of its transports."""

import asyncio
import json
import re
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import Implementation
from tests.helpers.assistants import (
    INITIALIZE,
    Ask,
    command,
    open_client,
    over_stdio,
    read_resource,
    read_text,
    run_assistants,
)
from tests.helpers.project import Run, quiet
from tests.helpers.server import Server
from tests.helpers.workspaces import write_clone

from g7kg.build.load import load_snapshot
from g7kg.build.snapshot import Snapshot
from g7kg.mapping.workspace import Workspace
from g7kg.queries.catalogue import read_queries

G7 = "https://w3id.org/g7kg/ontology#"
TOOLS = ["read_guide", "search", "describe", "list_queries", "run_query", "sparql", "validate"]
TOPICS = ["model", "schema", "concepts", "prefixes", "queries", "shapes"]
HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
DEADLINE = "the query ran into its deadline of 2 seconds"


@pytest.mark.parametrize(("transport", "mode"), [("stdio", "auto"), ("stdio", "legacy"), ("http", "legacy")])
async def test_both_transports_offer_the_same_to_new_and_to_older_clients(
    snapshot: Snapshot, http: Server, transport: str, mode: str
) -> None:
    async with open_client(http if transport == "http" else over_stdio(snapshot.folder), mode) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS
        resources = (await client.list_resources()).resources
        assert [resource.uri for resource in resources] == [f"g7kg://{topic}" for topic in TOPICS]
        answer = await client.call_tool("sparql", {"query": "SELECT (1 + 1 AS ?two) {}"})
        assert json.loads(read_text(answer))["rows"] == [{"two": 2}]


async def test_every_tool_is_described_reads_only_and_says_what_it_answers(http: Server) -> None:
    async with open_client(http) as client:
        tools: list[Any] = (await client.list_tools()).tools
    for tool in tools:
        assert len(tool.description) > 60
        assert tool.annotations.read_only_hint is True
        assert tool.output_schema["properties"]
        for name, parameter in tool.input_schema["properties"].items():
            assert parameter.get("description"), f"{tool.name}: {name}"


def introduce(*arguments: str, **surroundings: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401 - of ``run``
    """Run a server that a client introduces itself to, and leaves; its answer to that is all that it prints."""
    message = json.dumps(INITIALIZE) + "\n"
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, input=message, capture_output=True, text=True, timeout=600, check=True, **surroundings
    )
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1]
    return done


def test_over_standard_output_goes_nothing_but_the_protocol(snapshot: Snapshot) -> None:
    assert introduce(*command(snapshot.folder)).stderr == ""


@pytest.mark.soak
def test_a_snapshot_is_built_first_if_there_is_none_and_the_build_tells_on_standard_error(tmp_path: Path) -> None:
    done = introduce("-m", "g7kg", "mcp", env=write_clone(tmp_path), cwd=tmp_path)
    assert f"published {tmp_path}/build/snapshots/" in done.stderr


async def test_the_guide_is_the_same_as_resource_and_by_its_tool(http: Server) -> None:
    async with open_client(http) as client:
        for topic in TOPICS:
            told = read_text(await client.call_tool("read_guide", {"topic": topic}))
            assert await read_resource(client, f"g7kg://{topic}") == told
            assert 900 < len(told) < 30_000


def test_the_guide_tells_the_model_and_the_terms(ask: Ask, workspace: Workspace, snapshot: Snapshot) -> None:
    model, schema, concepts, prefixes, queries, shapes = (ask("read_guide", topic=topic)["result"] for topic in TOPICS)
    assert "“No follow-up on record” NEVER means unfulfilled" in model
    assert "A gist is NOT a quotation" in model
    assert f"- g7:Statement ({snapshot.manifest.classes[G7 + 'Statement']}): One speech act" in schema
    assert "- g7:expresses (g7:Statement -> g7:Undertaking): " in schema
    assert "- topic:semiconductors < topic:supply-chains: " in concepts
    assert re.findall("(?m)^## (.*)$", schema) == ["Classes", "Properties", "Other classes in use"]
    assert prefixes.startswith(f"PREFIX g7: <{G7}>\n")
    assert "  - topic: an IRI, must be given, such as topic:ai-public-sector\n" in queries
    assert all(f"- {query.name}: " in queries for query in read_queries(workspace.queries))
    assert "## CommitmentShape\n\n- CM-01 (commitment): somebody is bound by it.\n" in shapes


async def test_a_query_of_the_catalogue_is_a_resource_with_its_text(http: Server, workspace: Workspace) -> None:
    async with open_client(http) as client:
        text = await read_resource(client, "g7kg://queries/undertakings-on-topic")
    assert "  - topic: an IRI, must be given" in text
    assert (workspace.queries / "undertakings-on-topic.rq").read_text("utf-8").strip() in text


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("g7kg://scheme", "there is no resource g7kg://scheme\nHint: did you mean “g7kg://schema”"),
        ("g7kg://queries/undertakins", "the catalogue has no query undertakins\nHint: did you mean “undertakings”"),
    ],
)
async def test_an_unknown_resource_names_the_nearest(http: Server, uri: str, message: str) -> None:
    async with open_client(http) as client:
        with pytest.raises(MCPError) as caught:
            await client.read_resource(uri)
    assert message in str(caught.value)


async def test_what_an_assistant_asks_at_once_is_all_answered(http: Server) -> None:
    async with open_client(http) as client:
        names = [{"resource": f"id:verona-trento-2024/p{number}"} for number in range(1, 51)]
        results = await asyncio.gather(*(client.call_tool("describe", name) for name in names))
    assert [result.is_error for result in results] == [False] * 50


async def run_sparql(client: Client, query: str) -> str:
    return read_text(await client.call_tool("sparql", {"query": query}))


async def test_a_heavy_query_meets_its_deadline_while_others_are_answered(http: Server) -> None:
    async with open_client(http) as heavy, open_client(http) as light:
        burden = asyncio.create_task(run_sparql(heavy, HEAVY))
        await asyncio.sleep(0.5)
        await run_sparql(light, "ASK {}")
        assert not burden.done()
        told, _, hint = (await burden).partition("\n")
        assert (told, hint) == (DEADLINE, "Hint: ask for less: add a LIMIT, or bind more of the pattern")
        assert json.loads(await run_sparql(light, "ASK {}"))["boolean"] is True


@pytest.mark.soak
async def test_more_heavy_queries_of_one_client_than_there_are_workers_leave_room_for_another(http: Server) -> None:
    named = Implementation(name="heavy", version="1")
    async with open_client(http, client_info=named) as heavy, open_client(http) as light:
        burdens = [asyncio.create_task(run_sparql(heavy, HEAVY)) for _ in range(6)]
        await asyncio.sleep(0.7)
        assert json.loads(await run_sparql(light, "ASK {}"))["boolean"] is True
        assert not all(burden.done() for burden in burdens)
        told = [text.partition("\n")[0] for text in await asyncio.gather(*burdens)]
    assert set(told) <= {DEADLINE, "no worker became free in time"}


@pytest.mark.parametrize("mode", ["auto", pytest.param("legacy", marks=pytest.mark.soak)])
@pytest.mark.parametrize("transport", ["stdio", pytest.param("http", marks=pytest.mark.soak)])
async def test_a_query_ends_when_its_client_cancels_it(snapshot: Snapshot, transport: str, mode: str) -> None:
    async with AsyncExitStack() as stack:
        server: Any = over_stdio(snapshot.folder, seconds=60)
        if transport == "http":
            server = stack.enter_context(run_assistants(snapshot.folder, seconds=60))
        client = await stack.enter_async_context(open_client(server, mode))
        burdens = asyncio.gather(*(run_sparql(client, HEAVY) for _ in range(2)))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(burdens, 0.3)
        async with asyncio.timeout(30):  # half of what the others would still have
            assert json.loads(await run_sparql(client, "ASK {}"))["boolean"] is True


def load(file: Path, out: Path) -> None:
    load_snapshot([file], out, None, quiet)


async def test_a_description_of_anything_is_bounded_and_says_so(tmp_path: Path) -> None:
    """Of data that is not the project's: many values, many links, a long text."""
    lines = [f'<urn:x:hub> <urn:x:value> "{number:03}" .' for number in range(300)]
    lines += [f"<urn:x:item/{number:03}> <urn:x:of> <urn:x:hub> ." for number in range(250)]
    lines += [f'<urn:x:text> <urn:x:value> "{"long " * 10_000}" .\n']
    (tmp_path / "data.nt").write_text("\n".join(lines), "ascii")
    load(tmp_path / "data.nt", tmp_path / "out")

    async with open_client(over_stdio(tmp_path / "out")) as client:
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


@pytest.mark.soak
async def test_a_snapshot_that_is_published_later_is_not_taken_until_the_next_start(tmp_path: Path) -> None:
    data, out = tmp_path / "data.nt", tmp_path / "out"
    data.write_text("<urn:x:a> <urn:x:b> <urn:x:old> .\n", "ascii")
    load(data, out)
    server = over_stdio(out, "--workers", "1")

    query = "SELECT ?o { <urn:x:a> <urn:x:b> ?o }"
    async with open_client(server) as client:
        assert json.loads(await run_sparql(client, query))["rows"] == [{"o": "urn:x:old"}]
        data.write_text("<urn:x:a> <urn:x:b> <urn:x:new> .\n", "ascii")
        await asyncio.to_thread(load, data, out)
        assert json.loads(await run_sparql(client, query))["rows"] == [{"o": "urn:x:old"}]
    async with open_client(server) as client:
        assert json.loads(await run_sparql(client, query))["rows"] == [{"o": "urn:x:new"}]


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
    assert done.stderr.splitlines() == ["error: mcp, of version 2, is not installed", "  hint: pip install 'g7kg[mcp]'"]


def test_the_command_line_loads_nothing_of_it_before_it_is_asked() -> None:
    done = run_python(
        "import sys; from g7kg.cli import main\n"
        "main(['mcp', '--help'], standalone_mode=False)\n"
        "print(sorted({'mcp', 'pydantic', 'starlette', 'uvicorn'} & set(sys.modules)))"
    )
    assert done.stdout.splitlines()[-1] == "[]"
