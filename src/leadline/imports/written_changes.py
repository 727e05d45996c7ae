"""Changed cells as a file has them: `row,id,key,field,old,new`."""

import re
from collections.abc import Sequence
from typing import NamedTuple

HEADER = b"row,id,key,field,old,new\n"
_NEEDS_QUOTES = re.compile(r'[",\r\n]')
_FORMULA = re.compile(r"'*[=+\-@\t\r\x00]")
_SPECIAL = re.compile(rf"^{_FORMULA.pattern}|[\",\r]", re.MULTILINE)
"""Finds in lines of cells, one each, whether any of them is not written as it is."""


class Line(NamedTuple):
    """One changed cell; a record that nobody may see has neither id nor key nor values."""

    row: int | None
    id: str
    key: str
    field: str
    old: str
    new: str


def written(lines: Sequence[Line], *, escapes_formulas: bool) -> bytes:
    """Return lines as a file has them; with formulas escaped, no cell is one to a spreadsheet."""
    sides = ([each.key for each in lines], [each.old for each in lines], [each.new for each in lines])
    keys, old, new = (_cells(each, escapes_formulas=escapes_formulas) for each in sides)
    return "".join(
        [
            f"{'' if each.row is None else each.row},{each.id},{key},{each.field},{before},{after}\n"
            for each, key, before, after in zip(lines, keys, old, new, strict=True)
        ]
    ).encode()


def _cells(texts: Sequence[str], *, escapes_formulas: bool) -> Sequence[str]:
    """Return texts as cells of the file; most often none must be quoted, which one look tells."""
    joined = "\n".join(texts)
    if joined.count("\n") < len(texts) and not _SPECIAL.search(joined):
        return texts
    return [_cell(each, escapes_formulas) for each in texts]


def _cell(text: str, escapes_formulas: bool) -> str:
    if escapes_formulas and _FORMULA.match(text):
        text = f"'{text}"
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text
