"""The speech act of a statement, from its first verb: the table of verbs is the scheme, what stands here is grammar."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Literal

from g7kg.build.graph import turtle_to_quads
from g7kg.rdf.vocab import SKOS, Term, graph_iri

_WORD: Final = re.compile(r"[^\W_]+(?:-[^\W_]+)*|[,;:]")
_FILLERS: Final = frozenset(
    re.findall(
        r"\w+",
        "a again all also an and but collectively continued deep deepest deeply especially ever firm firmly full fully"
        " further furthermore grave heartfelt hereby its jointly moreover once our particularly profound renewed"
        " serious shared sincere sincerest strong strongest strongly their therefore thus unwavering utmost warm warmly"
        " while whilst",
    )
)
"""Words beside a verb, or in its phrase, that change no speech act."""

_BE: Final = frozenset(["am", "are", "be", "been", "being", "is", "was", "were"])
_HAVE: Final = frozenset(["had", "has", "have"])
_RELATIVE: Final = frozenset(["it", "that", "these", "they", "this", "which", "who", "whose"])
_SHORT: Final = 4
"""Words of so many letters have no endings."""

_LONGEST: Final = 6
"""The most words of a verb's phrase."""

_SECOND: Final = frozenset(["consider", "promote", "support"])
"""Verbs that in a second statement of a sentence rather go on with what its first one promises than begin anew."""


_THIRD: Final = (
    ("announce", re.compile(r"\b(aims|intends|plans) to\b")),
    ("should", re.compile(r"\b(should|must)( not)? be\b")),
    ("describe", re.compile(r"\b(will|should)\b")),
)
"""What tells an act where others than the speakers act: the first that fits."""

_UNSPOKEN: Final = frozenset(["announce", "be-doing", "describe", "report", "state"])
"""Speech acts that no verb of speaking tells."""


@dataclass(frozen=True)
class Verbs:
    """The table: speech acts by the stems of the words of their verbs, and which bind the speakers, or anybody."""

    acts: Mapping[tuple[str, ...], str]
    commissive: frozenset[str]
    binding: frozenset[str]

    def find(self, words: Sequence[str]) -> str:
        """Return the act of the longest phrase of the table that ``words`` begin with, or nothing."""
        stems = tuple(map(_stem, words[:_LONGEST]))
        found = (self.acts[stems[:length]] for length in range(len(stems), 0, -1) if stems[:length] in self.acts)
        return next(found, "")


def read_verbs(path: Path) -> Verbs:
    """Return the table of the scheme in the Turtle file ``path``: the notations and other labels of its verbs.

    Raises ``WorkspaceError`` if it is not Turtle.
    """
    quads = list(turtle_to_quads(path, graph_iri("ontology")))
    classes = {quad.subject: _name(quad.object) for quad in quads if quad.predicate == SKOS("broader")}
    names = {verb: _name(verb) for verb in classes if _name(verb) not in _UNSPOKEN}
    labels = [(name.replace("-", " "), name) for name in names.values()]
    labels += [
        (quad.object.value, names[quad.subject])
        for quad in quads
        if quad.predicate == SKOS("altLabel") and quad.subject in names and isinstance(quad.object, Literal)
    ]
    commissive, directive = (
        frozenset(_name(verb) for verb, class_ in classes.items() if class_ == wanted)
        for wanted in ("commissive", "directive")
    )
    acts = {tuple(map(_stem, read_tokens(label))): name for label, name in labels}
    return Verbs(acts, commissive, commissive | directive)


def _name(concept: Term) -> str:
    return str(concept).rstrip(">").rpartition("/")[2]


def suggest_act(words: str, verbs: Verbs, before: str = "") -> str:
    """Return the speech act that ``words``, those of a statement, are likely to be.

    It is that of their first verb of speaking; ``before`` is the act of the statement before them, or above them, which
    goes on where they have neither such a verb nor a subject of their own.
    """
    tokens = read_tokens(words)
    opening = verbs.find(tokens)
    if opening and tokens[0] != "to":
        return before if before in verbs.commissive and opening in _SECOND else _refine(opening, tokens, verbs)
    spoken = _find_predicate(tokens, verbs)
    if spoken:
        return _read_predicate(spoken, verbs, before)
    return _read_rest(words, tokens, before)


def read_tokens(words: str) -> list[str]:
    """Return the words and inner signs of ``words`` that tell a speech act: small, in one spelling, without fillers."""
    plain = re.sub(r"[’']s\b|(?<=\bwe )(wish|would like) to ", "", words.lower())
    found = _WORD.findall(plain)
    return [re.sub(r"i[sz](e[sd]?|ing|ation)$", r"is\1", word) for word in found if word not in _FILLERS]


def _stem(word: str) -> str:
    if word in _BE:
        return "be"
    plain = re.sub(r"(ing|ed|ies|es|(?<=[^s])s|y)$", "", word) if len(word) > _SHORT else word
    return re.sub(r"([^aeiouls])\1$", r"\1", plain.removesuffix("e"))


def _find_predicate(tokens: Sequence[str], verbs: Verbs) -> Sequence[str]:
    """Return what stands behind the “we” that speaks: the first of all, that behind a comma, or before a verb."""
    places = [place + 1 for place, word in enumerate(tokens) if word == "we"]
    plain = [place for place in places if place == 1 or tokens[place - 2] == ","]
    plain += [place for place in places if verbs.find(tokens[place:]) and tokens[place - 2] not in {"as", "that"}]
    return tokens[plain[0] :] if plain else ()


def _read_predicate(words: Sequence[str], verbs: Verbs, before: str) -> str:
    if words[:1] == [","]:  # we, the ministers of …, met
        before = "report"
        words = words[words.index(",", 1) + 1 :] if "," in words[1:] else words
    first, second = (*words, "", "")[:2]
    past = first.endswith("ed") and _stem(first) != first
    if (act := verbs.find(words)) and not past:
        return _refine(act, words, verbs)
    if first in _BE:
        return "be-doing" if second.endswith("ing") else before or "state"
    if past or first in {"have", "had", "met", "led"}:
        return "report"
    return before or "state"


def _refine(act: str, words: Sequence[str], verbs: Verbs) -> str:
    if act == "look-forward":
        return "look-forward-to-doing" if any(word.endswith("ing") for word in words[3:4]) else act
    if act == "will":
        after = verbs.find(words[1:])
        return after if after in {"strive", "work-towards"} else act
    return act


def _read_rest(words: str, tokens: Sequence[str], before: str) -> str:
    """Return the act of ``words`` that have no “we” and do not begin with a verb of speaking."""
    first, second = (*tokens, "", "")[:2]
    if first in _RELATIVE or words.startswith("to "):
        return "state" if first in _RELATIVE and (_BE | _HAVE) & set(tokens[1:4]) else "describe"
    if words[:1].islower() and before:
        return "report" if first.endswith("ed") and second in {"with", "by"} else before
    if words.startswith("Our ") and "will" in tokens:
        return "will"
    return next((act for act, pattern in _THIRD if pattern.search(words)), "state")
