"""Which delimiter stands between the cells of a file."""

import csv
from collections import Counter
from collections.abc import Sequence
from itertools import islice

from leadline.source_file.long_cells import allow_long_cells

WORDS = {",": "commas", "\t": "tabs", ";": "semicolons"}
"""What the delimiters are called that an import takes."""

NAMES = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
"""What the delimiters are called that can be read, one of each."""

_ROWS = 200
_MARK = "sep="


def other_delimiter(column: str) -> tuple[str, str] | None:
    """Return the delimiter that a column's text has in it most often, and its name; None if none."""
    found = max(WORDS, key=column.count)
    return (found, WORDS[found]) if found in column else None


def named_delimiter(line: str) -> str | None:
    """Return the delimiter that a spreadsheet's first line `sep=;` names, None for any other line."""
    mark = line.strip("\r\n").removeprefix('"').removesuffix('"').lower()
    return mark[4] if mark.startswith(_MARK) and len(mark) == 5 and mark[4] in NAMES else None


def find_delimiter(lines: Sequence[str]) -> str:
    """Return the delimiter of the first lines of a file; a comma where none parts them.

    It is the one that parts most rows into the same number of cells, more than one; of two that do
    so alike, the one that makes more cells.
    """
    allow_long_cells()
    named = named_delimiter(lines[0]) if lines else None
    return named or max(NAMES, key=lambda each: _fitness(lines, each))


def _fitness(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    rows = islice(csv.reader(lines, delimiter=delimiter), _ROWS)
    widths = Counter(len(row) for row in rows if any(row))
    parted = {width: count for width, count in widths.items() if width > 1}
    if not parted:
        return 0.0, 0
    width = max(parted, key=lambda each: (parted[each], each))
    return parted[width] / widths.total(), width
