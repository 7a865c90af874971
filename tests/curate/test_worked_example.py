"""The worked example of the documentation: an invented declaration, from its text to a served page.

That it conforms beside all other documents is seen where the tutorial for curators is followed.
"""

from pathlib import Path

import pytest
from tests.helpers.project import QUICK, quiet
from tests.helpers.server import ask_server
from tests.helpers.workspaces import EXAMPLE, read_statements, write_small

from g7kg.build.snapshot import Snapshot, build_snapshot
from g7kg.curate.scaffold import scaffold_mapping
from g7kg.texts.kinds import DOCUMENT_KINDS
from g7kg.texts.sources import read_source

TEXT = EXAMPLE / "texts" / "lakeside-2030.txt"


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


@pytest.mark.soak
def test_the_example_is_served_with_its_statements_words_and_undertakings(tmp_path: Path) -> None:
    workspace = write_small(tmp_path / "lake", EXAMPLE / "lakeside-2030.yaml", EXAMPLE / "registry")
    snapshot = build_snapshot(workspace, workspace.output, EXAMPLE / "texts", quiet, QUICK)
    with ask_server(tmp_path / "log", "--snapshot", snapshot.folder, "--workers", "2") as (client, _):
        client.headers["Accept"] = "text/html"
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
