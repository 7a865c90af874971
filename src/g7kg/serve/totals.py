"""The numbers of a server whose front processes count each for itself: asked for, added up, kept beyond their end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from g7kg.serve.commons import Commons

_ANSWER_SECONDS: Final = 1.0
"""How long a front waits for the numbers of another, whose last ones count then."""

_STEP_SECONDS: Final = 0.002
_SAVE_SECONDS: Final = 1.0
"""How often a front leaves its numbers for the case that it dies."""

_LEAST: Final = frozenset({"process_start_time_seconds"})
_MOST: Final = frozenset(
    {"g7kg_snapshot_info", "g7kg_snapshot_switches_total", "g7kg_snapshot_refused", "process_max_fds"}
)


class Totals:
    """The numbers in ``registry``, which are those of one of the fronts of ``commons``, with those of the others."""

    def __init__(self, registry: CollectorRegistry, commons: Commons) -> None:
        self.registry = registry
        self.commons = commons
        self.timer: asyncio.TimerHandle | None = None
        self.inherited = b""

    def start(self) -> None:
        """Take on what was counted by the predecessor of this front, and tell others when they ask."""
        if self.commons.fronts > 1:
            _, text = self.commons.read_letter(self.commons.own)
            self.inherited = _add_up([_read_counters(text)])
            bell = self.commons.bells[self.commons.own][1]
            asyncio.get_running_loop().add_reader(bell, self._answer)
            self._save()

    def stop(self) -> None:
        """Tell the last numbers, and no more."""
        if self.timer is not None:
            self.timer.cancel()
            asyncio.get_running_loop().remove_reader(self.commons.bells[self.commons.own][1])
            self.commons.write_letter(self._write())

    async def collect(self) -> bytes:
        """Return the numbers of all fronts together, in Prometheus' text format."""
        commons = self.commons
        others = [number for number in range(commons.fronts) if number != commons.own]
        asked = {number: commons.read_letter(number)[0] for number in others if commons.is_ready(number)}
        for number in asked:
            commons.ring(number)
        with suppress(TimeoutError):
            async with asyncio.timeout(_ANSWER_SECONDS):
                while any(commons.read_letter(number)[0] == count for number, count in asked.items()):  # noqa: ASYNC110 - they are no tasks
                    await asyncio.sleep(_STEP_SECONDS)
        own = self._write()
        if not others:
            return own
        commons.write_letter(own)
        letters = [(number, commons.read_letter(number)[1]) for number in others]
        told = [_read(text) if number in asked else _read_counters(text) for number, text in letters]
        return _add_up([_read(own), *told])

    def _write(self) -> bytes:
        text = generate_latest(self.registry)
        return _add_up([_read(text), _read(self.inherited)]) if self.inherited else text

    def _answer(self) -> None:
        self.commons.answer_bell()
        self.commons.write_letter(self._write())

    def _save(self) -> None:
        self.commons.write_letter(self._write())
        self.timer = asyncio.get_running_loop().call_later(_SAVE_SECONDS, self._save)


class _Sum(Collector):
    """Families of numbers as a registry has them."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self.families = families

    def collect(self) -> Iterable[Metric]:
        """Return them."""
        return self.families


def _read(text: bytes) -> list[Metric]:
    return list(text_string_to_metric_families(text.decode()))


def _read_counters(text: bytes) -> list[Metric]:
    """Return what a process that has ended has counted: not what it had."""
    lasting = {"counter", "histogram"}
    return [family for family in _read(text) if family.type in lasting or family.name.endswith("_created")]


def _add_up(parts: Iterable[Iterable[Metric]]) -> bytes:
    """Return the numbers in ``parts`` together."""
    families: dict[str, Metric] = {}
    values: dict[tuple[str, str, tuple[tuple[str, str], ...]], float] = {}
    for family in (family for part in parts for family in part):
        families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
        for sample in family.samples:
            key = (family.name, sample.name, tuple(sample.labels.items()))
            values[key] = _choose(sample.name)(values[key], sample.value) if key in values else sample.value
    for (name, sample_name, labels), value in values.items():
        families[name].add_sample(sample_name, dict(labels), value)
    return generate_latest(_Sum(families.values()))


def _choose(name: str) -> Callable[[float, float], float]:
    """Return how two numbers of this ``name`` become one."""
    if name in _LEAST or name.endswith("_created"):
        return min
    return max if name in _MOST else lambda one, other: one + other
