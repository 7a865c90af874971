"""Words in a row, by which a sentence of our own is told from a copy."""

import re
from typing import Final

from g7kg.texts.cues import CUE_WORDS

_WORD: Final = re.compile(r"\w+(?:[-']\w+)*")

_AMERICAN: Final = (
    (re.compile(r"(?<=[a-z]{2})([iy])s(?=(e|es|ed|ing|ation|ations|er|ers)\b)"), r"\1z"),
    (re.compile(r"(?<=[a-z]{2})our(?=(s|ed|able|ful)?\b)"), "or"),
    (re.compile(r"\bcentre(?=s?\b)"), "center"),
    (re.compile(r"\bcentred\b"), "centered"),
    (re.compile(r"\bprogramme(?=s?\b)"), "program"),
    (re.compile(r"\bdefence\b"), "defense"),
)
"""What of British spelling texts of the United States have otherwise."""


def list_runs(text: str) -> list[str]:
    """Return every run of nine words of ``text``, one more than may be quoted, in order.

    The words are in small letters and without punctuation; British spelling is folded into American, as a copy in the
    other spelling is one, too.
    """
    text = text.lower().replace("’", "'")
    for british, american in _AMERICAN:
        text = british.sub(american, text)
    words = _WORD.findall(text)
    return [" ".join(words[first : first + CUE_WORDS + 1]) for first in range(len(words) - CUE_WORDS)]
