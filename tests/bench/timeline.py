"""Where the time of one import goes: from POST to the poll that says Complete, step by step, and by thread.

The steps are the events that the server logs of the job, each when it reaches the server: a moment after the worker
told it, later on a busy machine. Processor time is read from the system for each thread,
whenever the job is polled.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leadline import clock
from tests.bench.files import write_file
from tests.bench.ours import Ours

REPEATS = 5
NAMED_THREADS = Path(__file__).with_name("named_threads")
_LEAST_MS = 5.0
_NUMBER = re.compile(r"[-_]?\d+")
"""Threads that do the same are counted together."""
STEPS = {
    "JobQueued": "POST, until job and file are durable",
    "JobClaimed": "until a worker has claimed it",
    "ChunkParsed": "until the chunk is ready",
    "ChunkDecided": "decided, under the lock",
    "ChunkWritten": "written",
    "ChunkMerged": "committed",
    "JobFinished": "until the job is told finished",
}
"""By the event that ends it, what a step is."""


@dataclass
class Timeline:
    """One import: when it began, the events of its job, when a poll said Complete, and processor time by thread."""

    began: float
    events: list[dict[str, Any]]
    ended: float
    used_ms: Counter[str] = field(default_factory=Counter)

    @property
    def took_ms(self) -> float:
        """All of it."""
        return self.ended - self.began

    def table(self, name: str) -> str:
        """Return Markdown tables of the steps and of the threads."""
        lines = [f"| {name}, ms: the step | ends at | takes |", "|---|---|---|"]
        before, chunk, sums = self.began, 0, Counter[str]()
        for event in self.events:
            step = STEPS[event["event"]]
            chunk += event["event"] == "ChunkParsed"
            rows = f" of {event['rows']:,} rows" if event["event"] == "ChunkParsed" else ""
            which = f"chunk {chunk}{rows}: " if event["event"].startswith("Chunk") else ""
            took, before = event["at"] - before, event["at"]
            sums[step] += took
            lines.append(f"| {which}{step} | {event['at'] - self.began:.0f} | {took:.0f} |")
        lines.append(
            f"| until a poll says Complete | {self.took_ms:.0f} | {max(self.ended - before, 0):.0f} |"
        )
        told = ", ".join(f"{step} {took:.0f}" for step, took in sums.items())
        used = [f"{name} {ms:.0f}" for name, ms in self.used_ms.most_common() if ms >= _LEAST_MS]
        return "\n".join([*lines, "", f"In sum: {told}.", f"Processor time: {', '.join(used)}."])


def timeline(folder: Path) -> str:
    """Return the timelines of a new and of an identical file: of some repeats, those that took the middle time."""
    place = folder / "timeline"
    place.mkdir()
    file = write_file(place / "people.csv")
    found: dict[str, list[Timeline]] = {"into an empty store": [], "the identical file again": []}
    for number in range(REPEATS):
        ours = Ours(place / f"data{number}", env={"PYTHONPATH": str(NAMED_THREADS)})
        for lines in found.values():
            lines.append(_watched(ours, file))
            ours.quiet()
        ours.stop()
    return "\n\n".join(
        sorted(lines, key=lambda line: line.took_ms)[len(lines) // 2].table(name)
        for name, lines in found.items()
    )


def _watched(ours: Ours, file: Path) -> Timeline:
    seen, finished = len(ours.server.events()), len(ours.server.events("JobFinished"))
    pids = {ours.server.process.pid: "server", **dict.fromkeys(ours.server.worker_pids(), "worker")}
    at_first, at_last = _used(pids), dict[tuple[int, int], tuple[str, int]]()
    began = clock.now_ms()
    ours.load(file, watch=lambda: at_last.update(_used(pids)))
    ended = clock.now_ms()
    ours.server.wait_for("JobFinished", finished + 1)
    events = [each for each in ours.server.events(start=seen) if each["event"] in STEPS]
    used_ms = Counter[str]()
    for thread, (name, spent) in at_last.items():
        used_ms[name] += (spent - at_first.get(thread, (name, 0))[1]) / 1e6
    return Timeline(began, sorted(events, key=lambda event: event["at"]), ended, used_ms)


def _used(pids: dict[int, str]) -> dict[tuple[int, int], tuple[str, int]]:
    """Return the name of each thread and the nanoseconds that it has run."""
    found = {}
    for pid, role in pids.items():
        for task in Path(f"/proc/{pid}/task").iterdir():
            try:
                name, spent = (task / "comm").read_text().strip(), (task / "schedstat").read_text().split()[0]
            except OSError:
                continue  # it has ended meanwhile
            found[pid, int(task.name)] = (f"{role} {_NUMBER.sub('', name)}", int(spent))
    return found
