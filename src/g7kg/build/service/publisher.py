"""The steps of a publication: a lock, graphs staged and counted, one switch, a last count.

Graphs are sent under names of their own, below that of the graph ``publication``. One update then gives them their
names, makes the default graph their union, and notes the digest of the snapshot. Whatever fails before leaves the
service as it was.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import uuid4

import pyoxigraph as ox
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store

from g7kg.build.service.target import Client, Target
from g7kg.build.service.updates import (
    BELOW,
    HOLDER,
    IN_ANOTHER,
    IN_DEFAULT,
    IN_NONE,
    LOCK,
    STAGED,
    drop,
    switch,
    take_lock,
)
from g7kg.build.work import Progress
from g7kg.engine.holdings import UNION, check_holdings, compare_counts, count_graph, count_triples, read_digest, select
from g7kg.errors import EngineError, Location, QueryError, StoreError
from g7kg.rdf.vocab import XSD
from g7kg.snapshot.locks import serve_snapshot
from g7kg.snapshot.manifest import STORE, Manifest, read_manifest, verify_store

_BATCH: Final = 10_000


def publish_snapshot(
    folder: Path, target: Target, progress: Progress, *, replace: bool = False, break_lock: bool = False
) -> Manifest:
    """Make ``target`` hold the snapshot in ``folder`` and nothing else; return its manifest.

    ``replace`` allows to remove data that no publication has put there; ``break_lock`` ends the one that is under way,
    or seems to be. Credentials are in the environment: see ``endpoint.read_credentials``. Raises ``WorkspaceError`` if
    the snapshot is damaged, ``StoreError`` or another ``EngineError`` if the service does not do what it is asked.
    """
    with serve_snapshot(folder):
        manifest = read_manifest(folder)
        verify_store(folder)
        client = Client(target, os.environ)
        try:
            _Publication(Store.read_only(str(folder / STORE)), manifest, client, progress).run(replace, break_lock)
        finally:
            client.close()
    return manifest


class _Publication:
    """One run, with a name of its own."""

    def __init__(self, store: Store, manifest: Manifest, client: Client, progress: Progress) -> None:
        self.store = store
        self.manifest = manifest
        self.client = client
        self.progress = progress
        self.run_name = str(uuid4())
        self.staged: dict[NamedNode, NamedNode] = {}
        self.place = Location(client.graphs.address)

    def run(self, replace: bool, break_lock: bool) -> None:  # noqa: FBT001 - named where it is called
        if not replace and self._look():
            return
        if break_lock:
            self._clear()
        self._take_lock()
        try:
            union = UNION if self._is_united() else None
            default = self._stage()
            held = count_triples(self.client.queries).graphs.keys() - self.manifest.graphs
            old = [*map(NamedNode, sorted(held)), *([] if union else [UNION])]
            self._switch(switch(self.staged, default, old, self.manifest.digest, union))
        except BaseException:
            with suppress(EngineError, QueryError):
                self.client.retry(self._drop_own)
            raise
        self.progress("comparing counts")
        check_holdings(self.client.queries, self.manifest)

    def _look(self) -> bool:
        """Whether the snapshot is there already; ``StoreError`` if there is data that no publication has put there."""
        self.progress("looking at what is there")
        queries = self.client.queries
        digest = self.client.retry(lambda: read_digest(queries))
        held = self.client.retry(lambda: count_triples(queries))
        if digest is None and (held.graphs or select(queries, IN_NONE)):
            hint = "give --replace to have it removed"
            raise StoreError("the store holds data that g7kg has not published", location=self.place, hint=hint)
        return digest == self.manifest.digest and not compare_counts(held, self.manifest)

    def _clear(self) -> None:
        found = select(self.client.queries, BELOW, start=Literal(STAGED))
        graphs = [graph for _, graph in found if isinstance(graph, NamedNode)]
        self.client.update(drop([*graphs, LOCK]))

    def _take_lock(self) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        update = take_lock(Literal(self.run_name), Literal(now, datatype=XSD("dateTime")))
        self.client.retry(lambda: self.client.update(update))
        run, time = self._read_holder()
        if run != self.run_name:
            hint = "wait for it; if it has died, --break-lock ends it"
            raise StoreError(f"another publication is under way, since {time}", location=self.place, hint=hint)

    def _read_holder(self) -> tuple[str, str]:
        """Return the name of the run that has the lock, and since when; two blanks if there is none."""
        rows = self.client.retry(lambda: select(self.client.queries, HOLDER, lock=LOCK))
        return next(((_to_text(run), _to_text(time)) for _, run, time in rows), ("", ""))

    def _is_united(self) -> bool:
        """Whether the default graph shows what is only in named graphs; ``StoreError`` if another one does too."""
        if select(self.client.queries, IN_ANOTHER, lock=LOCK):
            message = "the store shows all its graphs as its default graph whatever FROM says"
            raise StoreError(message, location=self.place, hint="switch its union default graph off")
        return bool(select(self.client.queries, IN_DEFAULT, lock=LOCK))

    def _stage(self) -> NamedNode | None:
        """Send all graphs; return the one with what of the default graph stands in no other, if there is any."""
        for graph in sorted(self.store.named_graphs(), key=str):
            if not isinstance(graph, NamedNode):
                message = "the snapshot has a graph named by a blank node, which no protocol can send"
                raise StoreError(message, location=self.place, hint="name it by an IRI")
            number = len(self.staged) + 1
            self.staged[graph] = staged = NamedNode(f"{STAGED}{self.run_name}/{number}")
            self.progress(f"sending graph {number} of {len(self.manifest.graphs)}: {graph.value}")
            self._send(staged, partial(self.store.quads_for_pattern, None, None, None, graph))
            self._compare(graph, staged)
        if next(self._read_rest(), None) is None:
            return None
        default = NamedNode(f"{STAGED}{self.run_name}/default")
        self.progress("sending the rest of the default graph")
        self._send(default, self._read_rest)
        return default

    def _send(self, graph: NamedNode, quads: Callable[[], Iterator[Quad]]) -> None:
        self.client.put(graph, lambda: _serialize(quads()))

    def _compare(self, graph: NamedNode, staged: NamedNode) -> None:
        stated = self.manifest.graphs[graph.value]
        found = self.client.retry(lambda: count_graph(self.client.queries, staged))
        if found != stated:
            message = f"of the {stated} triples of {graph.value} the store has taken {found}"
            raise StoreError(message, location=self.place, hint="see its log")

    def _read_rest(self) -> Iterator[Quad]:
        for quad in self.store.quads_for_pattern(None, None, None, DefaultGraph()):
            found = self.store.quads_for_pattern(quad.subject, quad.predicate, quad.object)
            if all(other.graph_name == quad.graph_name for other in found):
                yield quad

    def _switch(self, update: str) -> None:
        """Carry out the switch; where its answer is lost, find out whether it was."""
        self.progress("switching")
        if self._read_holder()[0] != self.run_name:
            hint = "publish again when the other has ended"
            raise StoreError("another publication has ended this one", location=self.place, hint=hint)
        self._check_staged()
        try:
            self.client.update(update)
        except EngineError:
            run, _ = self._read_holder()
            if run or self.client.retry(lambda: read_digest(self.client.queries)) != self.manifest.digest:
                raise

    def _check_staged(self) -> None:
        """Raise ``StoreError`` if what was sent is not there any more: RDF4J and Blazegraph would move nothing."""
        own = Literal(f"{STAGED}{self.run_name}/")
        found = {graph for _, graph in self.client.retry(lambda: select(self.client.queries, BELOW, start=own))}
        for graph, staged in self.staged.items():
            if self.manifest.graphs[graph.value] and staged not in found:
                message = f"the store has lost what was sent of {graph.value}"
                raise StoreError(message, location=self.place, hint="publish again")

    def _drop_own(self) -> None:
        run, _ = self._read_holder()
        own = [*self.staged.values(), NamedNode(f"{STAGED}{self.run_name}/default")]
        self.client.update(drop([*own, LOCK] if run == self.run_name else own))


def _serialize(quads: Iterator[Quad]) -> Iterator[bytes]:
    """Yield ``quads`` as N-Triples, so many at a time that neither side has to hold all."""
    while batch := [quad.triple for quad in islice(quads, _BATCH)]:
        yield ox.serialize(batch, format=RdfFormat.N_TRIPLES) or b""


def _to_text(term: object) -> str:
    return term.value if isinstance(term, Literal) else ""
