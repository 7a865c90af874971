"""Admission of queries to workers, limits and answers read whole: as functions, with workers that do nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, fields
from types import SimpleNamespace
from typing import Any, cast

import pytest

from g7kg.dataset.dataset import Gates
from g7kg.engine.admission import Admission, AdmissionSettings
from g7kg.engine.answers import read_answer
from g7kg.engine.holdings import Holdings, compare_counts
from g7kg.engine.pool import Answer
from g7kg.engine.request import EngineRequest
from g7kg.errors import ClientOverload, G7kgError, Overload
from g7kg.serve.settings import ServerSettings
from g7kg.serve.site import Site
from g7kg.snapshot.manifest import Manifest


@dataclass(eq=False)
class Idler:
    """A worker that does nothing."""

    name: str
    failure: G7kgError | None = None


FIRST, SECOND = Idler("first"), Idler("second")
Body = Callable[[Admission[Idler], list[tuple[Idler, str]]], Coroutine[Any, Any, None]]


def run(body: Body, **settings: float) -> None:
    """Run ``body`` with an admission of two idle workers, and what it evicted."""

    async def main() -> None:
        evicted: list[tuple[Idler, str]] = []
        chosen = AdmissionSettings(**{"share": 1, "wait": 600.0, "patience": 300.0, **settings})  # type: ignore[arg-type]
        admission = Admission[Idler](chosen, lambda worker, error: evicted.append((worker, error.message)))
        for worker in (SECOND, FIRST):
            admission.add(worker)
        await body(admission, evicted)
        assert (admission.length, admission.waits.total, admission.waiting) == (0, 0, {})

    asyncio.run(main())


def test_no_client_has_more_than_its_share_and_clients_are_served_in_turn() -> None:
    async def body(admission: Admission[Idler], _evicted: list[tuple[Idler, str]]) -> None:
        assert await admission.take("a") is FIRST
        waiting = [asyncio.ensure_future(admission.take(client)) for client in ("a", "a", "b", "c")]
        await asyncio.sleep(0)
        assert await waiting[2] is SECOND
        assert (admission.length, admission.waits.total, admission.waits.count("a")) == (3, 3, 2)
        admission.add(SECOND)
        assert await waiting[3] is SECOND
        admission.add(FIRST)
        assert await waiting[0] is FIRST
        assert not waiting[1].done()
        admission.remove(SECOND)
        admission.add(FIRST)
        assert await waiting[1] is FIRST
        assert dict(admission.shares) == {"a": 1}
        admission.add(FIRST)
        assert (dict(admission.shares), admission.idle) == ({}, [FIRST])

    run(body)


def test_of_queries_that_yield_one_runs_at_a_time_until_it_takes_long_and_others_pass() -> None:
    async def body(admission: Admission[Idler], _evicted: list[tuple[Idler, str]]) -> None:
        assert await admission.take("a", yields=True) is FIRST
        age(admission)
        waiting = [asyncio.ensure_future(admission.take(client, yields=True)) for client in "bc"]
        await asyncio.sleep(0)
        assert not any(future.done() for future in waiting)
        assert await admission.take("b") is SECOND
        admission.add(SECOND)
        admission.add(FIRST)
        assert await waiting[0] is FIRST
        age(admission, admission.settings.patience)
        assert await waiting[1] is SECOND
        admission.add(FIRST)
        admission.add(SECOND)

    run(body, brief=1)


def test_queries_of_pages_yield_and_those_of_clients_do_not() -> None:
    asked: list[tuple[str, bool]] = []

    async def answer(_request: EngineRequest, client: str, _timeout: float | None, *, yields: bool) -> None:
        asked.append((client, yields))

    parts = dict.fromkeys((part.name for part in fields(Site)), cast("Any", None))
    pool = SimpleNamespace(run=answer)
    site = Site(**{**parts, "pool": pool, "gates": Gates(1), "settings": ServerSettings()})
    for engine in (site.dataset("a").engine, site.engine("b")):
        asyncio.run(engine.run(EngineRequest("ASK {}", "json", None)))
    assert asked == [("a", True), ("b", False)]


def age(admission: Admission[Idler], seconds: float = 1.0) -> None:
    """Have what runs have run for ``seconds`` more."""
    admission.running = {worker: (asker, begun - seconds) for worker, (asker, begun) in admission.running.items()}


def test_so_many_begin_at_once_and_more_when_those_are_done_or_take_long() -> None:
    async def body(admission: Admission[Idler], _evicted: list[tuple[Idler, str]]) -> None:
        assert await admission.take("a") is FIRST
        second, third = (asyncio.ensure_future(admission.take(client)) for client in "bc")
        await asyncio.sleep(0)
        assert not second.done()
        admission.add(FIRST)
        assert await second is FIRST
        assert await third is SECOND  # FIRST has taken its time
        admission.add(FIRST)
        admission.add(SECOND)

    run(body, brief=1)


def test_as_many_wait_as_may_and_one_more_is_refused() -> None:
    async def body(admission: Admission[Idler], _evicted: list[tuple[Idler, str]]) -> None:
        await admission.take("a")
        await admission.take("b")
        waiting = [asyncio.ensure_future(admission.take(client)) for client in "aab"]
        await asyncio.sleep(0)
        with pytest.raises(Overload, match="too many queries are waiting"):
            await admission.take("c")
        waiting.pop().cancel()
        await asyncio.sleep(0)
        with pytest.raises(ClientOverload, match="too many of your queries are waiting"):
            await admission.take("a")
        assert (admission.length, admission.waits.total) == (2, 2)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    run(body, queue=3, per_client=2)


def test_the_longest_query_of_who_runs_most_makes_room() -> None:
    async def body(admission: Admission[Idler], evicted: list[tuple[Idler, str]]) -> None:
        await admission.take("a")
        now = asyncio.get_running_loop().time()
        admission._make_room(now + 1000)  # noqa: SLF001 - what the clock would call
        assert evicted == []  # a worker is idle
        await admission.take("a")
        admission._make_room(now + 299)  # noqa: SLF001 - likewise
        assert evicted == []
        admission._make_room(now + 1000)  # noqa: SLF001 - likewise
        assert evicted == [(FIRST, "one of your queries was ended to make room for other clients")]

    run(body, share=2)


def test_a_query_that_finds_no_worker_in_time_is_refused() -> None:
    async def body(admission: Admission[Idler], _evicted: list[tuple[Idler, str]]) -> None:
        await admission.take("a")
        with pytest.raises(Overload, match="no worker became free in time"):
            await admission.take("a")

    run(body, wait=0.0)


def test_a_worker_that_failed_is_not_given_again() -> None:
    async def body(admission: Admission[Idler], _evicted: list[tuple[Idler, str]]) -> None:
        worker = await admission.take("a")
        admission.add(Idler("failed", Overload("x")))
        assert admission.idle == [SECOND]
        admission.remove(worker)
        assert await admission.take("a") is SECOND

    run(body)


def test_an_answer_is_read_whole_up_to_a_limit() -> None:
    closed: list[bool] = []

    async def stream() -> AsyncIterator[bytes]:
        for chunk in (b"ab", b"", b"cd"):
            yield chunk

    def read(body: bytes | AsyncIterator[bytes], limit: int) -> bytes | None:
        return asyncio.run(read_answer(Answer("json", body, close=lambda: closed.append(True)), limit))

    assert [read(b"abcd", limit) for limit in (3, 4, 5)] == [None, b"abcd", b"abcd"]
    assert [read(stream(), limit) for limit in (1, 3, 4, 5)] == [None, None, b"abcd", b"abcd"]
    assert closed == [True] * 4


def test_numbers_of_triples_that_differ_are_told() -> None:
    manifest = cast("Manifest", SimpleNamespace(graphs={"a": 1, "b": 2, "d": 4}, default=7))
    assert compare_counts(Holdings({"a": 1, "b": 2, "d": 4}, 7), manifest) == []
    assert compare_counts(Holdings({"a": 1, "b": 3, "c": 1}, 8), manifest) == [
        "the graph b has 3 triples there, 2 here",
        "the graph c has 1 triples there, 0 here",
        "the graph d has 0 triples there, 4 here",
        "the default graph has 8 triples there, 7 here",
    ]
