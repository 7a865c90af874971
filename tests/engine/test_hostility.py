"""Queries that attack the server: it stays up, others are answered, and nobody takes a part for the whole."""

import json
import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from tests.helpers.attacks import ASK, DOUBLING, PRODUCT, SLOW, answer_another, post, query
from tests.helpers.server import Server, run_server

from g7kg.build.snapshot import Snapshot

pytestmark = pytest.mark.soak

UNFINISHED = ('"\\', "a.", "'''\\", "<a", "a:\\", "[", "_:")
"""What is made to take a lexer long: it ends in an error before the deadline all the same."""

HOSTILE = {
    "nested parentheses": ("SELECT * WHERE { FILTER(" + "(" * 50_000 + "1" + ")" * 50_000 + ") }", {400}),
    "many unions": ("SELECT * WHERE {" + " UNION ".join(["{ ?s ?p ?o }"] * 20_000) + "}", {400}),
    "nested collections": ("SELECT * WHERE { ?s ?p " + "(" * 200 + "1" + ")" * 200 + " }", {400}),
    "nested groups": ("SELECT * WHERE " + "{" * 20_000 + "}" * 20_000, {400}),
    "long path": ("SELECT * WHERE { ?s " + "/".join(["<http://e/p>"] * 20_000) + " ?o }", {400}),
    "many nots": ("SELECT * WHERE { FILTER(" + "!" * 50_000 + "true) }", {400}),
    "cartesian count": (SLOW, {504}),
    "everything path": (
        "SELECT (COUNT(*) AS ?n) { ?s (<http://e/p>|!<http://e/p>)* ?o . ?o !<http://e/q>* ?x }",
        {504},
    ),
    "sorted product": (f"SELECT * WHERE {{ {PRODUCT} }} ORDER BY ?i ?a", {413, 504}),
    "concatenated product": (f"SELECT (GROUP_CONCAT(?c) AS ?all) WHERE {{ {PRODUCT} }}", {413, 504}),
    "doubled string": (
        f"SELECT (STRLEN(?a40) AS ?n) WHERE {{ BIND('0123456789abcdef' AS ?a0) {DOUBLING} }}",
        {413},
    ),
    "distinct product": (f"SELECT DISTINCT ?a ?d ?i WHERE {{ {PRODUCT} }} ORDER BY ?a", {413, 504}),
    "repeated regular expression": (
        f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} FILTER(!REGEX(STR(?c), '(a+)+(b|c)*x{{1,50}}$')) }}",
        {504},
    ),
    **{f"many {part}": (f"SELECT * {{ ?services ?now {part * 20_000}", {400}) for part in UNFINISHED},
    "large regular expression": ("SELECT * { FILTER(REGEX('a', '((a{1,500}){1,500}){1,500}')) }", {200, 413, 504}),
}


@pytest.mark.parametrize(("text", "statuses"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_query_ends_in_a_clear_error(attacked: Server, text: str, statuses: set[int]) -> None:
    response = post(attacked, text)
    assert response.status_code in statuses
    if response.status_code != 200:
        problem = response.json()
        assert problem["status"] == response.status_code
        assert problem["detail"]
    answer_another(attacked)


def test_a_query_of_two_megabytes_is_refused_unread(attacked: Server) -> None:
    response = post(attacked, f"{ASK} #" + "x" * (2 << 20))
    assert (response.status_code, response.json()["status"]) == (413, 413)
    answer_another(attacked)


def test_sixty_four_slow_queries_of_one_client_do_not_hold_up_another(attacked: Server) -> None:
    with ThreadPoolExecutor(64) as threads:
        slow = [threads.submit(query, attacked, f"{SLOW} # {number}") for number in range(64)]
        time.sleep(0.3)
        answer_another(attacked)
        assert not all(future.done() for future in slow)  # they take turns for many times their deadline
        responses = [future.result() for future in slow]
    statuses = Counter(response.status_code for response in responses)
    assert set(statuses) <= {429, 503, 504}
    assert statuses[429] > 0
    assert all("retry-after" in response.headers for response in responses if response.status_code in {429, 503})


def test_slow_queries_of_many_clients_do_not_hold_up_another(attacked: Server) -> None:
    with ThreadPoolExecutor(64) as threads:
        slow = [threads.submit(query, attacked, f"{SLOW} # {n}", f"192.0.2.{n}") for n in range(64)]
        time.sleep(0.3)
        status = query(attacked, f"{ASK} # among many", "198.51.100.8").status_code
        responses = [future.result() for future in slow]
    assert status in {200, 503}
    assert {response.status_code for response in responses} <= {503, 504}
    answer_another(attacked)


def test_memory_is_flat_over_hundreds_of_hostile_queries(
    snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = tmp_path_factory.mktemp("flat") / "log"
    texts = [
        "SELECT * WHERE { FILTER(" + "(" * 20_000 + "1" + ")" * 20_000 + ") }",
        "SELECT",
        f"SELECT * WHERE {{ {PRODUCT} }}",
        "SELECT * WHERE { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        f"SELECT (STRLEN(?a40) AS ?n) WHERE {{ BIND('0123456789abcdef' AS ?a0) {DOUBLING} }}",
    ]
    options = ("--timeout", "0.05", "--memory", "64", "--workers", "4", "--cache", "1", "--log-level", "warning")
    with run_server(log, "--snapshot", snapshot.folder, *options) as server:
        attack(server, texts, 150)
        before = server.memory()
        attack(server, texts, 300)
        assert server.memory() - before < 300 * 4900  # bytes
        answer_another(server)


def attack(server: Server, texts: list[str], times: int) -> None:
    """Send ``times`` queries from eight clients at once, each of whom leaves after the first bytes of an answer."""

    def send(number: int) -> None:
        text = f"{texts[number % len(texts)]} # {number}"
        headers = {"X-Forwarded-For": f"192.0.2.{number % 8}", "Content-Type": "application/sparql-query"}
        with httpx.stream("POST", f"{server.base}/sparql", content=text, headers=headers, timeout=20) as response:
            assert response.status_code in {200, 400, 413, 429, 503, 504}

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(send, range(times)))


def test_a_worker_that_is_killed_from_outside_costs_one_answer(attacked: Server) -> None:
    with ThreadPoolExecutor(1) as threads:
        pending = threads.submit(query, attacked, f"{SLOW} # killed", timeout="1")
        time.sleep(0.4)
        for pid in find_busy_workers(attacked):
            os.kill(pid, 9)
        response = pending.result()
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert response.json()["detail"] == "the process that evaluated the query was ended from outside"
    answer_another(attacked)


def find_busy_workers(server: Server) -> list[int]:
    """Return the workers, children of the template, that are running and do not wait."""
    (template,) = children_of(server.pid)
    return [pid for pid in children_of(template) if state_of(pid) == "R"]


def children_of(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:  # noqa: PTH123 - no file of a folder
        return [int(child) for child in file.read().split()]


def state_of(pid: int) -> str:
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - no file of a folder
        return file.read().rpartition(") ")[2].split()[0]


def test_an_answer_with_too_many_rows_or_bytes_is_an_error(
    snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = tmp_path_factory.mktemp("limits") / "log"
    options = ("--max-rows", "1000", "--max-size", "1", "--workers", "2")
    with run_server(log, "--snapshot", snapshot.folder, *options) as server:
        for name in ("json", "xml", "csv", "tsv"):
            exact = query(server, "SELECT ?s WHERE { ?s ?p ?o } LIMIT 1000", format=name)
            assert exact.status_code == 200
            beyond = query(server, "SELECT ?o WHERE { VALUES ?o { <a:b> <a:c> } ?s ?p ?x } LIMIT 1001", format=name)
            assert (beyond.status_code, beyond.json()["detail"]) == (413, "the answer has more than 1000 rows")
        triples = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT"
        assert query(server, f"{triples} 1000", format="nt").status_code == 200
        with pytest.raises(httpx.ReadError):
            query(server, f"{triples} 1001", format="nt")
        wide = "SELECT ?o WHERE { BIND('" + "x" * 20_000 + "' AS ?o) { SELECT ?s WHERE { ?s ?p ?x } LIMIT 100 } }"
        with pytest.raises(httpx.ReadError):
            query(server, wide)


def test_the_log_of_an_attacked_server_has_no_traceback_and_every_line_is_json(attacked: Server) -> None:
    query(attacked, ASK, client="203.0.113.9")
    time.sleep(0.5)
    lines = [json.loads(line) for line in attacked.log.read_text("utf-8").splitlines()]
    assert not [line for line in lines if "traceback" in line]
    mine = [line for line in lines if line.get("client") == "203.0.113.9"]
    assert [(line["status"], line["path"]) for line in mine] == [(200, "/sparql")]
    assert len(mine[0]["query"]) == 16


def test_a_page_of_very_many_cells_is_not_made(attacked: Server) -> None:
    variables = " ".join(f"?v{number}" for number in range(1000))
    headers = {"Accept": "text/html", "Content-Type": "application/sparql-query"}
    text = f"SELECT {variables} WHERE {{ ?s ?p ?o }}"
    page = httpx.post(f"{attacked.base}/sparql", content=text, headers=headers, timeout=20)
    assert (page.status_code, "too large for a page" in page.text) == (200, True)
    nested = "BIND(<a:b> AS ?x0) " + " ".join(
        f"BIND(TRIPLE(<a:b>, <a:b>, ?x{number}) AS ?x{number + 1})" for number in range(1500)
    )
    deep = httpx.post(f"{attacked.base}/sparql", content=f"SELECT ?x1500 {{ {nested} }}", headers=headers, timeout=20)
    assert deep.status_code == 400
