"""What people type into a search box, and what it means.

``"Words in quotes"`` stand together in this order; ``-word`` or ``-"words"`` must not occur; the last word may be
unfinished. Everything else is a word like any other: nothing is an operator. A word stands for what ``synonyms.toml``
has as the same thing; words that carry no meaning are passed over beside others.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import Final

from g7kg.errors import RequestError
from g7kg.snapshot.folding import fold, part_signs

MOST_CHARACTERS: Final = 500
"""The longest text that is looked for."""

SHORTEST_BEGINNING: Final = 3
"""The fewest letters of an unfinished word: fewer begin too many."""

_QUOTES: Final = str.maketrans("“”„«»", '"""""')
_TERM: Final = re.compile(r'(?P<minus>-?)(?:"(?P<quoted>[^"]*)(?:"|$)|(?P<word>[^\s"]+))')


@dataclass(frozen=True)
class Term:
    """One word, or several that stand together: letters, numbers and whatever is between them, but no quotes."""

    text: str
    quoted: bool = False

    @property
    def phrase(self) -> str:
        """The term as FTS5 takes it (https://www.sqlite.org/fts5.html, section 3): a string, never an operator."""
        return f'"{part_signs(self.text)}"'

    def __str__(self) -> str:
        return self.phrase if self.quoted else self.text


@dataclass(frozen=True)
class Wording:
    """A search: the terms that must occur, those that must not, and whether the last may be the beginning of a word."""

    required: tuple[Term, ...]
    excluded: tuple[Term, ...] = ()
    unfinished: bool = False

    @property
    def key(self) -> str:
        """The words that must occur, folded as names are in the index."""
        return fold(" ".join(term.text for term in self.required))

    @property
    def beginning(self) -> str | None:
        """The folded letters that the last word begins with, if it may be unfinished and stands for itself."""
        last = self.required[-1].text if self.unfinished else ""
        return fold(last) if last and self.things[-1][0] == last else None

    def __str__(self) -> str:
        return " ".join([*map(str, self.required), *(f"-{term}" for term in self.excluded)])

    def to_match(self, completions: Sequence[str] = (), lacking: int = 0) -> str:
        """Return the full-text query; the last term may also be one of ``completions``, which are words.

        Of the things that are asked for, a result may lack as many as ``lacking``.
        """
        named = [*self.things[:-1], (*self.things[-1], *completions)]
        phrases = [" OR ".join(Term(name).phrase for name in names) for names in named]
        things = [f"({phrase})" if " OR " in phrase else phrase for phrase in phrases]
        some = [f"({' AND '.join(chosen)})" for chosen in combinations(things, len(things) - lacking)]
        match = some[0] if len(some) == 1 else f"({' OR '.join(some)})"
        if self.excluded:
            match += f" NOT ({' OR '.join(term.phrase for term in self.excluded)})"
        return match

    @property
    def things(self) -> tuple[tuple[str, ...], ...]:
        """What is asked for: all names of each thing, as it was typed first; a quotation has no other name."""
        meant = [term for term in self.required if term.quoted or fold(term.text) not in read_synonyms().stop]
        return tuple(_read_things(meant or self.required))


@dataclass(frozen=True)
class Synonyms:
    """Words that are passed over; names in the singular, each with all of the same thing; the words of the longest."""

    stop: frozenset[str]
    names: Mapping[str, tuple[str, ...]]
    longest: int


@cache
def read_synonyms() -> Synonyms:
    """Return what stands in ``synonyms.toml``."""
    told = tomllib.loads((files("g7kg.search") / "synonyms.toml").read_text("utf-8"))
    names = {_singular(name): tuple(same) for same in told["names"] for name in same}
    names |= {_singular(name): tuple(kind["are"]) for kind in told["kinds"] for name in kind["called"]}
    return Synonyms(frozenset(told["stop"]), names, max(name.count(" ") + 1 for name in names))


def _read_things(terms: Sequence[Term]) -> Iterator[tuple[str, ...]]:
    """Yield the names of each thing that ``terms`` name, the longest names first: “digital ID” rather than “ID”."""
    known, place = read_synonyms(), 0
    while place < len(terms):
        size = 1
        names: tuple[str, ...] = (terms[place].text,)
        for length in range(min(known.longest, len(terms) - place), 0, -1):
            run = terms[place : place + length]
            typed = " ".join(term.text for term in run)
            if _singular(typed) in known.names and not any(term.quoted for term in run):
                size, names = length, tuple(dict.fromkeys((typed, *known.names[_singular(typed)])))
                break
        yield names
        place += size


def _singular(name: str) -> str:
    return " ".join(word.removesuffix("s") if len(word) > 2 else word for word in fold(name).split())  # noqa: PLR2004


def read_wording(text: str) -> Wording:
    """Return what ``text`` asks for; what has neither letter nor number is passed over.

    A quotation that is not closed reaches to the end. Raises ``RequestError`` for more than ``MOST_CHARACTERS``.
    """
    if len(text) > MOST_CHARACTERS:
        hint = f"use at most {MOST_CHARACTERS} characters"
        raise RequestError(f"the text to look for has {len(text):,} characters", hint=hint)
    plain = "".join(
        " " if unicodedata.category(character).startswith("C") else character for character in text.translate(_QUOTES)
    )
    required: list[Term] = []
    excluded: list[Term] = []
    for found in _TERM.finditer(plain):
        quoted = found["quoted"] is not None
        term = Term(" ".join((found["quoted"] if quoted else found["word"]).split()), quoted)
        if any(map(str.isalnum, term.text)):
            (excluded if found["minus"] else required).append(term)
    last = required[-1] if required else Term("")
    ends_here = plain.endswith(last.text) and not last.quoted
    unfinished = ends_here and last.text.isalnum() and len(last.text) >= SHORTEST_BEGINNING
    return Wording(_drop_repeated(required), _drop_repeated(excluded), unfinished)


def _drop_repeated(terms: Sequence[Term]) -> tuple[Term, ...]:
    return tuple(dict.fromkeys(reversed(terms)))[::-1]
