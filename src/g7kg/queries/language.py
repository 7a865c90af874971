"""Queries in another language: what they fetch as ``rdfs:label`` becomes the label in it, where there is one.

Everything that has a name has one English ``rdfs:label``; its names in other languages stand in ``skos:prefLabel``. So
a query is written for English, and asked in any language.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from g7kg.rdf.lexer import apply_edits, keywords, name_variable, read_tokens
from g7kg.rdf.vocab import SKOS

LANGUAGES: Final = {"en": "English", "fr": "français", "de": "Deutsch", "it": "italiano", "ja": "日本語"}
"""The languages that labels are in, by their tags; the first is that of ``rdfs:label``."""

ENGLISH: Final = next(iter(LANGUAGES))

_LABEL: Final = "rdfs:label"
_LABELLED: Final = re.compile(r"\brdfs:label\s+[?$]\w")
_ENDING: Final = frozenset(
    {"OPTIONAL", "FILTER", "BIND", "UNION", "VALUES", "GRAPH", "MINUS", "SELECT", "WHERE", "EXISTS", "NOT"}
)
"""Keywords before which triples end (SPARQL 1.1 Query Language, section 19.8, rules 54 and 56)."""


def fetches_labels(query: str) -> bool:
    """Whether ``query`` fetches the label of something."""
    return _LABELLED.search(query) is not None


@lru_cache(256)
def ask_in(query: str, language: str) -> str:
    """Return ``query``, one of our own, with the labels that it fetches in ``language``, or else in English.

    At the end of a group, or before its first BIND, stand for each ``?thing rdfs:label ?name`` in it a look for the
    other name and a choice; triples stay together, for engines order them. What a path to a label leads to gets a name.
    """
    if language == ENGLISH or not fetches_labels(query):
        return query
    return apply_edits(query, _find_edits(read_tokens(query), language))


@dataclass
class _Group:
    """A group that is being read: the subject of its present triples, what is to be said behind these, and later.

    ``names`` are the variables that it, or a group around it, binds later.
    """

    subject: str = ""
    labels: str = ""
    choices: str = ""
    names: frozenset[str] = frozenset()


def _find_edits(tokens: Sequence[re.Match[str]], language: str) -> Iterator[tuple[int, int, str]]:
    """Yield what becomes of pieces of the query: where each starts and ends, and the text in its place."""
    groups, depth = [_Group()], 0
    for n, token in enumerate(tokens):
        depth += (token[0] in {"(", "["}) - (token[0] in {")", "]"})
        words, group = keywords(token), groups[-1]
        if depth or token[0] in {")", "]"}:
            continue
        if token[0] in {".", "{", "}"} or words & _ENDING:
            place = token.end() if token[0] == "." else token.start()
            chosen = group.choices if token[0] == "}" or "BIND" in words else ""
            if group.labels or chosen:
                yield (
                    place,
                    place,
                    f"{'' if token[0] == '.' else ' . ' if group.subject else ' '}{group.labels}{chosen}",
                )
            groups[-1] = _Group(choices="" if chosen else group.choices, names=group.names)
            if token[0] == "{":
                groups.append(_Group(names=group.names))
            elif token[0] == "}":
                groups.pop()
        elif not group.subject:
            group.subject = token[0]
        elif token[0] == _LABEL and name_variable(tokens[n + 1]):
            yield _replace_label(group, tokens[n - 1 : n + 2], language)


def _replace_label(group: _Group, tokens: Sequence[re.Match[str]], language: str) -> tuple[int, int, str]:
    """Return the edit for a path's ``/rdfs:label ?name``, or ``rdfs:label ?name`` alone; ``group`` takes the rest."""
    before, label, variable = tokens
    name, thing = variable[0][1:], group.subject
    if name in group.names:  # one around it, or before, chooses
        return variable.start(), variable.end(), f"{variable[0]}_english"
    group.names |= {name}
    if before[0] != "/":
        group.choices += _choose(thing, name, language)
        return label.start(), variable.end(), f"{_LABEL} ?{name}_english"
    thing = f"?{name}_thing"
    group.labels += f"{thing} {_LABEL} ?{name}_english . "
    group.choices += _choose(thing, name, language)
    return before.start(), variable.end(), f" {thing}"


def _choose(thing: str, name: str, language: str) -> str:
    """Return the patterns that bind ``name`` to the label of ``thing`` in ``language``, or else to the English one."""
    return (
        f"OPTIONAL {{ {thing} <{SKOS('prefLabel').value}> ?{name}_other ."
        f' FILTER(LANG(?{name}_other) = "{language}") }}'
        f" BIND(COALESCE(?{name}_other, ?{name}_english) AS ?{name}) "
    )
