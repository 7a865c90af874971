"""Checks over HTTP: one client cannot shut them for others, and what is refused is told as documented."""

import asyncio
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from tests.helpers.attacks import connect, exchange
from tests.helpers.served import wait_for
from tests.helpers.server import Server, run_server

from g7kg.build.snapshot import Snapshot
from g7kg.errors import G7kgError
from g7kg.sandbox.exchange import CheckRequest
from g7kg.serve.checks import MOST_WAITING_OF_CLIENT, Checks

STATEMENT = "<urn:x:a> a <https://w3id.org/g7kg/ontology#Statement> .\n"
SLOW = "".join(STATEMENT.replace("x:a", f"x:{number}") for number in range(15_000))
"""What takes longer to check than a check may take."""


@pytest.fixture(scope="module")
def checker(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("checking") / "log"
    with run_server(log, "--snapshot", snapshot.folder, "--timeout", "15", "--workers", "2") as server:
        yield server


def post(server: Server, text: str, client: str) -> httpx.Response:
    headers = {"X-Forwarded-For": client, "Content-Type": "text/turtle"}
    return httpx.post(f"{server.base}/validate", content=text, headers=headers, timeout=60)


@pytest.mark.soak
def test_many_checks_of_one_client_do_not_shut_them_for_another(checker: Server) -> None:
    head = "POST /validate HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\nContent-Type: text/turtle\r\n"
    with ExitStack() as stack:
        for _ in range(12):
            stack.enter_context(connect(checker, f"{head}Content-Length: {len(SLOW)}\r\n\r\n{SLOW}".encode()))
        time.sleep(0.5)
        assert post(checker, STATEMENT, "192.0.2.1").status_code == 429
        assert post(checker, STATEMENT, "198.51.100.7").status_code == 200
        assert len(checker.list_fronts()) == 2
    wait_for(lambda: len(checker.list_fronts()) == 1)  # they have left: the template of the workers stays


def test_without_descriptors_a_check_and_a_page_are_told_to_come_again(checker: Server) -> None:
    with httpx.Client(base_url=checker.base, timeout=20) as client:
        assert client.get("/healthz").status_code == 200
        bounds = resource.prlimit(checker.pid, resource.RLIMIT_NOFILE)
        used = max(int(path.name) for path in Path(f"/proc/{checker.pid}/fd").iterdir())
        resource.prlimit(checker.pid, resource.RLIMIT_NOFILE, (used + 1, bounds[1]))
        try:
            checks = [
                client.post("/validate", content=STATEMENT, headers={"Content-Type": "text/turtle"}) for _ in "ab"
            ]
            pages = [client.get(path) for path in ("/", "/undertakings", "/dumps/g7kg.nq.gz", "/static/style.css")]
        finally:
            resource.prlimit(checker.pid, resource.RLIMIT_NOFILE, bounds)
        assert [check.status_code for check in checks] == [503, 503]
        assert checks[0].json()["detail"] == "the server cannot start a check now"
        assert {page.status_code for page in pages} <= {200, 302, 503}
        again = client.post("/validate", content=STATEMENT, headers={"Content-Type": "text/turtle"})
        assert again.status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("Content-Type: text/turtle", b"413"),
        ("Content-Type: application/x-www-form-urlencoded", b"413"),
        ("Content-Type: text/html", b"415"),
        ("Content-Type: text/turtle; charset=iso-8859-1", b"415"),
        ("Content-Type: text/turtle\r\nContent-Encoding: gzip", b"415"),
    ],
)
@pytest.mark.parametrize("path", ["/validate", "/sparql"])
def test_a_body_that_is_refused_is_answered_in_good_order(
    checker: Server, path: str, headers: str, status: bytes
) -> None:
    expected = status if path == "/validate" or "form" in headers else b"415"
    body = b"#" * (8 << 20)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\nContent-Length: {len(body)}\r\n\r\n"
    following = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answers = exchange(checker, head.encode() + body + following)
    assert [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]] == [expected, b"200"]


STAND_IN = """
import json, sys, time
rendering = json.load(sys.stdin)["rendering"]
time.sleep(3 * (rendering == "late"))
print(flush=True)
time.sleep(60 * (rendering == "slow"))
print(json.dumps({"severity": None, "text": "done", "wanted": []}))
"""


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Checks:
    """Return checks whose processes do nothing, for a minute if they are slow; they have two seconds."""
    monkeypatch.setattr("g7kg.serve.checks.COMMAND", (sys.executable, "-S", "-c", STAND_IN))
    return Checks(2)


async def check(checks: Checks, client: str, rendering: str) -> str:
    """Return the report, or what is said in its place."""
    try:
        return (await checks.run(CheckRequest((), (), rendering, 1), client)).text
    except G7kgError as error:
        return error.message


async def test_checks_of_one_client_wait_for_one_another(checks: Checks) -> None:
    told = Counter(await asyncio.gather(*(check(checks, "a", "slow") for _ in range(MOST_WAITING_OF_CLIENT + 3))))
    assert told["too many of your checks are waiting"] == 2
    assert set(told) == {
        "too many of your checks are waiting",
        "no worker became free in time",
        "the check ran into its deadline",
    }


async def test_a_check_that_was_ended_is_told_from_one_that_took_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    for name in ("KILL", "TERM", "ABRT"):
        monkeypatch.setattr("g7kg.serve.checks.COMMAND", ("sh", "-c", f"kill -{name} $$"))
        told.append(await check(Checks(2), "a", ""))
    assert told == ["the process of the check was ended from outside"] * 2 + ["the check has died"]


async def test_what_a_process_takes_to_start_is_not_in_the_deadline_and_bounded(
    checks: Checks, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await check(checks, "a", "late") == "done"
    monkeypatch.setattr("g7kg.serve.checks.START_SECONDS", 0.5)
    assert await check(checks, "a", "late") == "the server is too busy to start a check"


async def test_a_check_that_has_run_long_makes_room_for_a_client_that_has_none(checks: Checks) -> None:
    slow = [asyncio.create_task(check(checks, client, "slow")) for client in ("a", "b")]
    await asyncio.sleep(0.5)
    assert await check(checks, "c", "quick") == "done"
    assert set(await asyncio.gather(*slow)) == {
        "one of your checks was ended to make room for other clients",
        "the check ran into its deadline",
    }
    assert await check(checks, "a", "quick") == "done"
