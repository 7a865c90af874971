"""What the pages make of terms: tables in ``terms.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from pyoxigraph import NamedNode

from g7kg.rdf.vocab import expand_name


@cache
def read_table(name: str) -> Mapping[str, Any]:
    """Return the table ``name`` as it is written, in its order."""
    table: dict[str, Any] = _read_all()[name]
    return table


@cache
def read_terms(name: str) -> Mapping[NamedNode, Any]:
    """Return the table ``name`` by the terms that its keys stand for."""
    return {read_term(key): value for key, value in read_table(name).items()}


@cache
def read_order(name: str) -> Sequence[NamedNode]:
    """Return the terms in the list ``name``."""
    return tuple(map(read_term, read_table("orders")[name]))


def read_term(name: str) -> NamedNode:
    """Return the term that a prefixed name stands for."""
    return NamedNode(expand_name(name))


@cache
def _read_all() -> dict[str, Any]:
    return tomllib.loads((files("g7kg.pages") / "terms.toml").read_text("utf-8"))
