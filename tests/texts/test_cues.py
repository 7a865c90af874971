"""Cue phrases: the first words of a text included, and words that stand twice."""

from __future__ import annotations

import pytest

from g7kg.texts.cues import Cues, choose_cues

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
