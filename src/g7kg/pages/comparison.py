"""What documents say on one topic, side by side: what is new, stronger, weaker, reported on, not said again."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

from pyoxigraph import NamedNode

from g7kg.dataset.dataset import Dataset, Row, Selection
from g7kg.errors import RequestError
from g7kg.pages.named import Named, name_of, name_place, rank
from g7kg.pages.rendering import Page
from g7kg.pages.sources import Source, read_sources
from g7kg.pages.words import read_quotation
from g7kg.rdf.formats import HTML, PLAIN_FORMATS
from g7kg.rdf.solutions import write_csv
from g7kg.rdf.suggestions import suggest
from g7kg.snapshot.register import STRENGTHS

PATH: Final = "/compare"

FORMATS: Final = (HTML, next(format_ for format_ in PLAIN_FORMATS if format_.name == "csv"))

COLUMNS: Final = (
    *("topic", "promise", "promiseLabel", "status", "document", "documentLabel", "day", "change"),
    *("statement", "place", "verb", "strength", "words", "gist", "source"),
)

MOST: Final = 2
"""How many statements of a document on a promise are shown unfolded."""

WIDEST: Final = 12
"""How many documents are compared unless they are named."""

_SILENT: Final = "not said again"

_T = TypeVar("_T")


@dataclass(frozen=True)
class Cell:
    """What one document says of a promise: its statements, the strongest first; how that compares with those before."""

    rows: tuple[Row, ...]
    change: str


@dataclass(frozen=True)
class Line:
    """A promise, its status, and a cell for each document; without a promise, the other statements on the topic."""

    promise: Named | None
    status: Named | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Comparison:
    """What ``documents`` say on ``topic``, the earliest first; ``known`` are all that speak on it.

    ``topics`` has every topic with how many documents speak on it; without a topic there is nothing else.
    """

    topic: Named | None
    documents: tuple[Source, ...]
    known: tuple[Source, ...]
    topics: Mapping[Named, int]
    lines: tuple[Line, ...]
    selections: tuple[Selection, ...]

    def link(self, extension: str = "") -> str:
        """Return the address of this comparison."""
        chosen = self.documents if self.documents != self.known else ()
        query = urlencode([("document", source.document.name) for source in chosen], safe="/")
        return f"{PATH}{f'/{quote(self.topic.name)}' if self.topic else ''}{extension}{'?' if query else ''}{query}"


async def read_comparison(dataset: Dataset, topic: str, documents: Sequence[str], last: int = WIDEST) -> Comparison:
    """Return the comparison of ``documents`` on ``topic``, both by the names that addresses have.

    Without documents: of the ``last`` that speak on it. Raises ``RequestError`` for a topic that the
    graph does not have, and a document that does not speak on it.
    """
    counted, dated = await asyncio.gather(dataset.select("topics-in-numbers"), dataset.select("documents-in-numbers"))
    topics = {Named(row["label"], row["topic"]): int(row["documents"]) for row in counted.rows}
    if not topic:
        return Comparison(None, (), (), topics, (), (counted, dated))
    chosen = _choose({one.name: one for one in topics}, topic, "topic")
    spoken, sources = await dataset.select("topics-by-document", topic=NamedNode(chosen.iri)), read_sources(dated.rows)
    known = tuple(sorted((sources[row["document"]] for row in spoken.rows), key=lambda source: source.sort_key))
    by_name = {source.document.name: source for source in known}
    wanted = {_choose(by_name, name, "document that speaks on this topic") for name in documents}
    compared = tuple(source for source in known if source in wanted) or known[-last:]
    asked = {"topic": [NamedNode(chosen.iri)], "document": [NamedNode(source.document.iri) for source in compared]}
    told = await dataset.select_each("statements-on-a-topic", asked)
    return Comparison(chosen, compared, known, topics, arrange_lines(told.rows, compared), (spoken, dated, told))


def _choose(known: Mapping[str, _T], name: str, what: str) -> _T:
    if name not in known:
        raise RequestError(f"there is no {what} “{name[:100]}”", hint=suggest(name, known))
    return known[name]


def arrange_lines(rows: Iterable[Row], documents: Sequence[Source]) -> tuple[Line, ...]:
    """Return a line for each promise, those that more documents speak of first; then the other statements."""
    found: dict[tuple[Named, Named] | None, dict[str, dict[str, Row]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        key = None
        if "undertaking" in row:
            key = Named(row["label"], row["undertaking"]), Named(row["statusLabel"], row["status"])
        said = found[key][row["document"]]
        if row["statement"] not in said or "reportedLabel" in row:  # what states a promise again may also report on it
            said[row["statement"]] = row
    lines = [_make_line(key, told, documents) for key, told in found.items()]
    shown = (line for line in lines if any(cell.rows for cell in line.cells))
    return tuple(sorted(shown, key=_line_key))


def _line_key(line: Line) -> tuple[bool, int, list[bool], str]:
    silent = [not cell.rows for cell in line.cells]
    return line.promise is None, sum(silent), silent, line.promise.label.casefold() if line.promise else ""


def _make_line(
    key: tuple[Named, Named] | None, told: Mapping[str, Mapping[str, Row]], documents: Sequence[Source]
) -> Line:
    promise, status = key or (None, None)
    cells: list[Cell] = []
    for source in documents:
        rows = tuple(sorted(told.get(source.document.iri, {}).values(), key=_rank))
        cells.append(Cell(rows, _find_change(cells, rows) if promise else ""))
    return Line(promise, status, tuple(cells))


def _find_change(before: Sequence[Cell], rows: Sequence[Row]) -> str:
    if not before:
        return ""
    last = next((cell.rows for cell in reversed(before) if cell.rows), ())
    if not rows:
        return _SILENT if last else ""
    reported = [row["reportedLabel"] for row in rows if "reportedLabel" in row][:1]
    if not last:
        return reported[0] if reported else "new"
    now, then = (_rank(some[0]) for some in (rows, last))
    binds = name_of(rows[0]["strength"]) != STRENGTHS[-1]
    compared = ["stronger" if now < then else "weaker"] if now != then and (binds or not reported) else []
    return ", ".join([*reported, *compared]) or "as strong"


def _rank(row: Row) -> tuple[int, str]:
    return rank(name_of(row["strength"]), STRENGTHS)


def show_comparison(comparison: Comparison) -> Page:
    """Return the page of a comparison; without a topic, that of the topics that can be compared."""
    return Page(
        "comparison.html",
        {"compared": comparison, "path": PATH, "part": name_place, "most": MOST},
        comparison.selections,
    )


def to_csv(comparison: Comparison) -> bytes:
    """Return one row a statement, and one for a document that does not say a promise again (RFC 4180)."""
    return write_csv(COLUMNS, (cells for line in comparison.lines for cells in _to_rows(comparison, line)))


def _to_rows(comparison: Comparison, line: Line) -> Iterable[tuple[str, ...]]:
    topic = comparison.topic.label if comparison.topic else ""
    promise = (line.promise.iri, line.promise.label) if line.promise else ("", "")
    for source, cell in zip(comparison.documents, line.cells, strict=True):
        day = source.day.isoformat() if source.day else ""
        about = (topic, *promise, line.status.label if line.status else "", source.document.iri, source.known_as, day)
        for row in cell.rows:
            said = read_quotation(row)
            words = (said.words, row["gist"], said.address) if said else ("", row["gist"], "")
            yield (
                *about,
                cell.change,
                row["statement"],
                name_place(row),
                row["actLabel"],
                row["strengthLabel"],
                *words,
            )
        if not cell.rows and cell.change:
            yield (*about, cell.change, *[""] * 7)
