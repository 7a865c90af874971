"""``g7kg curate refresh``: a mapping follows its text, and what does not follow is told."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.helpers.project import ROOT
from tests.helpers.workspaces import EXAMPLE

from g7kg.cli import main
from g7kg.texts.sources import read_sources

TEXT = EXAMPLE / "texts" / "lakeside-2030.txt"


def run(mapping: Path, text: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["curate", "refresh", str(mapping), str(text), *options])


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "lakeside-2030.yaml"
    path.write_bytes((EXAMPLE / "lakeside-2030.yaml").read_bytes())
    return path


def correct(tmp_path: Path, old: str, new: str) -> Path:
    text = TEXT.read_text("utf-8")
    assert old in text
    path = tmp_path / "corrected.txt"
    path.write_text(text.replace(old, new), "utf-8")
    return path


def changed_lines(done: Result) -> list[str]:
    return [line for line in done.stdout.splitlines() if re.match(r"[-+] ", line)]


@pytest.mark.parametrize("slug", ["verona-trento-2024", "cernobbio-como-2024", "cssii-2020"])
def test_all_that_follows_from_a_real_text_is_found_again_to_the_byte(texts: Path, tmp_path: Path, slug: str) -> None:
    """Comments, order and style stay: the only difference from the published file would be a wrong number."""
    published = (ROOT / "mappings" / f"{slug}.yaml").read_text("utf-8")
    stated = re.search(r"sourceDigest: (\w+)", published)
    assert stated
    source = read_sources(texts)[stated[1]]
    worn = re.sub(r"start: \d+, end: \d+", "start: 0, end: 1", published)
    worn = re.sub(r"\b(digest: sha256-|sourceDigest: )\w+", r"\g<1>0", worn)
    worn = re.sub(r"\b(length|order): \d+", r"\1: 7777", worn)
    path = tmp_path / f"{slug}.yaml"
    path.write_text(worn, "utf-8")
    done = run(path, source.path)
    assert (done.exit_code, done.stderr) == (0, "")
    refreshed = path.read_text("utf-8")
    assert [
        pair for pair in zip(refreshed.splitlines(), published.splitlines(), strict=True) if pair[0] != pair[1]
    ] == []
    assert run(path, source.path).stdout == "nothing has moved\n"
    assert path.read_text("utf-8") == refreshed


def test_a_corrected_word_moves_offsets_and_names_the_part_to_read_again(mapping: Path, tmp_path: Path) -> None:
    text = correct(tmp_path, "We thank the Lake", "We warmly thank the Lake")
    mapping.write_text(mapping.read_text("utf-8").replace("We thank", "We warmly thank"), "utf-8")
    before = mapping.read_bytes()
    dry = run(mapping, text, "--dry-run")
    assert mapping.read_bytes() == before
    done = run(mapping, text)
    assert done.stdout == dry.stdout
    assert done.exit_code == 0
    lines = changed_lines(done)
    assert {"-    length: 204", "+    length: 211", "+    sentenceEnd: [141, 211]"} <= set(lines)
    assert len([line for line in lines if "span" in line]) == 2
    assert done.stdout.splitlines()[-1] == "read again, their words have changed: p1"
    assert run(mapping, text).stdout == "nothing has moved\n"


def test_words_that_are_gone_are_told_with_the_nearest(mapping: Path, tmp_path: Path) -> None:
    text = correct(tmp_path, "We commit to", "We are committed to")
    line = mapping.read_text("utf-8").split("p2/s1/span")[0].count("\n") + 1
    done = run(mapping, text)
    assert done.exit_code == 1
    assert done.stderr == (
        f"{mapping}:{line}:15: p2/s1/span: “We commit to” is not in p2; nearest: “are committed to” at 3\n"
    )


def test_words_that_went_elsewhere_are_told_with_their_part(mapping: Path, tmp_path: Path) -> None:
    text = correct(tmp_path, "2. We commit", "2. We met.\n\n3. We commit")
    text.write_text(text.read_text("utf-8").replace("3. We call", "4. We call"), "utf-8")
    done = run(mapping, text)
    assert done.exit_code == 1
    assert "p2/s1/span: “We commit to” is not in p2; they stand in p3" in done.stderr
    assert "p3/s1/span: “We call on” is not in p3; they stand in p4" in done.stderr


def test_a_new_span_needs_cue_words_only(mapping: Path) -> None:
    text = mapping.read_text("utf-8")
    mapping.write_text(re.sub(r"(p2/s1/span, .*), start: \d+, end: \d+", r"\1", text), "utf-8")
    assert run(mapping, TEXT).exit_code == 0
    assert mapping.read_text("utf-8") == text


def test_cue_words_that_lead_elsewhere_are_chosen_anew(mapping: Path) -> None:
    text = mapping.read_text("utf-8")
    mapping.write_text(text.replace('firstWords: "We call on"', 'firstWords: "We"'), "utf-8")
    assert run(mapping, TEXT).exit_code == 0
    assert mapping.read_text("utf-8") == text


def test_a_text_of_something_else_changes_nothing(mapping: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("1. A tree stood there.\n\n2. It bore fruit.\n", "utf-8")
    before = mapping.read_bytes()
    done = run(mapping, other)
    assert done.exit_code == 2
    assert "the text has no words of this mapping" in done.stderr
    assert mapping.read_bytes() == before


def test_an_edition_has_its_own_digest_and_parts(mapping: Path, tmp_path: Path) -> None:
    edition = "    editions:\n      - id: edition/lake\n        publication: https://example.org/lake\n"
    text = mapping.read_text("utf-8").replace("    normalisation:", f"{edition}    normalisation:", 1)
    text = text.replace("        publication: https://example.org/lake\n", "\\g", 1).replace(
        "\\g", "        publication: https://example.org/lake\n        sourceDigest: 0\n"
    )
    mapping.write_text(text.replace("  - id: p3\n", "  - id: p3\n    wording: edition/lake\n"), "utf-8")
    other = correct(tmp_path, "these data", "all these data")
    done = run(mapping, other, "--edition", "edition/lake")
    assert done.exit_code == 0
    lines = changed_lines(done)
    assert {"-        sourceDigest: 0", "+    length: 137"} <= set(lines)
    assert done.stdout.splitlines()[-1] == "read again, their words have changed: p3"
    refused = run(mapping, other)
    assert refused.exit_code == 2
    assert "this is the text of another publication\n  hint: give --edition edition/lake\n" in refused.stderr
    assert "has no edition edition/x" in run(mapping, other, "--edition", "edition/x").stderr
