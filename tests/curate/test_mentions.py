"""``g7kg curate mentions``: names in the words are suggested, and never written."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.helpers.project import ROOT
from tests.helpers.suggestions import measure_mentions
from tests.helpers.workspaces import EXAMPLE, make_workspace

from g7kg.cli import main
from g7kg.curate.drafts import Draft, get_text, parse_draft, read_draft, read_drafts
from g7kg.curate.mentions import make_namer, suggest_mentions
from g7kg.errors import TextError
from g7kg.mapping.workspace import Workspace
from g7kg.texts.sources import Source, read_source, read_sources


def read_all(root: Path) -> list[Draft]:
    return read_drafts(root / "mappings", root)


def test_a_name_in_the_words_is_suggested_and_a_mention_without_one_is_told(tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "workspace", {"lakeside-2030": EXAMPLE / "lakeside-2030.yaml"})
    for entries in (EXAMPLE / "registry").glob("*.yaml"):
        with (root / "mappings" / "registry" / entries.name).open("a", encoding="utf-8") as registry:
            registry.write(entries.read_text("utf-8"))
    path = root / "mappings" / "lakeside-2030.yaml"
    written = path.read_text("utf-8")
    cut = re.sub(r"\n        (about|mentions): organisation:lake-statistics-office", "", written)
    path.write_text(cut.replace("id: p2/s1\n", "id: p2/s1\n        mentions: organisation:oecd\n"), "utf-8")
    before = path.read_bytes()
    text = EXAMPLE / "texts" / "lakeside-2030.txt"
    done = CliRunner().invoke(main, ["curate", "mentions", str(path), str(text), "--workspace", str(root)])
    assert done.exit_code == 0
    told = [line.partition(": ")[2] for line in done.output.splitlines()]
    assert "p1/s2: the words have “Lake Statistics Office”; mention organisation:lake-statistics-office?" in told
    assert "p2/s1: the words have no name of organisation:oecd" in told
    assert path.read_bytes() == before


def test_mentions_and_words_of_the_eight_documents_agree(workspace: Workspace, texts: Path) -> None:
    """All 388 mentions have their names in the words; of 395 names seven mean something else, and comments say so."""
    drafts, sources = read_all(workspace.root), dict(read_sources(texts))
    assert measure_mentions(drafts, sources) == (388, 0, 7)
    documents = [(draft, sources.get(get_text(draft.entries[0], "sourceDigest"))) for draft in drafts]
    told = [
        one
        for draft, source in documents
        if source
        for one in suggest_mentions(draft, source, make_namer(drafts, draft))
    ]
    assert told == []


def test_what_is_meant_all_the_same_is_a_link_with_its_reason_and_what_is_not_a_comment(tmp_path: Path) -> None:
    draft, source = make_draft(tmp_path, "The UN Charter counts for the OECD.")
    namer = make_namer(read_all(ROOT), draft)
    assert [one.thing for one in suggest_mentions(draft, source, namer)] == [
        "instrument:un-charter",
        "organisation:oecd",
    ]
    said = """topic: TODO
        # not organisation:oecd: another body of that name
        links:
          - id: p1/s1/l1
            from: p1/s1
            relation: mentions
            to: instrument:un-charter
            confidence: inferred
            reason: The words name it and no other."""
    explained = parse_draft(draft.path, draft.name, draft.text.replace("topic: TODO", said))
    assert list(suggest_mentions(explained, source, namer)) == []
    unexplained = parse_draft(draft.path, draft.name, explained.text.replace(": another body of that name", ""))
    assert [one.thing for one in suggest_mentions(unexplained, source, namer)] == ["organisation:oecd"]


def test_the_text_of_another_document_is_refused(tmp_path: Path) -> None:
    draft, source = make_draft(tmp_path, "The OECD reports.")
    other = replace(source, text=source.text.replace("OECD", "UN"))
    with pytest.raises(TextError, match=r"lake\.txt: this is not the text of lake-2031\.yaml"):
        list(suggest_mentions(draft, other, make_namer(read_all(ROOT), draft)))


def make_draft(folder: Path, words: str) -> tuple[Draft, Source]:
    """Return the skeleton of a text of one paragraph, and the text."""
    text, mapping = folder / "lake.txt", folder / "lake-2031.yaml"
    text.write_text(f"1. {words}\n", "utf-8")
    scaffolded = CliRunner().invoke(main, ["scaffold", str(text), "--slug", "lake-2031"])
    mapping.write_text(scaffolded.stdout, "utf-8")
    return read_draft(mapping, mapping.name), read_source(text)


def find_things(folder: Path, words: str) -> set[str]:
    """Return what is suggested for a text of one paragraph."""
    draft, source = make_draft(folder, words)
    return {one.thing for one in suggest_mentions(draft, source, make_namer(read_all(ROOT), draft))}


def test_names_count_in_plural_genitive_and_inside_longer_ones(tmp_path: Path) -> None:
    found = find_things(tmp_path, "The OECD’s work and the G7 members count.")
    assert found == {"organisation:oecd", "organisation:g7", "organisation:g7-members"}


def test_a_place_counts_by_itself_and_not_in_the_name_of_what_is_called_after_it(tmp_path: Path) -> None:
    for name, words, thing in (
        ("process", "The Hiroshima AI Process counts.", "initiative:hiroshima-ai-process"),
        ("place", "The meeting in Hiroshima counts.", "place:hiroshima"),
    ):
        (tmp_path / name).mkdir()
        assert find_things(tmp_path / name, words) == {thing}


def test_long_names_count_in_any_case_and_with_any_apostrophe(tmp_path: Path) -> None:
    found = find_things(tmp_path, "Data free flow with trust counts, and Italy’s G7 presidency in 2024.")
    assert found == {"initiative:dfft", "country:italy", "organisation:g7", "presidency:italy-2024"}
