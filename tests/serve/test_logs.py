"""The log: what it says, and that a full disk or a reader that stops harms neither the server nor what comes after."""

import json
import os
import resource
from contextlib import suppress
from pathlib import Path

import pytest
from tests.helpers.served import metric, wait_for
from tests.helpers.server import ask_server

from g7kg.build.snapshot import Snapshot

LOST = "g7kg_log_lines_lost_total"


def open_pipe(folder: Path) -> tuple[Path, int]:
    """Return a named pipe, and the descriptor that reads it."""
    os.mkfifo(folder / "log")
    return folder / "log", os.open(folder / "log", os.O_RDONLY | os.O_NONBLOCK)


def test_the_last_requests_are_in_the_log_when_the_server_has_ended(tmp_path: Path, snapshot: Snapshot) -> None:
    with ask_server(tmp_path / "log", "--snapshot", snapshot.folder, "--workers", "1") as (client, _):
        for number in range(5):
            client.get(f"/é{number}")
    last = [json.loads(line) for line in (tmp_path / "log").read_text("ascii").splitlines()][-1]
    assert last.pop("time") > 1_500_000_000
    assert last.pop("ms") > 0
    assert last.pop("bytes") > 0
    assert last == {
        "level": "info",
        "message": "request",
        "method": "GET",
        "path": "/é4",
        "status": 404,
        "client": "127.0.0.1",
        "outcome": "NotFound",
        "logger": "g7kg.serve.telemetry",
    }


@pytest.mark.soak
def test_a_full_disk_costs_lines_that_are_counted_and_the_log_goes_on_when_there_is_room(
    tmp_path: Path, snapshot: Snapshot
) -> None:
    with ask_server(tmp_path / "log", "--snapshot", snapshot.folder, "--workers", "1") as (client, server):
        assert (client.get("/healthz").status_code, metric(client, LOST)) == (200, 0)
        wait_for(lambda: server.log.read_text().count("/metrics") == 1)
        room = server.log.stat().st_size + 100  # not enough for a line: one is torn
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        for number in range(3):
            assert client.get("/healthz", params={"full": number}).status_code == 200
        wait_for(lambda: metric(client, LOST) >= 3)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        client.get("/void.ttl")
        wait_for(lambda: "/void.ttl" in server.log.read_text())
        lost = int(metric(client, LOST))
    whole = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if line.endswith("}")]
    told = next(line for line in whole if "lost" in line["message"])
    assert told["message"] == f"lines of the log lost since the start, because it could not be written: {lost}"
    assert sum(line.get("path") == "/healthz" for line in whole) == 1


@pytest.mark.soak
def test_a_reader_that_stops_freezes_nothing_and_gets_what_comes_when_it_reads_again(
    tmp_path: Path, snapshot: Snapshot
) -> None:
    log, reader = open_pipe(tmp_path)
    with ask_server(log, "--snapshot", snapshot.folder, "--workers", "1") as (client, server):
        before = server.memory()
        for _ in range(150):
            assert client.get("/healthz/" + "x" * 60_000).status_code == 404
        assert client.get("/healthz").status_code == 200
        assert metric(client, LOST) > 50
        assert server.memory() - before < 40 << 20
        assert client.get("/void.ttl").status_code == 200
        taken = bytearray()

        def finds(what: bytes) -> bool:
            with suppress(BlockingIOError):
                while piece := os.read(reader, 1 << 16):
                    taken.extend(piece)
            return what in taken

        wait_for(lambda: finds(b"lines of the log lost"))
        assert client.get("/context.jsonld").status_code == 200
        wait_for(lambda: finds(b"/context.jsonld"))
    os.close(reader)
    assert {json.loads(line)["level"] for line in taken.splitlines()} == {"info", "warning"}


@pytest.mark.soak
def test_a_server_whose_log_nobody_takes_ends_all_the_same(tmp_path: Path, snapshot: Snapshot) -> None:
    log, reader = open_pipe(tmp_path)
    with ask_server(log, "--snapshot", snapshot.folder, "--workers", "1") as (client, _):
        for _ in range(3):
            client.get("/" + "x" * 60_000)
    os.close(reader)
