"""``g7kg curate split`` and ``merge``: statements cut and put together, with spans that verify."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.helpers.pointers import verify
from tests.helpers.workspaces import EXAMPLE, make_workspace, read_statements

from g7kg.cli import main
from g7kg.texts.sources import read_source

TEXT = EXAMPLE / "texts" / "lakeside-2030.txt"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_workspace(tmp_path / "workspace", {"lakeside-2030": EXAMPLE / "lakeside-2030.yaml"})


def run(root: Path, verb: str, *arguments: str, text: Path = TEXT) -> Result:
    mapping = root / "mappings" / "lakeside-2030.yaml"
    return CliRunner().invoke(main, ["curate", verb, str(mapping), str(text), *arguments])


def check(path: Path) -> list[str]:
    """Return what is wrong with the pointers of the mapping when what it lacks is written."""
    written = path.read_text("utf-8").replace("speechAct: TODO", "speechAct: state").replace("topic: TODO", "topic: ai")
    filled, source = path.parents[1] / "filled.yaml", read_source(TEXT)
    filled.write_text(written.replace("gist: TODO", "gist: Written."), "utf-8")
    return verify(filled, {source.sha256: source})


def test_a_statement_is_cut_before_the_words_and_the_rest_stays(root: Path) -> None:
    path = root / "mappings" / "lakeside-2030.yaml"
    old = path.read_text("utf-8")
    done = run(root, "split", "p1/s1", "with the Lakeside Ministry", "--workspace", str(root))
    assert done.exit_code == 0, done.output
    statements = read_statements(path)
    assert list(statements)[:3] == ["p1/s1", "p1/s3", "p1/s2"]
    cues = {"firstWords": "with the Lakeside", "lastWords": "in the chair"}
    span = {"id": "p1/s3/span", **cues, "start": 82, "end": 141}
    assert statements["p1/s3"] == {**dict.fromkeys(("speechAct", "gist", "topic"), "TODO"), "id": "p1/s3", "span": span}
    assert check(path) == []
    new = path.read_text("utf-8")
    kept = re.sub(r"      - id: p1/s3\n(        .*\n){4}", "", new)
    differing = [pair for pair in zip(kept.splitlines(), old.splitlines(), strict=True) if pair[0] != pair[1]]
    assert [pair[1].split(":")[0].strip() for pair in differing] == ["span"]


def test_to_merge_undoes_to_split(root: Path) -> None:
    path = root / "mappings" / "lakeside-2030.yaml"
    before = path.read_bytes()
    assert run(root, "split", "p1/s1", "with the Lakeside Ministry", "--dry-run").exit_code == 0
    assert path.read_bytes() == before
    assert run(root, "split", "p1/s1", "with the Lakeside Ministry", "--workspace", str(root)).exit_code == 0
    assert path.read_bytes() != before
    assert run(root, "merge", "p1/s1", "p1/s3").exit_code == 0
    assert path.read_bytes() == before


def test_comments_below_a_statement_stay_with_it(root: Path) -> None:
    path = root / "mappings" / "lakeside-2030.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("      - id: p1/s2\n", "        #? mentions: x\n      - id: p1/s2\n"), "utf-8")
    before = path.read_bytes()
    assert run(root, "split", "p1/s1", "with the Lakeside Ministry").exit_code == 0
    assert "        #? mentions: x\n      - id: p1/s3\n" in path.read_text("utf-8")
    path.write_text(
        path.read_text("utf-8").replace("      - id: p1/s2\n", "        #? y\n      - id: p1/s2\n"), "utf-8"
    )
    assert run(root, "merge", "p1/s1", "p1/s3").exit_code == 0
    assert path.read_bytes() == before


def test_lines_end_as_they_did(root: Path) -> None:
    path = root / "mappings" / "lakeside-2030.yaml"
    before = path.read_bytes().replace(b"\n", b"\r\n")
    path.write_bytes(before)
    assert run(root, "split", "p1/s1", "with the Lakeside Ministry").exit_code == 0
    assert path.read_bytes().count(b"\r\n") == path.read_bytes().count(b"\n") == before.count(b"\n") + 5
    assert run(root, "merge", "p1/s1", "p1/s3").exit_code == 0
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("by the sea", "the span of p1/s1 does not have “by the sea”"),
        ("Lakeside", "the span of p1/s1 has 3 times “Lakeside”"),
        ("We, the", "the span of p1/s1 begins with “We, the”"),
    ],
)
def test_words_that_tell_no_place_change_nothing(root: Path, words: str, message: str) -> None:
    before = (root / "mappings" / "lakeside-2030.yaml").read_bytes()
    done = run(root, "split", "p1/s1", words)
    assert (done.exit_code, message in done.stderr) == (2, True), done.stderr
    assert (root / "mappings" / "lakeside-2030.yaml").read_bytes() == before


def test_to_split_again_at_the_same_words_is_refused(root: Path) -> None:
    assert run(root, "split", "p1/s1", "with the Lakeside Ministry").exit_code == 0
    before = (root / "mappings" / "lakeside-2030.yaml").read_bytes()
    assert "does not have" in run(root, "split", "p1/s1", "with the Lakeside Ministry").stderr
    assert (root / "mappings" / "lakeside-2030.yaml").read_bytes() == before


def test_a_retired_number_is_not_used_again(root: Path) -> None:
    (root / "ontology").unlink()
    catalogue = root / "ontology" / "catalogue"
    catalogue.mkdir(parents=True)
    iri = "https://w3id.org/g7kg/id/lakeside-2030/p1/s7"
    (catalogue / "retired.ttl").write_text(f"<{iri}> owl:deprecated true .\n", "utf-8")
    assert run(root, "split", "p1/s1", "with the Lakeside Ministry", "--workspace", str(root)).exit_code == 0
    assert list(read_statements(root / "mappings" / "lakeside-2030.yaml"))[:3] == ["p1/s1", "p1/s8", "p1/s2"]


def test_what_refers_to_a_merged_statement_is_told(root: Path) -> None:
    assert run(root, "split", "p1/s1", "with the Lakeside Ministry").exit_code == 0
    path = root / "mappings" / "lakeside-2030.yaml"
    path.write_text(
        path.read_text("utf-8").replace("      - id: p1/s2\n", "      - id: p1/s2\n        partOf: p1/s3\n")
    )
    done = run(root, "merge", "p1/s1", "p1/s3")
    assert done.exit_code == 1
    assert re.search(r":\d+:17: partOf still refers to p1/s3\n$", done.stderr)


def test_statements_that_do_not_touch_are_not_merged(root: Path) -> None:
    assert run(root, "split", "p1/s1", "with the Lakeside Ministry").exit_code == 0
    assert "between p1/s1 and p1/s2 stand words of neither" in run(root, "merge", "p1/s1", "p1/s2").stderr
    assert "are not two statements of one part" in run(root, "merge", "p1/s1", "p2/s1").stderr
    assert "there is no statement p9/s1" in run(root, "merge", "p9/s1", "p2/s1").stderr


def test_another_text_is_refused(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text(TEXT.read_text("utf-8").replace("in the chair", "as chair"), "utf-8")
    done = run(root, "split", "p1/s1", "with the Lakeside Ministry", text=other)
    assert done.exit_code == 2
    assert "the words of p1 are not those of the mapping" in done.stderr
