"""The template: what workers are told, what they may have, and of what they have died."""

import os
import resource
import select
import signal
import socket
from pathlib import Path

import pytest

from g7kg.engine import Limits, Service, template
from g7kg.engine.template import TemplateSettings
from g7kg.engine.template_link import _report_system_errors
from g7kg.errors import EngineError, EngineFault, G7kgError, TooLarge, WorkerKilled

DISK = TemplateSettings("", in_memory=False, limits=Limits(memory=64 << 20))


@pytest.mark.parametrize("remote", [None, Service("http://e.org/", "u:u", ("g:1", "g:2"))])
def test_settings_come_out_of_their_text_as_they_went_in(remote: Service | None) -> None:
    settings = TemplateSettings("x", in_memory=True, limits=Limits(1, 2, 3), remote=remote)
    found = TemplateSettings.from_json(settings.to_json())
    assert (found.store, found.in_memory, found.limits) == ("x", True, settings.limits)
    assert type(found.remote) is type(remote)
    assert found.to_json() == settings.to_json()


@pytest.mark.parametrize(
    ("code", "words", "error"),
    [
        *((code, b"", WorkerKilled) for code in (0, 2, -1, -signal.SIGKILL, -signal.SIGTERM)),
        *((-number, b"", EngineFault) for number in (-1, signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL)),
        *((1, b"x " + words, TooLarge) for words in (b"memory allocation of 9", b"std::bad_alloc", b"MemoryError\n")),
        (-signal.SIGABRT, b"thread panicked", EngineFault),
    ],
)
def test_of_what_a_worker_has_died_is_seen_from_how_it_ended(code: int, words: bytes, error: type[G7kgError]) -> None:
    assert type(template._explain(code, words, DISK.limits)) is error  # noqa: SLF001 - one signal is as good as another


def test_the_last_words_of_a_worker_are_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    template._log(b"-" * 10 + b"x" * select.PIPE_BUF)  # noqa: SLF001 - no worker dies here
    assert capfd.readouterr().err == "x" * select.PIPE_BUF


def test_a_worker_may_open_as_many_files_as_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[bool] = []
    monkeypatch.setattr(template, "refuse_network", lambda: refused.append(True))
    monkeypatch.setattr(resource, "getrlimit", {resource.RLIMIT_NOFILE: (100, 200)}.get)
    remote = Service("http://e.org/")
    for number in range(18):
        found = [
            template._count_files(TemplateSettings(str(tmp_path), in_memory, Limits(), service))  # noqa: SLF001 - as said
            for in_memory, service in ((False, None), (True, None), (False, remote))
        ]
        assert (found, len(refused)) == ([100 if number > 16 else 0, 0, 24], int(number > 16))
        (tmp_path / f"{number}.sst").touch()


@pytest.mark.parametrize(
    ("error", "said"), [(OSError(24, "Too many open files"), "Too many open files"), (OSError("odd"), "odd")]
)
def test_what_the_system_refuses_is_told_and_what_was_opened_is_closed(error: OSError, said: str) -> None:
    opened, other = socket.socketpair()
    told = f"^a worker cannot be started: {said}$"
    with other, pytest.raises(EngineError, match=told), _report_system_errors(opened):
        raise error
    assert opened.fileno() == -1
    with pytest.raises(EngineError), _report_system_errors():
        os.close(-1)
