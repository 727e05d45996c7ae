"""What the change log costs: the same files with it and without it, and the bytes that it takes.

Processor time of the worker, since the seconds of a busy machine say little about a few in a hundred.
"""

import shutil
import statistics
from pathlib import Path

from tests.bench.files import ROWS, write_file
from tests.bench.ours import Ours
from tests.server import cpu_seconds
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
    spent: dict[tuple[str, str], list[float]] = {}
    grown: dict[str, int] = {}
    for turn in range(repeats):
        for side in sorted(DAYS, reverse=bool(turn % 2)):
            place = folder / f"log{turn}{side}"
            place.mkdir()
            ours = Ours(place / "data", history_days=DAYS[side])
            before = 0
            for name, file in files.items():
                began = _spent(ours)
                ours.load(file)
                ours.quiet()
                spent.setdefault((name, side), []).append(_spent(ours) - began)
                now = _bytes_of(place / "data")
                if side == "with":
                    grown[name], before = now - before, now
            ours.stop()
            shutil.rmtree(place)
    lines = [
        "| change log, 143,500 rows | with, s of CPU | without | ratio (aim: 1.05) | bytes |",
        "|---|---|---|---|---|",
    ]
    for name in files:
        own, other = (statistics.median(spent[name, side]) for side in DAYS)
        lines.append(f"| {name} | {own:.2f} | {other:.2f} | {own / other:.2f} | {grown[name]:,} |")
    a_cell = grown["one field changed"] / ROWS
    return "\n".join([*lines, "", f"A changed cell takes {a_cell:.1f} bytes (aim: at most 25)."])


def _spent(ours: Ours) -> float:
    return cpu_seconds(*ours.server.worker_pids())


def _bytes_of(data: Path) -> int:
    stores = open_stores(data)
    with stores.subscription(_MUNCHKIN_ID).read() as session:
        sql = "SELECT coalesce(sum(length(block)), 0) AS bytes FROM {schema}.change_part"
        size = int(session.built_rows(sql, {})[0]["bytes"])
    stores.close()
    return size
