"""How numbers, instants and values of records are shown to people. Instants are epoch seconds."""

from datetime import UTC, datetime

from leadline.schema.exact_json import write_json
from leadline.source_file.visible import shown

CELL_SHOWN_MAX = 500
"""So many characters of a value are shown on a page; files have the whole."""

_STEPS = ((60, 1, "s"), (3600, 60, "min"), (86_400, 3600, "h"))


def number(value: int) -> str:
    """Return a whole number with a thin space between thousands."""
    return f"{value:,}".replace(",", "\u202f")


def size(value: int) -> str:
    """Return a number of bytes in the unit that suits it."""
    amount, unit = float(value), "B"
    for larger in ("kB", "MB", "GB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if amount >= 10 or unit == "B" else f"{amount:.1f} {unit}"


def duration(seconds: int) -> str:
    """Return a span of time in the largest unit that it fills."""
    for below, unit_seconds, unit in _STEPS:
        if seconds < below:
            return f"{max(seconds, 0) // unit_seconds} {unit}"
    days = seconds // 86_400
    return f"{days} day" if days == 1 else f"{days} days"


def ago(instant_seconds: int, now: int) -> str:
    """Return how long before now an instant was."""
    seconds = now - instant_seconds
    return "just now" if seconds < 2 else f"{duration(seconds)} ago"


def instant(instant_seconds: int) -> str:
    """Return an instant as people read it, UTC."""
    return f"{datetime.fromtimestamp(instant_seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def machine_instant(instant_seconds: int) -> str:
    """Return an instant as the attribute `datetime` has it."""
    return f"{datetime.fromtimestamp(instant_seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def cell(value: object) -> str:
    """Return a value as JSON writes it, a text without its quotes; what leaves no ink is named.

    So no control or bidirectional character of a cell can reorder a page or hide in it.
    """
    return shown(value if isinstance(value, str) else write_json(value), CELL_SHOWN_MAX)
