"""A check: documents and shapes to a report that names the line of each focus node."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from itertools import chain
from typing import Any, Final

from pyoxigraph import Dataset, NamedNode, Quad

from g7kg.errors import DataError, G7kgError, Location, ShapesError
from g7kg.mapping.workspace import Workspace
from g7kg.rdf.suggestions import find_near
from g7kg.rdf.terms import from_term
from g7kg.rdf.vocab import RDF, SH, shorten_iri
from g7kg.sandbox.documents import Documents
from g7kg.sandbox.exchange import CheckOutcome, CheckRequest, Source
from g7kg.sandbox.imports import list_missing
from g7kg.sandbox.positions import locate_nodes
from g7kg.sandbox.reading import read_quads
from g7kg.shacl import RENDERINGS, Finding, Report, Severity, validate_quads
from g7kg.shacl.syntax import HINT, find_ill_formed, find_recursive, find_undefined
from g7kg.shacl.vocabulary import find_nearest, is_known
from g7kg.texts.files import read_json

NOTHING: Final = (0, 0)
"""What a report has checked where no shape found a target."""

_OWN: Final = "g7:"
_DEFINED_CLASSES: Final = "https://w3id.org/g7kg/shapes#GraphShape-91"


def read_context(workspace: Workspace) -> dict[str, Any]:
    """Return the project's own JSON-LD context."""
    context: dict[str, Any] = read_json(workspace.ontology / "context.jsonld")
    return context


def load_engine(engine: str) -> None:
    """Have ``engine`` load all that it will need, because no file can be opened later on."""
    shapes = files("g7kg.sandbox") / ("everything.ttl" if engine == "pyshacl" else "core.ttl")
    source = Source("engine", "ttl", shapes.read_bytes())
    validate_quads(read_quads(source, {}), read_quads(source, {}), engine)


def check(
    request: CheckRequest, own: Sequence[Source], vocabulary: Iterable[Source], context: Mapping[str, Any]
) -> CheckOutcome:
    """Return the outcome of ``request``; where it has no shapes, ``own`` are used and ``vocabulary`` is known.

    Findings about the vocabulary itself are left out. Raises ``DataError`` if a document cannot be read,
    ``ShapesError`` if the shapes cannot be used.
    """
    documents = Documents(context)
    data = documents.read(request.data)
    imports = dict(documents.imports)
    shapes = _read_shapes(documents, request.shapes or own)
    missing = [
        pair for pair in list_missing(request.shapes, documents.imports, shapes) if pair[1] not in request.unread
    ]
    if wanted := tuple(pair for pair in missing if pair[1].startswith("file:")):
        return CheckOutcome(None, "", wanted=wanted)
    known = [] if request.shapes else documents.read(vocabulary)
    merged = Dataset(Quad(*quad.triple) for quad in shapes)
    for iri, problem in find_ill_formed(merged):
        raise ShapesError(f"{iri}: {problem}", location=_locate(iri, request.shapes or own), hint=HINT)
    if name := find_recursive(merged):
        raise ShapesError(f"the shapes refer to themselves: {name}", hint="break the loop: SHACL does not define it")
    report = _keep(_validate([*data, *known] if known else data, shapes, request.engine), data, known)
    unread = (*request.unread, *dict.fromkeys(iri for _, iri in missing))
    beside = dict.fromkeys(iri for _, iri in list_missing(request.data, imports, chain(data, known)))
    notices = tuple(_note(report, unread, beside, find_undefined(merged)))
    noted = replace(_name_terms(report, data, known), notices=notices, least=Severity[request.least])
    places = documents.locate(request.data)
    found = (replace(finding, location=places.get(finding.focus_node)) for finding in noted.findings)
    located = replace(noted, findings=tuple(found))
    return CheckOutcome(located.gravest, RENDERINGS[request.rendering].write(located), report.checked == NOTHING)


def _note(report: Report, unread: Iterable[str], beside: Iterable[str], undefined: Iterable[str]) -> Iterator[str]:
    if report.checked == NOTHING:
        yield "nothing was checked: no node is a target of any shape"
    for iri in unread:
        yield f"the shapes import {iri}, which was not read: only files are; give it with --shapes"
    for iri in undefined:
        yield f"the shapes refer to {iri}, of which they say nothing: every node conforms to it"
    for iri in beside:
        yield f"the data import {iri}, which was not read: give it as a file, too, if it is to be checked with them"


def _name_terms(report: Report, data: Iterable[Quad], known: Iterable[Quad]) -> Report:
    """Return ``report`` with the nearest term in each finding of one that the ontology does not have."""
    terms = {name for name in map(_shorten, (quad.subject for quad in known)) if name.startswith(_OWN)}
    classes: dict[str, set[str]] = defaultdict(set)
    for quad in data if terms else ():
        if quad.predicate == RDF("type"):
            classes[from_term(quad.subject)].add(_shorten(quad.object))

    def hint(found: Finding) -> str:
        named = classes[found.focus_node] if found.source_shape == _DEFINED_CLASSES else {shorten_iri(str(found.path))}
        wrong = sorted(name for name in named - terms if name.startswith(_OWN))
        near = ((name, find_near(name, terms)) for name in wrong)
        return "".join(f" For {name}: did you mean {' or '.join(meant)}?" for name, meant in near if meant)

    findings = (replace(found, message=found.message + hint(found)) for found in report.findings)
    return replace(report, findings=tuple(findings)) if terms else report


def _shorten(term: object) -> str:
    return shorten_iri(term.value) if isinstance(term, NamedNode) else ""


def _read_shapes(documents: Documents, sources: Iterable[Source]) -> list[Quad]:
    """Return the quads of shapes; ``ShapesError`` if there is no shape, or a misspelt term, named with its place."""
    stated = list(sources)
    try:
        quads = documents.read(stated)
    except DataError as error:
        raise ShapesError(error.message, location=error.location, hint=error.hint) from error
    named = (term.value for quad in quads for term in quad.triple if isinstance(term, NamedNode))
    for iri in dict.fromkeys(named):
        if not is_known(iri):
            near = find_nearest(iri)
            hint = f"did you mean {near}?" if near else "see https://www.w3.org/TR/shacl/"
            message = f"SHACL has no term sh:{iri.removeprefix(SH.iri)}"
            raise ShapesError(message, location=_locate(iri, stated), hint=hint)
    if not any(SH.iri in str(term) for quad in quads for term in quad.triple) and not any(documents.imports.values()):
        place = Location(", ".join(source.name for source in stated))
        raise ShapesError("there is no shape in it", location=place, hint="give a file with SHACL shapes")
    return quads


def _locate(iri: str, sources: Iterable[Source]) -> Location | None:
    return next(filter(None, (locate_nodes(source, everywhere=True).get(iri) for source in sources)), None)


def _validate(data: list[Quad], shapes: list[Quad], engine: str) -> Report:
    try:
        return validate_quads(data, shapes, engine)
    except RecursionError as error:
        raise ShapesError("the shapes refer to themselves, or are nested too deep", hint="break the loop") from error
    except (MemoryError, G7kgError):
        raise
    except Exception as error:  # whatever an ill-formed shape makes the engine raise
        text = " ".join(str(error).split())[:300] or type(error).__name__
        raise ShapesError(f"the shapes cannot be used: {text}", hint="see https://www.w3.org/TR/shacl/") from error


def _keep(report: Report, data: Iterable[Quad], known: Sequence[Quad]) -> Report:
    """Return ``report`` without findings about what is only in ``known``, and without counting its triples."""
    if not known:
        return report
    others = {from_term(quad.subject) for quad in known} - {from_term(quad.subject) for quad in data}
    findings = tuple(found for found in report.findings if found.focus_node not in others)
    focus = None if report.focus is None else {shape: nodes - others for shape, nodes in report.focus.items()}
    return replace(report, findings=findings, quads=len({quad.triple for quad in data}), focus=focus)
