"""What is told of a text that was cut into units: what was left out, and what is not sure."""

from pathlib import Path

import pytest
from tests.helpers.tables import read_table

from g7kg.texts.doubts import give_account
from g7kg.texts.segmentation import segment
from g7kg.texts.sentences import split_sentences

ABBREVIATED = "an abbreviation before a word that opens sentences"


def doubts(text: str) -> list[str]:
    return [f"{doubt.line}: {doubt.text}" for doubt in give_account(text, segment(text)).doubts]


def test_an_account_counts_units_and_says_what_was_left_out() -> None:
    text = (
        "---\ntitle: Lake Statement\ndate: 2030-01-01\n---\n\n**Water**\n\n1\\. We care. We fish.\n\n- Swim.\n\n\\###\n"
    )
    account = give_account(text, segment(text))
    assert account.form == "Markdown"
    assert account.counts == {"section": 1, "paragraph": 1, "bullet": 1, "numbered": 1, "sentences": 3}
    assert account.left_out == ("front matter, lines 1 to 4: title, date", "footer, line 12: ###")
    printed = text.replace("**Water**", "# The Lake Statement\n\nLakeside, 1 January 2030\n\n## Water")
    assert give_account(printed, segment(printed)).left_out[1:3] == (
        "printed title and date, line 6: # The Lake Statement",
        "printed title and date, line 8: Lakeside, 1 January 2030",
    )
    assert account.doubts == ()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("We care for the water of all lakes and\nfor fish.\n\nWe met.\n", "plain text, wrapped lines"),
        ("Lake Statement\nWe care. " + "We fish. " * 30 + "\nWe met.\n", "plain text, a line a paragraph"),
        (
            "We care for the water of all lakes and\nfor fish.\nWe met.\nWe parted.\n",
            "plain text, wrapped lines with nothing between paragraphs",
        ),
    ],
)
def test_an_account_names_the_form(text: str, form: str) -> None:
    assert give_account(text, segment(text)).form == form


def test_page_numbers_are_left_out_and_told() -> None:
    text = "Lake Statement\n\nWe care.\n\n1\n\nWe met.\n"
    assert give_account(text, segment(text)).left_out == ("page numbers and running heads, lines 5",)


@pytest.mark.parametrize(
    ("body", "expected"), [pytest.param(*case.values(), id=name) for name, case in read_table("doubts").items()]
)
def test_doubts(body: str, expected: list[str]) -> None:
    assert doubts(f"Lake Statement of all Ministers for Water\n\n{body}") == expected


def test_markdown_with_a_mark_without_partner_is_doubted() -> None:
    assert doubts("# Lake Statement\n\nWe care.\n\nWe* fish.\n") == [
        "5: a mark of Markdown has no partner; it was taken out"
    ]


def test_a_text_without_title_is_doubted() -> None:
    assert doubts("We care.\n") == ["1: no title was found"]


def test_the_slips_of_a_real_document_are_told(texts: Path) -> None:
    path = texts / "leaders" / "2023-05-20-g7-hiroshima-leaders-communique.md"
    if not path.is_file():
        pytest.skip("needs the documents of leaders, which the project does not ship")
    told = doubts(path.read_text("utf-8"))
    assert [line for line in told if "printed" in line] == [
        "233: p11 is printed as “11, We …”",
        "652: p24 is printed as “24.We welcome …”",
    ]
    assert [line for line in told if "has no number" in line or "missing" in line] == [
        "19: p1/p1 has no number: We are taking concrete steps to:",
        "38: p1/p2 has no number: as outlined in the reference documents of this …",
        "40: p1/p3 has no number: We are determined to work together and with …",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "See Fig. 2 of Jan. 2024, p. 4.",
        "Gov. Lee of Acme Inc. Tokyo met Sec. Roe and Lt. Gen. Kim.",
        "It is in Sec. 3, Vol. 2, Nos. 4 and 5, cf. Ch. 6.",
    ],
)
def test_abbreviations_end_no_sentence(text: str) -> None:
    assert split_sentences(text) == ((0, len(text)),)


def test_a_line_of_place_and_date_below_the_title_may_be_no_section() -> None:
    text = (
        "Statement on Lakes\n\nJune 3, 2030, Lakeside, Lakeland\n\n"
        + "We care for the water of all lakes. " * 9
        + "\n\nWe met.\n"
    )
    assert doubts(text) == ["3: h1 may be no section, but the place and date of the document"]


def test_a_heading_with_nothing_but_another_of_its_rank_below_is_doubted() -> None:
    text = "# Lake Statement\n\n## Aims\n\n### Lakes\n\n### Water\n\nWe care.\n"
    assert doubts(text) == ["5: nothing stands below the heading h2: Lakes"]


def test_what_is_long_is_told_with_its_first_line() -> None:
    text = "# Lake Statement\n\nWe care for all\nlakes.\n\n" + "We fish. " * 249 + "\nThey rest.\n\nWe go.\n"
    assert doubts(text) == ["6: p2 is very long: 2251 characters"]
