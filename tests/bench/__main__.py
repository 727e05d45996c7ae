"""`make bench`: the ratios of this machine, from one interleaved run.

`--quick` runs two repeats; `--large` adds a file of 1 GB with the size limit raised;
`--growth` times one file while the store grows to ten million leads, and nothing else.
`--only push` reads and splits files of 1 GB as `leadline push` does.
"""

import argparse
import datetime
import os
import platform
import shutil
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from leadline import __version__
from tests.bench import by_hand, by_psql
from tests.bench.change_log import change_log
from tests.bench.files import ROWS, write_file
from tests.bench.growth import growth
from tests.bench.history import history
from tests.bench.ours import Ours
from tests.bench.polls import polls
from tests.bench.push import push
from tests.bench.sandboxes import sandboxes
from tests.bench.side_by_side import side_by_side
from tests.bench.trust import trust
from tests.bench.under_load import BESIDE_IMPORTS
from tests.clusters import cluster, copy_store, url_for
from tests.stores import use_store

MILLION = 1_000_000
LARGE_ROWS = 13_700_000
_FRESH, _HALF, _SAME = "into an empty store", "into 1 million leads, half match", "the identical file again"
AIMS = {
    "sqlite": {_FRESH: 1.0, _HALF: 0.8, _SAME: 0.5},
    "postgres": {_FRESH: 0.9, _HALF: 1.2, _SAME: 0.5},
}
Loader = Callable[[Path], float]


class Bench:
    """Files and stores on one database, in one directory that is gone afterwards."""

    def __init__(self, folder: Path, repeats: int, kind: str) -> None:
        self.folder = folder / kind
        self.folder.mkdir()
        self.repeats = repeats
        self.kind = kind
        self.times: dict[str, list[tuple[float, float | None]]] = {}
        self.peak_mb = 0.0
        self.file = write_file(self.folder / "people.csv")
        self.half = write_file(self.folder / "half.csv", first=MILLION - ROWS // 2, title="Boss")
        use_store(kind)

    def race(self, name: str, ours: Loader, hand: Loader | None, file: Path, turn: int) -> None:
        """Time both sides on a file, taking turns at being first."""
        if hand is not None and turn % 2:
            by_hand_seconds: float | None = hand(file)
            our_seconds = ours(file)
        else:
            our_seconds = ours(file)
            by_hand_seconds = hand(file) if hand is not None else None
        self.times.setdefault(name, []).append((our_seconds, by_hand_seconds))
        print(f"  {name}: {our_seconds:.2f} s, by hand {by_hand_seconds or float('nan'):.2f} s", flush=True)

    def small_store(self, turn: int) -> None:
        """Load the file into an empty store, then the identical file again."""
        place = self.folder / f"small{turn}"
        place.mkdir()
        ours, hand = Ours(place / "data"), self.hand(place / "hand")
        self.race(_FRESH, ours.load, hand, self.file, turn)
        ours.quiet()
        self.race(_SAME, ours.load, hand, self.file, turn)
        self.peak_mb = max(self.peak_mb, ours.peak_memory_mb())
        ours.stop()
        shutil.rmtree(place)

    def hand(self, place: Path, *, fresh: bool = True) -> Loader | None:
        """Return the reference loader on its own table; None where its tool is missing."""
        if self.kind == "sqlite" and by_hand.shell() is None:
            return None
        where = str(place) if self.kind == "sqlite" else url_for(self.kind, place)
        tool = by_hand if self.kind == "sqlite" else by_psql
        if fresh:
            tool.make_table(where)
        return lambda file: tool.load(where, file)

    def million(self) -> None:
        """Load a file of which half matches into one million leads, each time into a fresh copy."""
        seed = self.folder / "seed"
        seed.mkdir()
        print("  preparing one million leads ...", flush=True)
        everyone = write_file(self.folder / "million.csv", MILLION)
        ours = Ours(seed / "data", upload_bytes_max=200_000_000)
        ours.load(everyone)
        ours.quiet()
        ours.stop()
        hand = self.hand(seed / "hand")
        if hand is not None:
            hand(everyone)
        for turn in range(self.repeats):
            place = self.folder / f"million{turn}"
            place.mkdir()
            copy_store(self.kind, seed / "data", place / "data")
            if hand is not None:
                copy_store(self.kind, seed / "hand", place / "hand")
            running = Ours(place / "data", upload_bytes_max=200_000_000)
            copy = self.hand(place / "hand", fresh=False)
            self.race(_HALF, running.load, copy, self.half, turn)
            self.peak_mb = max(self.peak_mb, running.peak_memory_mb())
            running.stop()
            shutil.rmtree(place)

    def large(self) -> None:
        """Load a file of 1 GB."""
        file = write_file(self.folder / "large.csv", LARGE_ROWS)
        place = self.folder / "large"
        place.mkdir()
        ours = Ours(place / "data", upload_bytes_max=2_000_000_000)
        seconds = ours.load(file)
        size_mb = file.stat().st_size / 1e6
        print(
            f"\n{size_mb:.0f} MB, {LARGE_ROWS:,} rows: {seconds:.0f} s, {LARGE_ROWS / seconds:,.0f} rows/s,",
            end=" ",
        )
        print(f"peak memory of the worker {ours.peak_memory_mb():.0f} MB")
        ours.stop()

    def table(self) -> str:
        """Return the result as a Markdown table."""
        lines = [
            "| 10 MB, 143,500 rows | Leadline, s | rows/s | by hand, s | ratio (min..max) | aim |",
            "|---|---|---|---|---|---|",
        ]
        for name, aim in AIMS[self.kind].items():
            if name in self.times:
                lines.append(_line(name, self.times[name], aim))
        return "\n".join([*lines, "", f"Peak memory of a worker: {self.peak_mb:.0f} MB (aim: below 500 MB)."])


def _line(name: str, times: list[tuple[float, float | None]], aim: float) -> str:
    ours = statistics.median(each for each, _ in times)
    hand = [each for _, each in times if each is not None]
    if not hand:
        return f"| {name} | {ours:.2f} | {ROWS / ours:,.0f} | - | - | {aim} |"
    ratios = [our / their for our, their in times if their is not None]
    spread = f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f}..{max(ratios):.2f})"
    return f"| {name} | {ours:.2f} | {ROWS / ours:,.0f} | {statistics.median(hand):.2f} | {spread} | {aim} |"


def _computer() -> str:
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Leadline {__version__}, {datetime.date.today()}, {os.cpu_count()} cores, {memory_gb:.0f} GB, "
        f"Python {platform.python_version()}"
    )


def _machine(kind: str) -> str:
    if kind == "sqlite":
        tool = f"sqlite3 shell {by_hand.version() if by_hand.shell() else 'not installed'}"
    else:
        tool = f"PostgreSQL {by_psql.version(cluster().url())} with its defaults, on the same machine"
    return f"{_computer()}, {tool}, POST to Complete, ledger included"


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two repeats, without the store of one million")
    parser.add_argument("--large", action="store_true", help="also a file of 1 GB, on SQLite")
    parser.add_argument("--growth", action="store_true", help="only a store that grows to ten million leads")
    parser.add_argument(
        "--only", choices=(*sorted(AIMS), "sandbox", "push"), help="one database, the sandbox or push alone"
    )
    options = parser.parse_args()
    if options.only == "sandbox":
        print(f"{_computer()}\n\n{sandboxes()}")
        return
    if options.only == "push":
        with tempfile.TemporaryDirectory(prefix="leadline-bench-") as folder:
            print(f"{_computer()}\n\n{push(Path(folder))}")
        return
    if by_hand.shell() is None:
        print("The sqlite3 shell is not installed, so the column `by hand` is left out.")
    with tempfile.TemporaryDirectory(prefix="leadline-bench-") as folder:
        for kind in AIMS if options.only is None else (options.only,):
            bench = Bench(Path(folder), 2 if options.quick else 5, kind)
            if options.growth:
                hand = bench.hand(bench.folder / "grown") or (lambda file: float("nan"))
                print(f"\n{_machine(kind)}\n\n{growth(bench.folder, hand)}", flush=True)
                continue
            for turn in range(bench.repeats):
                bench.small_store(turn)
            if not options.quick:
                bench.million()
            print(f"\n{_machine(kind)}\n\n{bench.table()}")
            print(f"\n{change_log(bench.folder, bench.repeats)}", flush=True)
            print(f"\n{history(bench.folder)}", flush=True)
            print(f"\n{trust(bench.folder, bench.repeats)}", flush=True)
            if options.large and kind == "sqlite":
                bench.large()
            for calls in BESIDE_IMPORTS:
                print(f"\n{calls(bench.folder)}", flush=True)
            if kind == "postgres":
                print(f"\n{side_by_side(bench.folder)}\n{polls(bench.folder)}")


if __name__ == "__main__":
    main()
