"""Cue phrases: the first words of a text included, and words that stand twice."""

import pytest

from g7kg.texts.copies import list_runs
from g7kg.texts.cues import Cues, choose_cues
from g7kg.texts.units import Page, Unit, join_units

TEXT = "We met by the lake. We met again in autumn, and we agreed to look after its water, its shores and its fish."


@pytest.mark.parametrize(
    ("cues", "start", "end", "leads"),
    [
        (Cues("We met by the lake"), 0, 19, True),
        (Cues("We met", "the lake"), 0, 19, True),
        (Cues("We met"), 0, 6, True),
        (Cues("We met", "in autumn"), 20, 42, False),
        (Cues("We met", "in autumn", prefix="lake."), 20, 42, True),
        (Cues("We met", prefix="lake."), 0, 6, False),
        (Cues("met by"), 0, 9, False),
        (Cues("We met by the lake"), 0, 18, True),
        (Cues("We met by the lake"), 0, 17, False),
    ],
)
def test_cues_lead_to_one_span_only(cues: Cues, start: int, end: int, leads: bool) -> None:  # noqa: FBT001
    assert cues.lead_to(TEXT, start, end) is leads


def test_the_shortest_cues_that_lead_there_are_chosen() -> None:
    assert choose_cues(TEXT, 0, 19) == Cues("We met by the lake")
    assert choose_cues(TEXT, 20, 26) == Cues("We met", prefix="lake.")
    assert choose_cues(TEXT, 20, len(TEXT)) == Cues("We met again", "and its fish")


def test_a_span_of_eight_words_is_given_whole_and_one_of_nine_is_not() -> None:
    assert choose_cues(TEXT, 44, 81) == Cues("and we agreed to look after its water")
    assert choose_cues(TEXT, 44, 86) == Cues("and we agreed", "its water, its")
    assert choose_cues("a " * 20 + "b", 0, 39) is None


def test_a_page_has_a_line_a_unit_and_knows_where_each_begins() -> None:
    units = [
        Unit("paragraph", id_, None, "", text, (1, 1)) for id_, text in (("p1", "We met."), ("p2", ""), ("p3", "We"))
    ]
    assert join_units(units) == Page("We met.\n\nWe", {"p1": 0, "p2": 8, "p3": 9})


def test_a_run_has_nine_words_and_is_the_same_in_either_spelling() -> None:
    british = "Our centre’s programme – in favour of “human-centred” defence – analyses"
    american = "Our center's program, in favor of human-centered defense, analyzes"
    assert list_runs(british) == list_runs(american)
    assert list_runs(american) == ["our center's program in favor of human-centered defense analyzes"]
    assert list_runs("one two three four five six seven eight") == []
