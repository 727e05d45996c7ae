"""Leadline beside SQL written by hand: into the product's own table, and into a plain one of the file's columns."""

import statistics
from functools import partial
from pathlib import Path

from tests.bench import by_hand
from tests.bench.by_hand import ByShell
from tests.bench.by_psql import ByPsql
from tests.bench.files import ROWS
from tests.bench.hand_tables import TABLES
from tests.bench.ours import Ours
from tests.bench.races import FRESH, HALF, MILLION_BYTES_MAX, SAME, Loader, Races, Side, ratio

AIMS = {
    "sqlite": {
        FRESH: {"product": 0.9, "plain": 1.3},
        HALF: {"product": 0.8, "plain": 1.1},
        SAME: {"product": 0.45, "plain": 0.8},
    },
    "postgres": {FRESH: {"product": 0.85}, HALF: {"product": 1.1}, SAME: {"product": 0.4}},
}
_OURS = "Leadline"


def hand(kind: str, table: str) -> Side | None:
    """Return what loads by hand into a table; None where its tool is missing."""
    if kind == "sqlite" and by_hand.shell() is None:
        return None
    tool, made = ByShell if kind == "sqlite" else ByPsql, TABLES[table](kind)

    def at(place: Path) -> Loader:
        return tool(place, made)

    return at


def beside_sql(folder: Path, kind: str, repeats: int, *, quick: bool) -> str:
    """Run the three cases and return the table."""
    sides: dict[str, Side] = {_OURS: partial(Ours, upload_bytes_max=MILLION_BYTES_MAX)}
    sides |= {name: side for name in TABLES if (side := hand(kind, name)) is not None}
    races = Races(folder, kind, sides, repeats)
    races.run(quick=quick)
    return table(races, AIMS[kind])


def table(races: Races, aims: dict[str, dict[str, float]]) -> str:
    """Return a Markdown table: a line for each case, and how it stands to each table by hand."""
    by_hands = "".join(f" {name} table by hand, s | ratio (min..max) | aim |" for name in TABLES)
    lines = [
        f"| 10 MB, 143,500 rows | Leadline, s | rows/s |{by_hands}",
        "|---" * (3 + 3 * len(TABLES)) + "|",
    ]
    for case, times in races.times.items():
        own = statistics.median(times[_OURS])
        line = f"| {case} | {own:.2f} | {ROWS / own:,.0f} |"
        for name in TABLES:
            line += f" {_against(times[_OURS], times.get(name), aims[case].get(name))} |"
        lines.append(line)
    return "\n".join([*lines, "", f"Peak memory of a worker: {races.peak_mb:.0f} MB (aim: below 450 MB)."])


def _against(own: list[float], other: list[float] | None, aim: float | None) -> str:
    told = "- | -" if other is None else f"{statistics.median(other):.2f} | {ratio(own, other)}"
    return f"{told} | {aim or '-'}"
