"""Dates as people and programs write them: three numbers, or two and the name of a month; a time or none."""

import re
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from leadline.source_file.outer_space import OUTER_SPACE

MONTH_FIRST, DAY_FIRST, YEAR_FIRST = "mdy", "dmy", "ymd"
_GAP = r"[ \t\xa0\u2009\u202f,./\-']"
HINT = re.compile(
    rf"{_GAP}(?:(?<=[0-9].)[0-9]{{1,2}}[/.\-][0-9]|(?<=[nbrhlegptvcyNBRHLEGPTVCY].){_GAP}?[0-9])"
)
"""What stands in each cell that may be such a date: marks among numbers, or the end of a month's name.

It begins with what is rare, so that millions of other cells are passed over fast.
"""

_ISO_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ][0-9]{2}:[0-9:.,]+(?: ?(?:[Zz]|[+-][0-9:]+))?)?"
_ISO = re.compile(_ISO_DATE)
_CACHED = 65_536
_TIME = (
    r"(?:(?:,?\s(?:at\s)?|[Tt])(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?P<part>[.,][0-9]+)?)?"
    r"(?:\s?(?P<half>[AaPp][Mm]))?(?P<zone>\s?(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
)
_NUMBERS = re.compile(
    r"(?P<a>[0-9]{1,4})(?P<mark>[/.\-])(?P<b>[0-9]{1,2})(?P=mark)(?P<c>[0-9]{4}|[0-9]{1,2})" + _TIME
)
_WEEKDAY = r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\.?,?\s)?"
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_NTH = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_BETWEEN = _GAP + "{1,2}"
_NAMED = tuple(
    re.compile(_WEEKDAY + _BETWEEN.join(parts) + _TIME, re.IGNORECASE)
    for parts in ((_NTH, _MONTH, _YEAR), (_MONTH, _NTH, _YEAR), (_YEAR, _MONTH, _NTH))
)
"""`3 Jan 2026`, `Saturday, January 3rd, 2026`, `2026-Jan-03`; of two short numbers the day goes first."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LEAP_YEAR = 2000
"""Years of two digits are tried in a century that has the days of all."""


class WrittenDate(NamedTuple):
    """A date as it was written: three numbers and the text of its time, as ISO 8601 where it has one.

    One that is plain has year, month and day in this order, whoever wrote it; `mark` stands between numbers,
    and is "" where the month has a name.
    """

    numbers: tuple[str, str, str]
    mark: str
    time: str
    is_plain: bool

    def day(self, order: str) -> tuple[str, int, int] | None:
        """Return year as written, month and day as an order reads them, None where that is no day."""
        year, month, day = self.numbers
        if self.is_plain or order == YEAR_FIRST:
            pass
        elif order == MONTH_FIRST:
            month, day, year = self.numbers
        elif order == DAY_FIRST:
            day, month, year = self.numbers
        else:
            return None
        if len(year) not in (2, 4) or len(month) > 2 or len(day) > 2:
            return None
        try:
            date(int(year) if len(year) == 4 else _LEAP_YEAR + int(year), int(month), int(day))
        except ValueError:
            return None
        return year, int(month), int(day)


def are_iso(cells: str, between: str) -> bool:
    """Tell whether all cells of a text, with a mark between, are ISO 8601 already, as programs write them."""
    return re.fullmatch(f"{_ISO_DATE}(?:{between}{_ISO_DATE})*+", cells) is not None


@lru_cache(_CACHED)
def written_date(cell: str) -> WrittenDate | None:
    """Return the date that a cell is, None where it is none, or is ISO 8601 already."""
    text = cell.strip(OUTER_SPACE)
    if _ISO.fullmatch(text):
        return None
    if match := _NUMBERS.fullmatch(text):
        numbers, mark = (match["a"], match["b"], match["c"]), match["mark"]
    elif match := next((found for each in _NAMED if (found := each.fullmatch(text))), None):
        month = _MONTHS.index(match["month"][:3].lower()) + 1
        numbers, mark = (match["year"], str(month), match["day"]), ""
    else:
        return None
    time = _iso_time(match)
    is_plain = len(numbers[0]) == 4 or not mark
    return None if time is None else WrittenDate(numbers, mark, time, is_plain)


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
