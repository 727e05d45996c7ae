"""The system calls by which SQLite writes: counted, or one of them struck by a fault, by strace."""

import re
import shutil
import subprocess
from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

CALLS = ("pwrite64", "fsync", "fdatasync", "ftruncate", "unlink")
FILE_CALLS = ("fsync", "mkdir", "linkat", "unlink")
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


class Watched(Enum):
    """Whose calls are noted: those on a store's file and log, or all by which files come and go beside them.

    The files of uploads cannot be named before they are there.
    """

    STORE = "subscriptions/123-abc-456.db"
    CONTROL = "control.db"
    UPLOADS = ""


def watching(data: Path, log: Path, watched: Watched) -> list[str]:
    """Return the command under which a program's writes are noted; it stays the process itself."""
    strace = ["strace", "-D", "-f", "-qq", "-o", str(log)]
    if watched is Watched.UPLOADS:
        return [*strace, "-y", "-e", f"trace={','.join(FILE_CALLS)}"]
    store = data / watched.value
    paths = [part for name in (store, f"{store}-wal") for part in ("-P", str(name))]
    return [*strace, *paths, "-e", f"trace={','.join(CALLS)}"]


def striking(data: Path, log: Path, point: Point, fault: str, watched: Watched) -> list[str]:
    """Return the command under which a program meets a fault at one call: `signal=KILL`, `error=EIO`."""
    injection = f"inject={point.call}:{fault}:when={point.number}"
    return [*watching(data, log, watched), "-e", injection]


def points_in(log: Path, watched: Watched) -> list[Point]:
    """Return every point of a run that was watched: the calls of each name that a thread made, by their numbers.

    Of all files those count that lie with the stores of subscriptions.
    """
    threads: dict[str, Counter[str]] = defaultdict(Counter)
    points = set()
    for line in log.read_text().splitlines():
        if found := _LINE.match(line):
            threads[found[1]][found[2]] += 1
            if watched is not Watched.UPLOADS or "/subscriptions/" in line:
                points.add(Point(found[2], threads[found[1]][found[2]]))
    order = (*CALLS, *FILE_CALLS)
    return sorted(points, key=lambda point: (order.index(point.call), point.number))
