"""The pages of validation: the report on the served snapshot, and the form to check RDF of one's own."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from g7kg.sandbox.exchange import DOCUMENTS
from g7kg.errors import DataError, Location, NotFound, WorkspaceError
from g7kg.snapshot.manifest import REPORT
from g7kg.http.negotiation import HTML, Format, negotiate
from g7kg.rdf.paths import write_path
from g7kg.rdf.pathtext import read_path
from g7kg.rdf.vocab import IDENTIFIERS, graph_iri, shorten_iri
from g7kg.serve.answers import choose_variant, respond
from g7kg.dataset.served import list_dumps
from g7kg.pages.constraints import ShapeGroup
from g7kg.pages.register import read_sources
from g7kg.pages.rendering import render_page
from g7kg.pages.shapes import count_focus, select_requirements
from g7kg.dataset.selections import select
from g7kg.serve.site import Site, accept_of, address_of, site_of

PATH: Final = "/validation"

FORMATS: Final = (HTML, Format("json", "application/json"))

EXAMPLE: Final = """\
@prefix g7: <https://w3id.org/g7kg/ontology#> .

<https://w3id.org/g7kg/id/lake-2030/p1/s1> a g7:Statement ;
  g7:gist "Ministers agree to look after the lake."@en .
"""
"""What the form holds before anybody has written anything."""

_PASSING: Final = {"Cache-Control": "no-store"}

router = APIRouter(tags=["pages"])

Result = Mapping[str, Any]
"""A finding as ``validation.to_json`` writes it."""


@dataclass(frozen=True)
class FoundGroup:
    """Findings of one shape: what it requires, the repair, and each finding with the path along which it was made."""

    requirement: str
    name: str
    severity: str
    shape: str
    sentence: str
    repair: str
    results: tuple[tuple[Result, str], ...]


@router.get(PATH, response_class=Response)
@router.get(PATH + ".{extension}", response_class=Response)
async def validation(request: Request, extension: str = "") -> Response:
    """Show the report on the snapshot that is served; as JSON, the report as the build wrote it."""
    chosen = next((one for one in FORMATS if one.name == extension), None)
    if extension and chosen is None:
        raise NotFound(f"there is no {PATH}.{extension}", hint=f"there is {PATH}.json")
    chosen = chosen or negotiate(accept_of(request), FORMATS)

    async def produce() -> Response:
        text = read_report(site_of(request))
        if chosen is HTML:
            return await _show(request, None if text is None else json.loads(text))
        if text is None:
            raise NotFound("the snapshot was not validated", hint="g7kg build validates what it publishes")
        return Response(text, headers={"Content-Type": chosen.content_type})

    return await respond(request, choose_variant(request, "validation", chosen.name), produce)


def read_report(site: Site) -> bytes | None:
    """Return the report on the snapshot, ``None`` if it has none; ``WorkspaceError`` if it is not as written."""
    if REPORT not in site.manifest.files:
        return None
    path = site.folder / REPORT
    text = path.read_bytes()
    if hashlib.sha256(text).hexdigest() != site.manifest.files[REPORT]:
        raise WorkspaceError("the report is not as written", location=Location(str(path)), hint="build it again")
    return text


async def _show(request: Request, report: Result | None) -> Response:
    site, shapes = site_of(request), graph_iri("shapes")
    (groups, source), focus, nodes, documents = await asyncio.gather(
        select_requirements(request),
        select(request, "focus-nodes-of-shapes", shapes=shapes),
        select(request, "number-of-focus-nodes", shapes=shapes),
        select(request, "documents-in-numbers"),
    )
    names = {iri: one.known_as for iri, one in read_sources(documents.rows).items()}
    values = {
        "report": report,
        "found": group_findings(report["findings"] if report else ()),
        "counts": Counter(name_group(one["sourceShape"], groups) for one in report["findings"]) if report else {},
        "groups": groups,
        "focus": count_focus(groups, focus.rows),
        "nodes": next((int(row["nodes"]) for row in nodes.rows), 0),
        "verified": {iri: (name, iri.removeprefix(IDENTIFIERS) in site.manifest.texts) for iri, name in names.items()},
        "manifest": site.manifest,
        "dumps": {dump.name for dump in list_dumps(site)},
        "selections": (source, focus, nodes, documents) if report else (),
    }
    return render_page("validation.html", values)


def name_group(shape: str, groups: Iterable[ShapeGroup]) -> str:
    """Return the IRI of the group that ``shape`` belongs to; its own if it belongs to none."""
    found = (group.iri for group in groups if any(one.shape.iri == shape for one in group.requirements))
    return next(found, shape)


def group_findings(results: Iterable[Result]) -> tuple[FoundGroup, ...]:
    """Return the findings of a report by shape and message, the gravest first."""
    groups: dict[tuple[str, str, str], list[tuple[Result, str]]] = {}
    for result in results:
        key = (result["severity"], result["sourceShape"], result["message"])
        path = write_path(read_path(result["path"]), shorten_iri) if result["path"] else ""
        groups.setdefault(key, []).append((result, path))
    return tuple(_to_group(message, found) for (_, _, message), found in groups.items())


def _to_group(message: str, found: list[tuple[Result, str]]) -> FoundGroup:
    first = found[0][0]
    requirement, _, repair = message.partition("Repair:")
    _, colon, sentence = requirement.partition("): ")
    return FoundGroup(
        first["requirement"],
        first["name"] or "",
        first["severity"],
        first["sourceShape"],
        (sentence if colon else requirement).strip(),
        repair.strip(),
        tuple(found),
    )


def show_form(
    request: Request, data: str = EXAMPLE, form: str = "ttl", problem: DataError | None = None
) -> HTMLResponse:
    """Return the form in which RDF can be checked, with what was sent; ``problem`` is why that cannot be read."""
    values = _form(request, data, form) | {"problem": problem, "report": None}
    if problem is None:
        return render_page("validate.html", values)
    return render_page("validate.html", values, HTTPStatus.UNPROCESSABLE_ENTITY, _PASSING)


def show_outcome(request: Request, report: Result, data: str, form: str) -> HTMLResponse:
    """Return the page that shows ``report`` on ``data``, and the form again."""
    found = group_findings(report["findings"])
    values = {"problem": None, "report": report, "found": found}
    return render_page("validate.html", _form(request, data, form) | values, headers=_PASSING)


def _form(request: Request, data: str, form: str) -> dict[str, Any]:
    """Return what the form shows; ``form`` is the name of a format of RDF."""
    return {
        "data": data,
        "form": form,
        "documents": {name: media_type for media_type, name in DOCUMENTS.items()},
        "seconds": site_of(request).settings.pool.deadline,
        "address": address_of(request),
    }
