"""The redirects of the prefix, run by Apache as w3id.org runs them, against a running server."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.helpers.project import ROOT

from g7kg.build.snapshot import Snapshot

CONFIGURATION = """
ServerRoot {root}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {root}/pid
User www-data
Group www-data
ErrorLog {root}/log
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule rewrite_module {modules}/mod_rewrite.so
DocumentRoot {root}/www
<Directory {root}/www>
  AllowOverride All
  Require all granted
</Directory>
"""
"""As little of Debian's Apache as the rules need."""

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def w3id(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run Apache with the rules, whose target is ``server``; yield the address that stands for the prefix."""
    program, modules = shutil.which("apache2", path="/usr/sbin:/usr/bin"), Path("/usr/lib/apache2/modules")
    if not program or not modules.is_dir():
        pytest.skip("needs apache2 (Debian)")
    root = tmp_path_factory.mktemp("apache")
    (root / "www" / "g7kg").mkdir(parents=True)
    root.chmod(0o755)
    rules = (ROOT / "docs" / "w3id" / ".htaccess").read_text("utf-8")
    (root / "www" / "g7kg" / ".htaccess").write_text(rules.replace("https://g7kg.example.org", server), "utf-8")
    for parent in (root, *list(root.parents)[:2]):
        parent.chmod(0o755)  # Apache, started by root, reads as another user
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (root / "conf").write_text(CONFIGURATION.format(root=root, port=port, modules=modules), "utf-8")
    with subprocess.Popen([program, "-X", "-f", str(root / "conf")]) as process:
        try:
            with httpx.Client(transport=httpx.HTTPTransport(retries=5)) as client:
                client.get(f"http://127.0.0.1:{port}/")
            yield f"http://127.0.0.1:{port}/g7kg"
        finally:
            process.terminate()
            process.wait(20)


@pytest.mark.parametrize(
    "path",
    [
        "/id/verona-trento-2024/p23/s1",
        "/id/undertaking/ai-public-sector-toolkit?after=x%20y",
        "/doc/organisation/oecd.ttl",
        "/ontology",
        "/ontology/1.1.1",
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
