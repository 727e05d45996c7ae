"""How much longer a file takes when the store has grown from 100 thousand to 10 million leads."""

import shutil
import statistics
from pathlib import Path

from tests.bench.files import HEADER, ROWS, people, write_file
from tests.bench.ours import Ours

SIZES = (100_000, 1_000_000, 10_000_000)
REPEATS = 5
AIM = 1.3


def _spread_file(path: Path, size: int, turn: int) -> Path:
    """Write a file of which half are people from all over a store, the others are new to it."""
    known = ROWS // 2
    new = size + turn * ROWS
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for number in range(known):
            file.write(people(1, number * size // known, f"Boss {turn}"))
            file.write(people(1, new + number, "Boss"))
    return path


def growth(folder: Path) -> str:
    """Grow a store, time files at each size; return a Markdown table."""
    place = folder / "growth"
    place.mkdir()
    ours = Ours(place / "data", upload_bytes_max=2_000_000_000)
    there, medians, lines = 0, list[float](), list[str]()
    for size in SIZES:
        print(f"  growing to {size:,} leads ...", flush=True)
        ours.load(write_file(place / "grow.csv", size - there, there))
        there = size
        times = []
        for turn in range(REPEATS):
            ours.quiet()
            times.append(ours.load(_spread_file(place / "spread.csv", size, turn)))
            print(f"  {size:,} leads: {times[-1]:.2f} s", flush=True)
        medians.append(statistics.median(times))
        spread = f"{min(times):.2f}..{max(times):.2f}"
        lines.append(f"| {size:,} | {medians[-1]:.2f} ({spread}) | {medians[-1] / medians[0]:.2f} |")
    peak = ours.peak_memory_mb()
    ours.stop()
    shutil.rmtree(place)
    head = f"| leads in the store | 10 MB, half match, s | times the first (aim: at most {AIM}) |"
    return "\n".join([head, "|---|---|---|", *lines, "", f"Peak memory of the worker: {peak:.0f} MB."])
