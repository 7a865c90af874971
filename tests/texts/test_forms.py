"""Declarations in the forms in which curators have them: the same units from each."""

from collections import Counter
from pathlib import Path

import pytest
from tests.helpers.forms import FORMS, find_differences, invent_document, markdown
from tests.helpers.tables import read_table

from g7kg.texts.plain import find_page_marks
from g7kg.texts.segmentation import segment
from g7kg.texts.units import Unit

TRAPS = read_table("traps")

LEADERS = {
    "2023-10-30-g7-leaders-statement-on-the-hiroshima-ai-process": {"paragraph": 3},
    "2023-05-20-g7-leaders-statement-on-economic-resilience-and-economic-security": {"paragraph": 8, "section": 10},
    "2023-12-06-g7-leaders-statement-6": {"paragraph": 50, "section": 10, "bullet": 9},
    "2024-06-14-g7-leaders-statement-8": {"paragraph": 216, "section": 32, "bullet": 18},
    "2023-05-20-g7-hiroshima-leaders-communique": {"paragraph": 69, "section": 23, "bullet": 36},
}
"""The documents of leaders by the names of their files, with the numbers of their parts."""

HIROSHIMA = "2023-05-20-g7-hiroshima-leaders-communique"


def read_leaders(texts: Path, name: str) -> tuple[Unit, ...]:
    path = texts / "leaders" / f"{name}.md"
    if not path.is_file():
        pytest.skip("needs the documents of leaders, which the project does not ship")
    return segment(path.read_text("utf-8"))


def describe(unit: Unit) -> str:
    place = f"{unit.id} in {unit.parent}" if unit.parent else unit.id
    return " ".join(filter(None, [f"{place}:", unit.marker, unit.text]))


@pytest.mark.parametrize("name", LEADERS)
def test_markdown_of_leaders_has_its_parts_and_no_marks(texts: Path, name: str) -> None:
    units = read_leaders(texts, name)
    assert Counter(unit.kind for unit in units) == {**LEADERS[name], "front": 1, "back": 1}
    assert len({unit.id for unit in units}) == len(units)
    assert [unit.id for unit in units if unit.kind != "back" and set("*\\#<>") & set(unit.text)] == []


def test_numbers_go_on_over_slips_in_print(texts: Path) -> None:
    numbered = [unit for unit in read_leaders(texts, HIROSHIMA) if unit.kind == "paragraph" and unit.number]
    assert [unit.id for unit in numbered] == [f"p{number}" for number in range(1, 67)]
    assert [(unit.number, unit.marker) for unit in numbered if unit.marker != f"{unit.number}."] == [("11", "11,")]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", LEADERS)
def test_leaders_have_the_same_parts_in_every_form(texts: Path, name: str, form: str) -> None:
    """With their titles and without, in turn."""
    title = ([*LEADERS].index(name) + [*FORMS].index(form)) % 2
    units = tuple(unit for unit in read_leaders(texts, name) if title or unit.kind != "front")
    assert find_differences(units, segment(FORMS[form](units))) == []


@pytest.mark.parametrize("form", [*FORMS, "markdown"])
def test_invented_documents_have_the_same_parts_in_every_form(form: str) -> None:
    write = markdown if form == "markdown" else FORMS[form]
    for seed in range(15):
        units = invent_document(seed)
        assert (seed, find_differences(units, segment(write(units)))) == (seed, [])


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name: str) -> None:
    units = segment(TRAPS[name]["text"])
    assert [describe(unit) for unit in units if unit.kind not in {"front", "back"}] == TRAPS[name]["units"]


def test_page_numbers_and_running_heads_are_no_words_of_the_document() -> None:
    text = "Lake Statement\n\nWe care for the water of all our lakes and\n\n1\n\nLake Statement\n\nfor fish.\n\n"
    text += "We met.\n\n- 2 -\n\nLake Statement\n\nWe parted.\n"
    assert [unit.text for unit in segment(text)] == [
        "Lake Statement",
        "We care for the water of all our lakes and for fish.",
        "We met.",
        "We parted.",
    ]


def test_markdown_is_known_by_its_marks_and_not_by_what_plain_text_has_too() -> None:
    plain = "We care * for water.\n\n* Swim.\n\n* Fish.\n\n# # #\n"
    assert [unit.kind for unit in segment(plain)] == ["paragraph", "bullet", "bullet", "back"]
    assert [unit.text for unit in segment("**Aims**\n\nWe care \\* for it.\n")] == ["Aims", "We care * for it."]


def test_numbers_and_slips_in_them_are_found_where_nothing_else_tells_paragraphs_apart() -> None:
    text = (
        "Lake Statement of all Ministers for Water\n"
        "1. We care for the water of all our lakes and\nfor fish.\n"
        "2, We fish in them all the year and we row on\nthem if we can.\nWe rest.\n"
        "3. We go home after that and sleep in our beds\nall night. In\n"
        "2031, We met again and\nagreed on it. We met in\n"
        "5. Lakes and swam in\nthem all.\n"
        "5. We row.\n"
        "9. We eat what we have found in the lake, and\nmore.\n"
        "13. We sleep in our beds all of the night, and\nmore.\n"
        "18. Nothing.\n"
    )
    units = [(unit.id, unit.marker, unit.lines) for unit in segment(text)[1:]]
    assert units == [
        ("p1", "1.", (2, 3)),
        ("p2", "2,", (4, 6)),
        ("p3", "3.", (7, 12)),
        ("p5", "5.", (13, 13)),
        ("p9", "9.", (14, 15)),
        ("p13", "13.", (16, 18)),
    ]


def test_a_unit_knows_its_lines_also_behind_breaks() -> None:
    text = "---\ntitle: Lake\n---\n**Water**\n\nWe care.  \nWe fish.\nWe eat.<br>We go.\n"
    assert [(unit.id, unit.lines) for unit in segment(text)] == [
        ("front", (1, 1)),
        ("h1", (4, 4)),
        ("p1", (6, 6)),
        ("p2", (7, 8)),
        ("p3", (8, 8)),
    ]


def test_the_title_on_each_page_and_what_stands_on_three_are_running_heads() -> None:
    text = (
        "Lake Care\n\nWe care.\n\nLake Care\n\nWe go.\n\n"
        + "Water Care\n\nWe met.\n\n" * 3
        + "Fish Care\n\nWe eat.\n\n" * 2
    )
    assert find_page_marks(text) == {5, 13, 17}
