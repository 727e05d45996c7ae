"""Dates that several orders of day and month fit: what a column's cells prove, and the cells as ISO 8601.

`03/04/2025` is in April or in March; `13/04/2025` is in April and says so for its whole column.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from leadline.source_file.outer_space import OUTER_SPACE

MONTH_FIRST, DAY_FIRST, YEAR_FIRST = "mdy", "dmy", "ymd"
ORDERS = (MONTH_FIRST, DAY_FIRST, YEAR_FIRST)
HINT = re.compile(r"[0-9][/.\-][0-9]{1,2}[/.\-][0-9]")
"""What stands in each cell that may be such a date."""

_DAY = r"(?P<a>[0-9]{1,4})(?P<mark>[/.\-])(?P<b>[0-9]{1,2})(?P=mark)(?P<c>[0-9]{4}|[0-9]{1,2})"
_TIME = (
    r"(?:(?:,?\s|[Tt])(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?P<part>[.,][0-9]+)?)?"
    r"(?:\s?(?P<half>[AaPp][Mm]))?(?P<zone>\s?(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
)
_DATED = re.compile(_DAY + _TIME)
_CACHED = 65_536
_LEAP_YEAR = 2000
"""Years of two digits are tried in a century that has the days of all."""


@dataclass(frozen=True, slots=True)
class _Written:
    """A date as it was written: three numbers and the text of its time, as ISO 8601 where it has one."""

    numbers: tuple[str, str, str]
    mark: str
    time: str
    is_iso: bool

    @property
    def begins_with_year(self) -> bool:
        """Whether four digits stand in front, so that no order is needed."""
        return len(self.numbers[0]) == 4

    def day(self, order: str) -> tuple[str, int, int] | None:
        """Return year as written, month and day as an order reads them, None where that is no day."""
        a, b, c = self.numbers
        year, month, day = {"mdy": (c, a, b), "dmy": (c, b, a), "ymd": (a, b, c)}[order]
        if len(year) not in (2, 4) or len(month) > 2 or len(day) > 2:
            return None
        try:
            date(int(year) if len(year) == 4 else _LEAP_YEAR + int(year), int(month), int(day))
        except ValueError:
            return None
        return year, int(month), int(day)


@dataclass(slots=True)
class DateEvidence:
    """What the dates of a column prove: how many cells fit which orders, by their names in one text.

    `examples` has the first cell of each such group. `needs_order` counts cells whose day differs by order,
    `year_first` those that begin with a year of four digits and need none.
    """

    groups: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    needs_order: int = 0
    year_first: int = 0
    all_dotted: bool = True

    def look_at(self, cells: Mapping[str, int]) -> None:
        """Count cells, each with the number of its rows."""
        for cell, rows in cells.items():
            written = _written(cell)
            if written is None or written.is_iso:
                continue
            if written.begins_with_year:
                self.year_first += rows
                continue
            found = {order: written.day(order) for order in ORDERS}
            fitting = " ".join(order for order in ORDERS if found[order])
            if not fitting:
                continue
            self.groups[fitting] += rows
            self.examples.setdefault(fitting, cell[:40])
            self.all_dotted = self.all_dotted and written.mark == "."
            if found[MONTH_FIRST] and found[DAY_FIRST] and found[MONTH_FIRST] != found[DAY_FIRST]:
                self.needs_order += rows

    @property
    def has_dates(self) -> bool:
        """Whether any cell is a date that is no ISO 8601."""
        return bool(self.groups) or self.year_first > 0

    @property
    def open_order(self) -> bool:
        """Whether only a person can say which order is meant."""
        return self.needs_order > 0 and self.decided is None

    @property
    def decided(self) -> str | None:
        """The one order that all cells fit, or the usual one where two tell the same days or have dots.

        None where two fit, or where some cells prove one order and others another.
        """
        fitting = [order for order in ORDERS if all(order in each.split() for each in self.groups)]
        usual = [order for order in fitting if order != YEAR_FIRST] or fitting
        if not self.groups:
            return YEAR_FIRST if self.year_first else None
        if not usual:
            return None
        if len(usual) == 2 and self.needs_order:
            return DAY_FIRST if self.all_dotted else None
        return usual[0]

    def proving(self, order: str) -> tuple[int, str]:
        """Return how many cells fit an order and no other of day and month, and the first of them."""
        other = {MONTH_FIRST: DAY_FIRST, DAY_FIRST: MONTH_FIRST}.get(order)
        groups = [each for each in self.groups if order in each.split() and other not in each.split()]
        return sum(self.groups[each] for each in groups), self.examples[groups[0]] if groups else ""


def _written(cell: str) -> _Written | None:
    match = _DATED.fullmatch(cell.strip(OUTER_SPACE))
    if match is None:
        return None
    time, numbers = _iso_time(match), (match["a"], match["b"], match["c"])
    if time is None:
        return None
    is_iso = match["mark"] == "-" and tuple(map(len, numbers)) == (4, 2, 2)
    is_iso = is_iso and match["half"] is None and len(match["hour"] or "00") == 2
    return _Written(numbers, match["mark"], time, is_iso)


def _iso_time(match: re.Match[str]) -> str | None:
    """Return the time of a date with 24 hours, "" where it has none, None where there is no such time."""
    if match["hour"] is None:
        return ""
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (match["half"].lower() == "pm")
    if hour > 23 or minute > 59 or second > 59:
        return None
    seconds = f":{match['second']}{match['part'] or ''}" if match["second"] else ""
    return f"T{hour:02}:{match['minute']}{seconds}{(match['zone'] or '').strip()}"


def iso_writer(order: str, last_day: date) -> Callable[[str], str]:
    """Return what writes a cell as ISO 8601 when it is a date in an order, and else leaves it as it is.

    A year of two digits is the latest one whose day is not after `last_day`.
    """

    @lru_cache(_CACHED)
    def iso(cell: str) -> str:
        written = _written(cell)
        if written is None or written.is_iso:
            return cell
        day = written.day(YEAR_FIRST if written.begins_with_year else order)
        if day is None:
            return cell
        return f"{_full_year(*day, last_day):04}-{day[1]:02}-{day[2]:02}{written.time}"

    return iso


def _full_year(year: str, month: int, day: int, last: date) -> int:
    if len(year) == 4:
        return int(year)
    latest = last.year // 100 * 100 + int(year)
    return latest - 100 * ((latest, month, day) > (last.year, last.month, last.day))


def counted(cells: Iterable[str]) -> Counter[str]:
    """Return the cells that may be such dates, each with the number of its rows."""
    return Counter(cell for cell in cells if HINT.search(cell))
