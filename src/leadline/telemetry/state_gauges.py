"""Gauges of a server's state, made anew for each answer: what is unknown is left out, and is never a 0."""

import os
from collections.abc import Iterator, Mapping
from functools import partial

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from leadline import clock
from leadline.events.server_state import DiskSpace, ServerState, StoreFigures

_OF_WORKERS = {
    "process_cpu_seconds": "Processor time that a worker process has used",
    "process_resident_memory_bytes": "Memory of a worker process, with what it shares with others",
    "process_open_fds": "Files that a worker process has open",
    "process_max_fds": "Files that a worker process may have open",
    "process_start_time_seconds": "When a worker process was started, seconds since 1970",
}


class StateGauges(Collector):
    """Makes gauges of `state`."""

    state: ServerState | None = None

    def describe(self) -> list[Metric]:
        """Return nothing: what there is depends on the state."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        if self.state is None:
            return
        yield _gauge(
            "leadline_ready", "1 where a file that is posted now is taken up at once", self.state.is_ready
        )
        yield _gauge("leadline_store_up", "1 where the control store answers", self.state.is_store_up)
        yield _gauge("leadline_workers", "Worker processes that there should be", self.state.workers_wanted)
        yield _gauge(
            "leadline_workers_alive",
            "Worker processes that have started and give signs of life",
            len(self.state.workers),
        )
        if self.state.certificate_ends_at is not None:
            yield _gauge(
                "leadline_certificate_end_timestamp_seconds",
                "When the certificate in use ends, seconds since 1970",
                self.state.certificate_ends_at,
            )
        yield from _of_workers(self.state.workers)
        if self.state.figures is not None:
            yield from _of_stores(self.state.figures)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _of_stores(figures: StoreFigures) -> Iterator[Metric]:
    yield _gauge("leadline_subscriptions", "Subscriptions that there are", figures.subscriptions)
    yield _gauge(
        "leadline_subscriptions_unreadable",
        "Subscriptions whose store could not be read; their jobs are not counted",
        figures.unreadable,
    )
    if not figures.subscriptions or figures.unreadable < figures.subscriptions:
        yield from _of_jobs(figures)
    if figures.disk is not None:
        yield from _of_disk(figures.disk)


def _of_jobs(figures: StoreFigures) -> Iterator[Metric]:
    jobs = GaugeMetricFamily(
        "leadline_jobs", "Jobs in the stores now, of all subscriptions, by status", labels=["status"]
    )
    for status, count in figures.jobs.items():
        jobs.add_metric([status], count)
    yield jobs
    since = figures.oldest_queued_at
    waited = 0.0 if since is None else max(clock.now_ms() / 1000 - since, 0.0)
    yield _gauge(
        "leadline_oldest_queued_seconds",
        "How long the job has waited that waits longest; 0 where none does",
        waited,
    )
    yield _gauge(
        "leadline_upload_bytes", "Bytes of the files of jobs that have not ended", figures.upload_bytes
    )


def _of_disk(disk: DiskSpace) -> Iterator[Metric]:
    yield _gauge("leadline_disk_bytes", "Size of the disk of the embedded stores", disk.size)
    yield _gauge(
        "leadline_disk_free_bytes", "What the disk of the embedded stores has free for the server", disk.free
    )


def _of_workers(workers: Mapping[int, int]) -> Iterator[Metric]:
    """Yield what the system knows of each worker process; threads of this process are none."""
    families: dict[str, Metric] = {}
    for number, pid in workers.items():
        if pid == os.getpid():
            continue
        for found in ProcessCollector(pid=partial(int, pid), registry=CollectorRegistry()).collect():
            if found.name in _OF_WORKERS:
                name = found.name.replace("process_", "leadline_worker_", 1)
                family = families.setdefault(name, Metric(name, _OF_WORKERS[found.name], found.type))
                for sample in found.samples:
                    family.add_sample(
                        sample.name.replace("process_", "leadline_worker_", 1),
                        {"worker": str(number)},
                        sample.value,
                    )
    yield from families.values()
