"""Finds the user's rows of which a failure or warning file tells, by their cells: it has no row numbers.

Cells are compared by the name of their column, never by position: the original leaves a blank lookup
column out, of the header too where the first line lacks it (contract §7.2). Rows with the same cells are
found in their order.
"""

import re
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial

from leadline.client.reading.portions import BLANK
from leadline.client.results.part_files import rows_in

_UNLISTED = re.compile(r"(\d+) more rows are not listed")


AsKey = Callable[[Sequence[str]], tuple[str, ...]]


@dataclass(slots=True)
class IssueLine:
    """A line of a failure or warning file: the columns that its cells may have, its cells, and the reason."""

    names: list[tuple[str, ...]]
    cells: tuple[str, ...]
    reason: str
    is_found: bool = False

    @property
    def rows(self) -> int:
        """How many rows it tells of: one, but for a line that counts those that are not listed."""
        unlisted = None if any(self.cells) else _UNLISTED.fullmatch(self.reason)
        return int(unlisted[1]) if unlisted else 1

    @property
    def named(self) -> dict[str, str]:
        """Its cells by the names of their columns, as far as these are known."""
        return dict(zip(self.names[0], self.cells, strict=True)) if self.names else {}


@dataclass(slots=True)
class _Shape:
    """Lines that have the same columns, by their cells, the last one first.

    A row fits where its other cells are blank. Nearly all rows are told from all lines by one cell: `told_by`
    is where it stands, and `values` are those of the lines there.
    """

    places: list[int]
    absent: list[int]
    lines: dict[tuple[str, ...], list[IssueLine]] = field(default_factory=dict)
    told_by: int | None = None
    values: set[tuple[str, ...]] = field(default_factory=set)

    def look_by_one_cell(self) -> None:
        """Find the column in which the lines differ most."""
        by_column = [set(cells) for cells in zip(*self.lines, strict=True)]
        if by_column:
            most = max(range(len(by_column)), key=lambda place: len(by_column[place]))
            self.told_by, self.values = self.places[most], {(value,) for value in by_column[most]}

    def first(self, row: Sequence[str], as_key: AsKey) -> IssueLine | None:
        """Return the first line that fits a row and has not been found yet."""
        if self.told_by is not None and as_key((row[self.told_by],)) not in self.values:
            return None
        if any(row[place].strip(BLANK) for place in self.absent):
            return None
        waiting = self.lines.get(as_key([row[place] for place in self.places]))
        while waiting:
            line = waiting.pop()
            if not line.is_found:
                return line
        return None


class IssueLines:
    """The lines of one file, each of which is about one row."""

    def __init__(self, data: bytes, delimiter: str, sent: Sequence[str], keys: Sequence[str]) -> None:
        self._sent = [_folded(name) for name in sent]
        self._keys = [_folded(name) for name in keys]
        rows = rows_in(data, delimiter)
        header = [_folded(name) for name in next(rows, [])[:-1]]
        named = cache(partial(self._names, header))
        self.lines = [
            IssueLine(named(len(row) - 1), tuple(row[:-1]), sys.intern(row[-1])) for row in rows if row
        ]

    def find(
        self, rows: Callable[[], Iterator[Sequence[str]]], taken: Collection[int] = ()
    ) -> dict[int, str]:
        """Return the reasons by the place of their row among those that were sent; `taken` places have one.

        Cells are compared to the letter first: only what is left then may be what a server has trimmed.
        """
        found: dict[int, str] = {}
        for as_key in (tuple, _trimmed):
            shapes = self._shapes(as_key)
            if shapes:
                for place, row in enumerate(rows()):
                    if place in taken or place in found:
                        continue
                    for shape in shapes:
                        if line := shape.first(row, as_key):
                            line.is_found = True
                            found[place] = line.reason
                            break
        return found

    def rest(self) -> Iterator[IssueLine]:
        """Yield the lines that no row was found for."""
        return (line for line in self.lines if not line.is_found)

    def _shapes(self, as_key: AsKey) -> list[_Shape]:
        """Return the lines without a row by the columns that they may have."""
        shapes: dict[tuple[str, ...], _Shape] = {}
        for line in reversed(list(self.rest())):
            for names in line.names if line.rows == 1 else ():
                if names not in shapes:
                    places = [self._sent.index(name) for name in names]
                    absent = [place for place, name in enumerate(self._sent) if name not in names]
                    shapes[names] = _Shape(places, absent)
                shapes[names].lines.setdefault(as_key(line.cells), []).append(line)
        for shape in shapes.values():
            shape.look_by_one_cell()
        return list(shapes.values())

    def _names(self, header: list[str], width: int) -> list[tuple[str, ...]]:
        """Return which columns a line of some width may have: those of the header, all, or all but a key."""
        if width == len(header) and set(header) <= set(self._sent):
            return [tuple(header)]
        if width == len(self._sent):
            return [tuple(self._sent)]
        shorter = (tuple(name for name in self._sent if name != key) for key in self._keys)
        return [names for names in shorter if len(names) == width]


def _folded(name: str) -> str:
    return name.strip().lower()


def _trimmed(cells: Sequence[str]) -> tuple[str, ...]:
    """Return cells without what a server may change in them: outer blanks and the kind of line ends."""
    return tuple(cell.strip(BLANK).replace("\r\n", "\n") for cell in cells)
