"""Terms bound to variables of a query by its text, which every service takes and every optimiser sees.

What is put into the text are VALUES blocks of terms as pyoxigraph writes them, so that a term stays one term whatever
it holds. This is for queries of our own; a query of a stranger has no bindings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from pyoxigraph import Literal, NamedNode

from g7kg.rdf.lexer import TOKEN, apply_edits, keywords, name_variable


@dataclass
class _Group:
    """A pair of braces: where a block can stand in it (``None``: nowhere), and the variables that it names.

    ``outer`` is the group around an EXISTS, for all that stands in there: it sees what is bound around it.
    """

    place: int | None
    outer: _Group | None = None
    names: set[str] = field(default_factory=set)


Value = NamedNode | Literal


def bind_terms(query: str, bindings: Mapping[str, Value | Sequence[Value]]) -> str:
    """Return ``query`` with the variables that ``bindings`` name bound to these terms, in every group that uses them.

    Of several terms each is one that the variable may be.

    A block in one place would not do: a FILTER sees what is bound in its own group only (SPARQL 1.1 Query Language,
    section 18.2.2), and an engine that works from within would read all there is first. Raises ``ValueError`` for a
    query without a group that can hold a block.
    """
    if not bindings:
        return query
    groups = [group for group in _find_groups(query, frozenset(bindings)) if group.place is not None]
    if not groups:
        raise ValueError("the query has no group that can hold VALUES")
    edits = []
    for group in groups:
        names, place = bindings if group is groups[0] else group.names, group.place or 0
        blocks = (f" VALUES ?{name} {{ {_write(bindings[name])} }}" for name in sorted(names))
        edits.append((place, place, "".join(blocks)))
    return apply_edits(query, edits)


def _write(terms: Value | Sequence[Value]) -> str:
    return " ".join(map(str, [terms] if isinstance(terms, NamedNode | Literal) else terms))


@lru_cache(256)
def _find_groups(query: str, names: frozenset[str]) -> list[_Group]:
    """Return what stands in braces, in the order of the opening ones, with those of ``names`` that occur in each."""
    found: list[_Group] = []
    stack: list[_Group] = []
    before = ""
    for token in TOKEN.finditer(query):
        words = keywords(token)
        before = next(iter(words & {"VALUES", "CONSTRUCT", "EXISTS"}), before)
        if token["mark"] == "{":
            found.append(_open_group(token.end(), before, stack[-1] if stack else None))
            stack.append(found[-1])
            before = ""
        elif token["mark"] == "}" and stack:
            stack.pop()
        elif stack and "SELECT" in words:
            stack[-1].place = None  # a sub-select begins with its SELECT
        elif stack and (name := name_variable(token)) in names:
            (stack[-1].outer or stack[-1]).names.add(name)
    return found


def _open_group(place: int, before: str, around: _Group | None) -> _Group:
    """Return the group whose brace ends at ``place``, after the keyword ``before``, in the group ``around``."""
    outer = around.outer if around else None
    if before == "EXISTS":
        outer = outer or around
    return _Group(None if before or outer else place, outer)
