"""What is noticed in a column: cells that are hardly values, and what its dates prove."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import filterfalse

from leadline.client.counted import counted
from leadline.source_file.date_order import DateEvidence
from leadline.source_file.suspects import damages_of, placeholders_of

_BETWEEN = "\x1f"
_CELL_SHOWN = 40
_SEEN_MAX = 65_536
_KINDS = {
    "number": "numbers shortened by a spreadsheet",
    "formula": "cells written as formulas",
    "hidden": "cells of #####",
    "letters": "letters encoded twice",
}


@dataclass(slots=True)
class ColumnFindings:
    """What stands in a column: words for nothing and damages, each with its rows, and its dates.

    `damages` has for each kind how many rows, the first of them and its cell; `proofs` for each group of
    orders that a date fits the first row and its cell; how often such dates stand there is not counted.
    """

    placeholders: Counter[str] = field(default_factory=Counter)
    damages: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    dates: DateEvidence = field(default_factory=DateEvidence)
    proofs: dict[str, tuple[int, str]] = field(default_factory=dict)
    dates_seen: set[str] = field(default_factory=set)

    @property
    def suspects(self) -> int:
        """How many cells are hardly what their owner wrote."""
        return self.placeholders.total() + sum(rows for rows, _, _ in self.damages.values())

    def sentence(self) -> str:
        """Tell what was found, for a person."""
        found = [
            f"{word} in {counted(rows, 'row', 'rows')}" for word, rows in self.placeholders.most_common()
        ]
        found += [
            f"{rows:,} {_KINDS[kind]}, as {cell} in row {row}"
            for kind, (rows, row, cell) in self.damages.items()
        ]
        return "; ".join(found)

    def look_at(self, cells: Sequence[str], first_row: int) -> None:
        """Take in cells that stand in rows one after another."""
        self.placeholders += placeholders_of(cells)
        self.look_for_damages(cells, first_row)

    def look_for_damages(self, cells: Sequence[str], first_row: int) -> None:
        """Take in cells of which some may be damaged."""
        for kind, found in damages_of(cells, _BETWEEN.join(cells)).items():
            rows, row, cell = self.damages.get(
                kind, (0, first_row + cells.index(found[0]), found[0][:_CELL_SHOWN])
            )
            self.damages[kind] = rows + len(found), row, cell

    def look_at_dates(
        self, cells: Iterable[str], first_row: int, in_rows: Callable[[], Sequence[str]]
    ) -> None:
        """Take in cells that may be dates, or their days; such as were seen prove nothing new.

        `in_rows` gives the cells of rows one after another, to find the first that proves something.
        """
        fresh = set(filterfalse(self.dates_seen.__contains__, cells))
        if not fresh:
            return
        self.dates.look_at(dict.fromkeys(fresh, 1))
        if len(self.dates_seen) > _SEEN_MAX:
            self.dates_seen.clear()
        self.dates_seen |= fresh
        if len(self.proofs) < len(self.dates.examples):
            self._note_proofs(in_rows(), first_row)

    def _note_proofs(self, cells: Sequence[str], first_row: int) -> None:
        for row, cell in enumerate(cells, first_row):
            evidence = DateEvidence()
            evidence.look_at({cell: 1})
            for group in evidence.groups:
                self.proofs.setdefault(group, (row, cell[:_CELL_SHOWN]))

    def proof(self, order: str) -> tuple[int, str]:
        """Return the first row whose date fits an order and no other of day and month; 0 where none does."""
        others = {"mdy", "dmy"} - {order}
        fitting = [
            proof
            for group, proof in self.proofs.items()
            if order in group.split() and others.isdisjoint(group.split())
        ]
        return min(fitting, default=(0, ""))
