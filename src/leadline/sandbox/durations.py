"""Durations and instants as control calls write them: ISO 8601."""

import re
from datetime import UTC, datetime

EARLIEST_MS, LATEST_MS = 0, 253_370_764_799_999
"""What a clock may show: 1970 to 9998, so that no day, zone or retention leads out of the years 1 to 9999."""

_DURATION = re.compile(
    r"P(?=.)(?:(\d{1,6})W)?(?:(\d{1,7})D)?(?:T(?=.)(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,10}(?:[.,]\d{1,9})?)S)?)?"
)
_SECONDS = (7 * 86_400, 86_400, 3600, 60, 1)
_IN_MONTHS = re.compile(r"P(?:\d+Y(?:\d+M)?|\d+M)(?:\d+D)?(?:T.*)?")


def seconds_of(text: object) -> float:
    """Return the seconds of an ISO 8601 duration; raises ValueError with a sentence."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        if isinstance(text, str) and _IN_MONTHS.fullmatch(text):
            raise ValueError(
                f"{text!r:.100} has years or months, whose lengths differ: give days, such as P30D"
            )
        raise ValueError(
            f"{text!r:.100} is no duration: write it as ISO 8601 does, such as PT61M, PT0.5S or P8D"
        )
    parts = (float((part or "0").replace(",", ".")) for part in found.groups())
    return sum(part * seconds for part, seconds in zip(parts, _SECONDS, strict=True))


def instant_ms(text: object) -> int:
    """Return an ISO 8601 instant as milliseconds since 1970, UTC; raises ValueError with a sentence."""
    try:
        if not isinstance(text, str):
            raise ValueError
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise ValueError
        milliseconds = round(found.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text!r:.100} is no instant: write it in ISO 8601 with its offset, such as 2026-03-01T12:00:00Z"
        ) from None
    if not EARLIEST_MS <= milliseconds <= LATEST_MS:
        raise ValueError(f"{text!r} is beyond what a clock here shows: the years 1970 to 9998")
    return milliseconds


def render_ms(milliseconds: int) -> str:
    """Return an instant as `2026-03-01T12:00:00.000Z`."""
    found = datetime.fromtimestamp(milliseconds // 1000, UTC).replace(microsecond=milliseconds % 1000 * 1000)
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")
