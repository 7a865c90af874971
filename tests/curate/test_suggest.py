"""``g7kg curate suggest``: what statements may say, as comments that a curator confirms, and that no build reads."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.helpers.project import ROOT
from tests.helpers.suggestions import measure_statements
from tests.helpers.workspaces import EXAMPLE, make_workspace

from g7kg.cli import main
from g7kg.curate.drafts import read_drafts
from g7kg.curate.verbs import Verbs, read_verbs, suggest_act
from g7kg.mapping.workspace import Workspace
from g7kg.texts.sources import read_sources

TEXTS = EXAMPLE / "texts"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_workspace(tmp_path / "workspace", {"lakeside-2030": EXAMPLE / "skeleton.yaml"})


@pytest.fixture(scope="module")
def verbs() -> Verbs:
    return read_verbs(ROOT / "ontology" / "schemes" / "speech-act.ttl")


def run(root: Path, *arguments: str | Path) -> tuple[int, list[str]]:
    path = root / "mappings" / "lakeside-2030.yaml"
    done = CliRunner().invoke(main, ["curate", "suggest", str(path), *map(str, arguments), "--workspace", str(root)])
    return done.exit_code, done.output.splitlines()


@pytest.mark.parametrize("arguments", [("--texts", TEXTS / "lakeside-2030.txt"), ()])
def test_speech_acts_follow_from_the_words_and_from_cue_words(root: Path, arguments: tuple[str | Path, ...]) -> None:
    before = (root / "mappings" / "lakeside-2030.yaml").read_bytes()
    code, lines = run(root, *arguments)
    acts = [line.split()[1] for line in lines if line.startswith("  speechAct:")]
    assert (code, acts) == (0, ["report", "thank", "commit", "call-on", "look-forward"])
    assert (root / "mappings" / "lakeside-2030.yaml").read_bytes() == before


def test_what_is_written_into_a_mapping_stays_a_comment_and_is_replaced(root: Path) -> None:
    path = root / "mappings" / "lakeside-2030.yaml"
    skeleton = path.read_text("utf-8")
    assert run(root, "--texts", TEXTS, "--write")[0] == 0
    written = path.read_text("utf-8")
    assert "        speechAct: TODO #? commit\n" in written
    assert re.search(r"\n        topic: TODO #\? \[ministerial-process, .*\]\n", written)
    assert re.search(
        r"\n        #\? followUps: \{id: p3/s2/f1, followUpOf: undertaking:.*, status: TODO, .*\} # ", written
    )
    assert re.sub(r" #\? .*| *#\? .*\n", "", written) == skeleton
    confirmed = written.replace("TODO #? commit", "commit")
    path.write_text(confirmed, "utf-8")
    code, lines = run(root, "--texts", TEXTS, "--write")
    assert (code, lines) == (0, [f"{path}: suggestions for 5 statements stand behind #?"])
    assert path.read_text("utf-8") == confirmed
    code, lines = run(root, "p2/s1", "--texts", TEXTS)
    assert (code, lines[0], [line.split(":")[0].strip() for line in lines[1:]]) == (0, f"{path}:42: p2/s1", ["topic"])


def test_a_text_of_another_document_and_an_unknown_statement_are_refused(root: Path) -> None:
    other = root / "other.txt"
    other.write_text("1. We thank the OECD.\n", "utf-8")
    for arguments, message in ((("--texts", other), "this is not the text of"), (("p9/s1",), "has no statement p9/s1")):
        code, lines = run(root, *arguments)
        assert (code, message in lines[0]) == (2, True), lines


@pytest.mark.parametrize(
    ("words", "before", "act"),
    [
        ("We are strongly committed to acting.", "", "commit"),
        ("To this end, we will work to close the gap", "", "work-towards"),
        ("We look forward to further advancing it", "", "look-forward-to-doing"),
        ("Recognising its weight, we call for action", "", "recognise"),
        ("As we look ahead, we extend our gratitude to all", "", "thank"),
        ("We express our sincere gratitude to the agency", "", "thank"),
        ("We would like to thank our hosts", "", "thank"),
        ("We wish to pay tribute to the victims", "", "applaud"),
        ("We further urge all parties to refrain", "", "call-on"),
        ("We highlight the need for trust", "", "underline"),
        ("We need to act", "", "should"),
        ("The report shows that we can act", "", "state"),
        ("Rules should not be bent", "", "should"),
        ("which includes a plan", "welcome", "describe"),
        ("and strengthen our ties", "will", "will"),
        ("and support common standards", "will", "will"),
        ("and support common standards", "welcome", "support"),
        ("We discussed the findings", "", "report"),
    ],
)
def test_the_first_verb_of_the_speakers_tells_the_speech_act(words: str, before: str, act: str, verbs: Verbs) -> None:
    assert suggest_act(words, verbs, before) == act


def test_documents_are_suggested_from_what_the_others_say(workspace: Workspace, texts: Path) -> None:
    """All eight: ``python -m tests.helpers.suggestions``, whose numbers are in docs/mappings.md."""
    drafts, sources = read_drafts(workspace.mappings, workspace.root), dict(read_sources(texts))
    slugs = {"cernobbio-como-2024", "leaders-statement-december-2023"}
    assert measure_statements(drafts, sources, slugs) == {
        "statements": 73,
        "acts": 61,
        "first topics": 59,
        "some topic": 67,
        "followed": 14,
        "followed, found": 12,
        "restated": 13,
        "restated, found": 13,
    }
