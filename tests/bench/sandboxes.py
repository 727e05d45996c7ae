"""What a test pays for a Marketo of its own, and for what others have for other clouds, one after the other.

`leadline sandbox` is asked as its users ask it; its neighbours do what comes nearest. Memory is what all of
their processes hold, pages that they share included.
"""

import statistics
from collections.abc import Sequence

from tests.bench.neighbours import NEIGHBOURS, Neighbour
from tests.bench.timing import STARTS, TIMES, Figures, memory_mb, timed
from tests.sandbox.server import SandboxProcess, start_sandbox

_FILE = "email,firstName\na{0}@example.com,Ann\nb{0}@example.com,Bob\nc{0}@example.com,Cid\n"
_ENDS = ("Complete", "Failed")

ROWS = {
    "ready": ("ready, a worker warm", "600"),
    "made": ("a subscription made", "20"),
    "reset": ("reset", "10; p95 30"),
    "stored": ("three rows, POST to `Complete`", "15"),
    "memory": ("memory at rest, MB", "180"),
    "stop": ("stop", "100"),
}
"""What is measured, how the table calls it, and the aim."""


def sandboxes() -> str:
    """Measure all that is here, and return the table."""
    return table(_sandbox(), [(each, each.measure(_FILE)) for each in NEIGHBOURS])


def table(ours: Figures, theirs: Sequence[tuple[Neighbour, Figures]]) -> str:
    """Return a table, which says whose figures are missing in it, and why."""
    names = "".join(f" {each.name} | p95 |" for each, _ in theirs)
    lines = [
        f"| ms, median of its times | `leadline sandbox` | p95 | aim |{names}",
        "|---" * (4 + 2 * len(theirs)) + "|",
    ]
    for key, (name, aim) in ROWS.items():
        others = "".join(f" {_shown(figures[key]) if figures else '- | -'} |" for _, figures in theirs)
        lines.append(f"| {name} | {_shown(ours[key])} | {aim} |{others}")
    missing = [
        f"{each.name} was not to be had: there is no {each.program}."
        for each, figures in theirs
        if not figures
    ]
    return "\n".join([*lines, *([""] if missing else []), *missing])


def _shown(figures: list[float]) -> str:
    late = sorted(figures)[int(len(figures) * 0.95)]
    return f"{statistics.median(figures):.1f} | {late:.1f}"


def _sandbox() -> Figures:
    figures: Figures = {}
    for turn in range(STARTS):
        with timed(figures, "ready"):
            sandbox = start_sandbox()
        _use(sandbox, figures)
        figures.setdefault("memory", []).append(memory_mb(sandbox.process.pid))
        with timed(figures, "stop"):
            assert sandbox.stop() == 0, turn
    return figures


def _use(sandbox: SandboxProcess, figures: Figures) -> None:
    for number in range(TIMES // STARTS):
        with timed(figures, "made"):
            own = sandbox.make()
        with timed(figures, "stored"):
            batch_id = own.submit(_FILE.format(number))
            while (status := own.status(batch_id)["status"]) not in _ENDS:
                pass
        assert status == "Complete"
        with timed(figures, "reset"):
            answer = own.control("POST", "reset", json={"to": "seed"})
        assert answer.status_code == 200, answer.text
        own.control("DELETE")
