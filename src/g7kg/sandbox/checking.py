"""A check: documents and shapes to a report that names the line of each focus node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from pyoxigraph import NamedNode, Quad, QuerySolutions, Store

from g7kg.errors import DataError, G7kgError, ShapesError
from g7kg.mapping.workspace import Workspace
from g7kg.sandbox.documents import Documents
from g7kg.sandbox.exchange import CheckOutcome, CheckRequest, Source
from g7kg.sandbox.reading import read_quads
from g7kg.shacl import RENDERINGS, Report, validate_quads
from g7kg.texts.files import read_json

_EVERYTHING: Final = b"""
@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:x:shape> a sh:NodeShape ; sh:targetNode <urn:x:node> ;
  sh:property [ sh:path <urn:x:path> ; sh:minCount 1 ; sh:pattern "x" ] ;
  sh:sparql [ sh:message "x" ; sh:select "SELECT $this WHERE { $this ?p ?o }" ] .
<urn:x:target> a sh:NodeShape ; sh:target [ a sh:SPARQLTarget ; sh:select "SELECT ?this WHERE { ?this ?p ?o }" ] ;
  sh:nodeKind sh:Literal ; sh:expression true ;
  sh:rule [ a sh:TripleRule ; sh:subject sh:this ; sh:predicate <urn:x:rule> ; sh:object 1 ] ,
    [ a sh:SPARQLRule ; sh:construct "CONSTRUCT { $this <urn:x:rule> 2 } WHERE { $this ?p ?o }" ] .
<urn:x:function> a sh:SPARQLFunction ;
  sh:parameter [ sh:path <http://x.example/argument> ] ; sh:ask "ASK { FILTER($argument) }" .
<urn:x:component> a sh:ConstraintComponent ; sh:parameter [ sh:path <http://x.example/wanted> ] ;
  sh:validator [ a sh:SPARQLAskValidator ; sh:ask "ASK { FILTER($value = $wanted) }" ] .
<urn:x:custom> a sh:NodeShape ; sh:targetNode <urn:x:node> ; <http://x.example/wanted> <urn:x:node> .
"""
"""A shape of every kind, data for itself."""


_CORE: Final = b"""
@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:x:shape> a sh:NodeShape ; sh:targetNode <urn:x:node> ; sh:property [ sh:path <urn:x:path> ; sh:minCount 1 ] .
"""
"""A shape that every engine knows."""

_RECURSIVE: Final = """
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT ?shape WHERE {
  ?shape (sh:node|sh:property|sh:not|sh:qualifiedValueShape|((sh:and|sh:or|sh:xone)/rdf:rest*/rdf:first))+ ?shape
}
ORDER BY ?shape
LIMIT 1
"""


def read_context(workspace: Workspace) -> dict[str, Any]:
    """Return the project's own JSON-LD context."""
    context: dict[str, Any] = read_json(workspace.ontology / "context.jsonld")
    return context


def load_engine(engine: str) -> None:
    """Have ``engine`` load all that it will need, because no file can be opened later on."""
    source = Source("engine", "ttl", _EVERYTHING if engine == "pyshacl" else _CORE)
    validate_quads(read_quads(source, {}), read_quads(source, {}), engine)


def check(
    request: CheckRequest, own: Iterable[Source], vocabulary: Iterable[Source], context: Mapping[str, Any]
) -> CheckOutcome:
    """Return the outcome of ``request``; where it has no shapes, ``own`` are used and ``vocabulary`` is known.

    Findings about the vocabulary itself are left out. Raises ``DataError`` if a document cannot be read,
    ``ShapesError`` if the shapes cannot be used.
    """
    documents = Documents(context)
    data = documents.read(request.data)
    shapes = _read_shapes(documents, request.shapes or own)
    known = [] if request.shapes else documents.read(vocabulary)
    _refuse_recursion(shapes)
    report = _keep(_validate([*data, *known], shapes, request.engine), data, known)
    located = report.locate(documents.locate(request.data))
    severity = max((finding.severity for finding in located.findings), default=None)
    return CheckOutcome(None if severity is None else severity.name, RENDERINGS[request.rendering].write(located))


def _refuse_recursion(shapes: list[Quad]) -> None:
    """Raise ``ShapesError`` if a shape refers to itself: what that means SHACL leaves open (section 3.4.3)."""
    store = Store()
    store.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in shapes)
    solutions = store.query(_RECURSIVE)
    for solution in solutions if isinstance(solutions, QuerySolutions) else ():
        name = str(solution["shape"])
        raise ShapesError(f"the shapes refer to themselves: {name}", hint="break the loop: SHACL does not define it")


def _read_shapes(documents: Documents, sources: Iterable[Source]) -> list[Quad]:
    try:
        return documents.read(sources)
    except DataError as error:
        raise ShapesError(error.message, location=error.location, hint=error.hint) from error


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


def _keep(report: Report, data: Iterable[Quad], known: Iterable[Quad]) -> Report:
    """Return ``report`` without findings about what is only in ``known``, and without counting its triples."""
    others = {_name(quad) for quad in known} - {_name(quad) for quad in data}
    findings = tuple(found for found in report.findings if found.focus_node not in others)
    return replace(report, findings=findings, quads=len({quad.triple for quad in data}))


def _name(quad: Quad) -> str:
    """Return the subject of ``quad`` as findings name it."""
    return quad.subject.value if isinstance(quad.subject, NamedNode) else str(quad.subject)

