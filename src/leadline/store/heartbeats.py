"""Which workers of stores on a PostgreSQL server have ended (queue §6).

A worker's name holds its machine and its process, so other processes of that machine see at once
that it has ended. On other machines only the heartbeat of its job is known: each observer measures
with its own clock how long the heartbeat has stood still. When that was a mistake, the job's token
keeps the worker from writing.
"""

import os
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Protocol

_JOBS_MAX = 10_000
"""How many jobs' heartbeats are remembered; the time of a job beyond that is measured from its beginning."""


def name_worker() -> str:
    """Return a name for this process that no other has, ever."""
    pid = os.getpid()
    return f"{_machine() or uuid.uuid4()}.{pid}.{_started(pid)}"


def has_ended(worker: str) -> bool:
    """Return whether a worker of this machine has ended; False for workers of other machines."""
    machine, pid, started = worker.rsplit(".", 2)
    return machine == _machine() and _started(int(pid)) != started


@cache
def _machine() -> str:
    """Name this start of this machine, and the process numbers seen from here; empty where unknown."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot}.{os.stat('/proc/self/ns/pid').st_ino}"
    return ""


def _started(pid: int) -> str:
    """Return when a process started, in the kernel's ticks; empty when it is none or has ended."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    return ""


class Held(Protocol):
    """A job or a preview that a worker has: which worker, and what its heartbeat was when it was read."""

    @property
    def task(self) -> int | str:
        """The number of the job, or the id of the preview."""
        ...

    @property
    def token(self) -> int:
        """The token that fences a worker which has lost it."""
        ...

    @property
    def worker(self) -> str:
        """The name of the worker."""
        ...

    @property
    def heartbeat(self) -> int:
        """How often the worker has shown that it lives."""
        ...


class Heartbeats:
    """What one process has seen of the workers' heartbeats."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, int | str], tuple[tuple[int, int], float]] = {}

    def have_ceased(self, munchkin_id: str, held: Held, now: float, lease: float) -> bool:
        """Return whether a task's worker has ended, or its heartbeat has stood still for as long as a lease.

        `now` is a reading of this process's own clock; both are seconds.
        """
        if has_ended(held.worker):
            return True
        beat = (held.token, held.heartbeat)
        last, since = self._seen.get((munchkin_id, held.task), (None, now))
        if last != beat:
            since = now
        self._seen.pop((munchkin_id, held.task), None)
        self._seen[munchkin_id, held.task] = (beat, since)  # behind all that were looked at before
        if len(self._seen) > _JOBS_MAX:
            del self._seen[next(iter(self._seen))]
        return now - since >= lease
