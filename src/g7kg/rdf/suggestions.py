"""The nearest correct spelling."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def suggest(wrong: str, right: Iterable[str]) -> str:
    """Return a hint that names the correct spelling nearest to ``wrong``, or else what there is."""
    known = sorted(right)
    near = difflib.get_close_matches(wrong, known, n=1)
    if near:
        return f"did you mean “{near[0]}”?"
    if not known:
        return "define it first"
    shown = ", ".join(known[:24])
    return f"known: {shown}" + (" …" if len(known) > 24 else "")  # noqa: PLR2004 - a line's worth of names
