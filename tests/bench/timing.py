"""What the figures of a sandbox and of its neighbours are made of: times, and memory."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.leftovers import children_of

STARTS, TIMES = 5, 100
"""So many times each server is started, and used in all."""

Figures = dict[str, list[float]]
"""Milliseconds, or MB, by what was measured."""


@contextmanager
def timed(figures: Figures, name: str) -> Iterator[None]:
    """Note how long a block takes."""
    began = time.perf_counter()
    yield
    figures.setdefault(name, []).append((time.perf_counter() - began) * 1000)


def memory_mb(pid: int) -> float:
    """Return what a process and all that it has started hold in memory."""
    pages = sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in _family(pid))
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def proportional_mb(pid: int) -> float:
    """Return the same, with each page that processes share counted once."""
    kib = 0
    for each in _family(pid):
        lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
        kib += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kib / 2**10


def _family(pid: int) -> list[int]:
    pids = [pid]
    for each in pids:
        pids += children_of(each)
    return pids
