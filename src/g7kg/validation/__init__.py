"""SHACL validation: a graph and shapes to a report value, and the renderings of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Quad

from g7kg.errors import WorkspaceError
from g7kg.validation.github import to_github
from g7kg.validation.jsonld import to_jsonld
from g7kg.validation.junit import to_junit
from g7kg.validation.markdown import to_markdown
from g7kg.validation.paths import PathExpression, PathOperator, PropertyPath
from g7kg.validation.plain import to_json
from g7kg.validation.report import Finding, Report, Severity, Shape
from g7kg.validation.sarif import to_sarif
from g7kg.validation.text import to_text
from g7kg.validation.turtle import to_turtle

__all__ = [
    "ENGINES",
    "RENDERINGS",
    "Finding",
    "PathExpression",
    "PathOperator",
    "PropertyPath",
    "Rendering",
    "Report",
    "Severity",
    "Shape",
    "to_github",
    "to_json",
    "to_jsonld",
    "to_junit",
    "to_markdown",
    "to_sarif",
    "to_text",
    "to_turtle",
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


def validate_quads(quads: Iterable[Quad], shapes: Iterable[Quad], engine: str = "pyshacl") -> Report:
    """Return the report on the union of the graphs of ``quads`` under ``shapes``; nothing is inferred.

    SPARQL targets (SHACL Advanced Features, section 3.1) are evaluated, each once for the whole graph. Blank nodes keep
    their labels in the findings. ``engine`` is one of ``ENGINES``; the fast one raises ``ShapesError`` for shapes that
    it is not trusted with, and ``WorkspaceError`` if it is not installed.
    """
    if engine == "shacl":
        return _load_fast()(quads, shapes)
    from g7kg.validation import shacl  # noqa: PLC0415 - who only renders a report need not load rdflib and pySHACL

    return shacl.validate_quads(quads, shapes)


def _load_fast() -> Callable[[Iterable[Quad], Iterable[Quad]], Report]:
    try:
        from g7kg.validation.fast import validate_quads_fast  # noqa: PLC0415 - it is optional
    except ImportError as error:
        hint = "install g7kg[fast], or use --engine pyshacl"
        raise WorkspaceError(f"the engine shacl is not installed: {error}", hint=hint) from error
    return validate_quads_fast
