"""The one subscriber: turns events into JSON log lines and counters.

No event carries personal data, secrets or query strings, so no line can.
"""

import json
import logging
import os
import select
import threading
from dataclasses import fields
from typing import TextIO

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from leadline import clock
from leadline.events import (
    ChunkMerged,
    ConnectionsEnded,
    Event,
    FaultCaught,
    JobFinished,
    JobQueued,
    JobRescued,
    RequestAnswered,
    WorkerStopped,
)

_LOG_PATIENCE_MS = 1000


class Telemetry:
    """Logs every event as one line of JSON and counts what is worth counting."""

    def __init__(self, log: TextIO) -> None:
        self._log = log
        self._writing = threading.Lock()
        self._is_stuck = False
        self._registry = CollectorRegistry()
        registry = self._registry
        self._requests = Counter(
            "leadline_requests",
            "Calls answered, by path, method, and error code or else HTTP status",
            ["route", "method", "code"],
            registry=registry,
        )
        self._request_seconds = Histogram(
            "leadline_request_seconds", "Time until an answer was made, by path", ["route"], registry=registry
        )
        self._queued = Counter("leadline_jobs_queued", "Jobs accepted", registry=registry)
        self._finished = Counter(
            "leadline_jobs_finished", "Jobs finished, by Complete or Failed", ["status"], registry=registry
        )
        self._rows = Counter(
            "leadline_rows", "Data rows committed, by processed or failed", ["outcome"], registry=registry
        )
        self._chunk_seconds = Histogram(
            "leadline_chunk_seconds",
            "Time to look up, decide, write and commit a chunk of rows",
            registry=registry,
        )
        self._rescued = Counter("leadline_jobs_rescued", "Jobs taken from dead workers", registry=registry)
        self._worker_exits = Counter("leadline_worker_exits", "Worker processes ended", registry=registry)
        self._lost = Counter(
            "leadline_log_lines_lost", "Log lines dropped because nobody read them", registry=registry
        )
        self._faults = Counter("leadline_faults", "Calls answered with 611", registry=registry)
        self._ended = Counter(
            "leadline_connections_ended",
            "Connections ended because clients were too slow or too many, by reason",
            ["reason"],
            registry=registry,
        )
        self._jobs = Gauge(
            "leadline_jobs",
            "Jobs in the store now, of all subscriptions, by status",
            ["status"],
            registry=registry,
        )

    def emit(self, event: Event) -> None:
        """Take notice of an event."""
        line = {"at": clock.now_ms(), "level": event.level, "event": type(event).__name__}
        line |= {each.name: getattr(event, each.name) for each in fields(event)}
        with self._writing:
            self._write(json.dumps(line, separators=(",", ":")) + "\n")
        self._count(event)

    def _write(self, line: str) -> None:
        """Write a line of the log, past any buffer; one that is lost stops nobody and is counted."""
        try:
            if self._takes_more():
                os.write(self._log.fileno(), line.encode())
                return
        except (OSError, ValueError):
            pass
        self._lost.inc()

    def _takes_more(self) -> bool:
        """Tell whether a line can be written now; the first time that it cannot, wait a moment."""
        try:
            log = select.poll()
            log.register(self._log, select.POLLOUT)
            self._is_stuck = not log.poll(0 if self._is_stuck else _LOG_PATIENCE_MS)
        except (OSError, ValueError):  # it has no descriptor, or is closed
            self._is_stuck = False
        return not self._is_stuck

    def _count(self, event: Event) -> None:
        match event:
            case RequestAnswered():
                code = event.code or str(event.http_status)
                self._requests.labels(event.route, event.method, code).inc()
                self._request_seconds.labels(event.route).observe(event.duration_ms / 1000)
            case JobQueued():
                self._queued.inc()
            case ChunkMerged():
                self._rows.labels("failed").inc(event.failed)
                self._rows.labels("processed").inc(event.rows - event.failed)
                self._chunk_seconds.observe(event.duration_ms / 1000)
            case JobFinished():
                self._finished.labels(event.status).inc()
            case JobRescued():
                self._rescued.inc()
            case WorkerStopped():
                self._worker_exits.inc()
            case FaultCaught():
                self._faults.inc()
            case ConnectionsEnded():
                self._ended.labels(event.reason).inc(event.count)
            case _:
                pass

    def prometheus_text(self, jobs_by_status: dict[str, int]) -> bytes:
        """Return all counters, and the jobs in the store, as Prometheus text."""
        for status, count in jobs_by_status.items():
            self._jobs.labels(status).set(count)
        return generate_latest(self._registry)


def quiet_libraries() -> None:
    """Silence the libraries' own logs: they print query strings, and events say the rest."""
    logging.basicConfig(level=logging.CRITICAL)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
