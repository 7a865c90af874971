"""The catalogue of queries: ``.rq`` files, valid SPARQL as they stand, with headers as grlc writes them (``#+``).

A variable such as ``?_topic_iri`` or ``?_since_xsd_date`` is a parameter: its name and what kind of term it takes stand
in the variable's name (https://github.com/CLARIAH/grlc). Values are bound as terms; they never become part of the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode

from g7kg.errors import Location, NotFound, QueryError, RequestError
from g7kg.queries.language import ENGLISH, LANGUAGES, ask_in, fetches_labels
from g7kg.rdf.suggestions import suggest
from g7kg.rdf.vocab import XSD, expand_name
from g7kg.texts.files import read_text

MOST_BYTES: Final = 1 << 20
"""The most bytes of a query."""

_HEADER: Final = re.compile(r"#\+ (?P<key>[a-z]+): (?P<value>\S.*)")
_REQUIRED: Final = ("summary", "description", "tags")
_VALUES: Final = ("defaults", "example", "columns", "properties")
WHOLE: Final = "true"
"""What is kept of a query whose answer is kept in one piece."""

_KEYS: Final = (*_REQUIRED, *_VALUES, "order", "kept")
_PARAMETER: Final = re.compile(r"[?$](_(?P<name>[a-z]+(?:_[a-z]+)*?)_(?P<kind>iri|literal|xsd_[a-zA-Z]+|[a-z]{2}))\b")

_PATTERNS: Final = {
    "date": (re.compile(r"-?\d{4,}-(0\d|1[0-2])-([0-2]\d|3[01])"), "2024-10-15"),
    "gYear": (re.compile(r"-?\d{4,}"), "2024"),
    "integer": (re.compile(r"[+-]?\d+"), "3"),
    "nonNegativeInteger": (re.compile(r"\+?\d+"), "3"),
    "decimal": (re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)"), "2.5"),
    "boolean": (re.compile(r"true|false|1|0"), "true"),
    "string": (re.compile(r".*", re.DOTALL), "semiconductors"),
}
"""What a value of a datatype looks like (https://www.w3.org/TR/xmlschema11-2/), and an example."""


@dataclass(frozen=True)
class Parameter:
    """What a query asks of whoever asks it: its ``name``, the ``variable`` that takes it, and the kind of term.

    ``kind`` is ``iri``, ``literal`` (plain text), ``xsd_`` and a datatype, or a language; ``language`` if no variable
    takes it, but the labels are in it. Without a ``default`` it must be given; ``example`` has an answer.
    """

    name: str
    variable: str
    kind: str
    default: str | None
    example: str

    def to_term(self, value: str) -> NamedNode | Literal:
        """Return ``value`` as the term that the variable is bound to; ``RequestError`` if it is not of its kind."""
        if self.kind == "iri":
            try:
                return NamedNode(expand_name(value))
            except ValueError as error:
                raise self._refuse(value, "no IRI and no name with a known prefix") from error
        if self.kind == "literal":
            return Literal(value)
        if not self.kind.startswith("xsd_"):
            return Literal(value, language=self.kind)
        name = self.kind.removeprefix("xsd_")
        if not _PATTERNS[name][0].fullmatch(value):
            raise self._refuse(value, f"no xsd:{name}")
        return Literal(value, datatype=XSD(name))

    def _refuse(self, value: str, why: str) -> RequestError:
        return RequestError(f"the parameter {self.name} is “{value}”, which is {why}", hint=f"such as {self.example}")


_LANGUAGE: Final = Parameter("language", "", "language", ENGLISH, ENGLISH)
"""What every query takes that fetches labels."""


@dataclass(frozen=True)
class CatalogueQuery:
    """A query of the catalogue: its name (that of its file), a one-line summary, tags, parameters, the SPARQL text.

    ``columns`` has what is in each column, where the header says so, and ``order`` the columns that the rows are sorted
    by, where the query does not sort them itself; a minus stands before whole numbers of which the greatest
    comes first. ``properties`` has the property by which a column's values belong to what the first column names.
    ``kept``: what the build keeps, because the graph is asked as a whole: the answer (``WHOLE``), or one for each value
    of the variable that is named.
    """

    name: str
    summary: str
    description: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    columns: Mapping[str, str]
    order: tuple[str, ...]
    text: str
    properties: Mapping[str, str] = field(default_factory=dict)
    kept: str = ""

    @property
    def body(self) -> str:
        """The SPARQL without the header."""
        return "".join(line for line in self.text.splitlines(keepends=True) if not line.startswith("#+"))

    def bind(self, values: Mapping[str, str]) -> tuple[CatalogueQuery, dict[str, NamedNode | Literal]]:
        """Return the query in the language, and the terms for its variables, that ``values`` name by parameter.

        Raises ``RequestError`` for a value that is missing, unknown or not of its kind.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in values.keys() - known.keys():
            raise RequestError(f"the query {self.name} has no parameter {name}", hint=suggest(name, known))
        terms = {
            parameter.variable: parameter.to_term(self._find_value(parameter, values))
            for parameter in self.parameters
            if parameter != _LANGUAGE
        }
        return self.ask_in(values.get(_LANGUAGE.name, ENGLISH) if _LANGUAGE in self.parameters else ENGLISH), terms

    def ask_in(self, language: str) -> CatalogueQuery:
        """Return the query with the labels that it fetches in ``language``; ``RequestError`` if there are none."""
        if language not in LANGUAGES:
            raise RequestError(f"the language is “{language}”", hint=f"labels are in {', '.join(LANGUAGES)}")
        return self if language == ENGLISH else replace(self, text=ask_in(self.text, language))

    def _find_value(self, parameter: Parameter, values: Mapping[str, str]) -> str:
        value = values.get(parameter.name, parameter.default)
        if value is None:
            hint = f"it takes {describe_kind(parameter.kind)}, such as {parameter.example}"
            raise RequestError(f"the query {self.name} needs the parameter {parameter.name}", hint=hint)
        return value


def describe_kind(kind: str) -> str:
    """Return in words what a parameter of ``kind`` takes."""
    if kind.startswith("xsd_"):
        return f"an xsd:{kind.removeprefix('xsd_')}"
    others = {"iri": "an IRI", "literal": "text", "language": f"the language of labels, one of {', '.join(LANGUAGES)}"}
    return others.get(kind, f"text in the language {kind}")


def find_query(queries: Iterable[CatalogueQuery], name: str) -> CatalogueQuery:
    """Return the one of ``queries`` called ``name``; ``NotFound`` with the nearest names if there is none."""
    known = {query.name: query for query in queries}
    if name not in known:
        raise NotFound(f"the catalogue has no query {name}", hint=suggest(name, known))
    return known[name]


def read_queries(folder: Path) -> tuple[CatalogueQuery, ...]:
    """Return the queries in ``folder``, by name; ``QueryError`` if a header is malformed or lacks a key.

    A header has one line a key, each ``#+ key: value``: summary, description, tags (``[one, two]``) and, for the
    parameters, defaults and example, and columns and properties (JSON objects from name to text), order (names of
    columns), and ``kept`` (``true``, or the name of a variable).
    """
    return tuple(_read_query(path) for path in sorted(folder.glob("*.rq")))


def read_page_queries() -> Mapping[str, CatalogueQuery]:
    """Return the queries that pages are made of, by name."""
    return {query.name: query for query in read_queries(Path(__file__).parent / "pages")}


def _read_query(path: Path) -> CatalogueQuery:
    text = read_text(path, QueryError, most=MOST_BYTES)
    header: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#+"):
            continue
        match = _HEADER.fullmatch(line)
        if not match or match["key"] not in _KEYS:
            hint = "write “#+ key: value” with one of " + ", ".join(_KEYS)
            raise QueryError("the header line cannot be read", location=Location(str(path), number), hint=hint)
        header[match["key"]] = match["value"].strip()
    missing = ", ".join(key for key in _REQUIRED if key not in header)
    if missing:
        raise QueryError(f"the query has no {missing}", location=Location(str(path), 1), hint="add it to the header")
    tags = tuple(tag.strip() for tag in header["tags"].strip("[]").split(","))
    values = _read_values(path, header)
    parameters = (*_find_parameters(path, text, values), *([_LANGUAGE] if fetches_labels(text) else []))
    return CatalogueQuery(
        path.stem,
        header["summary"],
        header["description"],
        tags,
        parameters,
        values["columns"],
        tuple(header.get("order", "").split()),
        text,
        values["properties"],
        header.get("kept", ""),
    )


def _read_values(path: Path, header: Mapping[str, str]) -> dict[str, dict[str, str]]:
    try:
        return {key: {name: str(value) for name, value in json.loads(header.get(key, "{}")).items()} for key in _VALUES}
    except (ValueError, AttributeError) as error:
        hint = '“#+ defaults: {"since": "2024-01-01"}”'
        raise QueryError(
            "defaults, example, columns and properties are JSON objects", location=Location(str(path), 1), hint=hint
        ) from error


def _find_parameters(path: Path, text: str, values: Mapping[str, Mapping[str, str]]) -> Iterator[Parameter]:
    """Yield the parameters of the query ``text``; each has an example or a default in its header."""
    found = {match["name"]: (match[1], match["kind"]) for match in _PARAMETER.finditer(text)}
    defaults, examples = values["defaults"], values["example"]
    place = Location(str(path), 1)
    for name in (defaults.keys() | examples.keys()) - found.keys():
        raise QueryError(f"the query has no parameter {name}", location=place, hint=suggest(name, found))
    for name, (variable, kind) in found.items():
        example = examples.get(name, defaults.get(name))
        if example is None:
            hint = f'write “#+ example: {{"{name}": "..."}}”'
            raise QueryError(f"the parameter {name} has neither example nor default", location=place, hint=hint)
        if kind.startswith("xsd_") and kind.removeprefix("xsd_") not in _PATTERNS:
            hint = "there is " + ", ".join(f"xsd_{datatype}" for datatype in _PATTERNS)
            raise QueryError(f"the parameter {name} is of the unknown kind {kind}", location=place, hint=hint)
        yield Parameter(name, variable, kind, defaults.get(name), example)
