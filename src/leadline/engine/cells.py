"""How a cell of a file is read: one function for each kind of cell (contract §8).

Each takes the cell's text, trimmed unless it is text that is kept, and returns the value to
store, null where the text is not of that kind. Cells that are blank or say NULL never get here.
"""

from collections.abc import Callable
from decimal import Decimal

import polars as pl

from leadline.clock import INSTANT_MAX, INSTANT_MIN
from leadline.schema.outer_space import OUTER_SPACE
from leadline.schema.types import CURRENCY_SCALE, FALSE_WORDS, TRUE_WORDS, Cell, currency_count

_DECIMAL = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_CURRENCY_MAX = 900_000_000_000_000
_EXPONENT_DIGITS_MAX = 6
_ISO_DATE = r"^(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"
_US_DATE = r"^(?P<m>[0-9]{1,2})/(?P<d>[0-9]{1,2})/(?P<y>[0-9]{4}|[0-9]{2})"
_ISO_TIME = (
    r"(?:[T ](?P<h>[0-9]{2}):(?P<i>[0-9]{2})(?::(?P<s>[0-9]{2})(?:\.[0-9]+)?)?"
    r"(?P<z>Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
)
_US_TIME = r"(?: (?P<h>[0-9]{1,2}):(?P<i>[0-9]{2})(?::(?P<s>[0-9]{2}))?(?: ?(?P<p>[AaPp][Mm]))?)?$"
_OFFSET_HOURS_MAX = 14
_CENTURY_PIVOT = 69

Reader = Callable[[pl.Expr, str], pl.Expr]
"""Text of the cell and the zone of instants without offset -> value."""


def trimmed(text: pl.Expr) -> pl.Expr:
    """Return texts without outer white space, exactly as `schema.outer_space.trimmed` does."""
    return text.str.strip_chars(OUTER_SPACE)


def _matching(text: pl.Expr, pattern: str) -> pl.Expr:
    return pl.when(text.str.contains(pattern)).then(text)


def read_text(text: pl.Expr, zone: str) -> pl.Expr:
    """Read any text, as it is; the syntax of an e-mail address is a matter of warnings."""
    return text


def read_integer(text: pl.Expr, zone: str) -> pl.Expr:
    """Read a signed 64-bit integer; the cast takes a sign and ASCII digits, nothing else."""
    return text.cast(pl.Int64, strict=False)


def read_percent(text: pl.Expr, zone: str) -> pl.Expr:
    """Read an integer that may end in one percent sign."""
    return read_integer(trimmed(text.str.strip_suffix("%")), zone)


def read_float(text: pl.Expr, zone: str) -> pl.Expr:
    """Read a finite decimal number."""
    value = _matching(text, _DECIMAL).str.strip_prefix("+").cast(pl.Float64, strict=False)
    return pl.when(value.is_finite()).then(value)


def read_currency(text: pl.Expr, zone: str) -> pl.Expr:
    """Read an amount as a count of 1/10000, rounded half up from the fifth decimal."""
    amount = _matching(text, _DECIMAL)
    parts = amount.str.extract_groups(r"^([+-]?)0*([0-9]*)\.?([0-9]{0,4})([0-9]?)[0-9]*$")
    whole = parts.struct.field("2").str.replace(r"^$", "0").cast(pl.Int64, strict=False)
    fraction = parts.struct.field("3").str.pad_end(4, "0").cast(pl.Int64, strict=False)
    round_up = parts.struct.field("4") >= "5"
    in_range = pl.when(whole < _CURRENCY_MAX).then(whole)
    count = in_range * CURRENCY_SCALE + fraction + round_up.cast(pl.Int64)
    plain = pl.when(parts.struct.field("1") == "-").then(-count).otherwise(count)
    with_exponent = _matching(amount, "[eE]").map_elements(_currency_with_exponent, pl.Int64)
    return pl.coalesce(plain, with_exponent)


def _currency_with_exponent(text: str) -> int | None:
    mantissa, _, exponent = text.lower().partition("e")
    if len(exponent.strip("+-").lstrip("0")) > _EXPONENT_DIGITS_MAX:  # more than Decimal takes
        return 0 if exponent.startswith("-") or not Decimal(mantissa) else None
    amount = Decimal(text)
    if amount and not -40 < amount.adjusted() < 15:
        return 0 if amount.adjusted() < 0 else None
    if abs(amount) >= _CURRENCY_MAX:
        return None
    return currency_count(amount)


def read_boolean(text: pl.Expr, zone: str) -> pl.Expr:
    """Read true or false as 1 or 0."""
    word = text.str.to_lowercase()
    yes, no = word.is_in(list(TRUE_WORDS)), word.is_in(list(FALSE_WORDS))
    return pl.when(yes).then(pl.lit(1, pl.Int64)).when(no).then(pl.lit(0, pl.Int64))


def read_date(text: pl.Expr, zone: str) -> pl.Expr:
    """Read a day as ISO text; of an instant the day as written."""
    days, _ = _day_and_instant(text, zone)
    return days.dt.strftime("%Y-%m-%d").str.zfill(10)


def read_datetime(text: pl.Expr, zone: str) -> pl.Expr:
    """Read an instant as epoch second; without offset it is local time in `zone`.

    An offset may bring it out of the years 1 to 9999; such an instant cannot be shown.
    """
    instant = _day_and_instant(text, zone)[1]
    return pl.when(instant.is_between(INSTANT_MIN, INSTANT_MAX)).then(instant)


def _day_and_instant(text: pl.Expr, zone: str) -> tuple[pl.Expr, pl.Expr]:
    """Return the day as written and the instant, both null when either cannot be."""
    iso = text.str.extract_groups(_ISO_DATE + _ISO_TIME)
    american = text.str.extract_groups(_US_DATE + _US_TIME)

    def part(name: str) -> pl.Expr:
        return pl.coalesce(iso.struct.field(name), american.struct.field(name))

    day = pl.concat_str(
        _four_digit_year(part("y")), part("m").str.zfill(2), part("d").str.zfill(2), separator="-"
    ).str.to_date("%Y-%m-%d", strict=False)
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
        .then(_from_local(local, zone))
        .otherwise(local - _offset_seconds(iso.struct.field("z")))
    )
    return pl.when(instant.is_not_null()).then(day), instant


def _four_digit_year(year: pl.Expr) -> pl.Expr:
    """Expand two digits: 69 to 99 are the 1900s, 00 to 68 the 2000s."""
    short = year.cast(pl.Int64)
    century = pl.when(short >= _CENTURY_PIVOT).then(1900).otherwise(2000)
    return pl.when(year.str.len_chars() == 2).then((short + century).cast(pl.String)).otherwise(year)


def _offset_seconds(offset: pl.Expr) -> pl.Expr:
    digits = offset.str.replace(":", "", literal=True)
    hours, minutes = digits.str.slice(1, 2).cast(pl.Int64, strict=False), digits.str.slice(3, 2)
    total = hours * 3600 + minutes.cast(pl.Int64, strict=False) * 60
    sane = (total <= _OFFSET_HOURS_MAX * 3600) & (minutes < "60")
    signed = pl.when(digits.str.starts_with("-")).then(-total).otherwise(total)
    return pl.when(offset == "Z").then(0).when(sane).then(signed)


def _from_local(local: pl.Expr, zone: str) -> pl.Expr:
    """Turn local seconds into an instant.

    The first of two when clocks go back, the offset before the gap when they go forward.
    """
    naive = pl.from_epoch(local, "s")
    hour = pl.duration(hours=1)

    def placed(moment: pl.Expr) -> pl.Expr:
        return moment.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")

    return pl.coalesce(placed(naive), placed(naive - hour) + hour).dt.epoch("s")


def read_one(text: str, cell: Cell, zone: str) -> str | int | float | None:
    """Read a single cell that is no text, as a filter names it."""
    value: str | int | float | None = pl.select(READERS[cell](trimmed(pl.lit(text)), zone)).item()
    return value


READERS: dict[Cell, Reader] = {
    Cell.TEXT: read_text,
    Cell.EMAIL: read_text,
    Cell.INTEGER: read_integer,
    Cell.PERCENT: read_percent,
    Cell.FLOAT: read_float,
    Cell.CURRENCY: read_currency,
    Cell.BOOLEAN: read_boolean,
    Cell.DATE: read_date,
    Cell.DATETIME: read_datetime,
}
