"""What the fast engine is trusted with: the parts of SHACL in which it was compared with pySHACL, and agreed."""

from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox
from pyoxigraph import Literal

from g7kg.errors import ShapesError
from g7kg.rdf.vocab import RDF, SH
from g7kg.shacl.syntax import SWITCHES, find_recursive, refuse_ill_formed

_TRUSTED: Final = """
    targetClass targetNode targetSubjectsOf targetObjectsOf target select prefixes declare prefix namespace
    path inversePath alternativePath zeroOrMorePath oneOrMorePath zeroOrOnePath
    class datatype nodeKind minExclusive minInclusive maxExclusive maxInclusive hasValue in
    minLength maxLength pattern flags languageIn uniqueLang minCount maxCount
    equals disjoint lessThan lessThanOrEquals closed ignoredProperties and or xone property node not
    qualifiedValueShape qualifiedMinCount qualifiedMaxCount qualifiedValueShapesDisjoint
    deactivated severity message name description order group defaultValue
    conforms result focusNode value detail resultPath resultSeverity resultMessage
    sourceShape sourceConstraint sourceConstraintComponent
"""
TRUSTED: Final = frozenset(map(SH, _TRUSTED.split()))
"""The properties in SHACL's namespace that shapes may have: SHACL Core (https://www.w3.org/TR/shacl/) and targets by
SPARQL (https://www.w3.org/TR/shacl-af/#SPARQLTarget); a report in the file constrains nothing. Constraints by SPARQL,
components of one's own, rules, functions and expressions are not among them."""

_HINT: Final = "validate with pySHACL"


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
    queries = {quad.subject for quad in shapes.quads_for_object(SH("SPARQLTarget")) if quad.predicate == RDF("type")}
    if any(quad.object not in queries for quad in shapes.quads_for_predicate(SH("target"))):
        yield "the fast engine is trusted with no other sh:target than a sh:SPARQLTarget"
    if find_recursive(shapes):
        yield "the shapes refer to themselves"
