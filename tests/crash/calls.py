"""The system calls by which SQLite writes: counted, or one of them struck by a fault, by strace."""

import re
import shutil
import subprocess
from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

CALLS = ("pwrite64", "fsync", "fdatasync", "ftruncate", "linkat", "unlink", "rmdir")
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
    """Whose calls are noted: those on a store's file and log, or also on the folder of its large uploads.

    Their files cannot be named before they are there, so of removals all are noted.
    """

    STORE = ("subscriptions/123-abc-456.db", "subscriptions/123-abc-456.db-wal")
    CONTROL = ("control.db", "control.db-wal")
    UPLOADS = (*STORE, "subscriptions/123-abc-456.uploads")
    REMOVED = (
        *CONTROL,
        *(
            f"subscriptions/123-abc-456{end}"
            for end in (".db", ".db-wal", ".uploads", ".door", ".gate", ".lock")
        ),
    )
    REMOVALS = ()


def watching(data: Path, log: Path, watched: Watched) -> list[str]:
    """Return the command under which a program's writes are noted; it stays the process itself."""
    paths = [part for name in watched.value for part in ("-P", str(data / name))]
    calls = CALLS if paths else ("unlink",)
    return ["strace", "-D", "-f", "-qq", "-o", str(log), *paths, "-e", f"trace={','.join(calls)}"]


def striking(data: Path, log: Path, point: Point, fault: str, watched: Watched) -> list[str]:
    """Return the command under which a program meets a fault at one call: `signal=KILL`, `error=EIO`."""
    injection = f"inject={point.call}:{fault}:when={point.number}"
    return [*watching(data, log, watched), "-e", injection]


def points_in(log: Path, watched: Watched) -> list[Point]:
    """Return every point of a run that was watched: the most calls of each name that one thread made.

    Of all removals those of uploads are points.
    """
    threads: dict[str, Counter[str]] = defaultdict(Counter)
    points = set()
    for line in log.read_text().splitlines():
        if found := _LINE.match(line):
            threads[found[1]][found[2]] += 1
            if watched is not Watched.REMOVALS or ".uploads/" in line:
                points.add(Point(found[2], threads[found[1]][found[2]]))
    return sorted(points, key=lambda point: (CALLS.index(point.call), point.number))
