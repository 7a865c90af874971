"""A server that answers for the snapshots that it keeps beside the one that it serves."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree as ET

import httpx
import pytest
from rdflib import DCAT, PROV, Graph, Literal, URIRef
from tests.helpers.releases import RAISED, RENAMED, publish_changed, release_first
from tests.helpers.served import open_front

from g7kg.build.snapshot import Snapshot
from g7kg.dataset.library import read_library
from g7kg.errors import Gone, NotFound, Overload
from g7kg.mapping.workspace import Workspace
from g7kg.rdf.vocab import BASE
from g7kg.serve.kept import MOST_OPEN, KeptSites
from g7kg.serve.live import Lease
from g7kg.serve.site import Site
from g7kg.snapshot.manifest import Manifest, read_manifest
from g7kg.snapshot.publish import SNAPSHOTS, publish_snapshot
from g7kg.snapshot.releases import read_releases

ASK = {"query": 'ASK { ?s ?p "Republic of Korea"@en }', "format": "json"}


async def test_a_cited_version_is_answered_for_after_the_next_build(
    snapshot: Snapshot, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, _ = release_first(snapshot, workspace, tmp_path)
    (copy.output / "published").write_text("a" * 64 + "\n", "ascii")
    now = read_manifest(publish_changed(copy.output, RENAMED, RAISED)).digest
    first = snapshot.manifest.digest
    library = replace(read_library(), releases=read_releases(copy.ontology))
    monkeypatch.setattr("g7kg.serve.app.read_library", lambda: library)
    async with open_front(copy.output, 2) as front:
        transport = httpx.ASGITransport(cast("Any", front), raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://kept.test", timeout=30)
        for path, found in {
            "/sparql": False,
            f"/dataset/{now}/sparql": False,
            f"/dataset/{first}/sparql": True,
        }.items():
            assert (await client.get(path, params=ASK)).json()["boolean"] is found, path
        assert list(front.live.kept.leases) == [first]
        for name in ("g7kg.nq.gz", "changes.txt", "g7kg-statements.csv"):
            assert (await client.get(f"/dataset/{first}/{name}")).status_code == 200, name
        old = await client.get(f"/dataset/{first}", headers={"Accept": "text/turtle"})
        assert f'<{BASE}dataset/{first}>; rel="cite-as"' in old.headers["Link"]

        for path, status in {"/ontology/1.2.0": 200, "/ontology/1.3.0.ttl": 200, "/ontology/1.0.0": 404}.items():
            assert (await client.get(path, headers={"Accept": "text/turtle"})).status_code == status, path
        older = (await client.get("/ontology/1.2.0.ttl")).text, (await client.get("/ontology/1.3.0.ttl")).text
        assert [f"{BASE}ontology/1.2.0>" in text for text in older] == [True, False]

        gone = await client.get(f"/dataset/{'a' * 64}")
        assert (gone.status_code, f"replaced by {BASE}dataset/{now}" in gone.json()["hint"]) == (410, True)
        assert (await client.get(f"/dataset/{'b' * 64}")).status_code == 404

        graph = Graph().parse(data=(await client.get("/dataset.ttl")).text, format="turtle")
        version, last = URIRef(f"{BASE}dataset/{now}"), URIRef(f"{BASE}dataset/{first}")
        assert set(graph.objects(URIRef(f"{BASE}dataset"), URIRef(f"{DCAT}hasVersion"))) == {version, last}
        assert graph.value(last, URIRef(f"{DCAT}version")) == Literal("1.0.0")
        assert {graph.value(version, URIRef(f"{DCAT}previousVersion")), graph.value(version, PROV.wasRevisionOf)} == {
            last
        }

        page = (await client.get("/releases", headers={"Accept": "text/html"})).text
        assert f'<a href="/dataset/{first}">' in page
        feed = ET.fromstring((await client.get("/releases.atom")).text)
        assert [entry.text for entry in feed.iterfind("{*}entry/{*}title")] == ["1.0.0"]
        for thing in ("verona-trento-2024/p23/s1", "undertaking/ai-public-sector-toolkit"):
            page = (await client.get(f"/doc/{thing}", headers={"Accept": "text/html"})).text
            assert 'As it is here since <a href="/releases#1.0.0">release 1.0.0</a>' in page, thing


async def test_a_bounded_number_of_versions_is_open(tmp_path: Path) -> None:
    digests = [f"{number:064x}" for number in range(MOST_OPEN + 1)]
    for digest in digests:
        publish_snapshot(tmp_path, _write(digest))
    served = cast("Site", SimpleNamespace(manifest=SimpleNamespace(digest="served")))

    async def open_site(folder: Path) -> Lease:
        return Lease(cast("Site", folder.name), AsyncExitStack())

    kept = KeptSites(tmp_path, (), open_site)
    paths = [f"/dataset/{digest}" for digest in digests]
    for path in paths:
        async with kept.visit(path, served) as site:
            assert (tmp_path / SNAPSHOTS / str(site)).is_dir()
    assert list(kept.leases) == digests[1:]
    async with kept.visit(paths[1], served), kept.visit(paths[2], served):
        with pytest.raises(Overload):
            await kept.visit(paths[0], served).__aenter__()
    for path, error in {paths[0]: None, f"/dataset/{'f' * 64}": NotFound, "/dataset/short": None}.items():
        if error:
            with pytest.raises(error):
                await kept.visit(path, served).__aenter__()
        else:
            async with kept.visit(path, served):
                pass
    await kept.close()
    publish_snapshot(tmp_path, _write("e" * 64))
    with pytest.raises(Gone, match="not kept any more"):
        await kept.visit(paths[0], served).__aenter__()


def _write(digest: str) -> Callable[[Path], Manifest]:
    def write(folder: Path) -> Manifest:
        (folder / "store").mkdir()
        (folder / "search.db").touch()
        return Manifest(digest, "1", "2030-01-01", False, (), {}, 0, 0, {}, {}, {})  # noqa: FBT003

    return write
