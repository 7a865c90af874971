"""What a server tells of its work: a line of log and a few numbers for each request."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from itertools import accumulate
from typing import Any, Final

from prometheus_client import CollectorRegistry, Metric, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from g7kg.serve.commons import Commons
from g7kg.serve.live import LiveSite
from g7kg.serve.logs import LogWriter

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


@dataclass(frozen=True)
class Reading(Collector):
    """What ``collect`` returns whenever a registry asks for it."""

    read: Callable[[], Iterable[Metric]]

    def collect(self) -> Iterable[Metric]:
        """Return it."""
        return self.read()


def _read(text: bytes) -> list[Metric]:
    return list(text_string_to_metric_families(text.decode()))


def _read_counters(text: bytes) -> list[Metric]:
    """Return what a process that has ended has counted: not what it had."""
    return [family for family in _read(text) if family.type in {"counter", "histogram"}]


def _add_up(parts: Iterable[Iterable[Metric]]) -> bytes:
    families: dict[str, Metric] = {}
    values: dict[tuple[str, str, tuple[tuple[str, str], ...]], float] = {}
    for family in (family for part in parts for family in part):
        families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
        for sample in family.samples:
            key = (family.name, sample.name, tuple(sample.labels.items()))
            known = [values[key]] if key in values else []
            choose = min if sample.name in _LEAST else max if sample.name in _MOST else sum
            values[key] = choose([*known, sample.value])
    for (name, sample_name, labels), value in values.items():
        families[name].add_sample(sample_name, dict(labels), value)
    return generate_latest(Reading(families.values))


CLIENT_CLOSED_REQUEST: Final = 499
"""Nobody reads it; it is for the log."""

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

logger = logging.getLogger(__name__)


class Telemetry:
    """Counts requests and logs them; reads the state of a server when it is asked for it."""

    def __init__(self, live: LiveSite) -> None:
        self.registry = CollectorRegistry()
        self.totals = Totals(self.registry, live.commons)
        self.requests = RequestCounts()
        self.registry.register(self.requests)
        self.registry.register(Reading(partial(_read_live, live)))
        ProcessCollector(registry=self.registry)

    def record(self, record: RequestRecord) -> None:
        """Count the request, and log it."""
        self.requests.count(record)
        if logger.isEnabledFor(logging.INFO):
            logger.handle(_Logged(record))


class RequestCounts(Collector):
    """What came in: plain numbers, because counters that threads may share cost as much as a small query's answer."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.times = [0] * (len(_SECONDS) + 1)
        self.seconds = 0.0

    def count(self, record: RequestRecord) -> None:
        """Count the request."""
        self.statuses[record.status] += 1
        if not record.query:
            return
        self.outcomes[record.outcome or "computed"] += 1
        self.times[bisect_left(_SECONDS, record.seconds)] += 1
        self.seconds += record.seconds
        if record.status >= HTTPStatus.BAD_REQUEST and record.status != CLIENT_CLOSED_REQUEST:
            self.faults["server" if record.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "client"] += 1

    def collect(self) -> Iterable[Metric]:
        """Yield the numbers."""
        faults = "SPARQL requests without an answer, by whose fault it is."
        yield _count_by("g7kg_responses", "Responses, by status.", "status", self.statuses)
        yield _count_by("g7kg_queries", "SPARQL requests, by outcome.", "outcome", self.outcomes)
        yield _count_by("g7kg_query_faults", faults, "of", self.faults)
        buckets = zip([*map(str, map(float, _SECONDS)), "+Inf"], accumulate(self.times), strict=True)
        yield HistogramMetricFamily(
            "g7kg_query_seconds", "Time to answer a SPARQL request.", list(buckets), sum_value=self.seconds
        )


def _count_by(name: str, told: str, label: str, numbers: Mapping[Any, int]) -> Metric:
    family = CounterMetricFamily(name, told, labels=[label])
    for value, number in sorted(numbers.items()):
        family.add_metric([str(value)], number)
    return family


@dataclass(slots=True)
class RequestRecord:
    """What is noted of a request."""

    method: str
    path: str
    client: str
    status: int = CLIENT_CLOSED_REQUEST
    size: int = 0
    seconds: float = 0.0
    outcome: str = ""
    query: str = ""

    def to_fields(self) -> dict[str, object]:
        """Return what the log says of it; of a query the beginning of its SHA-256 only, which tells it again."""
        more = {"outcome": self.outcome} if self.outcome else {}
        if self.query:
            more["query"] = hashlib.sha256(self.query.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return {
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "bytes": self.size,
            "ms": round(self.seconds * 1000, 1),
            "client": self.client,
            **more,
        }


_COMMON: Final = vars(logging.LogRecord(logger.name, logging.INFO, __file__, 0, "request", None, None))


class _Logged(logging.LogRecord):
    """The record of a request as the log has it: to find out anew what all have in common would take twice as long."""

    def __init__(self, record: RequestRecord) -> None:
        vars(self).update(_COMMON, created=time.time(), fields=record.to_fields())


def read_log(log: LogWriter) -> Iterable[Metric]:
    """Yield the number of lines that could not be written."""
    yield CounterMetricFamily("g7kg_log_lines_lost", "Lines of the log that could not be written.", log.lost)


def _read_live(live: LiveSite) -> Iterable[Metric]:
    """Yield the numbers of cache and snapshot as they are now, and those of workers and queue once there are any."""
    cache, refused = live.cache, int(live.refused is not None)
    yield GaugeMetricFamily("g7kg_processes", "Front processes.", 1)
    yield CounterMetricFamily("g7kg_cache_hits", "Answers taken from the cache.", cache.hits)
    yield CounterMetricFamily("g7kg_cache_misses", "Answers not found in the cache.", cache.misses)
    yield GaugeMetricFamily("g7kg_cache_bytes", "Bytes in the cache.", cache.size)
    yield CounterMetricFamily("g7kg_snapshot_switches", "Changes to a new snapshot.", live.switches)
    yield GaugeMetricFamily("g7kg_snapshot_refused", "1 while what is published is not served as it is.", refused)
    yield _count_by("g7kg_worker_ends", "Workers ended, by reason.", "reason", live.ended)
    yield _count_by("g7kg_refusals", "Connections refused unread, by status.", "status", live.refusals)
    if live.site is None:
        return
    admission, manifest = live.site.pool.admission, live.site.manifest
    workers = GaugeMetricFamily("g7kg_workers", "Worker processes, by state.", labels=["state"])
    workers.add_metric(["idle"], len(admission.idle))
    workers.add_metric(["running"], admission.count_working())
    yield workers
    yield GaugeMetricFamily("g7kg_queue_length", "Queries that wait for a worker.", admission.length)
    digest = {"digest": manifest.digest, "modified": manifest.modified}
    yield InfoMetricFamily("g7kg_snapshot", "The snapshot that is served.", digest)
