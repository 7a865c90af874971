"""The graph from Python: an embedded snapshot, or a server, asked in the same way.

import g7kg
kg = g7kg.open()
kg.query("undertakings-on-topic", topic="topic:ai-public-sector").to_pandas()
"""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlencode, urlsplit

import pyoxigraph as ox
from pyoxigraph import NamedNode

from g7kg.dataset.dataset import Dataset, open_dataset
from g7kg.dataset.parameters import bind_names
from g7kg.dataset.warnings import warn_of_query, warn_of_terms
from g7kg.engine import EngineRequest, read_answer
from g7kg.engine.inprocess import complete
from g7kg.errors import EngineError, G7kgError, Location, QueryError, RequestError, WorkspaceError
from g7kg.mapping.workspace import find_workspace
from g7kg.queries.catalogue import CatalogueQuery, find_query, read_queries
from g7kg.queries.warnings import WARNING_SEPARATOR, list_named
from g7kg.rdf.solutions import Scalar, Table, read_table, to_arrow, to_records
from g7kg.rdf.vocab import Term, expand_name
from g7kg.sandbox.confinement import isolate
from g7kg.snapshot.manifest import CURRENT, MANIFEST

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    import rdflib

DEADLINE: Final = 60.0
"""Seconds that a server may take to answer."""

_JSON: Final = "application/sparql-results+json"
_FORMS: Final = {_JSON: "json", "application/n-triples": "nt"}
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PAGE: Final = 100_000
_SHOWN: Final = 20


class Source(Protocol):
    """Where queries are answered."""

    def answer(self, query: CatalogueQuery, values: Mapping[str, str]) -> tuple[Table, Sequence[str]]:
        """Return the solutions of a query of the catalogue for the values of its parameters, and what these are warned
        of; errors: ``bind_names``.
        """  # noqa: D205 - one sentence

    def evaluate(self, query: str) -> tuple[str, bytes, Sequence[str]]:
        """Return the answer to ``query``, with what it is warned of.

        That is “json” and results in SPARQL's JSON, or “nt” and triples as N-Triples.
        """


@dataclass(frozen=True)
class Rows:
    """The solutions of a query; iterating gives one dictionary a row, values in Python's types."""

    table: Table

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self.table.columns

    def __len__(self) -> int:
        return len(self.table.rows)

    def __iter__(self) -> Iterator[dict[str, Scalar | None]]:
        return iter(to_records(self.table))

    def to_arrow(self) -> pa.Table:
        """Return an Arrow table with typed columns; needs the extra ``g7kg[arrow]``."""
        return to_arrow(self.table)

    def to_pandas(self) -> pd.DataFrame:
        """Return a data frame with typed columns, dates as ``datetime64``; needs the extra ``g7kg[pandas]``."""
        pandas = _require("pandas")
        frame = pandas.DataFrame(to_records(self.table), columns=list(self.columns))
        for name in self.columns:
            if {type(value) for value in frame[name] if value is not None} == {date}:
                frame[name] = pandas.to_datetime(frame[name])
        typed: pd.DataFrame = frame.convert_dtypes()
        return typed

    def to_polars(self) -> pl.DataFrame:
        """Return a data frame with typed columns; needs the extra ``g7kg[polars]``."""
        polars = _require("polars")
        frame: pl.DataFrame = polars.DataFrame(
            to_records(self.table), schema=list(self.columns), infer_schema_length=None
        )
        return frame

    def _repr_html_(self) -> str:
        """Show the first rows in a notebook."""
        from html import escape  # noqa: PLC0415 - only notebooks ask

        def cells(tag: str, values: Any) -> str:  # noqa: ANN401 - any row
            shown = ("" if value is None else escape(str(value)) for value in values)
            return "<tr>" + "".join(f"<{tag}>{text}</{tag}>" for text in shown) + "</tr>"

        body = "".join(cells("td", row.values()) for row in to_records(self.table.cut(0, _SHOWN)))
        return f"<table>{cells('th', self.columns)}{body}</table><p>{len(self)} rows</p>"


@dataclass(frozen=True)
class KnowledgeGraph:
    """A graph that can be asked, wherever it is."""

    source: Source

    @cached_property
    def queries(self) -> tuple[CatalogueQuery, ...]:
        """The queries of the catalogue."""
        return read_queries(find_workspace().queries)

    def query(self, query: str, /, **parameters: object) -> Rows:
        """Return the solutions of ``query``, a SELECT or the name of a query of the catalogue.

        ``parameters`` are those of the query of the catalogue: IRIs, prefixed names or what things are called (“OECD”),
        dates, numbers, text. Raises
        ``NotFound`` for an unknown name, ``RequestError`` for a wrong parameter, ``QueryError`` for a wrong query.
        Warns of a name in the project's namespace that does not exist, and of the IRI of a parameter that the graph
        does not know.
        """
        if not _NAME.fullmatch(query):
            if parameters:
                raise QueryError("only a query of the catalogue takes parameters", hint="write values into the query")
            return Rows(_read_rows(self._evaluate(query, "json", "rows", "use construct()")))
        return self._answer(query, parameters)

    def ask(self, query: str) -> bool:
        """Return the answer to ``query``, an ASK."""
        data = self._evaluate(query, "json", "answer of yes or no", "use construct()")
        answer = ox.parse_query_results(data, ox.QueryResultsFormat.JSON)
        if not isinstance(answer, ox.QueryBoolean):
            raise QueryError("this query is no ASK", hint="use query() or construct()")
        return bool(answer)

    def construct(self, query: str) -> rdflib.Graph:
        """Return the triples of ``query``, a CONSTRUCT or DESCRIBE."""
        from rdflib import Graph  # noqa: PLC0415 - heavy

        return Graph().parse(data=self._evaluate(query, "nt", "triples", "use query() or ask()"), format="nt")

    def _answer(self, name: str, parameters: Mapping[str, object]) -> Rows:
        """Return the solutions of the query ``name`` of the catalogue."""
        found = find_query(self.queries, name)
        table, warned = self.source.answer(found, {name: str(value) for name, value in parameters.items()})
        _warn(warned)
        return Rows(table)

    def _evaluate(self, query: str, form: str, wanted: str, hint: str) -> bytes:
        """Return the answer to ``query`` in ``form``; ``QueryError`` if it is a query of another form."""
        found, body, warned = self.source.evaluate(query)
        _warn(warned)
        if found != form:
            raise QueryError(f"this query gives no {wanted}", hint=hint)
        return body

    def describe(self, iri: str) -> rdflib.Graph:
        """Return the triples of ``iri``, an IRI or a prefixed name such as ``organisation:oecd``."""
        from rdflib import Graph  # noqa: PLC0415 - heavy

        subject = NamedNode(expand_name(iri))
        rows = self._answer("triples-of-resource", {"resource": subject.value}).table.rows
        lines = (f"{subject} {property_} {value} .\n" for property_, value in rows)
        return Graph().parse(data="".join(lines), format="nt")


@dataclass(frozen=True)
class Embedded:
    """A snapshot on this machine, read by this process."""

    dataset: Dataset

    def answer(self, query: CatalogueQuery, values: Mapping[str, str]) -> tuple[Table, Sequence[str]]:
        """Return the solutions of a query of the catalogue, as ``Source`` says."""
        asked, terms = complete(bind_names(self.dataset, query, values))
        return complete(self.dataset.solve(asked, terms)), complete(warn_of_terms(self.dataset, terms))

    def evaluate(self, query: str) -> tuple[str, bytes, Sequence[str]]:
        """Return the answer to ``query``, as ``Source`` says; ``QueryError`` if it is not valid."""
        answer = complete(self.dataset.engine.run(EngineRequest(query, "json", "nt", named=list_named(query))))
        body = complete(read_answer(answer, sys.maxsize)) or b""
        return answer.format, body, complete(warn_of_query(self.dataset, query, answer))


@dataclass(frozen=True)
class Server:
    """A server of g7kg at ``address``, which ends in a slash; it may take ``deadline`` seconds to answer."""

    address: str
    deadline: float

    def answer(self, query: CatalogueQuery, values: Mapping[str, str]) -> tuple[Table, Sequence[str]]:
        """Return the solutions of a query of the catalogue, as ``Source`` says."""
        rows: list[tuple[Term | None, ...]] = []
        for page in count(1):
            parameters = urlencode({**values, "page": str(page), "size": str(_PAGE)})
            _, body, warned = self._fetch(f"queries/{query.name}?{parameters}", None, _JSON)
            table = read_table(body)
            rows.extend(table.rows)
            if len(table.rows) < _PAGE:
                return Table(table.columns, tuple(rows)), warned
        raise AssertionError("a count has no end")

    def evaluate(self, query: str) -> tuple[str, bytes, Sequence[str]]:
        """Return the answer to ``query``, as ``Source`` says."""
        found, body, warned = self._fetch("sparql", query, *_FORMS)
        return _FORMS[found], body, warned

    def _fetch(self, path: str, query: str | None, *media_types: str) -> tuple[str, bytes, Sequence[str]]:
        """Return media type, body and warnings of the answer at ``path``.

        Raises ``EngineError`` if it is of none of ``media_types``.
        """
        url = self.address + path
        data = None if query is None else urlencode({"query": query}).encode()
        request = urllib.request.Request(url, data, {"Accept": ", ".join(media_types)})  # noqa: S310 - http or https, checked
        place = Location(url)
        try:
            with urllib.request.urlopen(request, timeout=self.deadline) as response:  # noqa: S310 - likewise
                found, body = response.headers.get_content_type(), response.read()
                warned = response.headers.get("G7kg-Warning", "")
        except urllib.error.HTTPError as error:
            raise _to_error(error, place, RequestError if query is None else QueryError) from error
        except OSError as error:
            raise EngineError(
                f"the server cannot be reached: {error}", location=place, hint="is it running?"
            ) from error
        if found not in media_types:
            message = f"this is no server of g7kg: it answers {found}"
            raise EngineError(message, location=place, hint=f"check the address {self.address}")
        return found, bytes(body), warned.split(WARNING_SEPARATOR) if warned else ()


def _warn(warned: Sequence[str]) -> None:
    """Warn where the function is called that has had its query answered."""
    for warning in warned:
        warnings.warn(warning, stacklevel=4)


def _read_rows(data: bytes) -> Table:
    try:
        return read_table(data)
    except TypeError as error:
        raise QueryError("this query gives no rows", hint="use ask()") from error


def _to_error(error: urllib.error.HTTPError, place: Location, fault: type[G7kgError]) -> G7kgError:
    """Return what the server says is wrong (RFC 9457), a ``fault`` if it is ours, or that it says nothing."""
    try:
        problem = json.loads(error.read())
        message, hint = str(problem["detail"]), problem.get("hint")
    except (OSError, ValueError, KeyError, TypeError):
        return EngineError(f"the server answers {error.code} {error.reason}", location=place, hint="see its log")
    class_ = fault if error.code == HTTPStatus.BAD_REQUEST else EngineError
    return class_(message, location=place, hint=hint)


def open_graph(source: str | Path | None = None, *, deadline: float = DEADLINE) -> KnowledgeGraph:
    """Return the graph at ``source``: an address of a server, or the folder of a snapshot or one published to.

    Without ``source`` it is the published snapshot of this installation, which is built first if there is none.
    ``deadline``: seconds that a server may take to answer. Raises ``WorkspaceError`` if there is no snapshot.
    """
    if isinstance(source, str) and urlsplit(source).scheme in {"http", "https"}:
        return KnowledgeGraph(Server(source.rstrip("/") + "/", deadline))
    folder = Path(source) if source is not None else find_or_build()
    return KnowledgeGraph(Embedded(open_dataset(folder)))


def find_or_build(texts: Path | None = None) -> Path:
    """Return the output folder of this installation, with a snapshot in it; errors: ``WorkspaceError``.

    One is built if there is none, or if ``texts`` are given: in a process of its own, so that this one never loads what
    only a build needs. It says on standard error what it does.
    """
    output = find_workspace().output
    if texts or not (output / CURRENT / MANIFEST).is_file():
        options = ["--texts", str(texts)] if texts else []
        command = isolate("from g7kg.cli import main; main(prog_name='g7kg')", "build", *options)
        finished = subprocess.run(command, stdout=sys.stderr, check=False)  # noqa: S603 - it is this program
        if finished.returncode:
            raise WorkspaceError("there is no snapshot, and none could be built", hint="run g7kg build")
    return output


def _require(name: str) -> Any:  # noqa: ANN401 - a module
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise WorkspaceError(f"{name} is not installed", hint=f"pip install 'g7kg[{name}]'") from error
