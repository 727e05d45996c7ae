"""The system calls by which SQLite writes: counted, or one of them struck by a fault, by strace."""

import re
import shutil
import subprocess
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CALLS = ("pwrite64", "fsync", "fdatasync", "ftruncate", "unlink")
_FILES = ("control.db", "subscriptions/123-abc-456.db")
_LINE = re.compile(r"(\d+) +(\w+)\(")


@cache
def why_no_strace() -> str | None:
    """Return what is missing for faults at single system calls, or None."""
    if shutil.which("strace") is None:
        return "strace is missing: install it"
    tried = subprocess.run(["strace", "-f", "-e", "trace=none", "true"], capture_output=True, check=False)
    return None if tried.returncode == 0 else "strace may not trace here: allow ptrace"


@dataclass(frozen=True)
class Point:
    """The nth call of one name that a thread makes on the watched files."""

    call: str
    number: int

    def __str__(self) -> str:
        return f"{self.call}:{self.number}"


def watching(data: Path, log: Path, *, control: bool) -> list[str]:
    """Return the command under which a program's writes are noted; it stays the process itself.

    `control` says whether to watch the control store, else it is the subscription's.
    """
    store = data / _FILES[0 if control else 1]
    paths = [part for name in (store, f"{store}-wal") for part in ("-P", str(name))]
    strace = ["strace", "-D", "-f", "-qq", "-o", str(log)]
    return [*strace, *paths, "-e", f"trace={','.join(CALLS)}"]


def striking(data: Path, log: Path, point: Point, fault: str, *, control: bool) -> list[str]:
    """Return the command under which a program meets a fault at one call: `signal=KILL`, `error=EIO`."""
    injection = f"inject={point.call}:{fault}:when={point.number}"
    return [*watching(data, log, control=control), "-e", injection]


def points_in(log: Path) -> list[Point]:
    """Return every point of a run that was watched: the most calls of each name that one thread made."""
    threads: dict[str, Counter[str]] = defaultdict(Counter)
    for line in log.read_text().splitlines():
        if found := _LINE.match(line):
            threads[found[1]][found[2]] += 1
    most = {call: max((made[call] for made in threads.values()), default=0) for call in CALLS}
    return [Point(call, number) for call, times in most.items() for number in range(1, times + 1)]
