"""How much longer a file takes when the store has grown from 100 thousand to 10 million leads.

Three files: new people only; half of it known people who came one after the other; half of
it known people from all over the store. By hand the same file goes into a table of the same size.
"""

import shutil
import statistics
from collections.abc import Iterator
from pathlib import Path

from tests.bench.files import HEADER, ROWS, people, write_file
from tests.bench.ours import Ours
from tests.bench.races import Side

SIZES = (100_000, 1_000_000, 10_000_000)
REPEATS = 5
AIM = 1.3


def _new(size: int, fresh: int) -> Iterator[str]:
    yield people(ROWS, fresh)


def _together(size: int, fresh: int) -> Iterator[str]:
    yield people(ROWS // 2, (size - ROWS // 2) // 2, f"Boss {fresh}")
    yield people(ROWS - ROWS // 2, fresh)


def _all_over(size: int, fresh: int) -> Iterator[str]:
    known = ROWS // 2
    for number in range(known):
        yield people(1, number * size // known, f"Chief {fresh}")
        yield people(1, fresh + number)


FILES = {"new people": _new, "half known, together": _together, "half known, all over": _all_over}


def _write(path: Path, lines: Iterator[str]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        file.writelines(lines)
    return path


class Times:
    """Seconds of both sides by file and size of the store."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, int], list[tuple[float, float]]] = {}

    def note(self, name: str, size: int, ours: float, hand: float) -> None:
        """Keep a pair of loads."""
        self._seconds.setdefault((name, size), []).append((ours, hand))
        print(f"  {size:,} leads, {name}: {ours:.2f} s, by hand {hand:.2f} s", flush=True)

    def table(self) -> str:
        """Return the medians as a Markdown table."""
        seconds = ["Leadline, s", f"times the first (aim: {AIM})", "by hand, s", "times the first"]
        lines = [
            f"| leads in the store | file of 10 MB | {' | '.join(seconds)} |",
            "|---|---|---|---|---|---|",
        ]
        for (name, size), pairs in self._seconds.items():
            first = self._seconds[name, SIZES[0]]
            cells = [f"{size:,}", name]
            for now, then in zip(zip(*pairs, strict=True), zip(*first, strict=True), strict=True):
                middle = statistics.median(now)
                cells.append(f"{middle:.2f} ({min(now):.2f}..{max(now):.2f})")
                cells.append(f"{middle / statistics.median(then):.2f}")
            lines.append(f"| {' | '.join(cells)} |")
        return "\n".join(lines)


def growth(folder: Path, hand: Side | None) -> str:
    """Grow a store and a table loaded by hand, time files at each size; return a Markdown table.

    Where nothing loads by hand its times are no numbers.
    """
    place = folder / "growth"
    place.mkdir()
    ours, times = Ours(place / "data", upload_bytes_max=2_000_000_000), Times()
    by_hand = hand(place / "grown").load if hand is not None else lambda _: float("nan")
    there, fresh = 0, 2 * SIZES[-1]
    for size in SIZES:
        print(f"  growing to {size:,} leads ...", flush=True)
        more = write_file(place / "grow.csv", size - there, there)
        ours.load(more)
        by_hand(more)
        there = size
        for _ in range(REPEATS):
            for name, lines in FILES.items():
                file = _write(place / "timed.csv", lines(size, fresh))
                fresh += ROWS
                ours.quiet()
                times.note(name, size, ours.load(file), by_hand(file))
    peak = ours.peak_memory_mb()
    ours.stop()
    shutil.rmtree(place)
    return f"{times.table()}\n\nPeak memory of the worker: {peak:.0f} MB."
