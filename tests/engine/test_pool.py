"""The pool, over workers that are no processes: who gets which, what becomes of it, and what is asked of them."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from tests.helpers.project import ROOT

from g7kg.engine import Answer, EngineRequest, Pool, PoolSettings, Service
from g7kg.engine.request import Frame, make_frame, write_error
from g7kg.engine.worker_link import WorkerLink
from g7kg.errors import ClientLeft, EngineError, G7kgError, QueryError, QueryTimeout, WorkerKilled, WorkspaceError
from g7kg.sandbox.confinement import count_processors

ASK = EngineRequest("ASK {}", "json", "nt")
SETTINGS = PoolSettings(workers=1, deadline=20.0)


class Template:
    """Makes workers, after so many failures; ``killed`` are those that it was told to end."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures = list(failures)
        self.settings = SimpleNamespace(store="store")
        self.made: list[WorkerLink] = []
        self.killed: list[WorkerLink] = []
        self.closed = 0

    async def fork(self, lost: Callable[[WorkerLink, G7kgError], None]) -> WorkerLink:
        if self.failures:
            raise self.failures.pop(0)
        worker = WorkerLink(lost)
        worker.requests = Mock()
        worker.data_received(make_frame(Frame.READY, b"1"))
        self.made.append(worker)
        return worker

    def kill(self, worker: WorkerLink) -> None:
        self.killed.append(worker)

    async def close(self) -> None:
        self.closed += 1


class Desk:
    """A pool over a template, and the times that its queries are given."""

    def __init__(self, pool: Pool, template: Template) -> None:
        self.pool = pool
        self.template = template
        self.timers: list[asyncio.TimerHandle] = []
        self.seconds: list[float] = []
        loop = asyncio.get_running_loop()
        call_later = loop.call_later

        def note(seconds: float, function: Callable[..., None], *arguments: object) -> asyncio.TimerHandle:
            if not seconds:
                return call_later(0, function, *arguments)
            self.seconds.append(seconds)
            self.timers.append(call_later(3600.0, function, *arguments))
            return self.timers[-1]

        loop.call_later = note  # type: ignore[method-assign,assignment]  # no time passes here

    async def ask(self, *frames: tuple[Frame, bytes], seconds: float | None = None) -> asyncio.Task[Answer]:
        """Ask a query, which is answered in ``frames``."""
        task = asyncio.create_task(self.pool.run(ASK, timeout=seconds))
        await asyncio.sleep(0)
        self.say(*frames)
        await asyncio.sleep(0)
        return task

    def say(self, *frames: tuple[Frame, bytes]) -> None:
        self.template.made[0].data_received(b"".join(make_frame(*frame) for frame in frames))

    def expire(self) -> None:
        self.timers[-1]._run()  # noqa: SLF001 - as the loop does in time

    async def check(self, *, ended: dict[str, int]) -> None:
        """See that no query is left, its time is cancelled, and who was ended is replaced."""
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gone = sum(ended.values())
        assert (dict(self.pool.ended), self.template.killed) == (ended, self.template.made[:gone])
        assert self.pool.admission.idle == self.template.made[gone:]
        assert len(self.template.made) == 1 + gone
        assert (self.pool.admission.running, self.pool.tasks) == ({}, set())


def with_desk(body: Callable[[Desk], Awaitable[None]], *failures: BaseException, workers: int = 1) -> Desk:
    async def run() -> Desk:
        pool, template = Pool(Path("store"), 1, PoolSettings(workers=workers, deadline=20.0)), Template(*failures)
        pool.template = template  # type: ignore[assignment]  # stands for it
        async with pool:
            desk = Desk(pool, template)
            await body(desk)
        return desk

    return asyncio.run(run())


def test_an_answer_in_one_piece_gives_its_worker_back() -> None:
    async def body(desk: Desk) -> None:
        asked = await desk.ask()
        assert [place.asker for place in desk.pool.admission.running] == [("", False)]
        desk.say((Frame.COMPLETE, b"csv gzip\nx\ny\n"))
        answer = await asked
        assert (answer.format, answer.encoding, answer.body) == ("csv", "gzip", b"x\ny\n")
        answer.close()
        sent = make_frame(Frame.REQUEST, ASK.to_bytes())
        desk.template.made[0].requests.write.assert_called_once_with(sent)  # type: ignore[union-attr]
        with pytest.raises(QueryError, match="no SPARQL"):
            await (await desk.ask((Frame.ERROR, write_error(QueryError("no SPARQL")))))
        assert [timer.cancelled() for timer in desk.timers] == [True, True]
        await desk.check(ended={})

    with_desk(body)


@pytest.mark.parametrize(
    ("timeout", "seconds", "told"),
    [
        (None, 20.0, "20 seconds"),
        (1, 1, "1 second"),
        (2.5, 2.5, "2.5 seconds"),
        (0.001, 0.05, "0.05 seconds"),
        (99, 20.0, "20 seconds"),
    ],
)
def test_a_query_has_as_long_as_it_may_and_its_worker_is_replaced_then(
    timeout: float | None, seconds: float, told: str
) -> None:
    async def body(desk: Desk) -> None:
        asked = await desk.ask(seconds=timeout)
        assert desk.seconds == [seconds]
        desk.expire()
        with pytest.raises(QueryTimeout, match=rf"the query ran into its deadline of {told} \("):
            await asked
        await desk.check(ended={"QueryTimeout": 1})

    with_desk(body)


HEAD = (Frame.HEAD, b"nt zstd")
DATA = (Frame.DATA, b"abc")


async def open_stream(desk: Desk, *frames: tuple[Frame, bytes]) -> Answer:
    answer = await (await desk.ask(HEAD, *frames))
    assert not isinstance(answer.body, bytes)
    assert (answer.format, answer.encoding, desk.timers[0].cancelled()) == ("nt", "zstd", False)
    return answer


def read(answer: Answer) -> Awaitable[bytes]:
    assert not isinstance(answer.body, bytes)
    return anext(answer.body)


@pytest.mark.parametrize(
    ("last", "error"),
    [((Frame.END, b""), StopAsyncIteration), ((Frame.ERROR, write_error(EngineError("no more"))), EngineError)],
)
def test_a_stream_gives_its_worker_back_at_its_end(last: tuple[Frame, bytes], error: type[Exception]) -> None:
    async def body(desk: Desk) -> None:
        answer = await open_stream(desk, DATA)
        assert await read(answer) == b"abc"
        desk.say(DATA, last)
        assert await read(answer) == b"abc"
        with pytest.raises(error):
            await read(answer)
        with pytest.raises(StopAsyncIteration):
            await read(answer)
        answer.close()
        assert desk.timers[0].cancelled()
        await desk.check(ended={})

    with_desk(body)


def test_a_stream_that_is_closed_or_breaks_has_its_worker_replaced() -> None:
    async def close(desk: Desk) -> None:
        answer = await open_stream(desk, DATA)
        answer.close()
        answer.close()
        with pytest.raises(EngineError, match="the answer was closed before its end"):
            await read(answer)
        await desk.check(ended={"ClientLeft": 1})

    async def die(desk: Desk) -> None:
        answer = await open_stream(desk)
        desk.template.made[0].connection_lost(None)
        with pytest.raises(WorkerKilled):
            await read(answer)
        await desk.check(ended={"WorkerKilled": 1})

    for body in (close, die):
        assert with_desk(body).timers[0].cancelled()


def test_a_client_that_leaves_and_a_worker_that_dies_cost_one_worker() -> None:
    async def leave(desk: Desk) -> None:
        asked = await desk.ask()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert (desk.timers[0].cancelled(), type(desk.template.made[0].failure)) == (True, ClientLeft)
        await desk.check(ended={"ClientLeft": 1})

    async def die(desk: Desk) -> None:
        asked = await desk.ask()
        desk.template.made[0].connection_lost(None)
        with pytest.raises(WorkerKilled):
            await asked
        assert desk.timers[0].cancelled()
        await desk.check(ended={"WorkerKilled": 1})

    async def die_idle(desk: Desk) -> None:
        desk.template.made[0].connection_lost(None)
        await desk.check(ended={"WorkerKilled": 1})

    for body in (leave, die, die_idle):
        with_desk(body)


def test_what_waits_is_sent_together_and_elsewhere_when_it_would_wait_for_long() -> None:
    async def body(desk: Desk) -> None:
        first, second = desk.template.made
        asked = [asyncio.create_task(desk.pool.run(ASK, client)) for client in "abcde"]
        await asyncio.sleep(0)
        second.data_received(make_frame(Frame.COMPLETE, b"json identity\n1"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert (len(second.line), len(first.line)) == (4, 0)  # one at a time has begun, so that the first is idle
        loop = asyncio.get_running_loop()
        now = loop.time() + 0.02
        loop.time = lambda: now  # type: ignore[method-assign]
        for seconds, timer in tuple(zip(desk.seconds, desk.timers, strict=True)):
            if seconds == 0.02:  # the time for which those behind the first of the line wait for it
                timer._run()  # noqa: SLF001 - as the loop does in time
        for _ in range(9):
            await asyncio.sleep(0)
        assert [sum(not turn.over for turn in worker.line) for worker in (second, first)] == [1, 1]
        for number in (1, 2):  # the others find that one has only just begun
            first.data_received(make_frame(Frame.COMPLETE, b"json identity\n2") * number)
            for _ in range(3):
                await asyncio.sleep(0)
        second.data_received(make_frame(Frame.COMPLETE, b"json identity\n3"))
        second.data_received(make_frame(Frame.RECALLED, b"") * 3)
        assert sorted([(await task).body for task in asked], key=str) == [b"1", b"2", b"2", b"2", b"3"]
        assert (desk.pool.ended, desk.pool.admission.idle, desk.pool.admission.running) == ({}, [first, second], {})

    with_desk(body, workers=2)


def test_a_worker_that_does_not_start_is_tried_again_ever_more_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(0)

    async def body(desk: Desk) -> None:
        desk.template.failures = [OSError(24, "Too many open files"), *[EngineError("no")] * 6]
        monkeypatch.setattr("g7kg.engine.pool.asyncio.sleep", note)
        desk.template.made[0].connection_lost(None)
        (task,) = desk.pool.tasks
        await task
        monkeypatch.undo()
        assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
        await desk.check(ended={"WorkerKilled": 1})

    with_desk(body)


def test_all_workers_start_at_first_and_are_retired_at_last() -> None:
    async def body(desk: Desk) -> None:
        assert set(desk.pool.admission.idle) == set(desk.template.made) == desk.pool.workers
        desk.template.made[0].connection_lost(None)
        desk.template.failures = [EngineError("no")]
        await asyncio.sleep(0)  # one is tried again later

    desk = with_desk(body, workers=3)
    assert (len(desk.template.made), desk.template.closed, desk.pool.workers) == (3, 1, set())
    assert desk.pool.ended == {"WorkerKilled": 1, "Retired": 2}
    assert {str(worker.failure) for worker in desk.template.made[1:]} == {"the server is shutting down"}


@pytest.mark.parametrize(
    ("failure", "raised", "message"),
    [
        (EngineError("no", hint="x"), WorkspaceError, "store: the store cannot be opened: no (see the log)"),
        (OSError("no"), WorkspaceError, "store: the store cannot be opened: no (see the log)"),
        (KeyboardInterrupt("no"), KeyboardInterrupt, "no"),
    ],
)
def test_a_pool_that_cannot_start_ends_its_workers(
    failure: BaseException, raised: type[BaseException], message: str
) -> None:
    template = Template()

    async def run() -> None:
        pool = Pool(Path("store"), 1, PoolSettings(workers=2))
        pool.template = template  # type: ignore[assignment]  # stands for it
        fork = template.fork

        async def fail(lost: Callable[[WorkerLink, G7kgError], None]) -> WorkerLink:
            if template.made:
                raise failure
            return await fork(lost)

        template.fork = fail  # type: ignore[method-assign]
        async with pool:
            pass

    with pytest.raises(raised) as caught:
        asyncio.run(run())
    assert str(caught.value) == message
    assert (template.killed, template.closed) == (template.made, 1)


def test_half_of_the_workers_are_for_one_client_and_one_a_processor_begins_at_once() -> None:
    found = [PoolSettings(workers=workers).admission for workers in (1, 3, 11, 12, 24)]
    assert [(bounds.share, bounds.brief) for bounds in found] == [(1, 1), (1, 1), (5, 1), (6, 2), (12, 4)]
    bounds = PoolSettings(workers=1, deadline=3.0, queue=5, per_client=2).admission
    assert (bounds.queue, bounds.per_client, bounds.wait, bounds.patience) == (5, 2, 3.0, 1.0)


def test_the_bounds_are_those_that_the_documentation_tells() -> None:
    settings, told = PoolSettings(), " ".join((ROOT / "docs" / "serving.md").read_text("utf-8").split())
    defaults = dict(re.findall(r"\| `--([a-z-]+)` \| `\w+` \| (\w+)", told))
    limits = settings.limits
    found = (settings.deadline, limits.memory, limits.rows, limits.size)
    assert found == tuple(
        int(defaults[name]) * unit
        for name, unit in (("timeout", 1), ("memory", 1 << 20), ("max-rows", 1), ("max-size", 1 << 20))
    )
    assert f"{settings.queue} queries may wait for a worker, {settings.per_client} of one client" in told
    assert f"a store of up to {settings.in_memory:,} quads is held in memory" in told
    assert (settings.workers, defaults["workers"]) == (6 * count_processors(), "six")


def test_a_store_is_held_in_memory_if_it_is_small_enough_and_a_service_is_asked() -> None:
    settings = PoolSettings(in_memory=10)
    found = [Pool(Path("x"), quads, settings).template.settings for quads in (10, 11)]
    assert [(template.store, template.in_memory, template.remote) for template in found] == [
        ("x", True, None),
        ("x", False, None),
    ]
    service = Service("http://e.org/")
    pool = Pool(service, 1, settings)
    template = pool.template.settings
    assert (Pool(Path("x"), 1, settings).admission.settings.line, pool.admission.settings.line) == (4, 1)
    assert (template.store, template.in_memory, template.remote) == (service.address, False, service)
