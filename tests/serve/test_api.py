"""The description of the API: what addresses answer is what it says, whatever they are asked."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.helpers.server import ask_server, run_server

from g7kg.build.snapshot import Snapshot

CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"),
    *("unsupported_method", "allow_header_conformance"),
)


@pytest.fixture
def paths(client: httpx.Client) -> dict[str, Any]:
    found = client.get("/openapi.json").json()["paths"]
    assert isinstance(found, dict)
    return found


ANSWERS = [
    ("/dataset/{digest}/sparql", "/dataset/0/sparql?query=ASK{}", "", 404),
    ("/dataset/{digest}/{name}", "/dataset/0/0", "", 404),
    ("/doc/{path}", "/doc/0", "", 404),
    ("/doc/{path}", "/doc/organisation/oecd", "image/png", 406),
    ("/dumps/{name}", "/dumps/0", "", 404),
    ("/dumps/{name}", "/dumps/g7kg.nq.gz", "", 302),
    ("/.well-known/void", "/.well-known/void", "", 302),
    ("/id/{path}", "/id/0", "", 303),
    ("/linkset/{path}", "/linkset/0", "", 404),
    ("/q/{code}", "/q/0", "", 404),
    ("/query", "/query?example=0", "", 404),
    ("/query", "/query?query=a&example=b", "", 400),
    ("/query/link", "/query/link", "", 400),
    ("/query/editor/{name}", "/query/editor/0", "", 404),
    ("/releases", "/releases", "", 200),
    ("/releases.atom", "/releases.atom", "", 200),
    ("/", "/", "text/turtle", 303),
    ("/search", "/search?size=0", "", 400),
    ("/search", "/search?q=a", "image/png", 406),
    ("/sparql", "/sparql", "text/html", 303),
    ("/store", "/store?graph=https://e.example/", "", 404),
    ("/undertakings", "/undertakings?topic=", "", 303),
    ("/undertakings", "/undertakings?page=99", "", 404),
    ("/{space}", "/0", "", 404),
    ("/{space}/{path}", "/0/0", "", 404),
    ("/queries/undertakings", "/queries/undertakings?page=9999", "", 404),
    ("/queries/undertakings", "/queries/undertakings", "image/png", 406),
]


@pytest.mark.parametrize("asked", ANSWERS, ids=lambda asked: f"{asked[1]} {asked[2]}".strip())
def test_what_is_answered_is_documented(
    client: httpx.Client, paths: dict[str, Any], asked: tuple[str, str, str, int]
) -> None:
    path, address, accept, status = asked
    response = client.get(address, headers={"Accept": accept} if accept else {})
    assert response.status_code == status
    documented = paths[path]["get"]["responses"][str(status)]
    if status >= 400:
        assert response.headers["content-type"] in documented["content"]


def test_a_slash_at_the_end_changes_nothing_and_every_beginning_leads_somewhere(
    client: httpx.Client, paths: dict[str, Any]
) -> None:
    html = {"Accept": "text/html, */*;q=0.1"}
    asked = {path.partition("{")[0].rstrip("/") for path, operations in paths.items() if "get" in operations}
    for path in sorted(asked - {""}):
        plain, slashed = (client.get(f"{path}{end}", headers=html, follow_redirects=True) for end in ("", "/"))
        assert plain.status_code != 404, path
        assert (slashed.status_code, slashed.url) == (plain.status_code, plain.url), path
    assert client.get("/dumps/", follow_redirects=True, headers=html).url.path == "/dataset"


def test_what_never_comes_is_not_documented(paths: dict[str, Any]) -> None:
    documented = {path for path, operations in paths.items() if "422" in operations.get("get", {}).get("responses", {})}
    assert documented == set()
    assert {"/search.{name}", "/validation.{extension}"} & paths.keys() == set()


@pytest.mark.soak
def test_generated_requests_are_answered_as_documented(snapshot: Snapshot, tmp_path: Path) -> None:
    """Some 3,600 requests, right and wrong, the same each time."""
    with run_server(tmp_path / "log", "--snapshot", snapshot.folder, "--workers", "2") as server:
        command = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.base}/openapi.json", "--no-color"]
        options = ["--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing", "--max-examples", "1"]
        bounds = ["--seed", "1", "--no-shrink", "--continue-on-failure", "--request-timeout", "60"]
        done = subprocess.run(
            [*command, *options, *bounds], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=1200
        )
        assert done.returncode == 0, done.stdout[-8000:]
        assert "traceback" not in server.log.read_text("utf-8")


ANYBODY = {"access-control-allow-origin", "access-control-expose-headers"}


@pytest.fixture(scope="module")
def private(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    log = tmp_path_factory.mktemp("private") / "log"
    options = ("--private", "--public-url", "https://G7.example", "--workers", "1")
    with ask_server(log, "--snapshot", snapshot.folder, *options) as (client, _):
        yield client


@pytest.mark.parametrize("path", ["/", "/sparql?query=ASK%7B%7D", "/static/style.css", "/nothing"])
def test_a_page_of_another_site_may_read_a_server_unless_it_is_private(
    private: httpx.Client, client: httpx.Client, path: str
) -> None:
    origin = {"Origin": "https://other.example"}
    answer = private.get(path, headers=origin)
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
def test_a_private_server_answers_to_its_own_names_only(
    private: httpx.Client, path: str, host: str, status: int
) -> None:
    assert private.get(path, headers={"Host": host}).status_code == status


def test_a_private_server_lets_no_page_of_another_site_ask_first(private: httpx.Client) -> None:
    headers = {"Origin": "https://other.example", "Access-Control-Request-Method": "POST"}
    answer = private.options("/sparql", headers=headers)
    assert not [name for name in answer.headers if name.startswith("access-control-")]
