"""The nearest correct spelling."""

import difflib
from collections.abc import Iterable
from typing import Final

_SHOWN: Final = 24
"""How many names a message lists: about two lines of them."""

_NEAREST: Final = 6
"""How many it lists of more than that: those most like what was written."""

_MARGIN: Final = 0.15
"""How much less like the wrong name than the nearest one another may be, to be named beside it."""


def find_near(wrong: str, known: Iterable[str], cutoff: float = 0.6) -> list[str]:
    """Return at most three of ``known`` that ``wrong`` may stand for, each once, the nearest first.

    ``cutoff`` is the least likeness (0 to 1) of those that count.
    """
    near = difflib.get_close_matches(wrong, sorted({*known}), 3, cutoff)
    likeness = [difflib.SequenceMatcher(None, name, wrong).ratio() for name in near]
    return [name for name, like in zip(near, likeness, strict=True) if like > likeness[0] - _MARGIN]


def suggest(wrong: str, right: Iterable[str]) -> str:
    """Return a hint that names the correct spellings nearest to ``wrong``, or else what there is."""
    known = sorted({*right})
    near = find_near(wrong, known)
    if near:
        return "did you mean " + " or ".join(f"“{name}”" for name in near) + "?"
    if not known:
        return "there is none"
    if len(known) <= _SHOWN:
        return f"there is {', '.join(known)}"
    return f"the nearest of {len(known)}: {', '.join(difflib.get_close_matches(wrong, known, _NEAREST, 0))}"
