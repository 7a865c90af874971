"""The snapshot that a site is made of: in memory, with or without the words of documents, asked in this process."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from g7kg.build.void import count_terms
from g7kg.dataset.dataset import WIDTH, Dataset, Gates, Selection, Value
from g7kg.dataset.description import Description
from g7kg.dataset.library import read_library
from g7kg.engine import Engine, Pool
from g7kg.engine.inprocess import InProcess
from g7kg.queries.catalogue import CatalogueQuery
from g7kg.queries.language import ENGLISH
from g7kg.rdf.solutions import Table
from g7kg.rdf.vocab import BASE, graph_iri
from g7kg.search import Searcher
from g7kg.serve.caching import ResultCache
from g7kg.serve.settings import ServerSettings
from g7kg.serve.site import Site
from g7kg.snapshot.manifest import STORE, FileDigests, Manifest, verify_snapshot
from g7kg.snapshot.releases import find_kept

_KEPT: Final = 256
"""How many answers are kept: neighbouring pages ask the same of their document."""

_SECONDS: Final = 60.0

T = TypeVar("T")


class _Here(Executor):
    """Does at once what it is given: nobody else waits for this thread."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:  # noqa: ANN401 - as it is
        """Return what ``fn`` makes of its arguments; what it raises is raised here."""
        done: Future[T] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


class _Memory:
    """The answers that were asked for last, by question."""

    def __init__(self) -> None:
        self.kept: OrderedDict[Hashable, Any] = OrderedDict()

    async def recall(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """Return what is kept under ``key``, or what ``make`` makes, which is kept."""
        if key not in self.kept:
            self.kept[key] = await make()
            if len(self.kept) > _KEPT:
                self.kept.popitem(last=False)
        self.kept.move_to_end(key)
        found: T = self.kept[key]
        return found


@dataclass(frozen=True)
class WholeDataset(Dataset):
    """A dataset whose descriptions and lists have all at once, for no file can be asked for the next ones."""

    listed: int = sys.maxsize - 1
    memory: _Memory = field(default_factory=_Memory)

    async def ask(self, query: CatalogueQuery, **terms: Value) -> Selection:
        """Return the solutions of ``query``; see ``Dataset.ask``."""
        return await self.memory.recall(
            ("ask", *_key(query, terms)), lambda: super(WholeDataset, self).ask(query, **terms)
        )

    async def evaluate(self, query: CatalogueQuery, terms: Mapping[str, Value]) -> bytes:
        """Return the solutions of ``query`` with ``terms`` in SPARQL's JSON; see ``Dataset.evaluate``."""
        return await self.memory.recall(_key(query, terms), lambda: super(WholeDataset, self).evaluate(query, terms))

    async def solve_page(
        self, query: CatalogueQuery, terms: Mapping[str, Value], start: int, number: int
    ) -> tuple[Table, int]:
        """Return a part of the solutions, all of which are remembered; see ``Dataset.solve_page``."""
        whole = await self.solve(query, terms)
        return whole.cut(start, number), len(whole.rows)

    async def describe(self, iri: NamedNode, after: str = "", *, linked: bool = False) -> Description:
        """Return the description of ``iri`` with every link to it; see ``Dataset.describe``."""
        return await self.memory.recall((iri, after, linked), lambda: self._describe(iri, after, linked=linked))

    async def _describe(self, iri: NamedNode, after: str, *, linked: bool) -> Description:
        found = await super().describe(iri, after, linked=linked)
        quads, following = {*found.quads}, found.following
        while following is not None:
            more = await super().describe(iri, following, linked=linked)
            quads, following = quads | {*more.quads}, more.following
        return replace(found, quads=tuple(sorted(quads, key=str)), following=None)


def _key(query: CatalogueQuery, terms: Mapping[str, Value]) -> tuple[Hashable, ...]:
    return (query.text, *sorted(terms.items()))


@dataclass(frozen=True)
class SiteSource(Site):
    """A snapshot as the server's handlers have it, without workers: everybody asks the store ``held`` in memory.

    ``words``: it has those of the documents, where the snapshot does.
    """

    whole: WholeDataset
    held: Store
    words: bool

    def engine(self, client: str) -> Engine:  # noqa: ARG002 - there is one client
        """Return the engine over the store in memory."""
        return self.whole.engine

    def open_kept(self, digest: str) -> SiteSource | None:
        """Return that version of the dataset for the same site, if it lies beside the snapshot."""
        folder = find_kept(self.folder.parents[1], digest)
        base, endpoint = self.settings.public or BASE, self.whole.endpoint
        return open_source(folder, base, endpoint, words=self.words) if folder else None

    def dataset(self, client: str, language: str = ENGLISH) -> Dataset:  # noqa: ARG002 - likewise
        """Return the dataset, which remembers what it was asked last; its labels are English."""
        return self.whole


def open_source(folder: Path, base: str, endpoint: str | None, *, words: bool) -> SiteSource:
    """Return the snapshot in ``folder`` for a site at ``base`` (ending in a slash); ``WorkspaceError`` if damaged.

    ``endpoint`` is the address of a live one, if there is any. Without ``words`` those of the documents are left out.
    """
    manifest, library, digests = verify_snapshot(folder), read_library(), FileDigests()
    store, manifest = hold_store(Store.read_only(str(folder / STORE)), manifest, words=words)
    sizes = {name: (folder / name).stat().st_size for name in manifest.files}
    searcher = Searcher(folder, _SECONDS)
    whole = WholeDataset(folder, manifest, library, InProcess(store), searcher, sizes=sizes, endpoint=endpoint)
    settings = ServerSettings(public=base, cache_bytes=0)
    pool = Pool(folder / STORE, manifest.quads, settings.pool)  # never started: nothing is asked of it
    return SiteSource(
        folder=folder,
        manifest=manifest,
        pool=pool,
        searcher=searcher,
        cache=ResultCache(0),
        library=library,
        settings=settings,
        key="",
        published="",
        renderer=_Here(),
        gates=Gates(WIDTH),
        digests=digests,
        sizes=sizes,
        whole=whole,
        held=store,
        words=words,
    )


def hold_store(store: Store, manifest: Manifest, *, words: bool) -> tuple[Store, Manifest]:
    """Return what ``store`` holds in memory, without the words unless they are wanted, and the manifest of that."""
    texts = graph_iri("texts")
    held = Store()
    if words or texts.value not in manifest.graphs:
        held.bulk_extend(store)
        return held, manifest
    held.bulk_extend(_leave_out(store, texts))
    classes, properties = count_terms(held.quads_for_pattern(None, None, None, DefaultGraph()))
    told = replace(
        manifest,
        texts=(),
        graphs={name: count for name, count in manifest.graphs.items() if name != texts.value},
        quads=len(held),
        default=sum(properties.values()),
        classes={name: count for name, count in classes.items() if name in manifest.classes},
        properties={name: count for name, count in properties.items() if name in manifest.properties},
    )
    return held, told


def _leave_out(store: Store, graph: NamedNode) -> Iterator[Quad]:
    """Yield the quads of ``store`` but those of ``graph``; the default graph as the union of the others."""
    for quad in store:
        if quad.graph_name not in {DefaultGraph(), graph}:
            yield quad
            yield Quad(quad.subject, quad.predicate, quad.object)
