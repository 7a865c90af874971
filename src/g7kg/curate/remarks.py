"""Suggestions as lines of YAML, and as comments in a mapping: a curator confirms one by taking its sign away."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from g7kg.curate.drafts import Draft, Edit, get_text, list_texts
from g7kg.curate.suggestions import Suggestion
from g7kg.mapping.nodes import Scalar
from g7kg.mapping.values import TODO, UNWRITTEN

SIGN: Final = "#? "
"""What a suggestion in a mapping begins with."""

_OLD: Final = re.compile(r"^ *#\? .*\n|(?<=\S) #\? .*(?=\n)", re.MULTILINE)


def list_lines(suggestion: Suggestion, labels: Mapping[str, str]) -> dict[str, list[str]]:
    """Return what ``suggestion`` adds to its statement, as the lines that could be written, by their keys.

    A speech act and topics are there where they are left to write; undertakings where the statement has none.
    ``labels`` are those of undertakings.
    """
    lines: dict[str, list[str]] = {}
    statement = suggestion.statement
    if _is_left(suggestion, "speechAct"):
        lines["speechAct"] = [suggestion.act]
    if suggestion.topics and _is_left(suggestion, "topic"):
        lines["topic"] = [_to_list(suggestion.topics)]
    if suggestion.mentions:
        things = sorted(suggestion.mentions)
        names = ", ".join(f"“{suggestion.mentions[thing]}”" for thing in things)
        lines["mentions"] = [f"{_to_list([*list_texts(statement, 'mentions'), *things])} # {names}"]
    if not (statement.get("expresses") or statement.get("followUps")):
        id_ = f"{get_text(statement, 'id')}/f1"
        for undertaking in suggestion.undertakings:
            report = f"{{id: {id_}, followUpOf: {undertaking}, status: {TODO}, confidence: {TODO}}}"
            key, value = ("expresses", undertaking) if suggestion.asks else ("followUps", report)
            lines.setdefault(key, []).append(f"{value} # {labels[undertaking]}")
    return lines


def write_remarks(draft: Draft, suggestions: Iterable[Suggestion], labels: Mapping[str, str]) -> str:
    """Return ``draft`` with ``suggestions`` as comments, in place of those that it has.

    What is suggested for a key that is left to write stands behind it; the rest stands behind its statement, one line
    each. Statements that are not written in lines have none.
    """
    edits: list[Edit] = [(found.span(), "") for found in _OLD.finditer(draft.text) if _is_ours(draft.text, found)]
    for suggestion in suggestions:
        if draft.text[suggestion.statement.extent[0]] != "{":
            edits += _remark(draft, suggestion, list_lines(suggestion, labels))
    return draft.change(edits)


def _is_ours(text: str, found: re.Match[str]) -> bool:
    """Whether a comment stands by itself or behind a key that suggestions are made for, and not in a text."""
    line = text[text.rfind("\n", 0, found.start()) + 1 : found.end()]
    return bool(re.match(r" *(#\?|(speechAct|topic): )", line))


def _remark(draft: Draft, suggestion: Suggestion, lines: Mapping[str, list[str]]) -> Iterator[Edit]:
    statement = suggestion.statement
    behind: list[str] = []
    for key, values in lines.items():
        value = statement.get(key)
        if isinstance(value, Scalar) and UNWRITTEN.search(value.text):
            yield (value.extent[1], value.extent[1]), f" {SIGN}{values[0]}"
        else:
            behind += [f"\n{' ' * ((statement.location.column or 1) - 1)}{SIGN}{key}: {one}" for one in values]
    end = draft.text.find("\n", statement.extent[1])
    end = len(draft.text) if end < 0 else end
    yield (end, end), "".join(behind)


def _is_left(suggestion: Suggestion, key: str) -> bool:
    texts = list_texts(suggestion.statement, key)
    return not texts or any(UNWRITTEN.search(text) for text in texts)


def _to_list(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
