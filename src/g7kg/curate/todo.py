"""What is left to write in mappings, in words and in structure alike."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from g7kg.curate.drafts import Draft, get_text, list_fields, list_texts, read_number, walk_scalars
from g7kg.errors import Location
from g7kg.mapping.nodes import Fields
from g7kg.mapping.values import UNWRITTEN
from g7kg.rdf.vocab import KINDS

_SHARED = re.compile(rf"({'|'.join(sorted(KINDS))}):[a-z0-9-]+(/[a-z0-9-]+)*")


@dataclass(frozen=True)
class Task:
    """Something that is left: its kind (a key, or what is missing), and where."""

    kind: str
    location: Location


def list_tasks(drafts: Sequence[Draft]) -> Iterator[tuple[Draft, list[Task]]]:
    """Yield each of ``drafts``, which are all of a folder, with what is left in it, in the order of its lines."""
    entries = [entry for draft in drafts for entry in draft.entries]
    defined = {text.text for entry in entries for key, text in walk_scalars(entry) if key == "id"}
    adopted = {document for entry in entries for document in list_texts(entry, "adopted")}
    for draft in drafts:
        tasks = [task for entry in draft.entries for task in _list_unwritten(entry, defined)]
        tasks += _list_structure(draft, adopted)
        yield draft, sorted(tasks, key=lambda task: (task.location.line or 0, task.location.column or 0))


def _list_unwritten(entry: Fields, defined: set[str]) -> Iterator[Task]:
    for key, scalar in walk_scalars(entry):
        if UNWRITTEN.search(scalar.text):
            yield Task(key, scalar.location)
        elif (shared := _SHARED.fullmatch(scalar.text)) and not defined & {scalar.text, scalar.text.partition("/")[0]}:
            yield Task(f"unknown {shared[1]}", scalar.location)


def _list_structure(draft: Draft, adopted: set[str]) -> Iterator[Task]:
    document, *parts = draft.entries
    dated = document.get("issued") or get_text(document, "id") in adopted
    if "Declaration" in list_texts(document, "type") and not dated:
        yield Task("date (issued, or a meeting that adopted it)", document.location)
    scope = set(list_texts(document, "scope"))
    above = {get_text(part, "id"): get_text(part, "partOf") for part in parts}
    for part in parts:
        if scope.isdisjoint(_lineage(get_text(part, "id"), above)) and scope:
            continue
        spans = [span for statement in list_fields(part, "statements") for span in list_fields(statement, "span")]
        covered = [(read_number(span, "start"), read_number(span, "end")) for span in spans]
        start = 0
        for end in (int(text) for text in list_texts(part, "sentenceEnd") if text.isdecimal()):
            if not any(begin < end and start < stop for begin, stop in covered):
                yield Task("sentence without a statement", part.location)
            start = end


def _lineage(part: str, above: dict[str, str]) -> Iterator[str]:
    """Yield ``part`` and the parts that it is part of; each once, also where a draft goes in circles."""
    seen: set[str] = set()
    while part and part not in seen:
        seen.add(part)
        yield part
        part = above.get(part, "")
