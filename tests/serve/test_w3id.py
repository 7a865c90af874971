"""The redirects of the prefix, run by Apache as w3id.org runs them, against a running server."""

import re
from collections.abc import Iterator

import httpx
import pytest
from tests.helpers.hosts import run_host
from tests.helpers.project import ROOT

from g7kg.build.snapshot import Snapshot

VERSION = re.findall(r'owl:versionInfo "(.*)"', (ROOT / "ontology" / "g7.ttl").read_text("utf-8"))[0]

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def w3id(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run Apache with the rules, whose target is ``server``; yield the address that stands for the prefix."""
    folder = tmp_path_factory.mktemp("apache")
    (folder / "www" / "g7kg").mkdir(parents=True)
    rules = (ROOT / "docs" / "w3id" / ".htaccess").read_text("utf-8")
    (folder / "www" / "g7kg" / ".htaccess").write_text(rules.replace("https://g7kg.example.org", server), "utf-8")
    with run_host("apache2", folder, folder / "www") as address:
        yield f"{address}g7kg"


@pytest.mark.parametrize(
    "path",
    [
        "/id/verona-trento-2024/p23/s1",
        "/id/undertaking/ai-public-sector-toolkit?after=x%20y",
        "/doc/organisation/oecd.ttl",
        "/ontology",
        f"/ontology/{VERSION}",
        "/shapes.ttl",
        "/scheme/topic/ai",
        "/graph/registry",
        "/dataset",
        "/releases.atom",
        "/context.jsonld",
        "/void.ttl",
        "/.well-known/void",
        "/sparql?query=ASK%20%7B%20%3Fs%20%3Fp%20%22a%2Bb%22%20%7D",
        "/",
    ],
)
def test_every_iri_leads_to_the_same_path_of_the_server(path: str, w3id: str, server: str) -> None:
    answer = httpx.get(w3id + path)
    assert (answer.status_code in {302, 303}, answer.headers["Location"]) == (True, server + path)
    found = httpx.get(w3id + path, headers={"Accept": "text/turtle, */*;q=0.1"}, follow_redirects=True)
    assert found.status_code == 200


def test_a_version_is_found_by_its_iri_and_what_is_no_iri_is_not(w3id: str, server: str, snapshot: Snapshot) -> None:
    path = f"/dataset/{snapshot.manifest.digest}/g7kg.nq.gz"
    assert httpx.get(w3id + path).headers["Location"] == server + path
    assert httpx.get(f"{w3id}/doc/a%20b%23c").headers["Location"] == f"{server}/doc/a%20b%23c"
    assert httpx.get(f"{w3id}/identity").status_code == 404
