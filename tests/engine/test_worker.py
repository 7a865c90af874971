"""A worker's end of its pipes, and the server's: frames, whatever is in them and wherever the pipe cuts them."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from unittest.mock import Mock, call

import pytest
from pyoxigraph import Store

from g7kg.engine import EngineRequest, Limits
from g7kg.engine.evaluation import LocalStore, Result
from g7kg.engine.request import FRAME_HEAD, Frame, make_frame, read_error, write_error
from g7kg.engine.worker import FramedOutput, Queried, work
from g7kg.engine.worker_link import RequestPipe, WorkerLink
from g7kg.errors import EngineError, EngineFault, G7kgError, Overload, TooLarge, WorkerKilled
from g7kg.http.negotiation import compress, open_compressor

Frames = list[tuple[Frame, bytes]]
ASK = EngineRequest("ASK {}", "csv", "nt", encoding="gzip")
READY = (Frame.READY, str(os.getpid()).encode())


def split(data: bytes) -> Iterator[tuple[Frame, bytes]]:
    while data:
        kind, length = FRAME_HEAD.unpack_from(data)
        end = FRAME_HEAD.size + length
        yield Frame(kind), data[FRAME_HEAD.size : end]
        data = data[end:]


def join(frames: Frames) -> bytes:
    return b"".join(make_frame(*frame) for frame in frames)


def run_worker(make_store: Callable[[int], Queried], requests: int = 1) -> Frames:
    """Return with what a worker answers so many times ``ASK``; its store is told the end of the pipe to read from."""
    (asked, asking), (told, telling) = os.pipe(), os.pipe()
    with os.fdopen(asking, "wb") as pipe:
        pipe.write(join([(Frame.REQUEST, ASK.to_bytes())] * requests))
    with os.fdopen(told, "rb") as answers:
        work(make_store(told), Limits(memory=64 << 20), asked, telling)
        return list(split(answers.read()))


class Failing:
    """A store that fails at every query."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def answer(self, request: EngineRequest) -> AbstractContextManager[Result]:
        raise self.error from (None if request == ASK else AssertionError(request))


def test_a_worker_says_that_it_is_ready_before_it_is_asked_and_answers_until_nobody_asks() -> None:
    ready: Frames = []

    class Late(LocalStore):
        def __init__(self, pipe: int) -> None:
            super().__init__(Store())
            os.set_blocking(pipe, False)
            self.pipe = pipe

        def answer(self, request: EngineRequest) -> AbstractContextManager[Result]:
            if not ready:
                ready.extend(split(os.read(self.pipe, 1000)))
            return super().answer(request)

    assert run_worker(Late, 2) == [(Frame.COMPLETE, b"csv identity\ntrue")] * 2
    assert ready == [READY]


@pytest.mark.parametrize(
    ("error", "class_", "message"),
    [
        (Overload("too busy", hint="wait"), Overload, "too busy (wait)"),
        (MemoryError(), TooLarge, "the query needs more than the 64 MiB of memory that one may take ("),
        (RuntimeError("no luck"), EngineFault, "the evaluation failed: no luck"),
    ],
)
def test_an_error_is_told_and_the_worker_lives_on(error: Exception, class_: type[G7kgError], message: str) -> None:
    ready, *told = run_worker(lambda _: Failing(error), 2)
    assert (ready, [kind for kind, _ in told]) == (READY, [Frame.ERROR] * 2)
    found = read_error(told[1][1])
    assert (type(found), str(found)[: len(message)]) == (class_, message)


def test_a_worker_ends_when_nobody_reads_its_answers() -> None:
    with pytest.raises(BrokenPipeError):
        run_worker(lambda _: Failing(BrokenPipeError()))


def send(*parts: bytes, encoding: str = "identity") -> Frames:
    """Return the frames in which an answer is sent."""
    sent = bytearray()
    output = FramedOutput(sent.extend, encoding, Limits())
    output.begin("nt")
    assert [output.write(part) for part in parts] == [len(part) for part in parts]
    output.flush()
    output.finish()
    return list(split(bytes(sent)))


PART = 1 << 16
"""Bytes that are held back."""


def test_a_short_answer_is_one_frame_and_a_long_one_as_many_as_there_are_parts() -> None:
    short = b"x" * (PART - 1)
    assert send(short) == [(Frame.COMPLETE, b"nt identity\n" + short)]
    head, end = (Frame.HEAD, b"nt identity"), (Frame.END, b"")
    assert send(short, b"y") == [head, (Frame.DATA, short + b"y"), end]
    sent = [short + b"y", b"z" * PART, b"e"]
    assert send(short, b"y", b"z" * PART, b"e") == [head, *((Frame.DATA, part) for part in sent), end]


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_what_is_worth_it_is_compressed(encoding: str) -> None:
    head, body = f"nt {encoding}".encode(), b"x" * 1000
    assert send(body[1:], encoding=encoding) == [(Frame.COMPLETE, b"nt identity\n" + body[1:])]
    assert send(body, encoding=encoding) == [(Frame.COMPLETE, head + b"\n" + compress(body, encoding))]
    parts = [b"x" * PART] * 3
    first, *sent, last = send(*parts, encoding=encoding)
    assert (first, last, {kind for kind, _ in sent}) == ((Frame.HEAD, head), (Frame.END, b""), {Frame.DATA})
    compressor = open_compressor(encoding)
    pieces = [*map(compressor.compress, parts), compressor.flush()]
    assert [data for _, data in sent] == list(filter(None, pieces))


def test_rows_beyond_the_limit_are_refused_while_they_are_written() -> None:
    output = FramedOutput(len, "identity", Limits(rows=1))
    output.begin("csv")
    output.write(b"x\r\n1\r\n")
    with pytest.raises(TooLarge):
        output.write(b"2\r\n")


class Link:
    """The server's end, with pipes that do nothing."""

    def __init__(self) -> None:
        self.lost = Mock()
        self.worker = WorkerLink(self.lost)
        self.answers, self.worker.requests = Mock(), Mock()
        self.requests = self.worker.requests
        self.requests.is_closing.return_value = False
        self.worker.connection_made(self.answers)

    def said(self) -> list[str]:
        """Return what the pipe from the worker was told."""
        return [name for name, *_ in self.answers.method_calls]


def with_link(body: Callable[[Link], Awaitable[None]]) -> None:
    async def run() -> None:
        await body(Link())

    asyncio.run(run())


THREE: Frames = [(Frame.HEAD, b"nt identity"), (Frame.DATA, b"\0" * 7), (Frame.END, b"")]
DIED = TooLarge("too large", hint="ask for less")


def test_frames_come_whole_wherever_the_pipe_cuts_them() -> None:
    data = join(THREE)
    for cut in range(len(data) + 1):
        link = Link()
        link.worker.data_received(data[:cut])
        link.worker.data_received(data[cut:])
        assert list(link.worker.frames) == THREE
        assert link.said() == []


def test_a_worker_waits_while_four_frames_are_not_taken() -> None:
    async def body(link: Link) -> None:
        link.worker.data_received(join(THREE))
        assert link.said() == []
        link.worker.data_received(join(THREE))
        for said in (["pause_reading"] * 1, ["pause_reading"], ["pause_reading"], ["pause_reading", "resume_reading"]):
            assert link.said() == said
            await link.worker.read()
        assert [await link.worker.read() for _ in range(2)] == THREE[1:]
        assert link.said() == ["pause_reading", "resume_reading"]

    with_link(body)


def test_who_waits_gets_a_frame_when_it_is_whole() -> None:
    async def body(link: Link) -> None:
        data = join(THREE[:1])
        for part in (data[:-1], data[-1:]):
            waiting = asyncio.create_task(link.worker.read())
            await asyncio.sleep(0)
            link.worker.data_received(part)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert waiting.done() is (part == data[-1:])
            waiting.cancel()
        assert waiting.result() == THREE[0]
        assert link.worker.waiter is None

    with_link(body)


def test_a_worker_that_is_ended_is_closed_once_and_its_reader_told_why() -> None:
    async def body(link: Link) -> None:
        waiting = asyncio.create_task(link.worker.read())
        await asyncio.sleep(0)
        reason = EngineError("enough")
        link.worker.end(reason)
        link.worker.end(EngineError("again"))
        link.worker.connection_lost(None)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert waiting.exception() is reason
        with pytest.raises(EngineError, match="enough"):
            await link.worker.read()
        link.worker.ask(ASK)
        assert (link.said(), link.requests.method_calls) == (["close"], [call.is_closing(), call.abort()])
        link.lost.assert_not_called()

    with_link(body)


@pytest.mark.parametrize(("told", "closing"), [([], False), ([(Frame.DEAD, write_error(DIED))], True)])
def test_what_a_worker_said_is_read_before_of_what_it_died(told: Frames, *, closing: bool) -> None:
    async def body(link: Link) -> None:
        link.requests.is_closing.return_value = closing
        link.worker.data_received(join(THREE[1:2] + told))
        link.worker.connection_lost(None)
        link.worker.connection_lost(None)
        assert await link.worker.read() == THREE[1]
        with pytest.raises(TooLarge if told else WorkerKilled) as caught:
            await link.worker.read()
        assert str(caught.value) == str(DIED if told else "the process that evaluated the query is gone (ask again)")
        assert link.lost.mock_calls == [call(link.worker, caught.value)]
        assert (link.said(), link.requests.abort.called) == (["close"], not closing)

    with_link(body)


def test_a_pipe_to_a_worker_that_breaks_is_told_unless_somebody_waits_for_why() -> None:
    async def body(link: Link) -> None:
        pipe = RequestPipe(link.worker)
        waiting = asyncio.create_task(link.worker.read())
        await asyncio.sleep(0)
        pipe.connection_lost(None)
        assert link.worker.failure is None
        waiting.cancel()
        await asyncio.sleep(0)
        pipe.connection_lost(None)
        assert isinstance(link.worker.failure, WorkerKilled)

    with_link(body)


@pytest.mark.parametrize("error", [OSError(), RuntimeError()])
def test_a_request_is_a_frame_and_a_pipe_that_takes_none_ends_its_worker(error: Exception) -> None:
    link = Link()
    link.worker.ask(ASK)
    assert link.requests.method_calls == [call.write(make_frame(Frame.REQUEST, ASK.to_bytes()))]
    link.requests.write.side_effect = error
    link.worker.ask(ASK)
    assert isinstance(link.worker.failure, Overload)


@pytest.mark.skipif(sys.platform != "linux", reason="needs pidfd_open, which Linux has")
def test_a_process_is_killed_once_and_one_that_is_gone_is_left_alone() -> None:
    link = Link()
    link.worker.kill()
    for gone in (False, True):
        with subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE) as process:
            link.worker.identify(process.pid)
            if gone:
                process.terminate()
                process.wait()
            link.worker.kill()
            assert process.wait() == (-15 if gone else -9)
        assert (link.worker.pid, link.worker.handle) == (process.pid, -1)
    link.worker.identify(process.pid)
    assert link.worker.handle == -1


def test_a_request_comes_out_of_its_bytes_as_it_went_in() -> None:
    request = EngineRequest('ASK {}\n\t"é', "json", None, None, ("http://e/g",), "zstd", "http://e/")
    assert EngineRequest.from_bytes(request.to_bytes()) == request
