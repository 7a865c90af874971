"""Validation by the engine of the package ``shacl``, several times as fast as pySHACL and held to its answers.

The package (https://github.com/pwin/SHACL_Engine) is written in Rust. Its SPARQL is
not used: version 0.3.4 compares no dates. Oxigraph finds the nodes of SPARQL targets.
"""

import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import Final

import pyoxigraph as ox
from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, Triple

import shacl
from g7kg.errors import ShapesError
from g7kg.rdf.paths import read_path
from g7kg.rdf.vocab import SH
from g7kg.shacl.constraints import read_shapes, read_texts
from g7kg.shacl.focus import find_at_targets
from g7kg.shacl.report import SEVERITIES, Engine, Finding, Report, Severity
from g7kg.shacl.targets import add_imported_prefixes
from g7kg.shacl.trusted import check_trusted

ENGINE: Final = f"shacl {shacl.__version__}"
"""What reports call the engine."""

_OWN: Final = "urn:x-g7kg:fast:"
_NAMES: Final = NamedNode(_OWN + "names")
_NAMING: Final = NamedNode(_OWN + "naming")
_COMPONENT: Final = "ConstraintComponent"


def validate_quads(quads: Iterable[Quad], shapes: Iterable[Quad]) -> Report:
    """Return the report on the union of the graphs of ``quads`` under ``shapes``; nothing is inferred.

    The findings are those of the reference engine, but for the text of a message that the shapes do not give, for the
    labels of anonymous shapes, and for literals that are ill-typed or that SPARQL cannot compare: there pySHACL departs
    from SHACL. Raises ``ShapesError`` if the shapes are ill-formed, or use what the engine was not compared in
    (``trusted.TRUSTED``): no shape is passed over in silence.
    """
    stated = tuple(shapes)
    graph = ox.Dataset(Quad(*triple) for triple in add_imported_prefixes(quad.triple for quad in stated))
    check_trusted(graph)
    data = dict.fromkeys(quad.triple for quad in quads)
    findings, focus = find_at_targets([quad.triple for quad in graph], data, load_engine)
    return Report(findings, len(data), read_shapes(stated), ENGINE, focus)


def load_engine(shapes: Iterable[Triple]) -> Engine:
    """Return what gives the findings on triples, any number of times, under ``shapes``, which have no SPARQL targets.

    Raises ``ShapesError`` as ``validate_quads`` does.
    """
    stated = tuple(shapes)
    graph = ox.Dataset(Quad(*triple) for triple in stated)
    check_trusted(graph)
    saying = {quad.subject for quad in graph.quads_for_predicate(SH("message"))}
    messages = {str(shape): read_texts(graph, shape, "message") for shape in saying}
    with _refused():
        compiled = shacl.Shapes.from_text(_write((*stated, *_naming())), "ntriples")

    def find(data: Collection[Triple]) -> tuple[Finding, ...]:
        text = _write(chain(data, _name_blank_nodes(data)))
        with _refused():
            results = compiled.validate_text(text, "ntriples").results
        labels = {result.focus_node: result.value_plain or "" for result in results if _is_name(result)}
        findings = [_to_finding(result, labels, messages) for result in results if not _is_name(result)]
        return tuple(sorted(findings, key=lambda finding: finding.sort_key))

    return find


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ShapesError(f"the shapes cannot be used: {error}", hint="see https://www.w3.org/TR/shacl/") from error


def _write(triples: Iterable[Triple]) -> str:
    text = io.BytesIO()
    ox.serialize(triples, text, format=RdfFormat.N_TRIPLES)
    return text.getvalue().decode()


def _naming() -> list[Triple]:
    """Return a shape of our own that reports what each blank node is called: the engine drops its label."""
    path = BlankNode()
    return [
        Triple(_NAMING, SH("targetObjectsOf"), _NAMES),
        Triple(_NAMING, SH("path"), path),
        Triple(path, SH("inversePath"), _NAMES),
        Triple(_NAMING, SH("nodeKind"), SH("Literal")),
    ]


def _name_blank_nodes(data: Iterable[Triple]) -> Iterator[Triple]:
    nodes = {node.value for triple in data for node in (triple.subject, triple.object) if isinstance(node, BlankNode)}
    return (Triple(NamedNode(f"{_OWN}label:{label}"), _NAMES, BlankNode(label)) for label in nodes)


def _is_name(result: shacl.Result) -> bool:
    return result.source_shape == str(_NAMING)


def _to_finding(
    result: shacl.Result, labels: Mapping[str, str], messages: Mapping[str, list[tuple[str, str | None]]]
) -> Finding:
    def text(term: str) -> str:
        label = labels.get(term)
        return _read_term(term) if label is None else "_:" + label.removeprefix(f"{_OWN}label:")

    unsaid = f"sh:{result.component.removesuffix(_COMPONENT)} is not satisfied"
    (message, language), *others = messages.get(result.source_shape or "", [(unsaid, None)])
    return Finding(
        SEVERITIES.get(result.severity_iri, Severity.VIOLATION),
        text(result.focus_node),
        None if result.path is None else read_path(result.path),
        None if result.value is None else text(result.value),
        _read_term(result.source_shape or ""),
        result.component_iri,
        message,
        language=language,
        others=tuple(others),
        grade=None if result.severity_iri in SEVERITIES else result.severity_iri,
    )


def _read_term(term: str) -> str:
    return term[1:-1] if term.startswith("<") else term
