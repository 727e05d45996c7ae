"""How a file is read, in plain Python: records, and the value of a cell for each kind of field."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

BIDI = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
BLANKS = (
    "".join(
        each
        for each in map(chr, range(0x10000))
        if (each.isspace() and not "\x1c" <= each <= "\x1f") or unicodedata.bidirectional(each) in BIDI
    )
    + "\u061c\u200b\u200e\u200f\u2060\ufeff"
)
UNSEEN = BLANKS + "\xad\u034f\u200c\u200d\u2062\u3164\ufe0f\U000e0041"
"""Some of what nobody sees: a key of nothing else is missing."""
FIRST_INSTANT, LAST_INSTANT = -62_135_596_800, 253_402_300_799
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
EMAIL = re.compile(rf"{ATOM}(\.{ATOM})*@{LABEL}(\.{LABEL})+")
BLANK = "[" + "".join(each for each in BLANKS if each.isspace()) + "]"
SECONDS = r"(:(?P<s>\d\d)([.,]\d+)?)?"
MOMENT = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)"
    rf"(([Tt]|{BLANK})(?P<h>\d\d):(?P<i>\d\d){SECONDS}({BLANK}?(?P<z>[Zz]|[+-]\d\d(:?\d\d)?))?)?",
    re.ASCII,
)
AMERICAN = re.compile(
    r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4}|\d\d)"
    rf"(,?{BLANK}(?P<h>\d{{1,2}}):(?P<i>\d\d){SECONDS}({BLANK}?(?P<p>[AaPp][Mm]))?)?",
    re.ASCII,
)


class Row(NamedTuple):
    """A record: its cells, whether its last quote is closed, and whether quotes show that it is torn."""

    cells: list[str]
    closed: bool = True
    stray: bool = False


def next_record(text: str, at: int, delimiter: str) -> tuple[list[str] | None, int]:
    """Return the cells of the record that begins at an offset, and where its last cell ends.

    None instead of cells: a quote is still open at the end of the text.
    """
    size, cells = len(text), []
    while True:
        cell = ""
        if at < size and text[at] == '"':
            at += 1
            while at < size and (text[at] != '"' or text[at + 1 : at + 2] == '"'):
                cell += text[at]
                at += 2 if text[at] == '"' else 1
            if at >= size:
                return None, size
            at += 1
        while at < size and text[at] not in (delimiter, "\r", "\n"):
            cell += text[at]
            at += 1
        cells.append(cell)
        if at >= size or text[at] != delimiter:
            return cells, at
        at += 1


def has_value(cells: list[str]) -> bool:
    """Tell whether a record holds more than white space."""
    return any(cell.strip(BLANKS + "\x1a") for cell in cells)


def without_end_mark(text: str) -> str:
    """Return a file without the marks of DOS at its end."""
    while re.search(r"\x1a[\r\n]*\Z", text):
        text = text.rstrip("\r\n")[:-1]
    return text


def records_of(text: str, delimiter: str) -> list[Row]:
    """Split text into records; those without any value are none."""
    text = without_end_mark(text)
    records: list[Row] = []
    at = 0
    while at < len(text):
        start = at
        cells, at = next_record(text, at, delimiter)
        if cells is None:
            return [*records, Row([text[start:].rstrip("\r\n")], closed=False)]
        if has_value(cells):
            records.append(Row(cells, stray=has_strays(text[start:at], delimiter)))
        at += 2 if text[at : at + 2] == "\r\n" else 1
    return records


def has_strays(row: str, delimiter: str) -> bool:
    """Tell whether text stands behind a closing quote, or a quote in a cell cut by one behind a backslash."""
    is_open = escaped = False
    for run in re.finditer('"+', row):
        before, after = row[: run.start()][-1:], row[run.end() :][:1]
        begins, ends = before in ("", delimiter, "\r", "\n"), after in ("", delimiter, "\r", "\n")
        if len(run.group()) % 2 == 0:
            if begins and not is_open and not ends:
                return True
        elif is_open:
            if not ends:
                return True
            is_open, escaped = False, before == "\\"
        elif begins:
            is_open, escaped = True, False
        elif escaped:
            return True
    return False


def complete_rows(text: str, delimiter: str) -> int:
    """Return how many rows of a text end with a line end."""
    count = at = 0
    while True:
        cells, end = next_record(text, at, delimiter)
        if cells is None or end >= len(text):
            return count
        count += has_value(cells)
        at = end + (2 if text[end : end + 2] == "\r\n" else 1)


def are_shifted(rows: list[Row], width: int) -> bool:
    """Tell whether each row has one value more than the header."""
    read = [row.cells for row in rows if row.closed]
    return len(read) > 1 and all(len(cells) == width + 1 and cells[-1].strip(BLANKS) for cells in read)


def split_header(text: str, delimiter: str) -> tuple[str, list[str], str]:
    """Return the header line as it stands, its cells, and the text behind it."""
    text = without_end_mark(text)
    start, (cells, end) = 0, next_record(text, 0, delimiter)
    while cells is not None and not any(cell.strip(BLANKS) for cell in cells):
        start = end + 1
        cells, end = next_record(text, start, delimiter)
    assert cells is not None, "a header with an open quote is refused"
    return text[start:end], cells, text[end:]


def quoted(cell: str, delimiter: str) -> str:
    """Return a cell as a failure file prints it: quotes only where needed (§7.2)."""
    needs = any(special in cell for special in (delimiter, '"', "\n", "\r"))
    return '"' + cell.replace('"', '""') + '"' if needs else cell


def whole_year(digits: str, month: int, day: int, today: date, past: bool) -> int:
    """Return the year that two digits name: 20 years ahead at most, of what is past none after today."""
    year = next(each for each in range(today.year + 20, today.year - 80, -1) if each % 100 == int(digits))
    return year - 100 if past and (year, month, day) > (today.year, today.month, today.day) else year


def moment(text: str, zone: str, today: date, past: bool = False) -> tuple[date, int] | None:
    """Return the day as written and the instant, or None."""
    match = MOMENT.fullmatch(text) or AMERICAN.fullmatch(text)
    if match is None:
        return None
    part = match.groupdict()
    year, hour = int(part["y"]), int(part["h"] or 0)
    if len(part["y"]) == 2:
        year = whole_year(part["y"], int(part["m"]), int(part["d"]), today, past)
    if part.get("p"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if part["p"].lower() == "pm" else 0)
    try:
        local = datetime(year, int(part["m"]), int(part["d"]), hour, int(part["i"] or 0), int(part["s"] or 0))
    except ValueError:
        return None
    offset = part.get("z")
    if not offset:
        seconds = (local - datetime(1970, 1, 1)) // timedelta(seconds=1)
        shift = local.replace(tzinfo=ZoneInfo(zone)).utcoffset()
        assert shift is not None
        return local.date(), seconds - int(shift.total_seconds())
    away = timedelta()
    if offset not in "Zz":
        minutes = int(offset[3:].strip(":") or 0)
        away = timedelta(hours=int(offset[1:3]), minutes=minutes)
        if away > timedelta(hours=14) or minutes > 59:
            return None
    seconds = (local - datetime(1970, 1, 1)) // timedelta(seconds=1)
    return local.date(), seconds - int((-away if offset[0] == "-" else away).total_seconds())


def read(kind: str, text: str, zone: str, today: date, past: bool = False) -> object:
    """Return the stored value of a cell, None when it is not of its kind; `past` are days that have been."""
    bare = text.strip(BLANKS)
    if "\0" in text:
        return None
    if kind in ("text", "email"):
        return text if kind == "text" else bare
    if kind in ("integer", "percent"):
        bare = bare.removesuffix("%") if kind == "percent" else bare
        bare = bare.strip(BLANKS)
        return int(bare) if re.fullmatch(r"[+-]?[0-9]+", bare) and -(2**63) <= int(bare) < 2**63 else None
    if kind == "boolean":
        words = {"true": 1, "1": 1, "yes": 1, "t": 1, "y": 1, "false": 0, "0": 0, "no": 0, "f": 0, "n": 0}
        return words.get(bare.lower())
    if kind in ("date", "datetime"):
        found = moment(bare, zone, today, past)
        if found is None or kind == "date":
            return None if found is None else found[0].isoformat()
        return found[1] if FIRST_INSTANT <= found[1] <= LAST_INSTANT else None
    if not NUMBER.fullmatch(bare):
        return None
    if kind == "float":
        return float(bare) if abs(float(bare)) != float("inf") else None
    assert kind == "currency", f"say how a cell of the kind {kind} is read"
    mantissa, _, exponent = bare.lower().partition("e")
    if len(exponent) > 15:  # beyond what Decimal takes
        return 0 if exponent.startswith("-") or not Decimal(mantissa) else None
    amount = Decimal(bare)
    if amount and amount.adjusted() < -40:
        return 0
    if (amount and amount.adjusted() > 20) or abs(int(amount)) >= 900_000_000_000_000:
        return None
    return int((amount * 10_000).quantize(Decimal(1), ROUND_HALF_UP))


def day_first_turned(text: str) -> str:
    """Return a date whose first number can be no month with the month in front; blank for all else."""
    found = re.match(r"(\d{1,2})/(\d{1,2})(/.*)", text.strip(BLANKS), re.ASCII | re.DOTALL)
    return f"{found[2]}/{found[1]}{found[3]}" if found and int(found[1]) > 12 else ""


def fits_both(text: str) -> bool:
    """Tell whether a date with its month in front is another one with its day in front."""
    found = re.match(r"(\d{1,2})/(\d{1,2})/", text.strip(BLANKS), re.ASCII)
    return bool(found) and int(found[2]) <= 12 and int(found[1]) != int(found[2])


def fold(value: object, name: str = "") -> object:
    """Return the form in which keys of the field of that name compare: Salesforce's ids as they are."""
    return value.lower() if isinstance(value, str) and not name.startswith("sfdc") else value
