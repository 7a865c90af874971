"""The text normalisation ``n1``: what a span counts its characters in.

Specified in ``ontology/schemes/normalisation.ttl`` (concept ``n1``); a change of behaviour is a new concept, never a
new meaning of the old one, because every digest and offset in the mappings depends on it.
"""

import hashlib
import re
import unicodedata
from typing import Final

NORMALISATION: Final = "n1"

_HYPHEN_AT_LINE_END = re.compile(r"(?<=\w)-[^\S\n]*\n\s*(?!(?:and|or)\b)(?=\w)")
_WHITE_SPACE = re.compile(r"\s+")


def normalise(text: str) -> str:
    """Return ``text`` in normalisation n1.

    Unicode NFC; a hyphen between two word characters swallows the white space behind it if that holds a line break (the
    hyphen stays: "Co-", "operation" become "Co-operation"), except before "and" and "or" ("pre- and post-"); any other
    run of white space becomes one space; none at the ends. Idempotent.
    """
    composed = unicodedata.normalize("NFC", text)
    joined = _HYPHEN_AT_LINE_END.sub("-", composed)
    return _WHITE_SPACE.sub(" ", joined).strip()


def digest_text(text: str) -> str:
    """Return the digest by which a mapping locks a text: ``sha256-`` and the hexadecimal SHA-256 of its UTF-8 bytes."""
    return "sha256-" + hashlib.sha256(text.encode()).hexdigest()
