"""The worked example of the documentation: an invented declaration, from its text to a served page."""

import re
import subprocess
from pathlib import Path

import httpx
import pytest
import yaml
from tests.helpers.server import run_server
from tests.helpers.snippets import ROOT, environment, make_clone

from g7kg.build.snapshot import Snapshot
from g7kg.curate.scaffold import scaffold_mapping
from g7kg.texts import DOCUMENT_KINDS, read_source

EXAMPLE = ROOT / "docs" / "example"
TEXT = EXAMPLE / "texts" / "lakeside-2030.txt"


def read_statements(path: Path) -> dict[str, dict[str, object]]:
    parts = yaml.safe_load(path.read_text("utf-8"))["@graph"]
    return {statement["id"]: statement for part in parts for statement in part.get("statements", [])}


def test_the_skeleton_is_what_scaffold_writes() -> None:
    assert (EXAMPLE / "skeleton.yaml").read_text("utf-8") == scaffold_mapping(
        read_source(TEXT), "lakeside-2030", DOCUMENT_KINDS["Declaration"]
    )


def test_the_finished_mapping_is_the_skeleton_with_its_meaning_written() -> None:
    skeleton, finished = (read_statements(EXAMPLE / name) for name in ("skeleton.yaml", "lakeside-2030.yaml"))
    assert {key: value["span"] for key, value in finished.items()} == {
        key: value["span"] for key, value in skeleton.items()
    }
    assert len(finished) == 5
    assert "TODO" not in (EXAMPLE / "lakeside-2030.yaml").read_text("utf-8")


@pytest.fixture
def clone(snapshot: Snapshot, tmp_path: Path) -> Path:
    """A clone with the example in its mappings."""
    clone = make_clone(tmp_path / "g7kg", snapshot.folder.parents[1])
    (clone / "mappings" / "lakeside-2030.yaml").write_bytes((EXAMPLE / "lakeside-2030.yaml").read_bytes())
    for entries in (EXAMPLE / "registry").glob("*.yaml"):
        with (clone / "mappings" / "registry" / entries.name).open("a", encoding="utf-8") as registry:
            registry.write(entries.read_text("utf-8"))
    return clone


def run_in(clone: Path, *arguments: str) -> str:
    command = [str(clone / ".venv" / "bin" / "g7kg"), *arguments]
    done = subprocess.run(
        command, cwd=clone, env=environment(clone), capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


@pytest.mark.soak
def test_the_example_conforms_and_is_served_with_its_statements_words_and_undertakings(
    clone: Path, tmp_path: Path
) -> None:
    texts = str(EXAMPLE / "texts")
    checked = run_in(clone, "validate", "--texts", texts, "--severity", "info")
    assert checked.startswith("words verified: lakeside-2030\n")
    assert re.search(r"conforms: [\d,]+ triples, [\d,]+ focus nodes checked by [\d,]+ shapes, no findings", checked)
    assert "published" in run_in(clone, "build", "--texts", texts)
    with (
        run_server(tmp_path / "log", "--snapshot", clone / "build", "--workers", "2") as server,
        httpx.Client(base_url=server.base, timeout=30, headers={"Accept": "text/html"}) as client,
    ):
        page = client.get("/doc/lakeside-2030")
        assert page.status_code == 200
        for key, statement in read_statements(EXAMPLE / "lakeside-2030.yaml").items():
            shown = client.get(f"/doc/lakeside-2030/{key}")
            assert shown.status_code == 200
            assert str(statement["gist"]).replace("'", "&#39;") in shown.text
        tracked = client.get("/queries/undertakings-of-debtor.json?debtor=organisation:lake-statistics-office").json()
        assert [row["what"] for row in tracked["rows"]] == ["Comparing the quality of the lakes’ data"]
        words = "We commit to publishing the water levels of all our lakes as open data by the end of the year."
        assert words in client.get("/doc/lakeside-2030/p2.ttl").text


def test_the_example_is_no_part_of_the_graph(snapshot: Snapshot) -> None:
    assert b"lakeside" not in (snapshot.folder / "g7kg.nq").read_bytes().lower()
