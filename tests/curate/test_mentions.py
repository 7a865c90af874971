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


def test_nine_of_ten_mentions_of_the_published_mappings_are_found_and_nearly_no_others(texts: Path) -> None:
    """Of 262 mentions 242 are found (92 %); of what is found beside, three things are in no key of their statement."""
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
    assert (stated, unnamed, surplus) == (262, 20, 3)


def test_names_count_in_plural_genitive_and_inside_longer_ones(tmp_path: Path) -> None:
    text = tmp_path / "lake.txt"
    text.write_text("1. The OECD’s work and the G7 members count.\n", "utf-8")
    mapping = tmp_path / "lake-2031.yaml"
    root = make_workspace(tmp_path / "workspace", {})
    scaffolded = CliRunner().invoke(main, ["scaffold", str(text), "--slug", "lake-2031", "--workspace", str(root)])
    mapping.write_text(scaffolded.stdout, "utf-8")
    draft = read_draft(mapping, mapping.name)
    found = {one.thing for one in suggest_mentions(draft, read_source(text), read_names(read_all(root), draft))}
    assert found == {"organisation:oecd", "organisation:g7", "organisation:g7-members"}
