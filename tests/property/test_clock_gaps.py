"""Clocks that go forward, by half an hour or a whole day: the offset before the gap counts (§8)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from leadline.engine.dates import date_defaults, read_datetime
from leadline.schema.types import FIELD_TYPES

FIRST, LAST = datetime(1970, 1, 3, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC)
"""Of times before 1970 the two databases of zones, the standard library's and the engine's, tell less alike."""
LONGEST = {
    "America/Chicago": 3600,
    "Antarctica/Troll": 2 * 3600,
    "Antarctica/Casey": 3 * 3600,
    "Africa/Monrovia": 2670,
    "Asia/Kathmandu": 15 * 60,
    "Asia/Pyongyang": 30 * 60,
    "Australia/Lord_Howe": 3600,
    "Europe/Lisbon": 3600,
    "Pacific/Apia": 24 * 3600,
    "Pacific/Fakaofo": 24 * 3600,
    "Pacific/Kiritimati": 24 * 3600,
    "Pacific/Kwajalein": 24 * 3600,
}
"""Zones, and the longest gap since 1970 in seconds."""


def changes(zone: ZoneInfo) -> list[tuple[datetime, timedelta]]:
    """Return the local time at which each change begins, and by how much the clock goes forward."""
    found, at, step = [], FIRST, timedelta(days=7)
    while at < LAST:
        low, high = at, at + step
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // timedelta(seconds=2) * timedelta(seconds=1)
                same = middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            before, after = (each.astimezone(zone).replace(tzinfo=None) for each in (low, high))
            found.append((before + timedelta(seconds=1), after - before - timedelta(seconds=1)))
        at += step
    return found


@pytest.mark.parametrize("name", LONGEST)
def test_each_change_is_read_as_the_standard_library_reads_it(name: str) -> None:
    zone, expected = ZoneInfo(name), {}
    found_changes = changes(zone)
    for begins, forward in found_changes:
        for share in (0, 0.01, 0.25, 0.5, 0.75, 0.99, 1):
            local = (begins + forward * share).replace(microsecond=0)
            offset = local.replace(tzinfo=zone).utcoffset()
            assert offset is not None
            expected[local.isoformat()] = int((local.replace(tzinfo=UTC) - offset).timestamp())
    defaults = date_defaults(FIELD_TYPES["datetime"], name, date(2026, 1, 1))
    read = pl.DataFrame({"text": list(expected)}).select(read_datetime(pl.col("text"), defaults)).to_series()
    assert dict(zip(expected, read.to_list(), strict=True)) == expected
    assert max(forward for _, forward in found_changes) == timedelta(seconds=LONGEST[name])
