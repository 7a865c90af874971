"""The engine: whatever a query does, it ends in an answer or a clear error, and the next one is answered."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, Store

from g7kg.engine import Answer, EngineRequest, Limits, Pool, PoolSettings
from g7kg.errors import (
    EngineError,
    EngineFault,
    NotAcceptable,
    QueryError,
    QueryTimeout,
    TooLarge,
    WorkerKilled,
    WorkspaceError,
)

COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
QUADS = 1500
ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
LONG = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def ask(query: str, **keys: object) -> EngineRequest:
    return EngineRequest(query, "json", "ttl", **keys)  # type: ignore[arg-type]  # names and values are the caller's


def count(answer: Answer) -> str:
    assert isinstance(answer.body, bytes)
    value = json.loads(answer.body)["results"]["bindings"][0]["n"]["value"]
    assert isinstance(value, str)
    return value


Work = Callable[[Pool], Awaitable[None]]
WithPool = Callable[[PoolSettings, Work], None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    data = "".join(f"<http://e/{number}> <http://e/p> {number} .\n" for number in range(QUADS))
    Store(folder).bulk_load(data.encode(), format=RdfFormat.TURTLE)
    return folder


@pytest.fixture(params=["memory"])
def with_pool(request: pytest.FixtureRequest, folder: Path) -> WithPool:
    """Run work on a pool over a small store, in memory, or where ``both`` says so on the disk too."""

    def run(settings: PoolSettings, work: Work) -> None:
        chosen = replace(settings, in_memory=QUADS if request.param == "memory" else QUADS - 1)

        async def start() -> None:
            async with Pool(folder, QUADS, chosen) as pool:
                await work(pool)

        asyncio.run(start(), debug=True)  # which refuses a socket that blocks

    return run


both = pytest.mark.parametrize("with_pool", ["memory", "disk"], indirect=True)
ONE = PoolSettings(workers=1, deadline=20.0)
SHORT = 0.3
"""The deadline of a query that has no end."""


def pid_of(pool: Pool) -> int:
    """Return the process of the only worker."""
    (worker,) = pool.workers
    return worker.pid


async def wait_until(true: Callable[[], object]) -> None:
    for _ in range(2000):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("that has not happened")


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@both
def test_a_query_is_answered_in_the_format_of_its_kind(with_pool: WithPool) -> None:
    async def work(pool: Pool) -> None:
        answer = await pool.run(ask(COUNT))
        assert (answer.format, count(answer)) == ("json", str(QUADS))
        graph = await pool.run(ask("CONSTRUCT { <http://e/a> <http://e/b> 1 } WHERE {}"))
        assert graph.format == "ttl"
        assert isinstance(graph.body, bytes)
        assert b"<http://e/a> <http://e/b> 1 ." in graph.body

    with_pool(ONE, work)


def test_invalid_sparql_and_a_missing_format_are_refused_and_the_worker_lives_on(with_pool: WithPool) -> None:
    async def work(pool: Pool) -> None:
        pid = pid_of(pool)
        with pytest.raises(QueryError, match="the query is not valid"):
            await pool.run(ask("SELECT"))
        with pytest.raises(NotAcceptable, match="the query returns solutions"):
            await pool.run(EngineRequest(COUNT, None, "ttl"))
        assert count(await pool.run(ask(COUNT))) == str(QUADS)
        assert pid_of(pool) == pid

    with_pool(ONE, work)


@both
def test_a_query_that_runs_into_its_deadline_is_ended_and_its_worker_replaced(with_pool: WithPool) -> None:
    async def work(pool: Pool) -> None:
        pid = pid_of(pool)
        with pytest.raises(QueryTimeout, match="the query ran into its deadline"):
            await pool.run(ask(ENDLESS), timeout=SHORT)
        await wait_until(lambda: is_gone(pid))
        assert count(await pool.run(ask(COUNT))) == str(QUADS)

    with_pool(ONE, work)


def test_a_long_answer_is_streamed_and_broken_off_at_the_deadline(with_pool: WithPool) -> None:
    async def work(pool: Pool) -> None:
        answer = await pool.run(ask(LONG), timeout=SHORT)
        assert not isinstance(answer.body, bytes)
        size = 0
        with pytest.raises(QueryTimeout):
            async for chunk in answer.body:
                size += len(chunk)
        assert size > 1 << 16
        assert count(await pool.run(ask(COUNT))) == str(QUADS)

    with_pool(ONE, work)


def test_a_finished_stream_gives_its_worker_back_as_it_is(with_pool: WithPool) -> None:
    async def work(pool: Pool) -> None:
        pid = pid_of(pool)
        answer = await pool.run(ask("SELECT * WHERE { ?s ?p ?o }"))
        assert not isinstance(answer.body, bytes)
        body = b"".join([chunk async for chunk in answer.body])
        assert len(json.loads(body)["results"]["bindings"]) == QUADS
        answer.close()
        assert count(await pool.run(ask(COUNT))) == str(QUADS)
        assert pid_of(pool) == pid

    with_pool(ONE, work)


def test_nesting_that_overflows_the_parser_ends_one_worker_only(with_pool: WithPool) -> None:
    nested = "SELECT * WHERE { FILTER(" + "(" * 50_000 + "1" + ")" * 50_000 + ") }"

    async def work(pool: Pool) -> None:
        with pytest.raises((EngineError, QueryError)):
            await pool.run(ask(nested))
        assert count(await pool.run(ask(COUNT))) == str(QUADS)

    with_pool(ONE, work)


@pytest.mark.parametrize(
    "grow", ["CONCAT(?a{0}, ?a{0})", "REPLACE(?a{0}, '0', '00')", "STRDT(CONCAT(STR(?a{0}), STR(?a{0})), <a:b>)"]
)
def test_a_query_that_wants_more_memory_than_a_worker_has_is_told_so(
    grow: str, with_pool: WithPool, caplog: pytest.LogCaptureFixture
) -> None:
    steps = " ".join(f"BIND({grow.format(step)} AS ?a{step + 1})" for step in range(32))

    async def work(pool: Pool) -> None:
        with pytest.raises(TooLarge, match="needs more than the 64 MiB of memory"):
            await pool.run(ask(f"SELECT (STRLEN(STR(?a32)) AS ?n) WHERE {{ BIND('0000000000000000' AS ?a0) {steps} }}"))
        assert count(await pool.run(ask(COUNT))) == str(QUADS)
        assert pool.ended == {"TooLarge": 1}
        assert "a worker said: memory allocation of" in caplog.text

    with_pool(PoolSettings(workers=1, deadline=60.0, limits=Limits(memory=64 << 20)), work)


@pytest.mark.parametrize(
    ("number", "error"), [(signal.SIGKILL, WorkerKilled), (signal.SIGTERM, WorkerKilled), (signal.SIGSEGV, EngineFault)]
)
def test_of_what_a_worker_has_died_is_told(number: int, error: type[EngineError], with_pool: WithPool) -> None:
    async def work(pool: Pool) -> None:
        asked = [asyncio.create_task(pool.run(ask(ENDLESS), client)) for client in "ab"]
        await wait_until(lambda: all(worker.line for worker in pool.workers))  # each was sent its query
        for worker in tuple(pool.workers):
            os.kill(worker.pid, number)
        told = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(found) for found in told] == [error] * 2
        assert count(await pool.run(ask(COUNT))) == str(QUADS)

    with_pool(PoolSettings(workers=2, deadline=60.0), work)


def test_a_template_that_is_gone_or_does_nothing_is_replaced(
    with_pool: WithPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def kill(pool: Pool) -> None:
        assert pool.template.process is not None
        pool.template.process.kill()
        await wait_until(lambda: pool.ended)
        assert count(await pool.run(ask(COUNT))) == str(QUADS)

    async def stop(pool: Pool) -> None:
        assert pool.template.process is not None
        os.kill(pool.template.process.pid, signal.SIGSTOP)
        monkeypatch.setattr("g7kg.engine.template_link._START_SECONDS", 0.0)
        with pytest.raises(EngineError, match="a worker did not start in time"):
            await pool.template.fork(pool.end_worker)
        monkeypatch.undo()
        await wait_until(lambda: pool.ended)
        assert count(await pool.run(ask(COUNT))) == str(QUADS)

    for work in (kill, stop):
        with_pool(ONE, work)


def test_a_worker_that_is_killed_while_idle_is_replaced_unnoticed(with_pool: WithPool) -> None:
    async def work(pool: Pool) -> None:
        pid = pid_of(pool)
        os.kill(pid, signal.SIGKILL)
        while not is_gone(pid):
            time.sleep(0.001)  # noqa: ASYNC251 - the event loop does not know of it yet when the query is asked
        assert count(await pool.run(ask(COUNT))) == str(QUADS)

    with_pool(ONE, work)


@both
def test_no_query_makes_a_worker_open_a_connection(with_pool: WithPool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        port = listener.getsockname()[1]
        service = f"SELECT * WHERE {{ SERVICE <http://127.0.0.1:{port}/sparql> {{ ?s ?p ?o }} }}"

        async def work(pool: Pool) -> None:
            with pytest.raises((EngineError, QueryError)):
                answer = await pool.run(ask(service))
                assert not isinstance(answer.body, bytes)
            with pytest.raises(BlockingIOError):
                listener.accept()

        with_pool(ONE, work)


def test_a_store_that_its_own_dump_cannot_bring_back_stays_on_the_disk(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Store(tmp_path).bulk_load(b"<http://e/a b> <http://e/p> 1 .", format=RdfFormat.TURTLE, lenient=True)

    async def run() -> None:
        async with Pool(tmp_path, 1, ONE) as pool:
            assert count(await pool.run(ask(COUNT))) == "1"

    asyncio.run(run())
    assert "the store stays on the disk" in caplog.text


def test_a_store_of_many_files_is_read_and_no_connection_opened(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number in range(12):
        data, graph = f"<http://e/{number}> <http://e/p> {number} .", NamedNode(f"http://e/g{number}")
        store.bulk_load(data.encode(), format=RdfFormat.TURTLE, to_graph=graph)
    del store
    assert len(list(tmp_path.glob("*.sst"))) > 16
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        service = f"SELECT * WHERE {{ SERVICE <http://127.0.0.1:{listener.getsockname()[1]}/> {{ ?s ?p ?o }} }}"

        async def work(pool: Pool) -> None:
            assert count(await pool.run(ask("SELECT (SUM(?o) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }"))) == "66"
            with pytest.raises((EngineError, QueryError)):
                await pool.run(ask(service))
            with pytest.raises(BlockingIOError):
                listener.accept()

        async def start() -> None:
            async with Pool(tmp_path, 12, replace(ONE, in_memory=0)) as pool:
                await work(pool)

        asyncio.run(start())


@pytest.mark.skipif(sys.platform != "linux", reason="needs filters of system calls, which Linux has")
def test_a_process_can_give_up_connections_and_programs_and_keep_files() -> None:
    code = (
        "import os, socket, threading\nfrom g7kg.sandbox.confinement import refuse_network\nassert refuse_network()\n"
        "def refused(call):\n    try: call()\n    except PermissionError: return True\n"
        "seen = []\nthread = threading.Thread(target=lambda: seen.append(refused(socket.socket)))\n"
        "thread.start(); thread.join()\n"
        "print(seen, refused(socket.socket), refused(lambda: os.execv('/bin/true', ['true'])), bool(open(os.devnull)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[True] True True True\n"


@pytest.mark.parametrize("quads", [1, PoolSettings.in_memory + 1], ids=["memory", "disk"])
def test_a_store_that_cannot_be_opened_stops_the_start(tmp_path: Path, quads: int) -> None:
    async def run() -> None:
        async with Pool(tmp_path / "nothing", quads, ONE):
            pass

    with pytest.raises(WorkspaceError, match="the store cannot be opened"):
        asyncio.run(run())
