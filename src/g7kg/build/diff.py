"""Two snapshots compared statement by statement, and thing by thing, for review."""

import re
import typing
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode

from g7kg.errors import WorkspaceError
from g7kg.rdf.vocab import IDENTIFIERS, XSD, graph_iri, shorten_iri

Properties = Mapping[str, frozenset[str]]

_LEFT_OUT = {graph_iri(name) for name in ("catalogue", "derived", "ontology", "shapes")}
"""Graphs that no curator writes: what follows from the mappings is not compared again."""


@dataclass(frozen=True)
class Change:
    """What became of one thing between two snapshots: for each property the values that went and that came."""

    kind: typing.Literal["added", "removed", "changed"]
    iri: str
    gone: Properties
    come: Properties


def compare_snapshots(old: Path, new: Path) -> Iterator[Change]:
    """Yield the changes from the snapshot in the folder ``old`` to that in ``new``, by IRI.

    Compared is what the mappings state, not what rules derive or what a graph tells of itself. Raises
    ``WorkspaceError`` if a folder is no snapshot.
    """
    before, after = _read_things(old), _read_things(new)
    for iri in sorted(before.keys() | after.keys(), key=_natural_key):
        one, two = before.get(iri, {}), after.get(iri, {})
        gone, come = _subtract(one, two), _subtract(two, one)
        if gone or come:
            yield Change("removed" if not two else "changed" if one else "added", iri, gone, come)


def to_text(changes: Iterator[Change]) -> Iterator[str]:
    """Yield lines that show ``changes``: a line a thing, then a line a value, with - and + as in a diff."""
    for change in changes:
        yield f"{change.kind} {shorten_iri(change.iri)}"
        for property_ in sorted(change.gone.keys() | change.come.keys()):
            yield from (f"  - {shorten_iri(property_)} {value}" for value in sorted(change.gone.get(property_, ())))
            yield from (f"  + {shorten_iri(property_)} {value}" for value in sorted(change.come.get(property_, ())))


def _read_things(folder: Path) -> dict[str, dict[str, frozenset[str]]]:
    path = folder / "g7kg.nq"
    if not path.is_file():
        hint = "give the folder of a snapshot, such as build/current"
        raise WorkspaceError("there is no snapshot here", location=folder, hint=hint)
    things: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for quad in ox.parse(path=path, format=ox.RdfFormat.N_QUADS):
        if isinstance(quad.subject, NamedNode) and quad.graph_name not in _LEFT_OUT | {quad.subject}:
            things[quad.subject.value][quad.predicate.value].add(_show(quad.object))
    return {iri: {key: frozenset(found) for key, found in values.items()} for iri, values in things.items()}


def _show(term: object) -> str:
    """Return ``term`` as no other is shown: a literal with its language, or its datatype if it is no plain string."""
    if not isinstance(term, Literal):
        return shorten_iri(term.value) if isinstance(term, NamedNode) else str(term)
    if term.language:
        return f"“{term.value}”@{term.language}"
    datatype = "" if term.datatype == XSD("string") else f"^^{shorten_iri(term.datatype.value)}"
    return f"“{term.value}”{datatype}"


def _subtract(one: Properties, two: Properties) -> dict[str, frozenset[str]]:
    differences = {key: values - two.get(key, frozenset()) for key, values in one.items()}
    return {key: values for key, values in differences.items() if values}


def _natural_key(iri: str) -> list[tuple[int, int, str]]:
    """Sort p2 before p10: digits count as numbers."""
    parts = re.split(r"(\d+)", iri.removeprefix(IDENTIFIERS))
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]
