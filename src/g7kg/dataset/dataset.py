"""One snapshot, asked: whatever engine is behind, and whoever asks."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final, TypeVar
from weakref import WeakValueDictionary

from pyoxigraph import Literal, NamedNode, QueryResultsFormat

from g7kg.dataset.description import KEYS_QUERY, LINKS, LINKS_QUERY, RESOURCE_QUERY, Description, arrange_description
from g7kg.dataset.library import Library, read_library
from g7kg.engine import Engine, EngineRequest, read_answer, read_lines
from g7kg.engine.inprocess import InProcess
from g7kg.errors import EngineError
from g7kg.queries.catalogue import WHOLE, CatalogueQuery
from g7kg.queries.language import ENGLISH
from g7kg.rdf.binding import bind_terms
from g7kg.rdf.solutions import Table, read_table, to_text
from g7kg.rdf.vocab import Term
from g7kg.search import Findings, Searcher, Wish
from g7kg.snapshot.answers import find_answer, find_links
from g7kg.snapshot.index import list_below
from g7kg.snapshot.manifest import STORE, Manifest, find_snapshot, read_manifest
from g7kg.snapshot.neighbours import list_near

Row = dict[str, str]
Value = NamedNode | Literal


@dataclass(frozen=True)
class Selection:
    """A question that was asked, the terms that its variables were bound to, and its solutions.

    Each row is a dictionary from variable to lexical form or IRI; what a solution leaves unbound is not in it.
    """

    query: CatalogueQuery
    bindings: Mapping[str, Value]
    rows: tuple[Row, ...]

    @property
    def text(self) -> str:
        """The query that has the same solutions by itself: the terms stand in VALUES blocks."""
        return bind_terms(self.query.text, self.bindings)


WIDTH: Final = 6
"""How many questions of one client pass at once: a page asks about so many."""


class Gates:
    """Lets each client have so many questions of its pages asked at once; the others wait their turn.

    One page asks a dozen at once: without gates a client that opens some pages would use up its share of the queue,
    and half of each page would be thrown away.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.gates: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def open(self, client: str) -> asyncio.Semaphore:
        """Return the gate of ``client``, which is forgotten when nobody holds it any more."""
        gate = self.gates.get(client)
        if gate is None:
            gate = self.gates[client] = asyncio.Semaphore(self.width)
        return gate


ENDPOINT: Final = "sparql"
"""Where a server answers SPARQL, below its address."""

ROWS_BYTES: Final = 64 << 20
"""How many bytes of an answer are kept at most while it is read."""

_LONG: Final = 1 << 15
"""From how many bytes on an answer is read beside the event loop."""

_SECONDS: Final = 60.0

T = TypeVar("T")


@dataclass(frozen=True)
class Dataset:
    """The snapshot in ``folder`` as one client has it: asked by ``engine``, searched by ``searcher``.

    ``gate`` is passed by each question: it bounds how many are asked at once. ``sizes`` has the bytes of each
    file that can be fetched. ``contact`` is where readers report errors, an address (https, mailto) or empty.
    ``language`` is that of labels, where the queries of pages fetch some and there is one in it. ``endpoint`` is where
    it answers SPARQL, below the address that it is known at or elsewhere, ``None`` if nowhere. ``kept``: the
    answers kept in the folder are the engine's. ``listed`` things are shown at once of all that are of a kind. What it
    raises besides: see ``Engine``.
    """

    folder: Path
    manifest: Manifest
    library: Library
    engine: Engine
    searcher: Searcher
    gate: AbstractAsyncContextManager[object] = field(default_factory=nullcontext)
    sizes: Mapping[str, int] = field(default_factory=dict)
    contact: str = ""
    language: str = ENGLISH
    endpoint: str | None = ENDPOINT
    kept: bool = False
    listed: int = 1000

    async def select(self, name: str, **terms: Value) -> Selection:
        """Return the selection that the query of the pages ``name`` makes; see ``ask``."""
        return await self.ask(self.library.selections[name], **terms)

    async def ask(self, query: CatalogueQuery, **terms: Value) -> Selection:
        """Return the solutions of ``query``, a SELECT with a header, its variables bound to ``terms``.

        Raises ``EngineError`` if they have more than ``ROWS_BYTES``.
        """
        query = query.ask_in(self.language)
        kept = await self._recall(query, terms)
        if kept is None:
            return Selection(query, terms, await self._read(_read_rows, await self.evaluate(query, terms)))
        wanted = {name: term.value for name, term in terms.items()}
        found = await self._read(partial(_read_terms, form=QueryResultsFormat.TSV), kept)
        rows = ({name: to_text(term) for name, term in one.items()} for one in found)
        return Selection(query, terms, tuple(row for row in rows if wanted.items() <= row.items()))

    async def select_each(self, name: str, terms: Mapping[str, Sequence[Value]]) -> Selection:
        """Return the selection that the query of the pages ``name`` makes of each of ``terms``; see ``ask``."""
        query = self.library.selections[name]
        return await self.ask(replace(query, text=bind_terms(query.text, terms)))

    async def solve(self, query: CatalogueQuery, terms: Mapping[str, Value]) -> Table:
        """Return the solutions of ``query`` as terms; the columns of ``terms`` are left out. Errors: see ``ask``."""
        kept = await self._recall_bound(query, terms)
        if kept is not None:
            return await self._read(partial(_read_kept, hidden=tuple(terms)), kept)
        return await self._read(partial(read_table, hidden=tuple(terms)), await self.evaluate(query, terms))

    async def solve_page(
        self, query: CatalogueQuery, terms: Mapping[str, Value], start: int, number: int
    ) -> tuple[Table, int]:
        """Return ``number`` of the solutions from ``start`` on, and how many there are; see ``solve``.

        No others are kept: the answer is read line by line.
        """
        read = partial(_read_kept, hidden=tuple(terms))
        kept = await self._recall_bound(query, terms)
        if kept is not None:
            head, *lines = kept.splitlines(keepends=True)
            return await self._read(read, b"".join((head, *lines[start : start + number]))), len(lines)
        async with self.gate:
            answer = await self.engine.run(EngineRequest(bind_terms(query.text, terms), "tsv", None))
            body, total = await read_lines(answer, start, number, ROWS_BYTES)
        return await self._read(read, _require(body)), total

    async def solutions(self, name: str, **terms: Value) -> list[dict[str, Term]]:
        """Return the solutions of the query of the pages ``name`` as terms by variable; errors: see ``ask``."""
        return await self._solve(self.library.selections[name], terms)

    async def solutions_each(self, name: str, terms: Mapping[str, Sequence[Value]]) -> list[dict[str, Term]]:
        """Return the solutions of the query of the pages ``name`` for each of ``terms``; errors: see ``ask``."""
        query = self.library.selections[name]
        return await self._solve(replace(query, text=bind_terms(query.text, terms)), {})

    async def _solve(self, query: CatalogueQuery, terms: Mapping[str, Value]) -> list[dict[str, Term]]:
        query = query.ask_in(self.language)
        kept = None if terms else await self._recall(query, terms)
        if kept is not None:
            return await self._read(partial(_read_terms, form=QueryResultsFormat.TSV), kept)
        return await self._read(_read_terms, await self.evaluate(query, terms))

    async def describe(self, iri: NamedNode, after: str = "", *, linked: bool = False) -> Description:
        """Return the description of ``iri``, with the links to it whose key comes after ``after``.

        Raises ``NotFound`` if no triple has it as its subject; where ``linked``, one as its object is enough.
        """
        said, links = await asyncio.gather(self.solutions(RESOURCE_QUERY, resource=iri), self._find_links(iri, after))
        found = arrange_description(iri, said, links, after, linked=linked)
        return replace(found, language=self.language)

    async def search(self, wish: Wish) -> Findings:
        """Return what the index has for ``wish``; errors: see ``Searcher.search``."""
        async with self.gate:
            return await self.searcher.search(wish)

    async def list_below(self, space: str, most: int, after: str = "") -> list[str]:
        """Return up to ``most`` IRIs of what the index has that are ``space`` and a last part, those ``after`` one."""
        return await self._beside(list_below, space, most, after)

    async def list_near(self, iri: str) -> list[str]:
        """Return the IRIs of what the index has that ``iri`` may stand for; none if it cannot be read."""
        return await self._beside(list_near, iri)

    async def _find_links(self, iri: NamedNode, after: str) -> list[dict[str, Term]]:
        """Return the next links to ``iri``: of many, those that are next by the keys that are kept."""
        keys = await self._look_up(find_links, iri.value, after, LINKS + 1)
        if keys is None:
            return await self.solutions(LINKS_QUERY, resource=iri, after=Literal(after))
        ends = [*zip(*(map(NamedNode, key.split(" ")) for key in keys), strict=True)] or [(), ()]
        near = {"target": [iri], "link": [*dict.fromkeys(ends[0])], "source": [*dict.fromkeys(ends[1])]}
        found = await self.solutions_each(KEYS_QUERY, near)
        return [solution for solution in found if to_text(solution["key"]) in {*keys}]

    async def evaluate(self, query: CatalogueQuery, terms: Mapping[str, Value]) -> bytes:
        """Return the solutions of ``query`` with ``terms`` in SPARQL's JSON; errors: see ``ask``."""
        async with self.gate:
            answer = await self.engine.run(EngineRequest(bind_terms(query.text, terms), "json", None))
            body = await read_answer(answer, ROWS_BYTES)
        return _require(body)

    async def _recall(self, query: CatalogueQuery, terms: Mapping[str, Value]) -> bytes | None:
        """Return the answer to ``query`` that is kept, if there is one: whole, or for one of ``terms``."""
        if not query.kept or not (query.kept == WHOLE or query.kept in terms):
            return None
        return await self._look_up(find_answer, query, str(terms.get(query.kept, "")))

    async def _recall_bound(self, query: CatalogueQuery, terms: Mapping[str, Value]) -> bytes | None:
        """Return the whole answer to ``query`` with ``terms``, if it is kept: that with the parameters' defaults is."""
        if query.kept != WHOLE:
            return None
        return await self._look_up(find_answer, replace(query, text=bind_terms(query.text, terms)))

    async def _look_up(self, find: Callable[..., T | None], *wanted: object) -> T | None:
        """Return what ``find`` finds in the folder, if what is kept there is the engine's."""
        return await self._beside(find, *wanted) if self.kept else None

    async def _beside(self, find: Callable[..., T], *wanted: object) -> T:
        """Return what ``find`` finds in the folder, beside the event loop if there is one."""
        if isinstance(self.engine, InProcess):
            return find(self.folder, *wanted)
        return await asyncio.to_thread(find, self.folder, *wanted)

    async def _read(self, read: Callable[[bytes], T], body: bytes) -> T:
        """Return what ``read`` makes of ``body``: beside the event loop, if there is one that it would hold up."""
        if len(body) <= _LONG or isinstance(self.engine, InProcess):
            return read(body)
        return await asyncio.to_thread(read, body)


def _require(body: bytes | None) -> bytes:
    if body is None:
        raise EngineError("the answer would be too large", hint="query the endpoint instead")
    return body


def _read_rows(body: bytes) -> tuple[Row, ...]:
    solutions = json.loads(body)["results"]["bindings"]
    return tuple({name: value["value"] for name, value in solution.items()} for solution in solutions)


_read_kept: Final = partial(read_table, form=QueryResultsFormat.TSV)


def _read_terms(body: bytes, form: QueryResultsFormat = QueryResultsFormat.JSON) -> list[dict[str, Term]]:
    table = read_table(body, form=form)
    return [
        {name: term for name, term in zip(table.columns, row, strict=True) if term is not None} for row in table.rows
    ]


def open_dataset(source: Path) -> Dataset:
    """Return the dataset of the snapshot in the folder ``source``, or of the one that was published to it last.

    Raises ``WorkspaceError`` if there is none.
    """
    folder = find_snapshot(source)
    manifest = read_manifest(folder)
    engine, searcher = InProcess(folder / STORE), Searcher(folder, _SECONDS)
    return Dataset(folder, manifest, read_library(), engine, searcher, kept=True)
