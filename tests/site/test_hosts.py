"""A site behind Apache, nginx and the redirects of w3id.org, as their configurations in the documentation have it."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import rdflib
from tests.helpers.files import serve_files
from tests.helpers.hosts import run_host
from tests.helpers.programs import run_java
from tests.helpers.project import ROOT, quiet
from tests.helpers.sites import follow
from tests.helpers.snippets import read_blocks

from g7kg.build.snapshot import Snapshot
from g7kg.rdf.vocab import BASE
from g7kg.site.crawl import Crawl
from g7kg.site.folder import SiteFolder
from g7kg.site.source import open_source

pytestmark = pytest.mark.integration

FILE = "doc/undertaking/digital-identity-mapping"
THING = FILE.replace("doc/", "id/")
UNIT = "doc/verona-trento-2024/p23"
"""A resource that others stand below: its name is that of a folder, too."""

WRITTEN = (
    *("/", "/query", "/queries", "/undertakings", "/undertakings.csv", "/context.jsonld", "/ontology", "/dataset"),
    *("/graph/registry", "/scheme/speech-act/endorse", "/queries/chair-of-cernobbio-como"),
    *("/queries/chair-of-cernobbio-como.json", f"/{FILE}", f"/{UNIT}", f"/{UNIT}/s1"),
)


@pytest.fixture(scope="module")
def site(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with some of the site, each resource in every format."""
    folder = tmp_path_factory.mktemp("site")
    source = open_source(snapshot.folder, BASE, None, words=False)
    crawl = Crawl(source, SiteFolder(folder), quiet)
    follow(crawl, *WRITTEN)
    asyncio.run(crawl.write_indexes())
    source.searcher.close()
    (folder / "404.html").write_text("<p>there is nothing at this address", "ascii")
    return folder


@pytest.fixture(scope="module")
def host(site: Path) -> Iterator[str]:
    with serve_files(site) as address:
        yield address


@pytest.fixture(scope="module")
def w3id(host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run Apache as w3id.org runs it, with our rules, which lead to ``host``; yield the address of the prefix."""
    folder = tmp_path_factory.mktemp("w3id")
    rules = (ROOT / "docs" / "w3id" / "static" / ".htaccess").read_text("utf-8")
    (folder / "www" / "g7kg").mkdir(parents=True)
    (folder / "www" / "g7kg" / ".htaccess").write_text(rules.replace("https://g7kg.example.org/", host), "utf-8")
    with run_host("apache2", folder, folder / "www") as address:
        yield f"{address}g7kg/"


@pytest.fixture(scope="module", params=["apache2", "nginx"])
def plain(request: pytest.FixtureRequest, site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the site by Apache and by nginx as docs/publishing.md tells to; yield the address."""
    language = request.param.removesuffix("2")
    (block,) = (one for one in read_blocks(ROOT / "docs" / "publishing.md") if one.language == language)
    lines = block.text.replace("include mime.types", "include /etc/nginx/mime.types")
    with run_host(request.param, tmp_path_factory.mktemp(language), site, lines) as address:
        yield address


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("", "text/html"),
        ("query", "text/html"),
        ("queries/", "text/html"),
        ("queries", "text/html"),
        ("queries/chair-of-cernobbio-como", "text/html"),
        (UNIT, "text/html"),
        (f"{UNIT}/s1", "text/html"),
        (f"{UNIT}.ttl", "text/turtle"),
        (f"{UNIT}.jsonld", "application/ld+json"),
        (f"{UNIT}.nt", "application/n-triples"),
        (f"{UNIT}.nq", "application/n-quads"),
        (f"{UNIT}.trig", "application/trig"),
        (f"{UNIT}.rdf", "application/rdf+xml"),
        ("undertakings.csv", "text/csv"),
    ],
)
def test_a_plain_host_serves_pages_by_their_names_and_every_format_as_what_it_is(
    plain: str, path: str, kind: str
) -> None:
    answer = httpx.get(plain + path, headers={"Accept": "text/html,*/*;q=0.8"}, follow_redirects=True)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_plain_host_says_in_a_page_that_there_is_nothing(plain: str) -> None:
    answer = httpx.get(f"{plain}nothing")
    assert (answer.status_code, answer.text) == (404, "<p>there is nothing at this address")


@pytest.mark.parametrize("plain", ["apache2"], indirect=True)
@pytest.mark.parametrize("path", ["ontology", UNIT, FILE])
@pytest.mark.parametrize(
    ("accept", "suffix"), [("text/turtle", "ttl"), ("application/ld+json", "jsonld"), ("text/html", "html")]
)
def test_apache_answers_by_accept(plain: str, path: str, accept: str, suffix: str, site: Path) -> None:
    answer = httpx.get(plain + path, headers={"Accept": accept})
    assert answer.content == (site / f"{path}.{suffix}").read_bytes()


@pytest.mark.parametrize(
    ("path", "accept", "file"),
    [
        (THING, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", f"{FILE}.html"),
        (THING, "*/*", f"{FILE}.html"),
        (THING, "text/turtle", f"{FILE}.ttl"),
        (THING, "text/turtle;q=0, application/rdf+xml", f"{FILE}.rdf"),
        (THING, "application/ld+json", f"{FILE}.jsonld"),
        (THING, "application/n-triples", f"{FILE}.nt"),
        (THING, "application/trig", f"{FILE}.trig"),
        (THING, "application/n-quads", f"{FILE}.nq"),
        (THING, "application/json", f"{FILE}.json"),
        (THING, "text/csv", f"{FILE}.csv"),
        (f"{THING}.nt", "text/html", f"{FILE}.nt"),
        (FILE, "text/turtle", f"{FILE}.ttl"),
        ("ontology", "text/turtle", "ontology.ttl"),
        ("graph/registry", "application/json", "graph/registry.jsonld"),
        ("scheme/speech-act/endorse", "*/*", "scheme/speech-act/endorse.html"),
        ("dataset", "application/ld+json", "dataset.jsonld"),
        ("context.jsonld", "*/*", "context.jsonld"),
        ("undertakings", "text/csv", "undertakings.csv"),
        ("queries/chair-of-cernobbio-como", "application/json", "queries/chair-of-cernobbio-como.json"),
        ("", "text/html", "index.html"),
        ("sparql", "text/html", "query.html"),
    ],
)
def test_w3id_leads_to_the_file_that_accept_asks_for(w3id: str, host: str, path: str, accept: str, file: str) -> None:
    answer = httpx.get(w3id + path, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["location"]) == (303, host + file)
    assert httpx.get(host + file).status_code == 200


def test_w3id_tells_programs_that_there_is_no_endpoint(w3id: str) -> None:
    answer = httpx.get(f"{w3id}sparql?query=ASK%7B%7D", headers={"Accept": "application/sparql-results+json"})
    assert answer.status_code == 501
    assert answer.text.startswith("No SPARQL endpoint is published here.")


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own
def test_rdflib_and_curl_dereference_through_w3id(w3id: str) -> None:
    subject = rdflib.URIRef(BASE + THING)
    for form in ("turtle", "xml", "json-ld", "nt"):
        graph = rdflib.Graph().parse(w3id + THING, format=form)
        assert (subject, rdflib.RDF.type, rdflib.URIRef(f"{BASE}ontology#Undertaking")) in graph, form
    command = ["curl", "--silent", "--fail", "--location", "--header", "Accept: text/turtle", w3id + THING]
    shown = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert "g7:Undertaking" in shown


JENA = """
import org.apache.jena.riot.*;
import org.apache.jena.sparql.core.*;

public class Dereference {
    public static void main(String[] arguments) {
        for (Lang lang : new Lang[] {Lang.TURTLE, Lang.JSONLD, Lang.RDFXML, Lang.NTRIPLES, Lang.TRIG, Lang.NQUADS}) {
            DatasetGraph read = DatasetGraphFactory.createTxnMem();
            RDFParser.source(arguments[0]).acceptHeader(lang.getHeaderString()).parse(read);
            System.out.println(lang.getName() + " " + read.stream().count());
        }
        System.out.println("by itself " + RDFDataMgr.loadGraph(arguments[0]).size());
    }
}
"""


def test_jena_dereferences_through_w3id_in_its_formats(w3id: str, site: Path, tmp_path: Path) -> None:
    text = JENA.replace("arguments[0]", f'"{w3id}{THING}"')
    triples, quads = (len((site / f"{FILE}.{form}").read_text("utf-8").splitlines()) for form in ("nt", "nq"))
    told = [f"{name} {triples}" for name in ("Turtle", "JSON-LD", "RDF/XML", "N-Triples")]
    told += [f"TriG {quads}", f"N-Quads {quads}", f"by itself {triples}"]
    assert run_java(tmp_path, text).splitlines() == told
