"""Words as they are compared in the index and in what people type."""

import re
import unicodedata
from typing import Final

_SIGN: Final = "[\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
_SIGNS: Final = re.compile(f"(?<={_SIGN})(?={_SIGN})")
_GAP: Final = "\u200b"
"""Stands between signs of scripts that put no space between words (UAX 29, section 4): FTS5 has no rule for them."""


def part_signs(text: str) -> str:
    """Return ``text`` with an invisible space between Chinese and Japanese signs: each is looked for as a word."""
    return _SIGNS.sub(_GAP, text)


def join_signs(text: str) -> str:
    """Return ``text`` as it was before ``part_signs``."""
    return text.replace(_GAP, "")


def fold(text: str) -> str:
    """Return the words of ``text`` in lower case, without diacritics and punctuation, with a space between them."""
    parted = unicodedata.normalize("NFKD", part_signs(text))
    plain = "".join(character for character in parted if not unicodedata.combining(character))
    return " ".join(re.findall(r"\w+", plain.lower()))
