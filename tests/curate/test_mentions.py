"""``g7kg curate mentions``: names in the words are suggested, and never written."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner
from tests.helpers.project import ROOT
from tests.helpers.workspaces import EXAMPLE, make_workspace

from g7kg.cli import main
from g7kg.curate.drafts import Draft, get_text, list_fields, list_texts, read_draft
from g7kg.curate.mentions import read_names, suggest_mentions
from g7kg.texts import read_source, read_sources


def read_all(root: Path) -> list[Draft]:
    return [read_draft(path, path.name) for path in sorted((root / "mappings").rglob("*.yaml"))]


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


def test_nine_of_ten_mentions_of_the_published_mappings_are_found_and_few_others(texts: Path) -> None:
    """Of 400 mentions 363 are found (91 %); 21 things found beside are in no key of their statement.

    Ten of these are the United Nations in names of its bodies and texts.
    """
    drafts, sources = read_all(ROOT), read_sources(texts)
    stated = unnamed = surplus = 0
    for draft in drafts:
        source = sources.get(get_text(draft.entries[0], "sourceDigest"))
        if source:
            statements = [one for part in draft.entries for one in list_fields(part, "statements")]
            things = [thing for one in statements for thing in list_texts(one, "mentions")]
            stated += sum(not thing.startswith(("group:", "concept:", "undertaking:", "doc:")) for thing in things)
            found = list(suggest_mentions(draft, source, read_names(drafts, draft)))
            unnamed += sum(not one.name for one in found)
            surplus += sum(bool(one.name) for one in found)
    assert (stated, unnamed, surplus) == (400, 37, 21)


def find_things(folder: Path, words: str) -> set[str]:
    """Return what is suggested for a text of one paragraph."""
    text, mapping = folder / "lake.txt", folder / "lake-2031.yaml"
    text.write_text(f"1. {words}\n", "utf-8")
    root = make_workspace(folder / "workspace", {})
    scaffolded = CliRunner().invoke(main, ["scaffold", str(text), "--slug", "lake-2031", "--workspace", str(root)])
    mapping.write_text(scaffolded.stdout, "utf-8")
    draft = read_draft(mapping, mapping.name)
    return {one.thing for one in suggest_mentions(draft, read_source(text), read_names(read_all(root), draft))}


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
