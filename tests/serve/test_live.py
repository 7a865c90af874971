"""Snapshots loaded, published under a running server, damaged; a server stopped and looked at."""

import gzip
import os
import re
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from pyoxigraph import NamedNode
from tests.helpers.attacks import SLOW
from tests.helpers.project import ROOT, Run, quiet
from tests.helpers.served import keep_asking, publish, read_value, wait_for
from tests.helpers.server import ask_server, children_of, run_server, serve_data

from g7kg.build.load import load_snapshot
from g7kg.build.snapshot import Snapshot
from g7kg.cli.serve import serve
from g7kg.errors import DataError, WorkspaceError
from g7kg.snapshot.manifest import read_manifest, verify_store

GRAPHS = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"


@pytest.mark.soak
def test_three_snapshots_are_published_without_a_failed_request(tmp_path: Path) -> None:
    output = tmp_path / "out"
    publish(output, 0)
    with ask_server(tmp_path / "log", "--snapshot", output, "--workers", "2") as (client, server):
        with keep_asking(server.base) as values:
            for number in range(1, 4):
                digest = publish(output, number)
                wait_for(lambda digest=digest: client.get("/readyz").json()["snapshot"] == digest)  # type: ignore[misc]
                assert read_value(client) == number
        assert [set(seen) for seen in values] == [{0, 1, 2, 3}] * 4
        wait_for(lambda: len([worker for template in server.list_fronts() for worker in children_of(template)]) == 2)
        assert "g7kg_snapshot_switches_total 3.0" in client.get("/metrics").text


@pytest.mark.soak
def test_a_request_that_began_on_the_old_snapshot_is_answered_from_it(tmp_path: Path, snapshot: Snapshot) -> None:
    output = tmp_path / "out"
    data = snapshot.folder / "g7kg.nq"
    load_snapshot([data], output, None, quiet)
    with (
        run_server(tmp_path / "log", "--snapshot", output, "--workers", "2") as server,
        httpx.Client(base_url=server.base, timeout=20, headers={"Accept": "application/n-triples"}) as nt,
        httpx.Client(base_url=server.base, timeout=20) as client,
        nt.stream("GET", "/sparql", params={"query": "SELECT * WHERE { ?s ?p ?o } "}) as refused,
    ):
        assert refused.status_code == 406
        with httpx.stream("GET", f"{server.base}/store?default&format=nt", timeout=20) as response:
            chunks = response.iter_raw()
            assert response.headers["content-encoding"] == "gzip"
            body = next(chunks)
            digest = publish(output, 7)
            wait_for(lambda: client.get("/readyz").json()["snapshot"] == digest)
            assert read_value(client) == 7
            body += b"".join(chunks)
        assert len(gzip.decompress(body).splitlines()) == sum(snapshot.manifest.graphs.values())


def test_a_start_from_a_damaged_snapshot_is_refused_and_names_the_file(tmp_path: Path, program: Run) -> None:
    publish(tmp_path / "out", 1)
    folder = (tmp_path / "out" / "current").resolve()
    file = next((folder / "store").glob("*.sst"))
    file.write_bytes(file.read_bytes()[:-1])
    refused = program("serve", "--port", "0", "--snapshot", folder)
    assert refused.returncode == 2
    assert f"{file}: error: the snapshot is damaged: this file is not as written" in refused.stderr
    file.unlink()
    with pytest.raises(WorkspaceError, match="this file is not as written"):
        verify_store(folder)


def test_any_rdf_is_loaded_and_its_named_graphs_are_in_the_default_graph_too(tmp_path: Path, g7kg: Run) -> None:
    (tmp_path / "a.ttl").write_text("@prefix : <http://e/> . :s :p 1, 2 .", "utf-8")
    (tmp_path / "b.trig").write_text("@prefix : <http://e/> . :g { :s :p 3 . _:b :p 4 }", "utf-8")
    subprocess.run(["gzip", "-k", tmp_path / "b.trig"], check=True)  # noqa: S607 - gzip is where gzip is
    done = g7kg("load", tmp_path / "a.ttl", tmp_path / "b.trig.gz", "--graph", "http://e/a", "--out", tmp_path / "out")
    assert (done.returncode, "8 quads, not validated" in done.stdout) == (0, True)
    manifest = read_manifest(tmp_path / "out" / "current")
    assert (manifest.graphs, manifest.quads, manifest.validated) == ({"http://e/a": 2, "http://e/g": 2}, 8, False)
    (tmp_path / "graphs.rq").write_text(GRAPHS + " ORDER BY ?g", "utf-8")
    shown = g7kg("query", tmp_path / "graphs.rq", "--snapshot", tmp_path / "out" / "current", "--format", "csv")
    assert shown.stdout.split() == ["g,n", "http://e/a,2", "http://e/g,2"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.ttl", "<http://e/s> <http://e/p> .\n", r"x\.ttl:1:\d+: this is no Turtle"),
        ("x.dat", "", r"x\.dat: the extension names no RDF format"),
        ("x.nt.gz", "no gzip", r"x\.nt\.gz: the file is damaged"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_nothing_is_published(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(DataError, match=message):
        load_snapshot([tmp_path / name], tmp_path / "out", NamedNode("http://e/g"), quiet)
    assert not (tmp_path / "out" / "current").exists()


@pytest.mark.soak
@pytest.mark.parametrize("in_memory", [1_000_000, 0], ids=["memory", "disk"])
def test_two_servers_of_one_snapshot_answer_with_the_same_bytes(
    tmp_path: Path, snapshot: Snapshot, client: httpx.Client, in_memory: int
) -> None:
    queries = [path.read_text("utf-8") for path in sorted((ROOT / "queries").glob("*.rq"))[::3]]
    queries += ["SELECT * { ?s ?p ?o } LIMIT 500", "DESCRIBE <https://w3id.org/g7kg/shapes#StatementShape>"]
    queries += ["SELECT ?c (GROUP_CONCAT(?s) AS ?all) { ?s a ?c } GROUP BY ?c", "SELECT DISTINCT ?p { ?s ?p [] }"]
    options, constants = ("--snapshot", snapshot.folder, "--workers", "2"), {"pool": {"in_memory": in_memory}}
    with (
        run_server(tmp_path / "one", *options, constants=constants) as one,
        run_server(tmp_path / "two", *options, "--cache", "0", constants=constants) as two,
    ):
        for query in queries:
            first, second = (httpx.get(f"{s.base}/sparql", params={"query": query}, timeout=20) for s in (one, two))
            assert first.status_code == 200
            assert first.headers["etag"] == second.headers["etag"]
            assert first.content == second.content
            kept = client.get("/sparql", params={"query": query})
            assert (kept.headers["etag"] == first.headers["etag"]) == (in_memory != 0)


def test_metrics_count_what_happened(tmp_path: Path, snapshot: Snapshot) -> None:
    options = ("--snapshot", snapshot.folder, "--workers", "2", "--timeout", "0.5")
    with ask_server(tmp_path / "log", *options) as (client, _):
        etag = client.get("/sparql", params={"query": "ASK {}"}).headers["etag"]
        client.get("/sparql", params={"query": "ASK {}"})
        client.get("/sparql", params={"query": "ASK {}"}, headers={"If-None-Match": etag})
        client.get("/sparql", params={"query": "SELECT"})
        client.get("/sparql", params={"query": SLOW})
        wait_for(lambda: 'g7kg_workers{state="idle"} 2.0' in client.get("/metrics").text)
        text = client.get("/metrics").text
        for line in (
            'g7kg_queries_total{outcome="computed"} 1.0',
            'g7kg_queries_total{outcome="cached"} 1.0',
            'g7kg_queries_total{outcome="unmodified"} 1.0',
            'g7kg_queries_total{outcome="QueryError"} 1.0',
            'g7kg_queries_total{outcome="QueryTimeout"} 1.0',
            'g7kg_worker_ends_total{reason="QueryTimeout"} 1.0',
            "g7kg_query_seconds_count 5.0",
            "g7kg_cache_hits_total 1.0",
            "g7kg_queue_length 0.0",
            f'digest="{snapshot.manifest.digest}"',
        ):
            assert line in text


def test_a_server_that_is_told_to_stop_finishes_what_it_has_begun(tmp_path: Path, snapshot: Snapshot) -> None:
    slow = "SELECT (COUNT(*) AS ?n) WHERE { ?a a ?b . ?c a ?d . ?e a <https://w3id.org/g7kg/ontology#Minister> }"
    with run_server(tmp_path / "log", "--snapshot", snapshot.folder) as server, ThreadPoolExecutor(1) as threads:
        pending = threads.submit(httpx.get, f"{server.base}/sparql", params={"query": slow}, timeout=20)
        time.sleep(0.3)
        assert not pending.done()
        os.kill(server.pid, signal.SIGTERM)
        assert pending.result().status_code == 200


def test_every_setting_is_in_the_table_of_the_guide_and_comes_from_the_environment_too() -> None:
    guide = (ROOT / "docs" / "serving.md").read_text("utf-8")
    for option in serve.params:
        if option.name == "texts":
            continue
        (flag,) = option.opts
        variable = "G7KG_" + flag.removeprefix("--").upper().replace("-", "_")
        assert getattr(option, "envvar", None) == variable
        assert re.search(rf"^\| `{flag}` \| `{variable}` \|", guide, re.MULTILINE), flag


@pytest.mark.soak
def test_a_setting_from_the_environment_is_used(
    tmp_path: Path, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("G7KG_MAX_AGE", "7")
    monkeypatch.setenv("G7KG_SNAPSHOT", str(snapshot.folder))
    with ask_server(tmp_path / "log") as (client, _):
        assert client.get("/").headers["cache-control"] == "public, max-age=7"


def test_pages_of_other_peoples_data_tell_what_there_is(tmp_path: Path) -> None:
    text = "@prefix : <http://e/> . _:g { :s :p 1 } :g { :s :p 2 } :s :p 3 ."
    with serve_data(tmp_path, text, form="trig") as (client, _):
        assert "3 triples" in client.get("/").text
        assert client.get("/coverage").status_code == 200
        description = client.get("/sparql", headers={"Accept": "text/turtle"})
        assert (description.status_code, "sd:name <http://e/g>" in description.text) == (200, True)
        assert client.get("/store", params={"graph": "http://e/g", "format": "nt"}).text.count("\n") == 1


@pytest.mark.soak
@pytest.mark.parametrize("value", ["nan", "0", "-1", "inf"])
def test_a_time_that_is_none_is_refused(program: Run, value: str) -> None:
    refused = program("serve", "--timeout", value)
    assert (refused.returncode, "Invalid value for '--timeout'" in refused.stderr) == (2, True)
