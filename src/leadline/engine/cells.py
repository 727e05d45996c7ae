"""How a cell of a file is read: one function for each kind of cell (contract §8).

Each takes the cell's text, trimmed unless it is text that is kept, and returns the value to
store, null where the text is not of that kind. Cells that are blank or say NULL never get here.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

import polars as pl

from leadline.engine.dates import DateDefaults, date_defaults, read_date, read_datetime
from leadline.model.tables import line_for_each
from leadline.schema.outer_space import OUTER_SPACE
from leadline.schema.types import CURRENCY_SCALE, FALSE_WORDS, TRUE_WORDS, Cell, FieldType, currency_count

_DECIMAL = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_CURRENCY_MAX = 900_000_000_000_000
_EXPONENT_DIGITS_MAX = 6

Reader = Callable[[pl.Expr, DateDefaults], pl.Expr]
"""Text of the cell and what a date may leave open -> value."""


def trimmed(text: pl.Expr) -> pl.Expr:
    """Return texts without outer white space, exactly as `schema.outer_space.trimmed` does."""
    return text.str.strip_chars(OUTER_SPACE)


def _matching(text: pl.Expr, pattern: str) -> pl.Expr:
    return pl.when(text.str.contains(pattern)).then(text)


def read_text(text: pl.Expr, defaults: DateDefaults) -> pl.Expr:
    """Read any text, as it is; the syntax of an e-mail address is a matter of warnings."""
    return text


def read_integer(text: pl.Expr, defaults: DateDefaults) -> pl.Expr:
    """Read a signed 64-bit integer; the cast takes a sign and ASCII digits, nothing else."""
    return text.cast(pl.Int64, strict=False)


def read_percent(text: pl.Expr, defaults: DateDefaults) -> pl.Expr:
    """Read an integer that may end in one percent sign."""
    return read_integer(trimmed(text.str.strip_suffix("%")), defaults)


def read_float(text: pl.Expr, defaults: DateDefaults) -> pl.Expr:
    """Read a finite decimal number."""
    value = _matching(text, _DECIMAL).str.strip_prefix("+").cast(pl.Float64, strict=False)
    return pl.when(value.is_finite()).then(value)


def read_currency(text: pl.Expr, defaults: DateDefaults) -> pl.Expr:
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


def read_boolean(text: pl.Expr, defaults: DateDefaults) -> pl.Expr:
    """Read true or false as 1 or 0."""
    word = text.str.to_lowercase()
    yes, no = word.is_in(list(TRUE_WORDS)), word.is_in(list(FALSE_WORDS))
    return pl.when(yes).then(pl.lit(1, pl.Int64)).when(no).then(pl.lit(0, pl.Int64))


def read_one(text: str, field_type: FieldType, zone: str, today: date) -> str | int | float | None:
    """Read a single cell that is no text, as a filter names it."""
    defaults = date_defaults(field_type, zone, today)
    read = READERS[field_type.cell]
    value: str | int | float | None = pl.select(read(trimmed(pl.lit(text)), defaults)).item()
    return value


READERS: Mapping[Cell, Reader] = line_for_each(
    Cell,
    {
        Cell.TEXT: read_text,
        Cell.EMAIL: read_text,
        Cell.INTEGER: read_integer,
        Cell.PERCENT: read_percent,
        Cell.FLOAT: read_float,
        Cell.CURRENCY: read_currency,
        Cell.BOOLEAN: read_boolean,
        Cell.DATE: read_date,
        Cell.DATETIME: read_datetime,
    },
)
"""How each kind of cell is read; a new kind has its line here."""
