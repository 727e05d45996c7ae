"""The three cases of the benchmark, loaded by several sides in turns."""

import shutil
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from tests.bench.files import ROWS, write_file
from tests.bench.ours import Ours
from tests.clusters import copy_store
from tests.server import cpu_seconds

MILLION, MILLION_BYTES_MAX = 1_000_000, 200_000_000
"""A file of a million people is larger than a file may be by default."""
FRESH, HALF, SAME = "into an empty store", "into 1 million leads, half match", "the identical file again"


class Loader(Protocol):
    """What loads files into a store or table of its own."""

    def load(self, file: Path) -> float:
        """Load a file; returns the seconds."""

    def quiet(self) -> None:
        """Wait until nothing goes on behind the last load, so that no run pays for another."""

    def stop(self) -> None:
        """End what runs."""


Side = Callable[[Path], Loader]
"""Opens the store or table at a place, which is made where there is nothing yet."""


class Races:
    """Seconds of each side by case, on one database, in one directory; of servers the processor's too, in `used`."""

    def __init__(self, folder: Path, kind: str, sides: dict[str, Side], repeats: int) -> None:
        self._folder = folder
        self._kind = kind
        self._sides = sides
        self._repeats = repeats
        self.times: dict[str, dict[str, list[float]]] = {}
        self.used: dict[str, dict[str, list[float]]] = {}
        self.peak_mb = 0.0

    def run(self, *, quick: bool = False) -> None:
        """Run all cases; `quick` leaves out the store of a million."""
        file = write_file(self._folder / "people.csv")
        for turn in range(self._repeats):
            place = self._folder / f"small{turn}"
            self._at(place, turn, (FRESH, file), (SAME, file))
        if not quick:
            self._million()

    def _million(self) -> None:
        """Load a file of which half matches into one million leads, each time into a fresh copy."""
        half = write_file(self._folder / "half.csv", first=MILLION - ROWS // 2, title="Boss")
        everyone = write_file(self._folder / "million.csv", MILLION)
        seed = self._folder / "seed"
        seed.mkdir()
        print("  preparing one million leads ...", flush=True)
        for name, side in self._sides.items():
            running = side(seed / name)
            running.load(everyone)
            running.quiet()
            running.stop()
        for turn in range(self._repeats):
            place = self._folder / f"million{turn}"
            place.mkdir()
            for name in self._sides:
                copy_store(self._kind, seed / name, place / name)
            self._at(place, turn, (HALF, half))
        shutil.rmtree(seed)

    def _at(self, place: Path, turn: int, *cases: tuple[str, Path]) -> None:
        """Let each side load each file, the first of them being another one in each turn."""
        place.mkdir(exist_ok=True)
        names, first = [*self._sides], turn % len(self._sides)
        names = names[first:] + names[:first]
        running = {name: self._sides[name](place / name) for name in names}
        for case, file in cases:
            for name, loader in running.items():
                began = _cpu_seconds(loader)
                seconds = loader.load(file)
                loader.quiet()
                self.times.setdefault(case, {}).setdefault(name, []).append(seconds)
                self.used.setdefault(case, {}).setdefault(name, []).append(_cpu_seconds(loader) - began)
                print(f"  {case}, {name}: {seconds:.2f} s", flush=True)
        for loader in running.values():
            if isinstance(loader, Ours):
                self.peak_mb = max(self.peak_mb, loader.peak_memory_mb())
            loader.stop()
        shutil.rmtree(place)


def _cpu_seconds(loader: Loader) -> float:
    """Return what a server, its workers and their database have used."""
    if not isinstance(loader, Ours):
        return float("nan")
    return loader.cpu_seconds() + cpu_seconds(loader.server.process.pid)


def ratio(own: Sequence[float], other: Sequence[float]) -> str:
    """Return the median ratio of runs that took turns, the least and the highest."""
    ratios = [one / another for one, another in zip(own, other, strict=True)]
    return f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f}..{max(ratios):.2f})"
