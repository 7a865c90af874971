"""A server for its own pages only: those of other sites cannot read it, by CORS or by a name of theirs."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from tests.helpers.server import Server, run_server

from g7kg.build.snapshot import Snapshot

ANYBODY = {"access-control-allow-origin", "access-control-expose-headers"}


@pytest.fixture(scope="module")
def private(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("private") / "log"
    options = ("--private", "--public-url", "https://G7.example", "--workers", "1")
    with run_server(log, "--snapshot", snapshot.folder, *options) as server:
        yield server


@pytest.mark.parametrize("path", ["/", "/sparql?query=ASK%7B%7D", "/static/style.css", "/nothing"])
def test_a_page_of_another_site_may_read_a_server_unless_it_is_private(
    private: Server, client: httpx.Client, path: str
) -> None:
    origin = {"Origin": "https://other.example"}
    answer = httpx.get(f"{private.base}{path}", headers=origin, timeout=20)
    assert (answer.status_code == 200, ANYBODY & set(answer.headers)) == (path != "/nothing", set())
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert client.get(path, headers=origin).headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:1", 200),
        ("localhost", 200),
        ("LOCALHOST:8000", 200),
        ("[::1]:8000", 200),
        ("g7.example", 200),
        ("rebound.example", 421),
        ("127.0.0.1.example:8000", 421),
        ("g7.example@rebound.example", 421),
        ("", 421),
    ],
)
@pytest.mark.parametrize("path", ["/", "/sparql?query=ASK%7B%7D"])
def test_a_private_server_answers_to_its_own_names_only(private: Server, path: str, host: str, status: int) -> None:
    assert httpx.get(f"{private.base}{path}", headers={"Host": host}, timeout=20).status_code == status


def test_a_private_server_lets_no_page_of_another_site_ask_first(private: Server) -> None:
    headers = {"Origin": "https://other.example", "Access-Control-Request-Method": "POST"}
    answer = httpx.options(f"{private.base}/sparql", headers=headers, timeout=20)
    assert not [name for name in answer.headers if name.startswith("access-control-")]
