"""The server's end of a worker: turns, whatever comes through the pipe and wherever it is cut; what is taken back."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from unittest.mock import Mock, call

import pytest
from tests.helpers.frames import ASK, Frames, join, split

from g7kg.engine.request import Frame, make_frame, write_error
from g7kg.engine.worker_link import Recalled, RequestPipe, Turn, WorkerLink
from g7kg.errors import ClientLeft, EngineError, TooLarge, WorkerKilled


class Link:
    """The server's end, with pipes that do nothing, of a worker that is ready; ``passed`` moves its clock."""

    def __init__(self) -> None:
        self.lost = Mock()
        self.worker = WorkerLink(self.lost)
        self.worker.vacated = Mock()
        self.answers, self.worker.requests = Mock(), Mock()
        self.requests = self.worker.requests
        self.requests.is_closing.return_value = False
        self.worker.connection_made(self.answers)
        self.hear((Frame.READY, b"7"))
        self.timers: list[Callable[[], None]] = []
        loop = asyncio.get_running_loop()
        loop.time = lambda: 0.0  # type: ignore[method-assign]
        loop.call_later = self.note  # type: ignore[method-assign,assignment]  # no time passes here

    def note(self, seconds: float, function: Callable[[], None]) -> Mock:
        if seconds:
            self.timers.append(function)
        else:
            asyncio.get_running_loop().call_soon(function)
        return Mock()

    def ask(self) -> Turn:
        """Return the turn of one more request; it counts in ``ended`` how often its end is told."""
        return self.worker.ask(ASK, Mock())

    def hear(self, *frames: tuple[Frame, bytes]) -> None:
        self.worker.data_received(join(list(frames)))

    def passed(self, seconds: float) -> None:
        """Have so many seconds pass in all, and the worker be looked at."""
        asyncio.get_running_loop().time = lambda: seconds  # type: ignore[method-assign]
        (look,) = self.timers
        self.timers.clear()
        look()

    def said(self) -> list[str]:
        """Return what the pipe from the worker was told."""
        return [name for name, *_ in self.answers.method_calls]

    def sent(self) -> list[Frame]:
        """Return the kinds of frames that the worker was sent."""
        return [kind for sent in self.requests.write.call_args_list for kind, _ in split(sent.args[0])]


def with_link(body: Callable[[Link], Awaitable[None]]) -> None:
    async def run() -> None:
        await body(Link())

    asyncio.run(run())


THREE: Frames = [(Frame.HEAD, b"nt identity"), (Frame.DATA, b"\0" * 7), (Frame.END, b"")]
DONE = (Frame.COMPLETE, b"csv identity\ntrue")
LEFT = ClientLeft("gone")
DIED = TooLarge("too large", hint="ask for less")


def test_frames_come_whole_wherever_the_pipe_cuts_them() -> None:
    async def body(_: Link) -> None:
        data = join(THREE)
        for cut in range(len(data) + 1):
            link = Link()
            turn = link.ask()
            link.worker.data_received(data[:cut])
            link.worker.data_received(data[cut:])
            assert list(turn.frames) == THREE
            assert link.said() == []

    with_link(body)


def test_each_turn_has_the_frames_of_its_own_answer_and_its_end_is_told_with_the_last() -> None:
    async def body(link: Link) -> None:
        turns = [link.ask() for _ in range(3)]
        link.hear(*THREE[:2])
        assert not link.worker.vacant
        await asyncio.sleep(0)
        told: list[object] = [turn.ended.called for turn in turns]  # type: ignore[attr-defined]
        link.hear(THREE[2], DONE, (Frame.ERROR, b"x"), DONE)
        await asyncio.sleep(0)
        told += [turn.ended.mock_calls for turn in turns]  # type: ignore[attr-defined]
        assert told == [False, True, True, [call()], [call()], [call()]]
        with pytest.raises(Recalled):  # at the head of an answer in pieces, which may take its time
            await turns[1].read()
        assert [list(turn.frames) for turn in turns] == [THREE, [], []]
        assert link.worker.vacant is True

    with_link(body)


def test_a_worker_waits_while_four_frames_are_not_taken_unless_it_is_done() -> None:
    async def body(link: Link) -> None:
        turn = link.ask()
        link.hear(*THREE[:2], THREE[1])
        assert link.said() == []
        link.hear(THREE[1], THREE[1])
        for said in (["pause_reading"] * 2, ["pause_reading"] * 2, ["pause_reading"] * 2 + ["resume_reading"]):
            assert link.said() == said
            await turn.read()
        link.hear(THREE[1], THREE[2])
        assert [await turn.read() for _ in range(4)] == [THREE[1]] * 3 + THREE[2:]
        assert link.said() == ["pause_reading"] * 2 + ["resume_reading"] * 2
        turn = link.ask()
        link.hear(*THREE[:2], *THREE[1:2] * 2, THREE[2])
        assert link.said()[4:] == [
            "pause_reading",
            "resume_reading",
        ]  # whoever is next is not to wait for a slow reader
        assert [await turn.read() for _ in range(5)] == [THREE[0], *THREE[1:2] * 3, THREE[2]]
        assert link.said()[6:] == []

    with_link(body)


def test_who_waits_gets_a_frame_when_it_is_whole() -> None:
    async def body(link: Link) -> None:
        turn, data = link.ask(), join(THREE[:1])
        for part in (data[:-1], data[-1:]):
            waiting = asyncio.create_task(turn.read())
            await asyncio.sleep(0)
            link.worker.data_received(part)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert waiting.done() is (part == data[-1:])
            waiting.cancel()
        assert waiting.result() == THREE[0]
        assert turn.waiter is None

    with_link(body)


def test_a_worker_that_is_ended_is_closed_once_who_has_it_told_why_and_who_waits_sent_elsewhere() -> None:
    async def body(link: Link) -> None:
        turn, behind = link.ask(), link.ask()
        waiting = asyncio.create_task(turn.read())
        await asyncio.sleep(0)
        reason = EngineError("enough")
        link.worker.end(reason)
        link.worker.end(EngineError("again"))
        link.worker.connection_lost(None)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert waiting.exception() is reason
        with pytest.raises(EngineError, match="enough"):
            await turn.read()
        for late in (behind, link.ask()):
            with pytest.raises(Recalled):
                await late.read()
            await asyncio.sleep(0)
            late.ended.assert_called_once_with()  # type: ignore[attr-defined]
        assert (link.said(), link.sent()) == (["close"], [Frame.REQUEST] * 2)
        assert link.requests.abort.mock_calls == [call()]
        link.lost.assert_not_called()

    with_link(body)


@pytest.mark.parametrize(("told", "closing"), [([], False), ([(Frame.DEAD, write_error(DIED))], True)])
def test_what_a_worker_said_is_read_before_of_what_it_died(told: Frames, *, closing: bool) -> None:
    async def body(link: Link) -> None:
        link.requests.is_closing.return_value = closing
        first, second = link.ask(), link.ask()
        link.hear(DONE, *told)
        link.worker.connection_lost(None)
        link.worker.connection_lost(None)
        assert await first.read() == DONE
        with pytest.raises(TooLarge if told else WorkerKilled) as caught:
            await second.read()
        assert str(caught.value) == str(DIED if told else "the process that evaluated the query is gone (ask again)")
        assert link.lost.mock_calls == [call(link.worker, caught.value)]
        assert (link.said(), link.requests.abort.called) == (["close"], not closing)

    with_link(body)


def test_a_pipe_to_a_worker_that_breaks_is_told_unless_somebody_waits_for_why() -> None:
    async def body(link: Link) -> None:
        pipe = RequestPipe(link.worker)
        first, last = link.ask(), link.ask()
        pipe.connection_lost(None)
        assert (first.over, last.over, link.worker.failure) == (False, False, None)
        pipe.connection_lost(BrokenPipeError())
        assert (first.over, link.worker.failure) == (False, None)
        with pytest.raises(Recalled):  # it did not get there
            await last.read()
        link.hear(DONE, DONE)
        pipe.connection_lost(None)
        assert isinstance(link.worker.failure, WorkerKilled)

    with_link(body)


@pytest.mark.parametrize("error", [OSError(), RuntimeError()])
def test_a_request_is_a_frame_and_a_pipe_that_takes_none_ends_its_worker(error: Exception) -> None:
    async def body(link: Link) -> None:
        first = link.ask()
        assert link.requests.method_calls == [call.write(make_frame(Frame.REQUEST, ASK.to_bytes()))]
        link.requests.write.side_effect = error
        with pytest.raises(Recalled):
            await link.ask().read()
        with pytest.raises(WorkerKilled):
            await first.read()
        assert link.lost.mock_calls == [call(link.worker, link.worker.failure)]

    with_link(body)


def test_what_waits_behind_a_request_that_takes_long_is_taken_back_and_no_sooner() -> None:
    async def body(link: Link) -> None:
        turns = [link.ask() for _ in range(4)]
        link.passed(0.015)
        link.hear(DONE)
        link.passed(0.034)
        assert link.sent() == [Frame.REQUEST] * 4
        link.passed(0.035)
        assert link.sent() == [Frame.REQUEST] * 4 + [Frame.RECALL]
        for turn in turns[2:]:
            with pytest.raises(Recalled):
                await turn.read()
        link.hear(DONE)
        assert [await turn.read() for turn in turns[:2]] == [DONE] * 2
        assert not link.worker.vacant
        link.hear((Frame.RECALLED, b""))
        link.worker.vacated.assert_not_called()  # type: ignore[attr-defined]
        link.hear((Frame.RECALLED, b""))
        link.worker.vacated.assert_called_once_with()  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        assert [turn.ended.mock_calls for turn in turns] == [[call()]] * 4  # type: ignore[attr-defined]
        link.passed(2.0)
        assert (link.timers, link.lost.called) == ([], False)

    with_link(body)


def test_a_request_that_was_not_begun_when_those_behind_it_were_taken_back_is_sent_elsewhere_too() -> None:
    async def body(link: Link) -> None:
        turn = link.ask()
        link.hear((Frame.RECALLED, b""))
        with pytest.raises(Recalled):
            await turn.read()
        turn.ended.assert_not_called()  # type: ignore[attr-defined]  # until whoever asked asks again
        await asyncio.sleep(0)
        assert (turn.ended.mock_calls, link.worker.vacant) == ([call()], True)  # type: ignore[attr-defined]
        link.worker.vacated.assert_not_called()  # type: ignore[attr-defined]

    with_link(body)


def test_who_leaves_ends_the_worker_at_its_request_and_only_its_turn_behind_another() -> None:
    async def body(link: Link) -> None:
        turns = [link.ask() for _ in range(2)]
        link.worker.end_turn(turns[1], LEFT)
        assert (turns[1].ended.mock_calls, link.worker.failure) == ([call()], None)  # type: ignore[attr-defined]
        link.worker.end_turn(turns[0], LEFT)
        link.worker.end_turn(turns[0], LEFT)
        assert link.lost.mock_calls == [call(link.worker, LEFT)]
        assert turns[0].ended.mock_calls == [call()]  # type: ignore[attr-defined]

    with_link(body)


def test_a_worker_is_prompt_while_it_has_only_just_begun_with_what_somebody_waits_for() -> None:
    async def body(link: Link) -> None:
        told = [(link.worker.vacant, link.worker.prompt)]
        turns = [link.ask() for _ in range(3)]
        told += [(link.worker.vacant, link.worker.prompt)]
        link.passed(0.019)
        told += [(link.worker.vacant, link.worker.prompt)]
        link.passed(0.02)
        told += [(link.worker.vacant, link.worker.prompt)]
        link.hear(DONE)
        assert turns[1].over
        told += [(link.worker.vacant, link.worker.prompt)]
        assert told == [(True, False), (False, True), (False, True), (False, False), (False, False)]
        long = Link()
        long.ask()
        long.hear(*THREE[:2])
        assert not long.worker.prompt  # it has begun just now, but answers in pieces

    with_link(body)


def test_a_worker_is_not_left_for_long_at_what_nobody_waits_for() -> None:
    async def body(link: Link) -> None:
        turns = [link.ask() for _ in range(2)]
        link.worker.end_turn(turns[1], LEFT)
        link.hear(DONE)
        link.passed(0.02)
        link.passed(0.999)
        link.lost.assert_not_called()
        link.passed(1.0)
        assert link.lost.mock_calls == [call(link.worker, link.worker.failure)]
        assert isinstance(link.worker.failure, ClientLeft)

    with_link(body)


@pytest.mark.skipif(sys.platform != "linux", reason="needs pidfd_open, which Linux has")
def test_a_process_is_killed_once_and_one_that_is_gone_is_left_alone() -> None:
    worker = WorkerLink(Mock())
    worker.kill()
    for gone in (False, True):
        with subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE) as process:
            worker.identify(process.pid)
            if gone:
                process.terminate()
                process.wait()
            worker.kill()
            assert process.wait() == (-15 if gone else -9)
        assert (worker.pid, worker.handle) == (process.pid, -1)
    worker.identify(process.pid)
    assert worker.handle == -1
