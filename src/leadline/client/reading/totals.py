"""A last row that sums the others up, with which reports of CRMs and of databases end."""

import re
from collections.abc import Sequence

from leadline.client.plan import Span
from leadline.client.reading.portions import Record
from leadline.client.reading.rows import rows_of_span
from leadline.client.reading.scan import Scan
from leadline.client.reading.source import Source
from leadline.source_file.outer_space import OUTER_SPACE
from leadline.source_file.visible import shown

_SHOWN = 40
_WORDS = re.compile(
    r"(?:(?:grand|sub|report|overall)[ -]?)?(?:totals?|sums?|count)\b(?! [^\W\d])"
    r"|total (?:rows|records|count|number)\b|record count\b|gesamt(?:summe)?\b|summe\b"
    r"|\(?[0-9][0-9.,]* (?:rows?|records?)\b",
    re.IGNORECASE,
)


def total_in(source: Source, scan: Scan, keys: Sequence[int]) -> str:
    """Return what to tell of a last row that looks like a total, or nothing."""
    stretch = next((each for each in reversed(scan.stretches) if each.rows), None)
    if stretch is None:
        return ""
    place = stretch.offset, stretch.length, stretch.first_row, stretch.rows, stretch.checksum
    *_, (number, row) = rows_of_span(source, Span(*place))
    if not is_total(row, keys):
        return ""
    return f"The last row, {number}, looks like a total: it begins with {shown(_first(row), _SHOWN)}"


def is_total(row: Record, keys: Sequence[int]) -> bool:
    """Tell whether a row begins with words for a sum, and has no key but these."""
    first = _first(row)
    own = {row[place].strip(OUTER_SPACE) for place in keys if place < len(row)}
    return own <= {"", first} and _WORDS.match(first) is not None


def _first(row: Record) -> str:
    return next(filter(None, (cell.strip(OUTER_SPACE) for cell in row)), "")
