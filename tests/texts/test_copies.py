"""Words in a row."""

from __future__ import annotations

from g7kg.texts import list_runs


def test_a_run_has_nine_words_and_is_the_same_in_either_spelling() -> None:
    british = "Our centre’s programme – in favour of “human-centred” defence – analyses"
    american = "Our center's program, in favor of human-centered defense, analyzes"
    assert list_runs(british) == list_runs(american)
    assert list_runs(american) == ["our center's program in favor of human-centered defense analyzes"]
    assert list_runs("one two three four five six seven eight") == []
