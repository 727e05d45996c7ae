"""Dates that several orders of day and month fit: what a column's cells prove, and the cells as ISO 8601.

`03/04/2025` is in April or in March; `13/04/2025` is in April and says so for its whole column.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from leadline.source_file.written_dates import (
    DAY_FIRST,
    MONTH_FIRST,
    YEAR_FIRST,
    WrittenDate,
    written_date,
)

ORDERS = (MONTH_FIRST, DAY_FIRST, YEAR_FIRST)
NAMED_MONTH = "named"
"""What stands for an order where each date names its month, as in `3 Jan 2026`."""

_CACHED = 65_536


@dataclass(slots=True)
class DateEvidence:
    """What the dates of a column prove: how many cells fit which orders, by their names in one text.

    `examples` has the first cell of each such group. `needs_order` counts cells whose day differs by order,
    `year_first` and `named` those that need none: they begin with four digits, or their month has a name.
    """

    groups: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    needs_order: int = 0
    year_first: int = 0
    named: int = 0
    all_dotted: bool = True

    def look_at(self, cells: Mapping[str, int]) -> None:
        """Count cells, each with the number of its rows."""
        for cell, rows in cells.items():
            written = written_date(cell)
            if written is None:
                continue
            if written.is_plain:
                if not written.mark:
                    self.named += rows
                else:
                    self.year_first += rows
                continue
            fitting, is_open = _orders_of(written.numbers)
            if not fitting:
                continue
            self.groups[fitting] += rows
            self.examples.setdefault(fitting, cell[:40])
            self.all_dotted = self.all_dotted and written.mark == "."
            self.needs_order += rows * is_open

    @property
    def has_dates(self) -> bool:
        """Whether any cell is a date that is no ISO 8601."""
        return bool(self.groups) or self.year_first + self.named > 0

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
            return YEAR_FIRST if self.year_first else NAMED_MONTH if self.named else None
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


@lru_cache(_CACHED)
def _orders_of(numbers: tuple[str, str, str]) -> tuple[str, bool]:
    """Return the orders in which numbers are a day, and whether day first is another than month first."""
    written = WrittenDate(numbers, "", "", is_plain=False)
    found = {order: day for order in ORDERS if (day := written.day(order))}
    month_first, day_first = found.get(MONTH_FIRST), found.get(DAY_FIRST)
    return " ".join(found), None not in (month_first, day_first) and month_first != day_first


def iso_writer(order: str, last_day: date) -> Callable[[str], str]:
    """Return what writes a cell as ISO 8601 when it is a date in an order, and else leaves it as it is.

    A year of two digits is the latest one whose day is not after `last_day`.
    """
    return _IsoDates(order, last_day).__getitem__


class _IsoDates(dict[str, str]):
    """Cells as they are written anew: looked up at half of what a cache costs that notes each use."""

    def __init__(self, order: str, last_day: date) -> None:
        super().__init__()
        self._order = order
        self._last_day = last_day

    def __missing__(self, cell: str) -> str:
        if len(self) >= _CACHED:
            self.clear()
        written = written_date(cell)
        day = written.day(self._order) if written else None
        if written is None or day is None:
            iso = cell
        else:
            iso = f"{_full_year(*day, self._last_day):04}-{day[1]:02}-{day[2]:02}{written.time}"
        self[cell] = iso
        return iso


def _full_year(year: str, month: int, day: int, last: date) -> int:
    if len(year) == 4:
        return int(year)
    latest = last.year // 100 * 100 + int(year)
    return latest - 100 * ((latest, month, day) > (last.year, last.month, last.day))
