"""A worker's end of its pipes: the frames in which it answers, whatever is in them."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from pyoxigraph import Store
from tests.helpers.frames import ASK, Frames, join, split

from g7kg.engine import EngineRequest, Limits
from g7kg.engine.evaluation import LocalStore, Result
from g7kg.engine.request import Frame, read_error
from g7kg.engine.worker import FramedOutput, Queried, work
from g7kg.errors import EngineFault, G7kgError, Overload, TooLarge
from g7kg.http.negotiation import compress, open_compressor

READY = (Frame.READY, str(os.getpid()).encode())


def run_worker(make_store: Callable[[int], Queried], requests: int = 1) -> Frames:
    """Return with what a worker answers so many times ``ASK``; its store is told the end of the pipe to read from."""
    (asked, asking), (told, telling) = os.pipe(), os.pipe()
    with os.fdopen(asking, "wb") as pipe:
        pipe.write(join([(Frame.REQUEST, ASK.to_bytes())] * requests))
    with os.fdopen(told, "rb") as answers:
        work(make_store(told), Limits(memory=64 << 20), asked, telling)
        return list(split(answers.read()))


def test_what_is_taken_back_before_it_is_begun_is_not_evaluated() -> None:
    asked: list[EngineRequest] = []
    (requests, asking), (told, telling) = os.pipe(), os.pipe()

    class Interrupted(LocalStore):
        def answer(self, request: EngineRequest) -> AbstractContextManager[Result]:
            asked.append(request)
            if len(asked) == 1:  # while it is at the first
                os.write(asking, join([(Frame.RECALL, b""), (Frame.REQUEST, ASK.to_bytes())]))
                os.close(asking)
            return super().answer(request)

    os.write(asking, join([(Frame.REQUEST, ASK.to_bytes())] * 3))
    with os.fdopen(told, "rb") as answers:
        work(Interrupted(Store()), Limits(memory=64 << 20), requests, telling)
        kinds = [kind for kind, _ in split(answers.read())]
    assert kinds == [Frame.READY, Frame.COMPLETE, Frame.RECALLED, Frame.RECALLED, Frame.COMPLETE]
    assert len(asked) == 2


class Failing(LocalStore):
    """A store that fails at every query."""

    def __init__(self, error: Exception) -> None:
        super().__init__(Store())
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


def send(*parts: bytes, encoding: str = "identity", unknown: tuple[str, ...] = ()) -> Frames:
    """Return the frames in which an answer is sent."""
    sent = bytearray()
    output = FramedOutput(sent.extend, encoding, Limits())
    output.unknown = unknown
    output.begin("nt")
    assert [output.write(part) for part in parts] == [len(part) for part in parts]
    output.flush()
    output.finish()
    return list(split(bytes(sent)))


PART = 1 << 16
"""Bytes that are held back."""


def test_an_answer_tells_at_its_beginning_which_iris_the_store_does_not_know() -> None:
    assert send(b"a", unknown=("a:b", "a:é")) == [(Frame.COMPLETE, "nt identity a:b a:é\na".encode())]
    assert send(b"a" * PART, unknown=("a:b",))[0] == (Frame.HEAD, b"nt identity a:b")


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


def test_a_request_comes_out_of_its_bytes_as_it_went_in() -> None:
    request = EngineRequest('ASK {}\n\t"é', "json", None, None, ("http://e/g",), "zstd", "http://e/", ("http://é/",))
    assert EngineRequest.from_bytes(request.to_bytes()) == request
