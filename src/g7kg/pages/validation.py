"""The pages of validation: the report on the served snapshot, and the form to check RDF of one's own."""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.served import list_dumps
from g7kg.errors import DataError, WorkspaceError
from g7kg.pages.rendering import Page
from g7kg.pages.shapes import count_focus, select_requirements
from g7kg.pages.sources import read_sources
from g7kg.rdf.paths import read_path, write_path
from g7kg.rdf.vocab import graph_iri, shorten_iri
from g7kg.sandbox.exchange import DOCUMENTS
from g7kg.snapshot.manifest import REPORT

PATH: Final = "/validation"

EXAMPLE: Final = """\
@prefix g7: <https://w3id.org/g7kg/ontology#> .

<https://w3id.org/g7kg/id/lake-2030/p1/s1> a g7:Statement ;
  g7:gist "Ministers agree to look after the lake."@en .
"""
"""What the form holds before anybody has written anything."""

Result = Mapping[str, Any]
"""A finding as ``validation.to_json`` writes it."""


@dataclass(frozen=True)
class FoundGroup:
    """Findings of one shape: what it requires, the repair, and each finding with the path along which it was made."""

    sentence: str
    repair: str
    results: tuple[tuple[Result, str], ...]


def read_report(dataset: Dataset) -> bytes | None:
    """Return the report on the snapshot, ``None`` if it has none; ``WorkspaceError`` if it is not as written."""
    if REPORT not in dataset.manifest.files:
        return None
    path = dataset.folder / REPORT
    text = path.read_bytes()
    if hashlib.sha256(text).hexdigest() != dataset.manifest.files[REPORT]:
        raise WorkspaceError("the report is not as written", location=path, hint="build it again")
    return text


async def show_validation(dataset: Dataset) -> Page:
    """Return the page of the report on the snapshot; errors: see ``read_report``."""
    text, shapes = read_report(dataset), graph_iri("shapes")
    report: Result | None = None if text is None else json.loads(text)
    (groups, source), focus, nodes, documents = await asyncio.gather(
        select_requirements(dataset),
        dataset.select("focus-nodes-of-shapes", shapes=shapes),
        dataset.select("number-of-focus-nodes", shapes=shapes),
        dataset.select("documents-in-numbers"),
    )
    found = report["findings"] if report else ()
    group_of = {one.shape.iri: group.iri for group in groups for one in group.requirements}
    names = {iri: one.known_as for iri, one in read_sources(documents.rows).items()}
    values = {
        "report": report,
        "found": group_findings(found),
        "counts": Counter(group_of.get(one["sourceShape"], one["sourceShape"]) for one in found),
        "groups": groups,
        "focus": count_focus(groups, focus.rows),
        "nodes": next((int(row["nodes"]) for row in nodes.rows), 0),
        "verified": {iri: (name, iri.rpartition("/")[2] in dataset.manifest.texts) for iri, name in names.items()},
        "manifest": dataset.manifest,
        "dumps": {dump.name for dump in list_dumps(dataset)},
    }
    return Page("validation.html", values, (source, focus, nodes, documents) if report else ())


def group_findings(results: Iterable[Result]) -> tuple[FoundGroup, ...]:
    """Return the findings of a report by shape and message, the gravest first."""
    groups: dict[tuple[str, str, str], list[tuple[Result, str]]] = {}
    for result in results:
        key = (result["severity"], result["sourceShape"], result["message"])
        path = write_path(read_path(result["path"]), shorten_iri) if result["path"] else ""
        groups.setdefault(key, []).append((result, path))
    return tuple(_to_group(message, found) for (_, _, message), found in groups.items())


def _to_group(message: str, found: list[tuple[Result, str]]) -> FoundGroup:
    requirement, _, repair = message.partition("Repair:")
    _, colon, sentence = requirement.partition("): ")
    return FoundGroup((sentence if colon else requirement).strip(), repair.strip(), tuple(found))


@dataclass(frozen=True)
class Form:
    """The form in which RDF can be checked: what it holds, the name of its format, and what it says of the server:
    the seconds that a check may take, its address.
    """  # noqa: D205 - one sentence

    data: str
    form: str
    seconds: float
    address: str


def show_form(form: Form, problem: DataError | None = None) -> Page:
    """Return the page of ``form``; ``problem`` is why what it holds cannot be read."""
    return Page("validate.html", {"form": form, "documents": DOCUMENTS, "problem": problem, "report": None})


def show_outcome(form: Form, report: Result) -> Page:
    """Return the page that shows ``report`` on what ``form`` holds, and the form again."""
    page = show_form(form)
    return replace(page, values={**page.values, "report": report, "found": group_findings(report["findings"])})
