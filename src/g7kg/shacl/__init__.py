"""SHACL validation: a graph and shapes to a report value, and the renderings of a report."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol, cast

from pyoxigraph import Quad, Triple

from g7kg.errors import WorkspaceError
from g7kg.shacl.constraints import read_shapes
from g7kg.shacl.renderings.github import to_github
from g7kg.shacl.renderings.jsonld import to_jsonld
from g7kg.shacl.renderings.junit import to_junit
from g7kg.shacl.renderings.markdown import to_markdown
from g7kg.shacl.renderings.plain import to_json
from g7kg.shacl.renderings.sarif import to_sarif
from g7kg.shacl.renderings.text import to_text
from g7kg.shacl.renderings.turtle import to_turtle
from g7kg.shacl.report import Engine, Finding, Report, Severity, Shape

__all__ = [
    "ENGINES",
    "RENDERINGS",
    "Engine",
    "Finding",
    "Rendering",
    "Report",
    "Severity",
    "Shape",
    "load_engine",
    "name_engine",
    "read_shapes",
    "to_json",
    "to_text",
    "validate_quads",
]


@dataclass(frozen=True)
class Rendering:
    """A form that a report can be written in; ``write`` gives text without a line end after the last line."""

    media_type: str
    write: Callable[[Report], str]


RENDERINGS: Final[Mapping[str, Rendering]] = {
    "text": Rendering("text/plain", to_text),
    "json": Rendering("application/json", to_json),
    "ttl": Rendering("text/turtle", to_turtle),
    "jsonld": Rendering("application/ld+json", to_jsonld),
    "sarif": Rendering("application/sarif+json", to_sarif),
    "junit": Rendering("application/xml", to_junit),
    "markdown": Rendering("text/markdown", to_markdown),
    "github": Rendering("text/plain", to_github),
}
"""The renderings by the names that users ask for; of two with one media type the first is meant by it."""


ENGINES: Final = ("pyshacl", "shacl")
"""SHACL implementations by the names of their packages: the reference, and the fast one, which is optional."""

_MODULES: Final = {"pyshacl": "reference", "shacl": "fast"}


def validate_quads(quads: Iterable[Quad], shapes: Iterable[Quad], engine: str = "pyshacl") -> Report:
    """Return the report on the union of the graphs of ``quads`` under ``shapes``; nothing is inferred.

    SPARQL targets (SHACL Advanced Features, section 3.1) are evaluated, each once for the whole graph. Blank nodes keep
    their labels in the findings. ``engine`` is one of ``ENGINES``; the fast one raises ``ShapesError`` for shapes that
    it is not trusted with, and ``WorkspaceError`` if it is not installed.
    """
    return _import_engine(engine).validate_quads(quads, shapes)


def load_engine(shapes: Iterable[Triple], engine: str) -> Engine:
    """Return ``engine``, one of ``ENGINES``, with ``shapes`` that have no SPARQL targets; errors as above."""
    return _import_engine(engine).load_engine(shapes)


def name_engine(engine: str) -> str:
    """Return what reports call ``engine``, its version included; ``WorkspaceError`` if it is not installed."""
    return _import_engine(engine).ENGINE


class _EngineModule(Protocol):
    """What the module of an engine has."""

    ENGINE: str

    def validate_quads(self, quads: Iterable[Quad], shapes: Iterable[Quad], /) -> Report: ...

    def load_engine(self, shapes: Iterable[Triple], /) -> Engine: ...


def _import_engine(engine: str) -> _EngineModule:
    """Return the module of an engine: who only renders a report need not load rdflib and pySHACL."""
    try:
        return cast("_EngineModule", import_module(f"g7kg.shacl.{_MODULES[engine]}"))
    except ImportError as error:
        hint = "install g7kg[fast], or use --engine pyshacl"
        raise WorkspaceError(f"the engine {engine} is not installed: {error}", hint=hint) from error
