"""The site as files: the server's pages with relative links, the same bytes each time, what its scripts look up."""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QuerySolutions, Store
from tests.helpers.project import quiet
from tests.helpers.sites import follow, list_links

from g7kg.build.snapshot import Snapshot
from g7kg.dataset.description import LINKS
from g7kg.errors import WorkspaceError
from g7kg.pages.filters import narrow, read_criteria
from g7kg.pages.undertakings import read_tracked
from g7kg.rdf.vocab import BASE, IDENTIFIERS, graph_iri
from g7kg.site.addresses import locate, relate
from g7kg.site.crawl import Crawl, Share, write_share
from g7kg.site.folder import SUMS, SiteFolder
from g7kg.site.lookups import PLACE, describe_site, list_findable, list_undertakings
from g7kg.site.markup import to_file
from g7kg.site.source import SiteSource, hold_store, open_source

UNDERTAKING = "/doc/undertaking/digital-identity-mapping"
COMPARISON = "/compare/ai-governance"
SAMPLE = (
    *("/", "/undertakings", "/undertakings?page=2", "/query", "/search", "/dataset", "/queries"),
    *(UNDERTAKING, COMPARISON),
)
PLAIN = "https://example.org/g7kg/"


@pytest.fixture(scope="module")
def source(snapshot: Snapshot) -> Iterator[SiteSource]:
    opened = open_source(snapshot.folder, BASE, None, words=False)
    yield opened
    opened.searcher.close()


def write(source: SiteSource, folder: Path, *paths: str) -> SiteFolder:
    """Write ``paths`` and what belongs to them."""
    site = SiteFolder(folder)
    follow(Crawl(source, site, quiet), *paths)
    site.finish()
    return site


@pytest.fixture(scope="module")
def written(source: SiteSource, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    write(source, folder, *SAMPLE)
    return folder


def test_addresses_become_files_and_relative_links() -> None:
    assert [locate(path) for path in ("/", "/docs/", "/id/a/b", "/doc/a.ttl", "/ontology/1.0.0", "/linkset/doc/a")] == [
        "index.html",
        "docs/index.html",
        "doc/a/b.html",
        "doc/a.ttl",
        "ontology/1.0.0.html",
        "linkset/doc/a.json",
    ]
    assert (locate("/undertakings", "page=2"), locate("/search", "q=a")) == ("undertakings-page-2.html", "search.html")
    assert relate("index.html", "doc/a.html") == "doc/a.html"
    assert relate("doc/a/b.html", "doc/a.ttl") == "../../doc/a.ttl"
    assert relate("a.html", "doc/é:1.html") == "doc/%C3%A9%3A1.html"


def test_a_page_stands_in_the_folder_of_its_name_too(source: SiteSource, tmp_path: Path) -> None:
    crawl = Crawl(source, SiteFolder(tmp_path), quiet)
    follow(crawl, "/search", "/queries", "/queries/chair-of-cernobbio-como.csv")
    asyncio.run(crawl.write_indexes())
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("index.html")} == {"queries/index.html"}
    pages = [(tmp_path / name).read_text("utf-8") for name in ("queries.html", "queries/index.html")]
    assert 'href="../queries/chair-of-cernobbio-como.html"' in pages[1]
    assert pages[1].replace('="../', '="') == pages[0]


def test_a_page_is_the_servers_own_but_for_links_and_head(written: Path, client: httpx.Client) -> None:
    for path in ("/coverage", UNDERTAKING):
        served = client.get(path, headers={"Accept": "text/html"})
        link, policy = served.headers.get("link", ""), served.headers["content-security-policy"]
        file = locate(path)
        expected = to_file(
            served.text.replace('rel="canonical" href="/', f'rel="canonical" href="{BASE}'),
            file,
            link,
            policy,
            {"/sparql": "query.html", **dict.fromkeys(("/validate", "/openapi.json"), "away.html")},
        )
        assert path != UNDERTAKING or (written / file).read_text("utf-8") == expected
        assert ' href="/' not in expected
        body = re.compile(r"<main.*</main>", re.DOTALL)
        kept = re.compile(r'href="[^"]*"')
        assert kept.sub("", body.findall(expected)[0]) == kept.sub("", body.findall(served.text)[0])


def test_a_topic_has_one_file_with_all_documents_on_it(written: Path) -> None:
    page = (written / f"{COMPARISON[1:]}.html").read_text("utf-8")
    documents = re.findall(r'name="document" value="([^"]+)" checked', page)
    assert len(documents) > 2
    assert page.count('<th role="columnheader"') == len(documents) + 1
    assert 'src="../static/site/compare.js"' in page
    assert "<noscript>" not in page
    assert 'action="../compare/ai-governance.html"' in page


def test_data_are_the_servers_own(written: Path, client: httpx.Client) -> None:
    for name in ("ttl", "jsonld", "nt", "rdf", "trig", "nq", "json", "csv"):
        assert (written / f"{UNDERTAKING[1:]}.{name}").read_bytes() == client.get(f"{UNDERTAKING}.{name}").content, name


def test_links_stay_within_the_site_and_lead_to_what_was_written(written: Path) -> None:
    pages = [path.relative_to(written).as_posix() for path in written.rglob("*.html")]
    assert {"index.html", "undertakings-page-2.html", f"{UNDERTAKING[1:]}.html"} <= set(pages)
    for page in pages:
        for link, file, _ in list_links(page, (written / page).read_text("utf-8")):
            assert not file.startswith(("..", "/")), (page, link)
            sampled = file.startswith(("index.", UNDERTAKING[1:])) or file in {locate(path) for path in SAMPLE}
            assert not sampled or (written / file).is_file(), (page, link)


def test_policies_stand_in_pages_and_scripts_where_they_are_needed(written: Path) -> None:
    base = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"
    drawn = base.replace("img-src 'self'", "img-src 'self' blob:")  # charts that are saved
    scripted = "connect-src 'self'; worker-src 'self'"
    found = {}
    for name in ("index", "undertakings", "query"):
        text = (written / f"{name}.html").read_text("utf-8")
        (found[name],) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
    assert found == {
        "index": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'",
        "undertakings": f"{base}; script-src 'self'; {scripted}",
        "query": f"{drawn}; script-src 'self' 'wasm-unsafe-eval'; {scripted}",
    }
    query = (written / "query.html").read_text("utf-8")
    assert 'src="static/site/query.js"' in query
    assert "page.js" not in query


def test_the_same_snapshot_gives_the_same_bytes_and_only_changes_are_written(
    source: SiteSource, tmp_path: Path
) -> None:
    first = write(source, tmp_path / "a", UNDERTAKING, "/search")
    second = write(source, tmp_path / "b", UNDERTAKING, "/search")
    assert first.digests == second.digests
    (tmp_path / "a" / "notes.txt").write_text("mine", "utf-8")
    (tmp_path / "a" / "search.html").write_text("changed", "utf-8")
    again = write(source, tmp_path / "a", UNDERTAKING, "/search")
    assert (again.written, again.digests) == (1, first.digests)
    fewer = write(source, tmp_path / "a", "/search")
    files = sorted(path.name for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert files == [SUMS, "notes.txt", "search.html"]
    assert (tmp_path / "a" / SUMS).read_text("utf-8") == f"{fewer.digests['search.html']}  search.html\n"


def test_what_processes_write_apart_is_the_same_site(source: SiteSource, snapshot: Snapshot, tmp_path: Path) -> None:
    whole = write(source, tmp_path / "a", UNDERTAKING, "/search")
    site = SiteFolder(tmp_path / "b")
    site.add(write(source, site.root, "/search"))
    site.digests.pop(SUMS)
    share = Share(snapshot.folder, BASE, None, words=False, out=site.root, paths=((UNDERTAKING, "/"),))
    done = write_share(share)
    assert (locate(UNDERTAKING) in done.seen, "/dataset" in done.waiting, done.broken) == (True, True, {})
    site.add(done.site)
    site.finish()
    assert site.digests == whole.digests


@pytest.mark.parametrize("name", ["../a.html", "doc/../../a.html", "/etc/a", "doc//a", "doc/a\0b"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(WorkspaceError, match="is no name of a file"):
        SiteFolder(tmp_path / "site").put(name, b"")
    assert not any(tmp_path.iterdir())


def test_a_folder_with_other_things_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine", "utf-8")
    with pytest.raises(WorkspaceError, match="no site of g7kg"):
        SiteFolder(tmp_path).prepare()


def test_a_plain_host_is_told_in_files(snapshot: Snapshot, tmp_path: Path) -> None:
    source = open_source(snapshot.folder, PLAIN, "https://sparql.example/query", words=False)
    write(source, tmp_path, UNDERTAKING, "/sitemap.xml", "/void.ttl")
    source.searcher.close()
    assert f"<loc>{PLAIN}{UNDERTAKING[1:]}.html</loc>" in (tmp_path / "sitemap.xml").read_text("utf-8")
    linkset = json.loads((tmp_path / f"linkset{UNDERTAKING}.json").read_text("utf-8"))["linkset"]
    assert linkset[0]["anchor"] == f"{PLAIN}{UNDERTAKING[1:]}.html"
    assert linkset[0]["cite-as"] == [{"href": IDENTIFIERS + UNDERTAKING.removeprefix("/doc/")}]
    page = (tmp_path / f"{UNDERTAKING[1:]}.html").read_text("utf-8")
    assert f'<link rel="canonical" href="{PLAIN}{UNDERTAKING[1:]}.html">' in page
    described = (tmp_path / "void.ttl").read_text("utf-8")
    assert "void:sparqlEndpoint <https://sparql.example/query>" in described
    assert f"void:openSearchDescription <{PLAIN}opensearch.xml>" in described


def test_the_description_names_no_endpoint_where_there_is_none(written: Path) -> None:
    assert "parqlEndpoint" not in (written / "dataset.ttl").read_text("utf-8")


def test_words_of_documents_are_left_out_unless_they_are_wanted(snapshot: Snapshot) -> None:
    texts, stated = graph_iri("texts"), graph_iri("registry")
    thing, words = NamedNode(f"{BASE}id/a"), NamedNode("https://schema.org/text")
    label = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    named = [Quad(thing, words, Literal("their words"), texts), Quad(thing, label, Literal("a"), stated)]
    store = Store()
    store.extend([*named, *(Quad(*quad.triple) for quad in named)])
    manifest = replace(snapshot.manifest, graphs={texts.value: 1, stated.value: 1}, texts=("a",), quads=4, default=2)
    held, told = hold_store(store, manifest, words=False)
    assert set(held) == {named[1], Quad(thing, label, Literal("a"), DefaultGraph())}
    assert (told.texts, told.graphs, told.quads, told.default) == ((), {stated.value: 1}, 2, 1)
    assert hold_store(store, manifest, words=True)[1] == manifest


def test_a_resource_has_all_links_to_it_in_one_file(source: SiteSource) -> None:
    statements = NamedNode(f"{BASE}ontology#Statement")
    quads = [*source.held.quads_for_pattern(None, None, statements, DefaultGraph())]
    links = {(quad.subject, quad.predicate) for quad in quads if isinstance(quad.subject, NamedNode)}
    described = asyncio.run(source.whole.describe(statements))
    assert described.following is None
    assert {(quad.subject, quad.predicate) for _, quad in described.links} == links
    assert len(links) > LINKS


def test_filters_and_orders_are_those_of_the_server(source: SiteSource) -> None:
    register = asyncio.run(read_tracked(source.whole)).register
    known = list_undertakings(register)["undertakings"]
    for asked in ({"status": "none-on-record", "sort": "-due"}, {"kind": "Request", "due": "stated", "sort": "label"}):
        criteria = read_criteria(asked.items())
        expected = [one.iri for one in register.read(narrow(register, criteria).matching)]
        fitting = [
            iri
            for iri, one in known.items()
            if all(value == one[name] or value in one[name] for name, value in criteria.narrowing.items())
        ]
        assert sorted(fitting, key=lambda iri: known[iri]["places"][criteria.sort]) == expected
        assert expected
    register.close()


def test_queries_with_parameters_are_bound_by_putting_a_term_in_their_places(source: SiteSource) -> None:
    told = describe_site(source.whole)["queries"]
    asked = [query for query in source.library.queries if query.parameters]
    assert len(asked) > 3
    for query in asked:
        english, terms = query.bind({one.name: one.example for one in query.parameters})
        text = told[query.name]["bound"]
        for one in query.parameters:
            if one.variable:
                text = text.replace(f"<{PLACE}{one.name}>", str(terms[one.variable]))
        expected = asyncio.run(source.whole.solve(english, terms))
        solutions = source.held.query(text)
        assert isinstance(solutions, QuerySolutions)
        kept = [column for column in (variable.value for variable in solutions.variables) if column not in terms]
        rows = {tuple(str(row[column]) for column in kept) for row in solutions}
        assert rows == {tuple(str(term) for term in row) for row in expected.rows}, query.name


def test_the_index_of_the_search_has_pages_only_and_no_words_of_documents(source: SiteSource) -> None:
    index = list_findable(source.whole)
    assert "text" not in index["columns"]
    width = 1 + len(index["columns"]) + 2
    assert {len(entry) for entry in index["entries"]} == {width}
    found = next(entry for entry in index["entries"] if entry[0].endswith("undertaking/digital-identity-mapping"))
    assert found[1]
    assert index["facets"][found[-2]][0].startswith(f"{BASE}ontology#")
