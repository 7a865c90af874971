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
from g7kg.engine.pool import Answer
from g7kg.engine.request import EngineRequest
from g7kg.errors import ClientOverload, G7kgError, Overload
from g7kg.http.tally import Tally
from g7kg.serve.settings import ServerSettings
from g7kg.serve.site import Site


@dataclass(eq=False)
class Idler:
    """A worker that does nothing."""

    name: str
    failure: G7kgError | None = None
    vacant: bool = True
    prompt: bool = False


FIRST, SECOND, THIRD = (Idler(name) for name in ("first", "second", "third"))
Body = Callable[[Admission[Idler], list[tuple[Idler, str]]], Coroutine[Any, Any, None]]


def run(body: Body, runs: Tally | None = None, **settings: float) -> None:
    """Run ``body`` with an admission of two idle workers, and what it evicted, on a clock that ``later`` moves."""

    async def main() -> None:
        asyncio.get_running_loop().time = lambda: 0.0  # type: ignore[method-assign]
        evicted: list[tuple[Idler, str]] = []
        bounds = {"share": 1, "queue": 64, "per_client": 16, "wait": 600.0, "patience": 300.0, **settings}
        chosen = AdmissionSettings(**bounds)  # type: ignore[arg-type]
        admission = Admission[Idler](chosen, lambda worker, error: evicted.append((worker, error.message)), None, runs)
        for worker in (SECOND, FIRST):
            admission.add(worker)
        await body(admission, evicted)
        assert (admission.length, admission.waits.total, admission.waiting) == (0, 0, {})

    asyncio.run(main())


async def later(seconds: float = 0.0) -> None:
    """Have so many seconds pass, and whatever is due happen."""
    loop = asyncio.get_running_loop()
    now = loop.time() + seconds
    loop.time = lambda: now  # type: ignore[method-assign]
    for _ in range(4):
        await asyncio.sleep(0)


async def take(admission: Admission[Idler], client: str, *, yields: bool = False, again: bool = False) -> Idler:
    """Return the worker at which ``client`` has got a place."""
    return (await admission.take(client, yields=yields, again=again)).worker


async def ask(admission: Admission[Idler], clients: str, *, yields: bool = False) -> list[asyncio.Task[Idler]]:
    """Have each of ``clients`` ask for a worker."""
    asked = [asyncio.create_task(take(admission, client, yields=yields)) for client in clients]
    await later()
    return asked


def finish(admission: Admission[Idler], worker: Idler) -> None:
    """Have all at ``worker`` give their places back; it is ready then."""
    worker.vacant = True
    places = [place for place in admission.running if place.worker is worker]
    for place in places:
        admission.give_back(place)
    if not places:
        admission.add(worker)


def leave(admission: Admission[Idler], worker: Idler) -> None:
    """Have all at ``worker``, which is gone, give their places back."""
    worker.vacant = False
    for place in [place for place in admission.running if place.worker is worker]:
        admission.give_back(place)


def test_no_client_has_more_than_its_share_and_clients_are_served_in_turn() -> None:
    async def body(admission: Admission[Idler], _evicted: list[tuple[Idler, str]]) -> None:
        waiting = await ask(admission, "aaabc")
        assert (waiting[0].result(), waiting[3].result()) == (FIRST, SECOND)
        assert (admission.length, admission.waits.total, admission.waits.count("a")) == (3, 3, 2)
        finish(admission, SECOND)
        await later()
        assert waiting[4].result() is SECOND
        finish(admission, FIRST)
        await later()
        assert waiting[1].result() is FIRST
        assert not waiting[2].done()
        leave(admission, SECOND)
        finish(admission, FIRST)
        await later()
        assert waiting[2].result() is FIRST
        assert dict(admission.shares) == {"a": 1}
        finish(admission, FIRST)
        assert (dict(admission.shares), admission.idle) == ({}, [FIRST])

    run(body)


def test_of_queries_that_yield_one_runs_at_a_time_until_it_takes_long_and_others_pass() -> None:
    async def body(admission: Admission[Idler], _evicted: list[tuple[Idler, str]]) -> None:
        (first,) = await ask(admission, "a", yields=True)
        await later(1.0)
        waiting = await ask(admission, "bc", yields=True)
        (other,) = await ask(admission, "b")
        assert (first.result(), other.result()) == (FIRST, SECOND)
        assert not any(task.done() for task in waiting)
        await later(1.0)
        finish(admission, SECOND)
        finish(admission, FIRST)
        await later()
        assert waiting[0].result() is FIRST
        await later(299.875)
        assert not waiting[1].done()
        await later(0.125)  # its patience is over; that is looked at again after a tenth of a second
        assert waiting[1].result() is SECOND
        finish(admission, FIRST)
        finish(admission, SECOND)

    run(body, brief=1, patience=300.0)


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


def test_so_many_begin_at_once_and_more_when_those_are_done_or_take_long() -> None:
    async def body(admission: Admission[Idler], _evicted: list[tuple[Idler, str]]) -> None:
        admission.add(THIRD)
        (first,) = await ask(admission, "a")
        await later(0.01)
        second, third = await ask(admission, "bc")
        assert (first.result(), second.result(), third.done()) == (THIRD, FIRST, False)
        await later(0.015)
        assert not third.done()
        await later(0.005)  # what waits for that is looked at again after as long
        assert third.result() is SECOND
        (fourth,) = await ask(admission, "d")
        finish(admission, FIRST)
        await later()
        assert fourth.result() is FIRST
        for worker in (FIRST, SECOND, THIRD):
            finish(admission, worker)

    run(body, brief=2)


def test_a_free_worker_is_given_several_queries_of_one_client_after_the_other_within_their_shares() -> None:
    async def body(admission: Admission[Idler], _evicted: list[tuple[Idler, str]]) -> None:
        (first,) = await ask(admission, "x")
        waiting = await ask(admission, "aaaabcd")
        finish(admission, FIRST)
        await later()
        assert (first.result(), [index for index, task in enumerate(waiting) if task.done()]) == (FIRST, [0, 4, 5, 6])
        assert {task.result() for task in waiting if task.done()} == {FIRST}
        waiting[1].cancel()
        await later()
        finish(admission, FIRST)
        await later()
        assert [task.done() for task in waiting] == [True, True, True, True, True, True, True]
        assert (waiting[2].result(), waiting[3].result(), dict(admission.shares)) == (FIRST, FIRST, {"a": 2})
        again, last = (asyncio.create_task(admission.take("a", again=again)) for again in (True, False))
        other = asyncio.create_task(admission.take("a", again=True))
        await later()
        one, two = list(admission.running)
        admission.give_back(one)
        await later()
        assert not again.done()  # the worker is at another of its line
        admission.give_back(two)
        await later()
        assert (again.done(), other.done(), last.done()) == (True, True, False)
        finish(admission, FIRST)
        await later()
        finish(admission, FIRST)
        assert (last.done(), admission.idle) == (True, [SECOND, FIRST])

    run(body, share=2, brief=1, line=4)


def test_a_prompt_worker_is_given_another_for_each_query_that_it_is_done_with() -> None:
    async def body(admission: Admission[Idler], _evicted: list[tuple[Idler, str]]) -> None:
        first = await admission.take("x")
        waiting = await ask(admission, "abcdefg")
        FIRST.vacant, FIRST.prompt = False, True
        admission.give_back(first)
        await later()
        assert [task.done() for task in waiting] == [True, True, True, False, False, False, False]
        FIRST.prompt = False
        admission.give_back(next(iter(admission.running)))
        await later()
        assert sum(task.done() for task in waiting) == 3
        FIRST.prompt = True
        admission.give_back(next(iter(admission.running)))
        await later()
        assert ([task.done() for task in waiting], len(admission.running)) == ([True] * 5 + [False] * 2, 3)
        assert admission.count_working() == 1
        FIRST.prompt = False
        for task in waiting[5:]:
            task.cancel()
        await later()
        finish(admission, FIRST)
        assert admission.idle == [SECOND, FIRST]

    run(body, brief=1, line=3)


def test_a_place_that_was_given_to_who_has_left_is_free_again_and_its_worker_when_it_has_no_other() -> None:
    async def body(admission: Admission[Idler], _evicted: list[tuple[Idler, str]]) -> None:
        await ask(admission, "x")
        waiting = await ask(admission, "abc")
        finish(admission, FIRST)
        waiting[0].cancel()
        await later()
        assert (admission.idle, len(admission.running)) == ([SECOND], 2)
        finish(admission, FIRST)
        assert (admission.idle, admission.running) == ([SECOND, FIRST], {})

    run(body, brief=1, line=4)


def test_a_share_may_be_one_of_all_processes_which_are_asked_again_soon() -> None:
    runs = Tally()

    async def body(admission: Admission[Idler], _evicted: list[tuple[Idler, str]]) -> None:
        runs.add("a", 3)  # in other processes
        (waiting,) = await ask(admission, "a")
        await later(0.09)
        runs.add("a", -2)
        await later(0.005)
        assert not waiting.done()
        await later(0.005)
        assert (waiting.result(), runs.count("a")) == (FIRST, 2)
        leave(admission, FIRST)
        assert (runs.count("a"), admission.look) == (1, None)

    run(body, runs, share=2)


def test_as_many_wait_as_may_and_one_more_is_refused() -> None:
    async def body(admission: Admission[Idler], _evicted: list[tuple[Idler, str]]) -> None:
        await ask(admission, "ab")
        waiting = await ask(admission, "aab")
        (refused,) = await ask(admission, "c")
        with pytest.raises(Overload, match="too many queries are waiting"):
            refused.result()
        waiting.pop().cancel()
        await later()
        (refused,) = await ask(admission, "a")
        with pytest.raises(ClientOverload, match="too many of your queries are waiting"):
            refused.result()
        assert (admission.length, admission.waits.total) == (2, 2)
        waiting += [asyncio.create_task(take(admission, "a", again=True)) for _ in "xx"]  # they have waited before
        await later()
        assert (admission.length, [task.done() for task in waiting]) == (4, [False] * 4)
        for task in waiting:
            task.cancel()
        await later()

    run(body, queue=3, per_client=2)


def test_who_has_nothing_running_gets_room_of_the_longest_query_of_who_runs_most_once_it_has_run_for_a_while() -> None:
    async def body(admission: Admission[Idler], evicted: list[tuple[Idler, str]]) -> None:
        admission.add(THIRD)
        await ask(admission, "b")  # THIRD
        await later(1.0)
        await ask(admission, "a")  # FIRST
        await later(1.0)
        await ask(admission, "a")  # SECOND
        waiting = await ask(admission, "ca")
        await later(2.0)
        assert evicted == []
        await later(1.0)
        assert evicted == [(FIRST, "one of your queries was ended to make room for other clients")]
        leave(admission, FIRST)
        finish(admission, FIRST)
        await later()
        assert waiting[0].result() is FIRST
        await later(4.0)
        waiting[1].cancel()
        await later()
        assert len(evicted) == 1  # who has one running waits

    run(body, share=2, patience=3.0, wait=100.0)


def test_no_query_ends_for_who_waits_while_a_worker_is_idle_or_before_it_has_run_as_long() -> None:
    async def body(admission: Admission[Idler], evicted: list[tuple[Idler, str]]) -> None:
        admission.runs.add("c", 1)  # type: ignore[union-attr]  # in another process
        await ask(admission, "a")
        (waiting,) = await ask(admission, "c")
        await later(3.0)
        assert admission.idle == [SECOND]
        await later(0.5)
        await ask(admission, "b")
        leave(admission, FIRST)
        await later(2.5)
        assert (evicted, waiting.done()) == ([], False)
        finish(admission, SECOND)
        await ask(admission, "b")
        await later(3.0)
        assert [worker for worker, _ in evicted] == [SECOND]
        waiting.cancel()
        await later()

    run(body, Tally(), patience=3.0)


def test_a_query_that_finds_no_worker_in_time_is_refused() -> None:
    async def body(admission: Admission[Idler], _evicted: list[tuple[Idler, str]]) -> None:
        await ask(admission, "a")
        (waiting,) = await ask(admission, "a")
        for seconds in (4.0, 4.0, 1.5):
            await later(seconds)
            assert not waiting.done()
        await later(0.5)
        with pytest.raises(Overload, match="no worker became free in time"):
            waiting.result()

    run(body, wait=10.0, patience=4.0)


def test_a_worker_that_comes_to_who_has_just_left_goes_to_the_next() -> None:
    async def body(admission: Admission[Idler], _evicted: list[tuple[Idler, str]]) -> None:
        await ask(admission, "ab")
        left, other = await ask(admission, "cd")
        finish(admission, FIRST)
        left.cancel()
        await later()
        assert (left.cancelled(), other.result(), admission.idle) == (True, FIRST, [])

    run(body)


def test_a_worker_that_failed_is_not_given_again() -> None:
    async def body(admission: Admission[Idler], _evicted: list[tuple[Idler, str]]) -> None:
        worker = await take(admission, "a")
        admission.add(Idler("failed", Overload("x")))
        assert admission.idle == [SECOND]
        leave(admission, worker)
        assert await take(admission, "a") is SECOND

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
