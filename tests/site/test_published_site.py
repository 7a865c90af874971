"""The whole site on a plain file server, below a path: its links, its queries in a browser."""

import asyncio
import gzip
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect
from pyoxigraph import Literal, NamedNode, QueryResultsFormat, QuerySolutions, RdfFormat, Store, Triple, Variable, parse
from tests.helpers.browser import Visitor
from tests.helpers.files import serve_files
from tests.helpers.pages import list_retired
from tests.helpers.project import quiet
from tests.helpers.releases import RAISED, RENAMED, publish_changed, release_first
from tests.helpers.served import publish
from tests.helpers.sites import list_links
from tests.helpers.sparql import select

from g7kg.build.releases import import_release
from g7kg.build.snapshot import Snapshot
from g7kg.dataset.library import read_library
from g7kg.mapping.workspace import Workspace
from g7kg.pages.query import read_browser_files
from g7kg.queries.catalogue import CatalogueQuery
from g7kg.rdf.vocab import BASE
from g7kg.site import write_site
from g7kg.site.addresses import locate
from g7kg.site.crawl import Crawl
from g7kg.site.folder import SUMS, SiteFolder
from g7kg.site.source import open_source
from g7kg.snapshot.publish import SNAPSHOTS
from g7kg.snapshot.releases import read_releases

pytestmark = pytest.mark.soak

PLACE = "some/path"
"""Where the site stands on the file server, as pages of a project do on many hosts."""


@pytest.fixture(scope="module")
def published(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the root of a file server that has the whole site below ``PLACE``."""
    root = tmp_path_factory.mktemp("published")
    done = write_site(snapshot.folder, root / PLACE, BASE, quiet)
    assert done.broken == ()
    described = (root / PLACE / "opensearch.xml").read_text("utf-8")
    assert f'<Url type="text/html" template="{BASE}search?q={{searchTerms}}"/>' in described
    return root


@pytest.fixture(scope="module")
def host(published: Path) -> Iterator[str]:
    with serve_files(published) as address:
        yield f"{address}{PLACE}/"


@pytest.fixture
def visitor(chromium: Any, host: str) -> Iterator[Visitor]:  # noqa: ANN401 - a browser
    if "oxigraph.wasm" not in read_browser_files():
        pytest.skip("needs what runs in browsers: make editor")
    asked: set[str] = set()
    guest = Visitor(chromium, host)
    guest.context.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    yield guest
    guest.context.close()
    assert guest.faults == []
    assert asked <= {urlsplit(host).netloc, ""}


def test_a_whole_site_has_the_same_bytes_from_one_process_and_from_two_and_is_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("g7kg.site.crawl._MANY", 10)
    publish(tmp_path / "out", 1)
    alone = write_site(tmp_path / "out", tmp_path / "site", BASE, quiet, jobs=1)
    sums = (tmp_path / "site" / SUMS).read_bytes()
    shared = write_site(tmp_path / "out", tmp_path / "site", BASE, quiet, jobs=2)
    assert (shared.files, shared.changed, shared.removed, shared.broken) == (alone.files, 0, 0, alone.broken)
    assert (tmp_path / "site" / SUMS).read_bytes() == sums


def test_every_link_of_every_page_leads_to_a_file(published: Path) -> None:
    site = published / PLACE
    files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    anchors: dict[str, set[str]] = {}
    wanted: dict[str, set[str]] = {}
    missing = set()
    for page in sorted(files - {"404.html"}):
        if not page.endswith(".html"):
            continue
        text = (site / page).read_text("utf-8")
        anchors[page] = {unescape(name) for name in re.findall(r' id="([^"]+)"', text)}
        for link, path, fragment in list_links(page, text):
            if path not in files:
                missing.add((page, link))
            elif fragment:
                wanted.setdefault(path, set()).add(fragment)
    assert missing == set()
    lost = {page: names - anchors[page] for page, names in wanted.items() if page in anchors and names - anchors[page]}
    assert lost == {}
    assert len(anchors) > 2000


FORMATS = {
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "jsonld": RdfFormat.JSON_LD,
    "rdf": RdfFormat.RDF_XML,
    "trig": RdfFormat.TRIG,
    "nq": RdfFormat.N_QUADS,
}


def list_iris(store: Store) -> set[str]:
    """Return every IRI of ours that stands anywhere in the store."""
    terms = {term for quad in store for term in quad}
    datatypes = {term.datatype for term in terms if isinstance(term, Literal)}
    iris = {term.value for term in terms | datatypes if isinstance(term, NamedNode)}
    return {iri for iri in iris if iri.startswith(BASE)}


def stands_for_others(path: str) -> bool:
    """Whether what is there is another thing by design: a graph's triples, a version's resource, a context."""
    return path.startswith("graph/") or path == "context.jsonld" or bool(re.search(r"/\d+\.\d+\.\d+$", path))


def read_triples(file: Path) -> set[Triple]:
    return {quad.triple for quad in parse(path=file, format=FORMATS[file.suffix[1:]])}


def test_every_iri_of_ours_has_a_file_that_describes_it(published: Path, store: Store) -> None:
    described: dict[str, set[str]] = {}
    retired, silent = list_retired(store), []
    for iri in sorted(list_iris(store)):
        path = iri.removeprefix(BASE).partition("#")[0]
        name = path.replace("id/", "doc/", 1)
        file = published / PLACE / locate(f"/{name}{'' if path == 'context.jsonld' else '.ttl'}")
        if path.removeprefix("id/") in retired:
            assert file.with_name(f"{file.stem}.html").is_file()
            assert not file.is_file()
            continue
        assert file.is_file(), iri
        if not stands_for_others(path):
            if path not in described:
                described[path] = {str(triple.subject) for triple in read_triples(file)}
            if f"<{iri}>" not in described[path]:
                silent.append(iri)
    assert silent == []
    assert len(described) > 1000
    assert retired


def test_a_resource_is_the_same_graph_in_every_format(published: Path) -> None:
    site = published / PLACE
    files = sorted(path for space in ("doc", "scheme") for path in (site / space).rglob("*.nt"))
    assert len(files) > 1000
    for file in files[::10]:
        triples = read_triples(file)
        assert [name for name in FORMATS if read_triples(file.with_suffix(f".{name}")) != triples] == [], file


def test_a_release_still_answers_in_the_site_of_the_next_version(
    snapshot: Snapshot, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, archive = release_first(snapshot, workspace, tmp_path)
    releases = read_releases(copy.ontology)
    library = replace(read_library(), releases=releases)
    monkeypatch.setattr("g7kg.site.source.read_library", lambda: library)
    now = publish_changed(copy.output, RENAMED, RAISED)
    first, site = snapshot.manifest.digest, SiteFolder(tmp_path / "site")
    shutil.rmtree(copy.output / SNAPSHOTS / snapshot.folder.name)  # a fresh clone has what it brings back
    import_release(archive, copy.output, releases)
    crawl = Crawl(open_source(now, BASE, None, words=False), site, quiet)

    async def follow() -> None:
        await crawl.follow("/releases")
        while wanted := [path for path in crawl.waiting if path.startswith(f"/dataset/{first}")]:
            await crawl.follow(wanted[0], crawl.waiting.pop(wanted[0]))

    asyncio.run(follow())
    assert crawl.broken == {}
    assert {f"dataset/{first}.html", f"dataset/{first}.ttl"} <= site.digests.keys()
    dump = gzip.decompress((site.root / f"dataset/{first}/g7kg.nq.gz").read_bytes())
    assert dump == (snapshot.folder / "g7kg.nq").read_bytes()


def test_a_query_without_end_ends_with_its_worker_and_the_next_is_answered(visitor: Visitor) -> None:
    visitor.context.clock.install()
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    page = visitor.open(f"query.html?{urlencode({'query': endless})}")
    worker = page.workers[0] if page.workers else page.wait_for_event("worker")
    with worker.expect_event("close"):
        page.clock.fast_forward(31_000)
    expect(page.get_by_role("alert")).to_contain_text("took more than 30 seconds and was ended")
    page = visitor.open("query.html?query=ASK+%7B%7D")
    expect(page.get_by_role("status")).to_have_text(re.compile("^Yes, "))


def test_a_choice_of_documents_hides_the_columns_of_the_others(visitor: Visitor) -> None:
    page = visitor.open("compare/ai-governance.html")
    boxes = page.locator("form.choose input[name=document]")
    heads = page.locator("table.compared thead th")
    count = boxes.count()
    assert heads.count() == count + 1
    for at in range(count - 2):
        boxes.nth(at).uncheck()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("status")).to_contain_text("hidden ones too")
    assert heads.locator("visible=true").count() == 3
    assert [box.is_checked() for box in boxes.all()] == [False] * (count - 2) + [True] * 2
    shown = page.locator("table.compared tbody tr:visible")
    assert 0 < shown.count() < page.locator("table.compared tbody tr").count()
    visitor.check()


def ask_in_browser(page: Page, query: str) -> list[dict[str, Any]]:
    """Return the rows that the store in the browser has for ``query``."""
    script = "async (query) => (await (await import(new URL('static/site/endpoint.js', location.href)))"
    told = ".catch((problem) => { throw new Error(problem.detail ?? problem); })"
    text: str = page.evaluate(f"{script}.answer(query, ['json']){told}).text", query)
    found: list[dict[str, Any]] = json.loads(text)["results"]["bindings"]
    return found


def ask_here(store: Store, query: str) -> list[dict[str, Any]]:
    """Return the rows in ``store``; the solutions end here, for Playwright keeps the frame of who calls it."""
    solutions = store.query(query)
    assert isinstance(solutions, QuerySolutions)
    found: dict[str, Any] = json.loads(solutions.serialize(format=QueryResultsFormat.JSON) or b"")
    return list(found["results"]["bindings"])


def arrange(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def list_queries() -> list[CatalogueQuery]:
    return [query for query in read_library().queries if not query.parameters]


def test_the_catalogue_has_the_same_rows_in_the_browser(visitor: Visitor, store: Store) -> None:
    page = visitor.open("query.html")
    differing = [
        query.name
        for query in list_queries()
        if arrange(ask_in_browser(page, query.text)) != arrange(ask_here(store, query.text))
    ]
    assert differing == []


def test_the_page_for_queries_answers_without_a_server(visitor: Visitor, host: str) -> None:
    page = visitor.open("query.html?example=statements-by-speech-act")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^\d+ rows, "))
    assert page.url.startswith(f"{host}query.html?query=")
    link = page.get_by_role("table").get_by_role("link").first.get_attribute("href") or ""
    assert link.startswith(host)
    assert httpx.get(link).status_code == 200
    with page.expect_download() as download:
        page.get_by_role("link", name="csv", exact=True).click()
    assert Path(download.value.path()).read_bytes().startswith(b"document,class,act")
    visitor.check()


def test_an_error_is_told_and_the_next_query_is_answered(visitor: Visitor) -> None:
    page = visitor.open("query.html?query=SELECT+%7B")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("the query is not valid")
    page = visitor.open("query.html?query=ASK+%7B%7D")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("^Yes, "))


def test_a_term_that_does_not_exist_is_warned_of_in_the_page(visitor: Visitor) -> None:
    query = "PREFIX g7: <https://w3id.org/g7kg/ontology#> ASK { ?s a g7:Minister ; g7:debitor 'g7:x' } # g7:y"
    page = visitor.open(f"query.html?{urlencode({'query': query})}")
    expect(page.locator("#results .problem")).to_have_text("Warning: there is no term g7:debitor")


def test_a_query_with_parameters_is_answered_in_the_page(visitor: Visitor, store: Store) -> None:
    asked = next(query for query in read_library().queries if query.parameters)
    values = {one.name: one.example for one in asked.parameters}
    page = visitor.open(f"queries/{asked.name}.html?{urlencode(values)}")
    english, bound = asked.bind(values)
    count = len(select(store, english.text, {Variable(name): term for name, term in bound.items()}))
    expect(page.locator("main [role=status]")).to_have_text("1 row" if count == 1 else f"{count} rows")
    visitor.check()


def test_search_and_filters_work_in_the_page(visitor: Visitor, published: Path) -> None:
    page = visitor.open("search.html?q=digital+identity")
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^\d+ results$"))
    hrefs = [link.get_attribute("href") or "" for link in page.locator("ol.results a").all()]
    assert any(href.endswith("/doc/undertaking/digital-identity-mapping.html") for href in hrefs)
    visitor.check()
    known = json.loads((published / PLACE / "undertakings-filters.json").read_text("utf-8"))["undertakings"]
    count = sum("Request" in one["kind"] and one["due"] == "stated" for one in known.values())
    page = visitor.open("undertakings.html?kind=Request&due=stated")
    expect(page.locator("#list")).to_have_text(f"{count} of {len(known)} undertakings")
    expect(page.locator("table.tracker tbody tr")).to_have_count(count)


def test_without_scripts_pages_tables_and_downloads_serve(chromium: Any, host: str) -> None:  # noqa: ANN401
    guest = Visitor(chromium, host, javascript=False)
    page = guest.open("undertakings.html")
    assert page.locator("table.tracker tbody tr").count() == 100
    page = guest.open("queries.html")
    answer = httpx.get(f"{host}undertakings.csv")
    assert answer.text.startswith("undertaking,")
    guest.context.close()
