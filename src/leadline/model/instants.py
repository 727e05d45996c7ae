"""Instants, days and time zones: what a moment is called, wherever it comes from (contract §0.7)."""

import zoneinfo
from datetime import UTC, date, datetime

zoneinfo.reset_tzpath(to=())  # one database of zones on every machine: the pinned one, not the system's

INSTANT_MIN, INSTANT_MAX = -62_135_596_800, 253_402_300_799
"""The first and the last second of the years 1 to 9999, UTC."""


def zone(name: str) -> zoneinfo.ZoneInfo:
    """Return an IANA time zone; raises ValueError for what is none."""
    try:
        if name != "Factory":  # where a zone was never chosen; the engine does not know it
            return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, OSError):
        pass
    raise ValueError(f"{name!r} is no time zone")


def local_day(epoch_seconds: int, zone_name: str) -> date:
    """Return the day that an instant belongs to in a zone."""
    return _instant(epoch_seconds).astimezone(zone(zone_name)).date()


def render_instant(epoch_seconds: int) -> str:
    """Return an instant as `2015-05-17T22:11:45Z` (contract §0.7)."""
    return _instant(epoch_seconds).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def render_asset_instant(epoch_seconds: int) -> str:
    """Return an instant as assets show it: `2015-05-21T22:45:13Z+0000` (contract §0.7)."""
    return f"{render_instant(epoch_seconds)}+0000"


def _instant(epoch_seconds: int) -> datetime:
    return datetime.fromtimestamp(epoch_seconds, UTC)
