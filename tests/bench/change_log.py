"""What the change log costs: the same files with it and without it, and the bytes that it takes.

Seconds of wall, and of processor: the worker's, and those of a database's own processes. The aim is for both.
"""

import shutil
import statistics
from pathlib import Path

from tests.bench.files import ROWS, write_file
from tests.bench.ours import Ours
from tests.stores import open_stores

DAYS = {"with": 7, "without": 0}
_MUNCHKIN_ID = "123-ABC-456"


def change_log(folder: Path, repeats: int) -> str:
    """Return a table: a new file, the same with one field changed, and that again."""
    files = {
        "into an empty store": write_file(folder / "new.csv"),
        "one field changed": write_file(folder / "changed.csv", title="Boss"),
        "the identical file again": folder / "changed.csv",
    }
    spent: dict[tuple[str, str], list[tuple[float, float]]] = {}
    grown: dict[str, int] = {}
    for turn in range(repeats):
        for side in sorted(DAYS, reverse=bool(turn % 2)):
            place = folder / f"log{turn}{side}"
            place.mkdir()
            ours = Ours(place / "data", env={"LEADLINE_LIMITS__HISTORY_DAYS": str(DAYS[side])})
            before = 0
            for name, file in files.items():
                ours.quiet()
                began = ours.cpu_seconds()
                wall = ours.load(file)
                spent.setdefault((name, side), []).append((wall, ours.cpu_seconds() - began))
                now = _bytes_of(place / "data")
                if side == "with":
                    grown[name], before = now - before, now
            ours.stop()
            shutil.rmtree(place)
    lines = [
        "| change log, 143,500 rows | with, s | without | ratio (aim: 1.05) | with, s of CPU | without | ratio | bytes |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in files:
        told = [name]
        for own, other in zip(*(_medians(spent[name, side]) for side in DAYS), strict=True):
            told += [f"{own:.2f}", f"{other:.2f}", f"{own / other:.2f}"]
        lines.append(f"| {' | '.join([*told, f'{grown[name]:,}'])} |")
    a_cell = grown["one field changed"] / ROWS
    return "\n".join([*lines, "", f"A changed cell takes {a_cell:.1f} bytes (aim: at most 25)."])


def _medians(times: list[tuple[float, float]]) -> list[float]:
    return [statistics.median(each) for each in zip(*times, strict=True)]


def _bytes_of(data: Path) -> int:
    stores = open_stores(data)
    with stores.subscription(_MUNCHKIN_ID).read() as session:
        sql = "SELECT coalesce(sum(length(block)), 0) AS bytes FROM {schema}.change_part"
        size = int(session.built_rows(sql, {})[0]["bytes"])
    stores.close()
    return size
