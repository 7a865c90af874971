"""What the fast engine is trusted with: the parts of SHACL in which it was compared with pySHACL, and agreed."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Final

import pyoxigraph as ox
from pyoxigraph import Literal

from g7kg.errors import ShapesError
from g7kg.rdf.vocab import RDF, SH
from g7kg.shacl.syntax import SWITCHES, refuse_ill_formed

_TARGETS: Final = "targetClass targetNode targetSubjectsOf targetObjectsOf target"
_QUERIES: Final = "select prefixes declare prefix namespace"
_PATHS: Final = "path inversePath alternativePath zeroOrMorePath oneOrMorePath zeroOrOnePath"
_VALUES: Final = "class datatype nodeKind minExclusive minInclusive maxExclusive maxInclusive hasValue in"
_TEXTS: Final = "minLength maxLength pattern flags languageIn uniqueLang"
_PAIRS: Final = "minCount maxCount equals disjoint lessThan lessThanOrEquals closed ignoredProperties"
_LISTS: Final = "and or xone"
_SHAPES: Final = "property node not qualifiedValueShape"
_QUALIFIED: Final = "qualifiedMinCount qualifiedMaxCount qualifiedValueShapesDisjoint"
_REST: Final = "deactivated severity message name description order group defaultValue"

_REPORTS: Final = (
    "conforms result focusNode value detail resultPath resultSeverity resultMessage sourceShape sourceConstraint "
    "sourceConstraintComponent"
)

TRUSTED: Final = frozenset(
    SH(name)
    for names in (_TARGETS, _QUERIES, _PATHS, _VALUES, _TEXTS, _PAIRS, _LISTS, _SHAPES, _QUALIFIED, _REST, _REPORTS)
    for name in names.split()
)
"""The properties in SHACL's namespace that shapes may have: SHACL Core (https://www.w3.org/TR/shacl/) and targets by
SPARQL (https://www.w3.org/TR/shacl-af/#SPARQLTarget); a report in the file constrains nothing. Constraints by SPARQL,
components of one's own, rules, functions and expressions are not among them."""

_HINT: Final = "validate with pySHACL"
_REFERENCES: Final = frozenset(SH(name) for name in f"{_LISTS} {_SHAPES}".split()) | {RDF("first"), RDF("rest")}


def list_untrusted(shapes: ox.Dataset) -> list[str]:
    """Return the properties in SHACL's namespace that ``shapes`` use and ``TRUSTED`` lacks, in order."""
    strange = {quad.predicate.value for quad in shapes} - {term.value for term in TRUSTED}
    return sorted(iri for iri in strange if iri.startswith(SH.iri))


def check_trusted(shapes: ox.Dataset) -> None:
    """Raise ``ShapesError`` if ``shapes`` use anything else, refer to themselves, or are ill-formed."""
    if unknown := list_untrusted(shapes):
        raise ShapesError(f"the fast engine is not trusted with {', '.join(unknown)}", hint=_HINT)
    refuse_ill_formed(shapes)
    for problem in _find_problems(shapes):
        raise ShapesError(problem, hint=_HINT)


def _find_problems(shapes: ox.Dataset) -> Iterator[str]:
    paths = [quad.subject for quad in shapes.quads_for_predicate(SH("path"))]
    for quad in shapes.quads_for_predicate(SH("closed")):
        if quad.subject in paths:
            yield f"{quad.subject} is a property shape and has sh:closed"
    truths = (quad.object for name in SWITCHES.split() for quad in shapes.quads_for_predicate(SH(name)))
    if any(truth not in {Literal(value=True), Literal(value=False)} for truth in truths):
        yield "the fast engine is trusted with no other truth values than true and false"
    if any(quad.object != Literal("i") for quad in shapes.quads_for_predicate(SH("flags"))):
        yield "the fast engine is trusted with no other sh:flags than i"
    if any(not _is_sparql_target(shapes, quad) for quad in shapes.quads_for_predicate(SH("target"))):
        yield "the fast engine is trusted with no other sh:target than a sh:SPARQLTarget"
    if _is_recursive(shapes):
        yield "the shapes refer to themselves"


def _is_sparql_target(shapes: ox.Dataset, target: ox.Quad) -> bool:
    node = target.object
    if isinstance(node, Literal):
        return False
    types = [quad.object for quad in shapes.quads_for_subject(node) if quad.predicate == RDF("type")]
    return SH("SPARQLTarget") in types


def _is_recursive(shapes: ox.Dataset) -> bool:
    references: TopologicalSorter[str] = TopologicalSorter()
    for predicate in _REFERENCES:
        for quad in shapes.quads_for_predicate(predicate):
            references.add(str(quad.subject), str(quad.object))
    try:
        references.prepare()
    except CycleError:
        return True
    return False
