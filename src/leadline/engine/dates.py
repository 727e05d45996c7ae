"""How days and instants are read (contract §8): ISO 8601 and what spreadsheets write, month first.

Any blank of Unicode may stand where a blank may: Excel puts a narrow one before AM and PM.
"""

from datetime import date

import polars as pl

from leadline.model.dataclass import dataclass
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


@dataclass(frozen=True, slots=True)
class DateDefaults:
    """What a date may leave open: the zone of its time, and the last day of a year of two digits."""

    zone: str
    last_day: date


def date_defaults(field_type: FieldType, zone: str, today: date) -> DateDefaults:
    """Return how dates of a type are read today."""
    return DateDefaults(zone, field_type.last_day(today))


def read_date(text: pl.Expr, defaults: DateDefaults) -> pl.Expr:
    """Read a day as ISO text; of an instant the day as written."""
    return text.map_batches(lambda cells: _days(cells, defaults), pl.String, is_elementwise=True)


def read_datetime(text: pl.Expr, defaults: DateDefaults) -> pl.Expr:
    """Read an instant as epoch second; without offset it is local time in the zone.

    An offset may bring it out of the years 1 to 9999; such an instant cannot be shown.
    """
    return text.map_batches(lambda cells: _instants(cells, defaults), pl.Int64, is_elementwise=True)


def _days(cells: pl.Series, defaults: DateDefaults) -> pl.Series:
    day = pl.when(pl.col("instant").is_not_null()).then(pl.col("day"))
    return _days_and_instants(cells, defaults).select(day.dt.strftime("%Y-%m-%d").str.zfill(10)).to_series()


def _instants(cells: pl.Series, defaults: DateDefaults) -> pl.Series:
    instant = pl.col("instant")
    shown = pl.when(instant.is_between(INSTANT_MIN, INSTANT_MAX)).then(instant)
    return _days_and_instants(cells, defaults).select(shown).to_series()


def _days_and_instants(cells: pl.Series, defaults: DateDefaults) -> pl.DataFrame:
    """Return for each cell the `day` as written and the `instant`, which is null when either cannot be.

    Each step is computed before the next one is made of it: as one expression each part of a date
    would be looked for again wherever it is named.
    """
    text = pl.col("text")
    iso, american = (
        text.str.extract_groups(_ISO_DATE + _ISO_TIME),
        text.str.extract_groups(_US_DATE + _US_TIME),
    )
    found = cells.alias("text").to_frame().select(iso.alias("iso"), american.alias("american"))
    parts = found.select(
        *(pl.coalesce(_part("iso", each), _part("american", each)).alias(each) for each in "ymdhis"),
        _part("iso", "z"),
        _part("american", "p").str.to_lowercase(),
    )
    y, m, d, h, i, s, z, p = (pl.col(each) for each in "ymdhiszp")
    dated = parts.select(
        pl.concat_str(
            _four_digit_year(y, m, d, defaults.last_day), m.str.zfill(2), d.str.zfill(2), separator="-"
        )
        .str.to_date("%Y-%m-%d", strict=False)
        .alias("day"),
        h.cast(pl.Int64),
        i.cast(pl.Int64),
        s.fill_null("0").cast(pl.Int64),
        z,
        p,
    )
    day = pl.when(pl.col("day").dt.year() >= 1).then(pl.col("day"))
    hour_of_day = (
        pl.when(p.is_null())
        .then(pl.when(h < 24).then(h))
        .otherwise(pl.when(h.is_between(1, 12)).then(h % 12 + 12 * (p == "pm").cast(pl.Int64)))
    )
    clock = pl.when((i < 60) & (s < 60)).then(hour_of_day * 3600 + i * 60 + s)
    second_of_day = pl.when(h.is_null()).then(0).otherwise(clock)
    timed = dated.select(day.alias("day"), (day.cast(pl.Int64) * 86_400 + second_of_day).alias("local"), z)
    local = pl.col("local")
    instant = (
        pl.when(z.is_null()).then(_from_local(local, defaults.zone)).otherwise(local - _offset_seconds(z))
    )
    return timed.select("day", instant.alias("instant"))


def _part(groups: str, name: str) -> pl.Expr:
    return pl.col(groups).struct.field(name)


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
