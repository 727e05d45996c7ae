"""How days and instants are read (contract §8): ISO 8601 and what spreadsheets write, month first.

Any blank of Unicode may stand where a blank may: Excel puts a narrow one before AM and PM.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from leadline.model.instants import INSTANT_MAX, INSTANT_MIN
from leadline.schema.types import FieldType

_ISO_DATE = r"^(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"
_US_DATE = r"^(?P<m>[0-9]{1,2})/(?P<d>[0-9]{1,2})/(?P<y>[0-9]{4}|[0-9]{2})"
_SECONDS = r"(?::(?P<s>[0-9]{2})(?:[.,][0-9]+)?)?"
_ISO_TIME = (
    rf"(?:[Tt\s](?P<h>[0-9]{{2}}):(?P<i>[0-9]{{2}}){_SECONDS}"
    r"(?:\s?(?P<z>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?))?)?$"
)
_US_TIME = rf"(?:,?\s(?P<h>[0-9]{{1,2}}):(?P<i>[0-9]{{2}}){_SECONDS}(?:\s?(?P<p>[AaPp][Mm]))?)?$"
_OFFSET_HOURS_MAX = 14
_YEARS_AHEAD = 20


@dataclass(frozen=True, slots=True)
class DateDefaults:
    """What a date may leave open: the zone of its time, and the last day of a year of two digits."""

    zone: str
    last_day: date


def date_defaults(field_type: FieldType, zone: str, today: date) -> DateDefaults:
    """Return how dates of a type are read today.

    Two digits name a year of the 100 that end 20 years from this one; a day that is past by its
    nature, as that of a birth, is never after today.
    """
    last_day = today if field_type.past else date(min(today.year + _YEARS_AHEAD, date.max.year), 12, 31)
    return DateDefaults(zone, last_day)


def read_date(text: pl.Expr, defaults: DateDefaults) -> pl.Expr:
    """Read a day as ISO text; of an instant the day as written."""
    days, _ = _day_and_instant(text, defaults)
    return days.dt.strftime("%Y-%m-%d").str.zfill(10)


def read_datetime(text: pl.Expr, defaults: DateDefaults) -> pl.Expr:
    """Read an instant as epoch second; without offset it is local time in the zone.

    An offset may bring it out of the years 1 to 9999; such an instant cannot be shown.
    """
    instant = _day_and_instant(text, defaults)[1]
    return pl.when(instant.is_between(INSTANT_MIN, INSTANT_MAX)).then(instant)


def _day_and_instant(text: pl.Expr, defaults: DateDefaults) -> tuple[pl.Expr, pl.Expr]:
    """Return the day as written and the instant, both null when either cannot be."""
    iso = text.str.extract_groups(_ISO_DATE + _ISO_TIME)
    american = text.str.extract_groups(_US_DATE + _US_TIME)

    def part(name: str) -> pl.Expr:
        return pl.coalesce(iso.struct.field(name), american.struct.field(name))

    year = _four_digit_year(part("y"), part("m"), part("d"), defaults.last_day)
    day = pl.concat_str(year, part("m").str.zfill(2), part("d").str.zfill(2), separator="-")
    day = day.str.to_date("%Y-%m-%d", strict=False)
    day = pl.when(day.dt.year() >= 1).then(day)
    half = american.struct.field("p").str.to_lowercase()
    hour = part("h").cast(pl.Int64)
    hour_of_day = (
        pl.when(half.is_null())
        .then(pl.when(hour < 24).then(hour))
        .otherwise(pl.when(hour.is_between(1, 12)).then(hour % 12 + 12 * (half == "pm").cast(pl.Int64)))
    )
    seconds = part("s").fill_null("0").cast(pl.Int64)
    clock = hour_of_day * 3600 + part("i").cast(pl.Int64) * 60 + seconds
    valid_clock = (part("i").cast(pl.Int64) < 60) & (seconds < 60)
    second_of_day = pl.when(part("h").is_null()).then(0).when(valid_clock).then(clock)
    local = day.cast(pl.Int64) * 86_400 + second_of_day
    instant = (
        pl.when(iso.struct.field("z").is_null())
        .then(_from_local(local, defaults.zone))
        .otherwise(local - _offset_seconds(iso.struct.field("z")))
    )
    return pl.when(instant.is_not_null()).then(day), instant


def _four_digit_year(year: pl.Expr, month: pl.Expr, day: pl.Expr, last: date) -> pl.Expr:
    """Expand two digits to the latest year whose day is not after the last one."""
    latest = year.cast(pl.Int64) + last.year // 100 * 100
    number = latest * 10_000 + month.cast(pl.Int64) * 100 + day.cast(pl.Int64)
    is_after = number > last.year * 10_000 + last.month * 100 + last.day
    expanded = latest - 100 * is_after.cast(pl.Int64)
    return pl.when(year.str.len_bytes() == 2).then(expanded.cast(pl.String)).otherwise(year)


def _offset_seconds(offset: pl.Expr) -> pl.Expr:
    digits = offset.str.replace(":", "", literal=True).str.pad_end(5, "0")
    hours, minutes = digits.str.slice(1, 2).cast(pl.Int64, strict=False), digits.str.slice(3, 2)
    total = hours * 3600 + minutes.cast(pl.Int64, strict=False) * 60
    sane = (total <= _OFFSET_HOURS_MAX * 3600) & (minutes < "60")
    signed = pl.when(digits.str.starts_with("-")).then(-total).otherwise(total)
    return pl.when(offset.is_in(["Z", "z"])).then(0).when(sane).then(signed)


def _from_local(local: pl.Expr, zone: str) -> pl.Expr:
    """Turn local seconds into an instant.

    The first of two when clocks go back, the offset before the gap when they go forward. A gap
    is no longer than a day, so the same time of the day before stands before it.
    """
    naive = pl.from_epoch(local, "s")
    day = pl.duration(days=1)

    def placed(moment: pl.Expr) -> pl.Expr:
        return moment.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")

    return pl.coalesce(placed(naive).dt.epoch("s"), placed(naive - day).dt.epoch("s") + 86_400)
