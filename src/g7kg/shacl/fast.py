"""Validation by the engine of the package ``shacl``, several times as fast as pySHACL and held to its answers.

The package (https://github.com/pwin/SHACL_Engine) is written in Rust. Its SPARQL is
not used: version 0.3.4 compares no dates. Oxigraph finds the nodes of SPARQL targets.
"""

import io
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Final, TypeVar

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple

import shacl
from g7kg.errors import ShapesError
from g7kg.rdf.paths import read_path
from g7kg.rdf.terms import Term
from g7kg.rdf.vocab import SH
from g7kg.shacl.constraints import read_shapes
from g7kg.shacl.focus import find_focus_nodes, list_targets
from g7kg.shacl.report import Finding, Report, Severity
from g7kg.shacl.targets import add_imported_prefixes, select_targets
from g7kg.shacl.trusted import check_trusted

Result = TypeVar("Result")

ENGINE: Final = f"shacl {shacl.__version__}"
"""What reports call the engine."""

_OWN: Final = "urn:x-g7kg:fast:"
_NAMES: Final = NamedNode(_OWN + "names")
_NAMING: Final = NamedNode(_OWN + "naming")
_COMPONENT: Final = "ConstraintComponent"
_SEVERITIES: Final = {SH(severity.word.title()).value: severity for severity in Severity}


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
    selected = select_targets(graph, data)
    marks, naming = _mark_targets(selected)
    plain = (quad.triple for quad in graph if quad.predicate != SH("target"))
    findings = load_engine((*plain, *naming, *_target_classes(graph)))((*data, *marks))
    pairs = ((shape, node) for shape, nodes in selected.items() for node in nodes)
    return Report(findings, len(data), read_shapes(stated), ENGINE, find_focus_nodes(graph, data, pairs))


def load_engine(shapes: Iterable[Triple]) -> Callable[[Collection[Triple]], tuple[Finding, ...]]:
    """Return what gives the findings on triples, any number of times, under ``shapes``, which have no SPARQL targets.

    Raises ``ShapesError`` as ``validate_quads`` does.
    """
    stated = tuple(shapes)
    graph = ox.Dataset(Quad(*triple) for triple in stated)
    check_trusted(graph)
    messages = _read_messages(graph)
    compiled = _refuse_errors(lambda: shacl.Shapes.from_text(_write((*stated, *_naming())), "ntriples"))

    def find(data: Collection[Triple]) -> tuple[Finding, ...]:
        text = _write(chain(data, _name_blank_nodes(data)))
        results = _refuse_errors(lambda: compiled.validate_text(text, "ntriples").results)
        labels = {result.focus_node: result.value_plain or "" for result in results if _is_name(result)}
        findings = [_to_finding(result, labels, messages) for result in results if not _is_name(result)]
        return tuple(sorted(findings, key=lambda finding: finding.sort_key))

    return find


def _refuse_errors(call: Callable[[], Result]) -> Result:
    try:
        return call()
    except ValueError as error:
        raise ShapesError(f"the shapes cannot be used: {error}", hint="see https://www.w3.org/TR/shacl/") from error


def _write(triples: Iterable[Triple]) -> str:
    text = io.BytesIO()
    ox.serialize(triples, text, format=RdfFormat.N_TRIPLES)
    return text.getvalue().decode()


def _mark_targets(selected: Mapping[NamedNode | BlankNode, set[Term]]) -> tuple[list[Triple], list[Triple]]:
    """Return triples for the data and for the shapes which make the nodes of SPARQL targets targets of SHACL Core.

    In the data each node is the object of a property of its shape's own, and so can be a blank node or a literal.
    """
    marks: list[Triple] = []
    marked: list[Triple] = []
    for number, (shape, nodes) in enumerate(selected.items()):
        mark = NamedNode(f"{_OWN}target{number}")
        marked.append(Triple(shape, SH("targetObjectsOf"), mark))
        marks += [Triple(mark, mark, node) for node in nodes]
    return marks, marked


def _target_classes(shapes: ox.Dataset) -> Iterator[Triple]:
    """Yield the classes that are shapes as targets: the engine knows those of RDFS only, pySHACL those of OWL, too."""
    for shape, targets in list_targets(shapes).items():
        if (SH("targetClass"), shape) in targets:
            yield Triple(shape, SH("targetClass"), shape)


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


def _read_messages(shapes: ox.Dataset) -> dict[str, list[tuple[str, str | None]]]:
    """Return the messages of each shape and their languages: English before others, and always in the same order."""
    found: defaultdict[str, list[tuple[str, str | None]]] = defaultdict(list)
    stated = [(str(quad.subject), quad.object) for quad in shapes.quads_for_predicate(SH("message"))]
    texts = ((shape, text.value, text.language) for shape, text in stated if isinstance(text, Literal))
    for shape, text, language in sorted(texts, key=lambda item: (item[2] != "en", item[2] or "", item[1])):
        found[shape].append((text, language))
    return found


def _to_finding(
    result: shacl.Result, labels: Mapping[str, str], messages: Mapping[str, list[tuple[str, str | None]]]
) -> Finding:
    def text(term: str) -> str:
        label = labels.get(term)
        return _read_term(term) if label is None else "_:" + label.removeprefix(f"{_OWN}label:")

    unsaid = f"sh:{result.component.removesuffix(_COMPONENT)} is not satisfied"
    (message, language), *others = messages.get(result.source_shape or "", [(unsaid, None)])
    return Finding(
        _SEVERITIES.get(result.severity_iri, Severity.VIOLATION),
        text(result.focus_node),
        None if result.path is None else read_path(result.path),
        None if result.value is None else text(result.value),
        _read_term(result.source_shape or ""),
        result.component_iri,
        message,
        language=language,
        others=tuple(others),
        grade=None if result.severity_iri in _SEVERITIES else result.severity_iri,
    )


def _read_term(term: str) -> str:
    return term[1:-1] if term.startswith("<") else term
