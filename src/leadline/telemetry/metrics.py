"""The metrics: counters of events, and gauges of what a server is like at the moment.

A label means the same in each of them: `route`, `method`, `http_status` and `code` are a call's, `status` is
a job's, `outcome` a row's, `reason` says why something ended or could not be done, `worker` is the number of
a worker of this server. Each has few values, however many clients and subscriptions there are; where they
are known before, the counter stands at 0 from the beginning.
"""

import platform
from collections.abc import Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from leadline import __version__
from leadline.events import (
    ChunkMerged,
    ConnectionsEnded,
    Event,
    FaultCaught,
    FilesExhausted,
    JobFinished,
    JobQueued,
    JobRescued,
    RequestAnswered,
    RightsMissing,
    StoreBusy,
    StoreDown,
    StoreFailed,
    StoreFull,
    WorkerStopped,
    WriteTurnHeld,
)
from leadline.events.server_state import ServerState
from leadline.telemetry.state_gauges import StateGauges

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_STORE_TROUBLES: dict[type[Event], str] = {
    StoreBusy: "busy",
    WriteTurnHeld: "held",
    StoreDown: "down",
    RightsMissing: "rights",
    FilesExhausted: "files",
    StoreFull: "full",
    StoreFailed: "failed",
}
_STOPPED, _FAILED, _KILLED = "stopped", "failed", "killed"
_SLOWNESS = ("head", "body", "answer", "leaving", "connections")

disable_created_metrics()  # when each counter began would be told by a series of its own


class Metrics:
    """All metrics of a server; counts may come from any thread."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "leadline_requests",
            "Calls answered; `code` is the error code of the answer, empty for a success",
            ["route", "method", "http_status", "code"],
            registry=registry,
        )
        self._request_seconds = Histogram(
            "leadline_request_seconds", "Time until an answer was made, by path", ["route"], registry=registry
        )
        self._queued = Counter("leadline_jobs_queued", "Jobs accepted", registry=registry)
        self._received = Counter(
            "leadline_received_bytes", "Bytes of the files of accepted jobs", registry=registry
        )
        self._finished = _by(
            registry, "leadline_jobs_finished", "Jobs finished", "status", ("Complete", "Failed")
        )
        self._rescued = _by(
            registry,
            "leadline_jobs_rescued",
            "Jobs taken from dead workers, by the status that they were given",
            "status",
            ("Queued", "Failed"),
        )
        self._rows = _by(registry, "leadline_rows", "Data rows committed", "outcome", ("processed", "failed"))
        self._chunk_seconds = Histogram(
            "leadline_chunk_seconds",
            "Time to look up, decide, write and commit a chunk of rows",
            registry=registry,
        )
        self._worker_exits = _by(
            registry,
            "leadline_worker_exits",
            "Worker processes ended: stopped as they were told, failed, or killed by a signal",
            "reason",
            (_STOPPED, _FAILED, _KILLED),
        )
        self._store_troubles = _by(
            registry,
            "leadline_store_troubles",
            "Times that a store could not be used as it should",
            "reason",
            _STORE_TROUBLES.values(),
        )
        self._lost = Counter(
            "leadline_log_lines_lost", "Log lines dropped because nobody read them", registry=registry
        )
        self._faults = Counter(
            "leadline_faults", "Unforeseen faults; a call that meets one is answered 611", registry=registry
        )
        self._ended = _by(
            registry,
            "leadline_connections_ended",
            "Connections ended because clients were too slow or too many",
            "reason",
            _SLOWNESS,
        )
        self._build = Gauge(
            "leadline_build_info",
            "Always 1; the labels say what runs",
            ["version", "python", "store"],
            registry=registry,
        )
        ProcessCollector(registry=registry)
        self._state = StateGauges()
        registry.register(self._state)

    def tell_build(self, store: str) -> None:
        """Say what runs; `store` is the kind of the control store."""
        self._build.labels(__version__, platform.python_version(), store).set(1)

    def expect_calls(self, calls: Iterable[tuple[str, str]]) -> None:
        """Let the counts of some calls stand at 0, each a route and a method."""
        for route, method in calls:
            self._requests.labels(route, method, "200", "")

    def count_lost_line(self) -> None:
        """Count a line of the log that could not be written."""
        self._lost.inc()

    def count(self, event: Event) -> None:
        """Count an event, if it is counted."""
        match event:
            case RequestAnswered():
                method = event.method if event.method in _METHODS else "other"
                self._requests.labels(event.route, method, str(event.http_status), event.code or "").inc()
                self._request_seconds.labels(event.route).observe(event.duration_ms / 1000)
            case JobQueued():
                self._queued.inc()
                self._received.inc(event.file_bytes)
            case ChunkMerged():
                self._rows.labels("failed").inc(event.failed)
                self._rows.labels("processed").inc(event.rows - event.failed)
                self._chunk_seconds.observe(event.duration_ms / 1000)
            case JobFinished():
                self._finished.labels(event.status).inc()
            case JobRescued():
                self._rescued.labels(event.status).inc()
            case WorkerStopped():
                ended = _FAILED if event.exit_code > 0 else _KILLED
                self._worker_exits.labels(_STOPPED if event.was_told else ended).inc()
            case FaultCaught():
                self._faults.inc()
            case ConnectionsEnded():
                self._ended.labels(event.reason).inc(event.count)
            case _:
                if (reason := _STORE_TROUBLES.get(type(event))) is not None:
                    self._store_troubles.labels(reason).inc()

    def text(self, state: ServerState) -> bytes:
        """Return all metrics as Prometheus text, which one thread may ask for at a time."""
        self._state.state = state
        return generate_latest(self._registry)


def _by(registry: CollectorRegistry, name: str, meaning: str, label: str, values: Iterable[str]) -> Counter:
    """Return a counter of one label that stands at 0 for each of its values."""
    counter = Counter(name, meaning, [label], registry=registry)
    for value in values:
        counter.labels(value)
    return counter
