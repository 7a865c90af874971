"""Documents to units and sentences: no word lost, none invented."""

import hashlib
import re
from collections import Counter
from pathlib import Path

import pytest

from g7kg.errors import TextError
from g7kg.texts.entries import segment_catalogue
from g7kg.texts.normalisation import digest_text, normalise
from g7kg.texts.segmentation import segment
from g7kg.texts.sentences import split_sentences
from g7kg.texts.sources import read_sources
from g7kg.texts.units import Unit

TRENTO = "45af2ef976ab86494de2ae6c8507de4252de5fafcdb7a2ebfcc7caa803fe6421"
CSSII = "b7e68dcee37be02a320dfe1ac17c92011178d31670acfb1a05fe780153e6d837"
COMO = "7aff603e2dd55781d0bc9880c94974d23e05c9a7198e44c50c3424403ad4cb03"


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def count_sentences(units: tuple[Unit, ...]) -> int:
    return sum(len(split_sentences(unit.text)) for unit in units if unit.kind in {"paragraph", "bullet"})


@pytest.mark.parametrize("digest", [TRENTO, COMO, CSSII], ids=["trento", "como", "cssii"])
def test_the_units_hold_just_the_words_of_the_document_in_its_order(texts: Path, digest: str) -> None:
    source = read_sources(texts)[digest]
    units = segment_catalogue(source.text) if digest == CSSII else segment(source.text)
    assert words(" ".join(f"{unit.marker} {unit.text}" for unit in units)) == words(source.text)


def test_the_declaration_of_trento_is_segmented_exactly(texts: Path) -> None:
    units = segment(read_sources(texts)[TRENTO].text)
    ids = [unit.id for unit in units if unit.kind == "paragraph" and "/" not in unit.id]
    assert ids == [f"p{number}" for number in range(1, 63)]
    assert [unit.marker for unit in units if unit.id in ids] == [f"{number}." for number in range(1, 63)]
    assert [unit.id for unit in units if unit.kind == "annex"] == ["a1", "a2", "a3", "a4"]
    inside = Counter((unit.id.split("/")[0], unit.kind) for unit in units if "/" in unit.id)
    paragraphs = [inside[annex, "paragraph"] for annex in ("a1", "a2", "a3", "a4")]
    assert (paragraphs, [inside[owner, "bullet"] for owner in ("p24", "a1", "a2", "a3", "a4")]) == (
        [7, 5, 2, 3],
        [4, 0, 3, 3, 2],
    )
    assert count_sentences(units) == 179


def test_the_headings_of_trento_nest_as_printed(texts: Path) -> None:
    units = segment(read_sources(texts)[TRENTO].text)
    nested = {"h1": None, **dict.fromkeys(("h2", "h3", "h4"), "h1"), "h5": None}
    nested |= {**dict.fromkeys(("h6", "h7", "h8"), "h5"), "h9": None}
    assert {unit.id: unit.parent for unit in units if unit.kind == "section"} == nested
    parents = Counter(unit.parent for unit in units if unit.kind == "paragraph" and "/" not in unit.id)
    assert parents == {None: 18, "h2": 12, "h3": 10, "h4": 6, "h6": 5, "h7": 2, "h8": 4, "h9": 5}


def test_the_declaration_of_como_is_segmented_exactly(texts: Path) -> None:
    units = segment(read_sources(texts)[COMO].text)
    assert [(unit.kind, unit.id, unit.marker) for unit in units] == [
        ("paragraph", f"p{number}", "") for number in range(1, 12)
    ]
    assert count_sentences(units) == 23


def test_the_catalogue_page_is_segmented_exactly(texts: Path) -> None:
    units = segment_catalogue(read_sources(texts)[CSSII].text)
    assert [(unit.kind, unit.id) for unit in units] == [
        ("front", "front"),
        ("paragraph", "intro"),
        *(("entry", f"e{number:02d}") for number in range(1, 21)),
        ("back", "back"),
    ]
    titles = {unit.id: unit.marker for unit in units}
    assert (titles["e02"], titles["e18"], titles["e20"]) == (
        "G7 Charter for the Digitally Connected World",
        "Ise-Shima Cyber Group (ISCG)",
        "G7 Cyber Expert Group (CEG)",
    )
    assert sum(len(split_sentences(unit.text)) for unit in units if unit.kind in {"paragraph", "entry"}) == 29


def test_lines_of_prose_that_follow_each_other_are_one_entry() -> None:
    page = (
        "Home\n\nWelcome here.\n\nA Charter\n\nIt binds all.\n\nIt is short.\n\nA Group\n\nIt meets.\nchanged today\n"
    )
    assert [(unit.id, unit.marker, unit.text, unit.lines) for unit in segment_catalogue(page)] == [
        ("front", "", "Home", (1, 1)),
        ("intro", "", "Welcome here.", (3, 3)),
        ("e01", "A Charter", "It binds all. It is short.", (7, 9)),
        ("e02", "A Group", "It meets.", (13, 13)),
        ("back", "", "changed today", (14, 14)),
    ]


@pytest.mark.parametrize("label", ["ANNEX 1: ROADS", "Annex 1 – Roads", "Annex 1\n\nRoads"])
def test_an_annex_may_have_its_title_behind_its_label(label: str) -> None:
    units = segment(f"1. We care.\n\n{label}\n\nWe build roads. We mend them.\n")
    assert [(unit.kind, unit.id, unit.text.lower()) for unit in units] == [
        ("paragraph", "p1", "we care."),
        ("annex", "a1", "roads"),
        ("paragraph", "a1/p1", "we build roads. we mend them."),
    ]


def test_a_heading_of_two_lines_is_one_and_two_short_headings_are_two() -> None:
    long = "Roads, Bridges, Tunnels, Harbours and Everything Else"
    text = (
        f"1. We begin with a sentence that sets the width of lines.\n\n{long}\n\nThat Carries Traffic\n\n2. We end.\n"
    )
    assert [unit.text for unit in segment(text) if unit.kind == "section"] == [f"{long} That Carries Traffic"]
    short = segment(text.replace(long, "Roads"))
    sections = [(unit.text, unit.parent) for unit in short if unit.kind == "section"]
    assert sections == [("Roads", None), ("That Carries Traffic", "h1")]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Co-\n\noperation", "Co-operation"),
        ("whole-of- \nsociety", "whole-of-society"),
        ("pre- \nand post-war", "pre- and post-war"),
        ("roads – \nand bridges", "roads – and bridges"),
        ("  many \t blanks\u00a0here ", "many blanks here"),
        ("Communique\u0301", "Communiqué"),
    ],
)
def test_normalisation_n1(raw: str, expected: str) -> None:
    assert normalise(raw) == expected
    assert normalise(expected) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We met. We parted.", ["We met.", "We parted."]),
        ("Led by Sen. Butti and Mr. Urso. We met.", ["Led by Sen. Butti and Mr. Urso.", "We met."]),
        ("It said “stop.” Then 2024 came.", ["It said “stop.”", "Then 2024 came."]),
        ("We aim to:", ["We aim to:"]),
        ("See para. 4, i.e. the last.", ["See para. 4, i.e. the last."]),
        ("We met. États parties agreed.", ["We met.", "États parties agreed."]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in split_sentences(text)] == expected


def test_a_digest_names_its_algorithm() -> None:
    assert digest_text("é") == "sha256-" + hashlib.sha256(b"\xc3\xa9").hexdigest()


def test_documents_are_recognised_by_their_bytes_whatever_they_are_called(texts: Path, tmp_path: Path) -> None:
    for number, path in enumerate(texts.rglob("*.*")):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "renamed").write_bytes(path.read_bytes())
    assert read_sources(tmp_path).keys() == read_sources(texts).keys()


def test_a_folder_is_read_with_its_subfolders_but_not_what_is_hidden_or_no_text(tmp_path: Path) -> None:
    for name in ("a.txt", "leaders/b.md", "leaders/2023/C.TXT", "d", ".hidden/e.txt", ".f.txt", "g.pdf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, "utf-8")
    found = {source.text for source in read_sources(tmp_path).values()}
    assert found == {"a.txt", "d", "leaders/2023/C.TXT", "leaders/b.md"}


def test_a_text_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "latin.txt").write_bytes(b"one\ntwo \xe9\n")
    with pytest.raises(TextError) as caught:
        read_sources(tmp_path)
    message = "the text is not UTF-8 (save it again as UTF-8, or take it out of the folder)"
    assert str(caught.value) == f"{tmp_path}/latin.txt:2: {message}"


def test_a_missing_folder_of_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TextError, match="there is no such folder of texts"):
        read_sources(tmp_path / "nowhere")
