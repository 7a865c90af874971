"""Several front processes on one port: they count together, move together, and none is missed when it dies."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx
import pytest
from tests.helpers.attacks import connect
from tests.helpers.served import metric, publish, read_value, wait_for
from tests.helpers.server import Server, run_server

from g7kg.engine.admission import Admission, AdmissionSettings
from g7kg.errors import ClientOverload, G7kgError
from g7kg.http.tally import NUMBERS, Tally
from g7kg.serve.commons import Commons
from g7kg.serve.settings import ServerSettings

PER_CLIENT = 8


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fronts") / "out"
    publish(folder, 1)
    return folder


@pytest.fixture(scope="module")
def fronts(output: Path) -> Iterator[Server]:
    """Serve by two processes, of which a client may have eight connections."""
    options = ("--snapshot", output, "--workers", "4", "--trusted-proxies", "192.0.2.1")
    constants = {"connections": {"per_client": PER_CLIENT}}
    with run_server(output.parent / "log", *options, constants=constants, processes=2) as server:
        wait_for(lambda: count_fronts(server) == 2)
        yield server


def count_fronts(server: Server) -> float:
    with httpx.Client(base_url=server.base, timeout=20) as client:
        return metric(client, "g7kg_processes")


@contextmanager
def open_clients(server: Server, number: int) -> Iterator[list[httpx.Client]]:
    with ExitStack() as stack:
        yield [stack.enter_context(httpx.Client(base_url=server.base, timeout=20)) for _ in range(number)]


def test_metrics_add_up_what_all_fronts_count_and_keep_what_a_dead_one_has_counted(fronts: Server) -> None:
    name = 'g7kg_queries_total{outcome="computed"}'
    with httpx.Client(base_url=fronts.base, timeout=20) as client:
        for number in range(40):
            httpx.get(f"{fronts.base}/sparql", params={"query": f"ASK {{}} # {number}"})
        assert metric(client, name) == 40
        wait_for(lambda: 'g7kg_workers{state="idle"} 4.0' in client.get("/metrics").text)
    front = fronts.list_fronts()[0]
    os.kill(front, signal.SIGKILL)
    wait_for(lambda: front not in fronts.list_fronts() and count_fronts(fronts) == 2)
    with httpx.Client(base_url=fronts.base, timeout=20) as client:
        assert metric(client, name) == 40
        assert metric(client, "g7kg_snapshot_switches_total") == 0
    wait_for(lambda: f"front process {front} ended by signal 9 and is replaced" in fronts.log.read_text())


def test_a_front_that_is_killed_loses_its_connections_only(fronts: Server) -> None:
    before = fronts.list_fronts()
    with open_clients(fronts, PER_CLIENT - 1) as clients:
        for client in clients:
            assert client.get("/healthz").status_code == 200
        os.kill(before[0], signal.SIGKILL)
        for client in clients:
            try:
                assert read_value(client) == 1
            except httpx.TransportError:  # it was at the front that is dead; the next one is not
                assert read_value(client) == 1
    wait_for(lambda: len(fronts.list_fronts()) == 2 and count_fronts(fronts) == 2)
    assert before[1] in fronts.list_fronts()


def test_a_bound_on_connections_holds_over_all_fronts(fronts: Server) -> None:
    with open_clients(fronts, 3 * PER_CLIENT) as clients:
        statuses = Counter(client.get("/healthz").status_code for client in clients)
    assert statuses == {200: PER_CLIENT, 429: 2 * PER_CLIENT}


def test_a_new_snapshot_is_served_by_all_fronts_from_one_moment_on(fronts: Server, output: Path) -> None:
    with open_clients(fronts, PER_CLIENT - 1) as clients:
        seen = [read_value(client) for client in clients]
        publish(output, 2)
        while seen[-1] != 2:
            seen += [read_value(client) for client in clients]
        seen += [read_value(client) for client in clients]
    assert seen == sorted(seen)


def test_a_server_of_several_fronts_finishes_what_each_has_begun_and_ends(output: Path, tmp_path: Path) -> None:
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 6\r\n"
    with (
        run_server(tmp_path / "log", "--snapshot", output, "--workers", "4", processes=2) as server,
        ExitStack() as stack,
    ):
        wait_for(lambda: count_fronts(server) == 2)
        fronts = server.list_fronts()
        begun = [connect(server, head + b"Expect: 100-continue\r\n\r\n") for _ in range(6)]
        for connection in begun:
            stack.enter_context(connection)
            assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        os.kill(server.pid, signal.SIGTERM)
        wait_for(lambda: is_refused(server))
        for connection in begun:
            connection.sendall(b"ASK {}")
            assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
    assert not [pid for pid in fronts if Path(f"/proc/{pid}").exists()]


def is_refused(server: Server) -> bool:
    try:
        connect(server).close()
    except ConnectionRefusedError:
        return True
    return False


def make_tallies(number: int) -> list[Tally]:
    """Return a tally as each of so many processes has it."""
    parts = [memoryview(bytearray(4 * NUMBERS)).cast("i") for _ in range(number)]
    return [Tally(parts, own, b"secret") for own in range(number)]


class Place:
    """Does one thing at a time."""

    failure: G7kgError | None = None
    vacant, prompt = True, False


def admit(settings: AdmissionSettings, waits: Tally, runs: Tally | None = None) -> Admission[Place]:
    admission = Admission[Place](settings, lambda _place, _error: None, waits, runs)
    admission.add(Place())
    return admission


async def test_a_bound_on_what_waits_holds_over_all_processes() -> None:
    settings = AdmissionSettings(share=1, queue=8, per_client=2, wait=5)
    one, other = (admit(settings, waits) for waits in make_tallies(2))
    for admission in (one, other):
        await admission.take("a")
    waiting = [asyncio.ensure_future(admission.take("a")) for admission in (one, other)]
    await asyncio.sleep(0)
    for admission in (one, other):
        with pytest.raises(ClientOverload):
            await admission.take("a")
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert (one.waits.total, one.waits.count("a")) == (0, 0)


async def test_a_share_of_all_processes_is_waited_for_until_another_gives_it_back() -> None:
    (first, second), waits = make_tallies(2), make_tallies(2)
    settings = AdmissionSettings(share=1, queue=8, per_client=8, wait=5)
    one, other = admit(settings, waits[0], first), admit(settings, waits[1], second)
    place = await one.take("a")
    await other.take("b")
    other.give_back(next(iter(other.running)))
    waiting = asyncio.ensure_future(other.take("a"))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    one.give_back(place)
    assert await waiting in other.running
    assert (first.count("a"), first.count("b")) == (1, 0)


def test_what_fronts_have_is_divided_so_that_the_sum_is_what_was_set() -> None:
    whole = ServerSettings()
    parts = [whole.divide(4, number) for number in range(4)]
    assert sum(part.pool.workers for part in parts) == whole.pool.workers
    assert sum(part.pool.admission.share for part in parts) <= whole.pool.admission.share
    assert sum(part.cache_bytes for part in parts) == whole.cache_bytes
    assert whole.divide(1, 0) is whole


@pytest.fixture
def commons() -> Iterator[Commons]:
    """What three fronts share."""
    with closing(Commons(3)) as commons:
        yield commons


def test_a_front_waits_with_a_new_snapshot_until_the_others_have_it_and_not_for_a_dead_one(commons: Commons) -> None:
    for number in range(3):
        commons.join(number)
        commons.announce("old", "old")
    commons.announce("new", "old")
    assert not commons.agrees("new")
    commons.forget(0)
    commons.join(1)
    commons.announce("new", "old")
    assert commons.agrees("new")
    commons.announce("newer", "new")
    assert commons.agrees("new")


def test_a_letter_that_was_cut_off_by_death_is_none(commons: Commons) -> None:
    commons.write_letter(b"g7kg_processes 1\n")
    commons.forget(0)
    assert commons.read_letter(0) == (1, b"g7kg_processes 1\n")
    place = bytes(commons.memory).index(b"g7kg_processes")
    commons.memory[place : place + 1] = b"x"
    assert commons.read_letter(0) == (1, b"")


SUPERVISED = """
import os, signal, socket, sys, time
from g7kg.serve.commons import Commons
from g7kg.serve.supervisor import Supervisor

first = socket.create_server(("127.0.0.1", 0), reuse_port=True)
commons = Commons(2)

def run(number, listener, notice):
    if number and (not commons.is_ready(0) or listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)):
        os.kill(os.getppid(), signal.SIGINT)
    if number and notice.count("code 7") == 0:
        time.sleep(0.1 if "{kind}" == "none" else 0.5)
        sys.exit(7)
    if "{kind}" == "none":
        sys.exit(7)
    time.sleep(0 if number else 0.3)
    commons.announce("key", "key")
    if number:
        os.kill(os.getppid(), signal.SIGTERM)
    signal.pause()

Supervisor(commons, first, run).supervise()
"""


@pytest.mark.parametrize(("kind", "code"), [("none", 7), ("second", -signal.SIGTERM)])
def test_a_front_that_cannot_start_is_tried_again_as_long_as_another_serves(kind: str, code: int) -> None:
    command = [sys.executable, "-c", SUPERVISED.replace("{kind}", kind)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert (ended.returncode, ended.stderr) == (code, "")
