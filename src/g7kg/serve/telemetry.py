"""What a server tells of its work: a line of log and a few numbers for each request."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import sys
import time
from collections.abc import Iterable
from functools import cache
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from g7kg.serve.live import LiveSite

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

_LATE_SECONDS: Final = 0.2
"""Lines of the log are written together, at most so late: one by one they would cost as much as a small query."""


class Telemetry:
    """Counts requests; reads the state of a server when it is asked for it."""

    def __init__(self, live: LiveSite) -> None:
        self.lines: list[str] | None = [] if logging.getLogger().isEnabledFor(logging.INFO) else None
        self.registry = CollectorRegistry()
        self.responses = Counter("g7kg_responses", "Responses, by status.", ["status"], registry=self.registry)
        self.queries = Counter("g7kg_queries", "SPARQL requests, by outcome.", ["outcome"], registry=self.registry)
        self.count_response = cache(self.responses.labels)
        self.count_query = cache(self.queries.labels)
        self.seconds = Histogram(
            "g7kg_query_seconds", "Time to answer a SPARQL request.", registry=self.registry, buckets=_SECONDS
        )
        self.registry.register(_LiveCollector(live))
        ProcessCollector(registry=self.registry)

    def record(self, record: RequestRecord) -> None:
        """Count the request, and write its line."""
        self.count_response(record.status).inc()
        if record.query:
            self.count_query(record.outcome or "computed").inc()
            self.seconds.observe(record.seconds)
        if self.lines is not None:
            if not self.lines:
                asyncio.get_running_loop().call_later(_LATE_SECONDS, self.write_lines)
            self.lines.append(record.to_line(time.time()))

    def write_lines(self) -> None:
        """Write the lines that wait."""
        if self.lines:
            sys.stderr.write("".join(self.lines))
            sys.stderr.flush()
            self.lines.clear()


class RequestRecord:
    """What is noted of a request."""

    __slots__ = ("client", "method", "outcome", "path", "query", "seconds", "size", "status")

    def __init__(self, method: str, path: str, client: str) -> None:
        self.method = method
        self.path = path
        self.client = client
        self.status = 499
        self.size = 0
        self.seconds = 0.0
        self.outcome = ""
        self.query = ""

    def to_line(self, now: float) -> str:
        """Return the line of log, in JSON; of a query it has a hash only, which tells the same one again."""
        more = f', "outcome": "{self.outcome}"' if self.outcome else ""
        if self.query:
            more += f', "query": "{hash_query(self.query)}"'
        return (
            f'{{"time": {now:.3f}, "level": "info", "message": "request", "method": "{self.method}", '
            f'"path": {json.dumps(self.path)}, "status": {self.status}, "bytes": {self.size}, '
            f'"ms": {self.seconds * 1000:.1f}, "client": {json.dumps(self.client)}{more}}}\n'
        )


def hash_query(query: str) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of ``query``, as the log has them."""
    return hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON: time (seconds of the epoch), level, message, logger, a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "time": round(record.created, 3),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def write_logs(level: str) -> None:
    """Have the process write its log as lines of JSON on standard error, from ``level`` (``info``, ...) on."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("uvicorn").setLevel(max(logging.WARNING, logging.getLogger().level))
    logging.getLogger("asyncio").setLevel(max(logging.WARNING, logging.getLogger().level))


class _LiveCollector(Collector):
    """Reads workers, queue, cache and snapshot when metrics are asked for."""

    def __init__(self, live: LiveSite) -> None:
        self.live = live

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics as they are now."""
        cache = self.live.cache
        yield CounterMetricFamily("g7kg_cache_hits", "Answers taken from the cache.", cache.hits)
        yield CounterMetricFamily("g7kg_cache_misses", "Answers not found in the cache.", cache.misses)
        yield GaugeMetricFamily("g7kg_cache_bytes", "Bytes in the cache.", cache.size)
        yield CounterMetricFamily("g7kg_snapshot_switches", "Changes to a new snapshot.", self.live.switches)
        refused = int(self.live.refused is not None)
        yield GaugeMetricFamily("g7kg_snapshot_refused", "1 while what is published is not served as it is.", refused)
        ends = CounterMetricFamily("g7kg_worker_ends", "Workers ended, by reason.", labels=["reason"])
        for reason, number in sorted(self.live.ended.items()):
            ends.add_metric([reason], number)
        yield ends
        refusals = CounterMetricFamily("g7kg_refusals", "Connections refused unread, by status.", labels=["status"])
        for status, number in sorted(self.live.refusals.items()):
            refusals.add_metric([status], number)
        yield refusals
        yield from self._collect_site()

    def _collect_site(self) -> Iterable[Metric]:
        site = self.live.site
        if site is None:
            return
        admission = site.pool.admission
        workers = GaugeMetricFamily("g7kg_workers", "Worker processes, by state.", labels=["state"])
        workers.add_metric(["idle"], len(admission.idle))
        workers.add_metric(["running"], len(admission.running))
        yield workers
        yield GaugeMetricFamily("g7kg_queue_length", "Queries that wait for a worker.", admission.length)
        digest = {"digest": site.manifest.digest, "modified": site.manifest.modified}
        yield InfoMetricFamily("g7kg_snapshot", "The snapshot that is served.", digest)
