"""Syntax rules of SHACL (https://www.w3.org/TR/shacl/#syntax-rules).

What ill-formed shapes mean SHACL leaves open, and engines pass over much of it in silence. Here all are refused alike.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from g7kg.errors import ShapesError
from g7kg.rdf.paths import path_from_triples, read_list
from g7kg.rdf.vocab import RDF, SH, XSD

HINT: Final = "see https://www.w3.org/TR/shacl/#syntax-rules"

SWITCHES: Final = "closed deactivated uniqueLang qualifiedValueShapesDisjoint"
"""Properties whose values are true or false."""

_COUNTS: Final = "minCount maxCount minLength maxLength qualifiedMinCount qualifiedMaxCount"
_BOUNDS: Final = "minExclusive minInclusive maxExclusive maxInclusive"
_SINGLE: Final = f"{_COUNTS} {_BOUNDS} path datatype nodeKind in languageIn closed deactivated severity flags"
"""What a shape has once at most."""

_IRIS: Final = "class datatype equals disjoint lessThan lessThanOrEquals severity"
_TARGETS: Final = "targetClass targetSubjectsOf targetObjectsOf"
_SHAPES: Final = "node property not qualifiedValueShape"
_OF_PATHS: Final = "lessThan lessThanOrEquals minCount maxCount uniqueLang qualifiedValueShape"
"""What only property shapes have."""

_NEEDED: Final[tuple[tuple[str, str], ...]] = (
    ("qualifiedValueShape", "qualifiedMinCount qualifiedMaxCount"),
    ("qualifiedMinCount", "qualifiedValueShape"),
    ("qualifiedMaxCount", "qualifiedValueShape"),
    ("ignoredProperties", "closed"),
    *((name, "path") for name in _OF_PATHS.split()),
)
"""What means nothing by itself, and that of which it needs one."""

_PASSED_OVER: Final = frozenset({"qualifiedMinCount", "qualifiedMaxCount"})
"""What may stand in a node shape, too, and means nothing there, as the W3C's tests have it."""

_KINDS: Final = frozenset(
    SH(name) for name in ("BlankNode", "IRI", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral")
)
_TRUTHS: Final = frozenset({"true", "false", "1", "0"})

_RECURSIVE: Final = """
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT ?shape WHERE {
  ?shape (sh:node|sh:property|sh:not|sh:qualifiedValueShape|((sh:and|sh:or|sh:xone)/rdf:rest*/rdf:first))+ ?shape
}
ORDER BY ?shape
LIMIT 1
"""

_Check = Callable[[object], bool]


def _is_count(term: object) -> bool:
    return isinstance(term, Literal) and term.datatype == XSD("integer") and not term.value.startswith("-")


def _is_truth(term: object) -> bool:
    return isinstance(term, Literal) and term.datatype == XSD("boolean") and term.value in _TRUTHS


def _is_text(term: object) -> bool:
    return isinstance(term, Literal) and (term.language is not None or term.datatype == XSD("string"))


def _is_string(term: object) -> bool:
    return isinstance(term, Literal) and term.datatype == XSD("string")


def _is(*classes: type) -> _Check:
    return lambda term: isinstance(term, classes)


_VALUES: Final[tuple[tuple[str, _Check, str], ...]] = (
    (_COUNTS, _is_count, "no xsd:integer from 0 on"),
    (SWITCHES, _is_truth, "neither true nor false"),
    (f"{_IRIS} {_TARGETS}", _is(NamedNode), "no IRI"),
    (_SHAPES, _is(NamedNode, BlankNode), "no shape"),
    (_BOUNDS, _is(Literal), "no literal"),
    ("targetNode", _is(NamedNode, Literal), "neither an IRI nor a literal"),
    ("nodeKind", _KINDS.__contains__, "no node kind"),
    ("pattern flags", _is_string, "no string"),
    ("message", _is_text, "no text"),
)
"""Of which kind the values of properties are, and what is said of others."""

_LISTS: Final[tuple[tuple[str, _Check, str], ...]] = (
    ("and or xone", _is(NamedNode, BlankNode), "no shape"),
    ("languageIn", _is_string, "no string"),
    ("ignoredProperties", _is(NamedNode), "no IRI"),
    ("in", _is(NamedNode, BlankNode, Literal), "no term"),
)
"""The same for what is in lists."""


def find_ill_formed(shapes: ox.Dataset) -> list[tuple[str, str]]:
    """Return what is wrong in ``shapes``, in a stable order, each with the IRI of a shape that has it, or is near."""
    found = (*_find_values(shapes), *_find_lists(shapes), *_find_lacking(shapes))
    return sorted((_find_owner(shapes, node), problem) for node, problem in found)


def refuse_ill_formed(shapes: ox.Dataset) -> None:
    """Raise ``ShapesError`` with the first of ``find_ill_formed``."""
    for owner, problem in find_ill_formed(shapes):
        raise ShapesError(f"{owner}: {problem}", hint=HINT)


def find_recursive(shapes: ox.Dataset) -> str | None:
    """Return a shape that refers to itself, if there is one: what that means SHACL leaves open (section 3.4.3)."""
    store = ox.Store()
    store.extend(shapes)
    solutions = store.query(_RECURSIVE)
    found = solutions if isinstance(solutions, ox.QuerySolutions) else ()
    return next((str(solution["shape"]) for solution in found), None)


def find_undefined(shapes: ox.Dataset) -> list[str]:
    """Return the IRIs that ``shapes`` use as shapes and say nothing of: every node conforms to these."""
    used = [quad.object for _, quad in _list_stated(shapes, _SHAPES)]
    for _, quad in _list_stated(shapes, "and or xone"):
        used += read_list(shapes, quad.object)
    named = {node for node in used if isinstance(node, NamedNode)}
    return sorted(node.value for node in named if not any(shapes.quads_for_subject(node)))


def _list_stated(shapes: ox.Dataset, names: str) -> Iterator[tuple[str, Quad]]:
    return ((name, quad) for name in names.split() for quad in shapes.quads_for_predicate(SH(name)))


_Problem = tuple[object, str]


def _find_values(shapes: ox.Dataset) -> Iterator[_Problem]:
    for names, fits, what in _VALUES:
        for name, quad in _list_stated(shapes, names):
            if not fits(quad.object):
                yield quad.subject, f"sh:{name} is {quad.object}, which is {what}"
    single = {SH(name): name for name in _SINGLE.split()}
    for (node, predicate), count in Counter((quad.subject, quad.predicate) for quad in shapes).items():
        if count > 1 and predicate in single:
            yield node, f"sh:{single[predicate]} has {count} values, and there can be one"


def _find_lists(shapes: ox.Dataset) -> Iterator[_Problem]:
    for names, fits, what in _LISTS:
        for name, quad in _list_stated(shapes, names):
            try:
                wrong = [item for item in read_list(shapes, quad.object, strict=True) if not fits(item)]
            except ValueError as error:
                yield quad.subject, f"sh:{name} is {error}"
            else:
                yield from ((quad.subject, f"sh:{name} has {item}, which is {what}") for item in wrong)
    for quad in shapes.quads_for_predicate(SH("path")):
        try:
            path_from_triples(shapes, quad.object, strict=True)
        except ValueError as error:
            yield quad.subject, f"sh:path is {error}"


def _find_lacking(shapes: ox.Dataset) -> Iterator[_Problem]:
    def having(names: str) -> set[object]:
        return {quad.subject for _, quad in _list_stated(shapes, names)}

    for name, needed in _NEEDED:
        where = having("path") if name in _PASSED_OVER else having(name)
        for node in (having(name) & where) - having(needed):
            yield node, f"sh:{name} is there without sh:{needed.replace(' ', ' or sh:')}"
    used = {quad.object for quad in shapes.quads_for_predicate(SH("property"))}
    typed = {quad.subject for quad in shapes.quads_for_object(SH("PropertyShape")) if quad.predicate == RDF("type")}
    for node in (used | typed) - having("path"):
        yield node, "a property shape has no sh:path"
    for quad in shapes.quads_for_object(SH("NodeShape")):
        if quad.subject in having("path"):
            yield quad.subject, "a sh:NodeShape has sh:path"


def _find_owner(shapes: ox.Dataset, node: object) -> str:
    """Return the IRI of ``node``, or of what leads to it, if it has none; else that there is none."""
    seen = {node}
    while not isinstance(node, NamedNode):
        above = [quad.subject for quad in shapes.quads_for_object(node)] if isinstance(node, BlankNode) else []
        node = next((one for one in above if one not in seen), None)
        if node is None:
            return "a shape without an IRI"
        seen.add(node)
    return node.value
