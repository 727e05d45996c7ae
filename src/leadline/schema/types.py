"""The table of field types (contract §8): the one place to add a type.

A type names the kind of cell it is read from (`engine.cells` knows how), the storage
class of its column and how a stored value looks in JSON. Nothing here needs the
data-frame library, so the API can describe and render without it.
"""

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from typing import Any

from leadline.model.dataclass import dataclass
from leadline.model.instants import render_instant

TEXT_BYTES_MAX = 30_000
_CURRENCY_DECIMALS, _TENTH = 4, Decimal("0.1")
CURRENCY_SCALE = 10**_CURRENCY_DECIMALS
TRUE_WORDS = ("true", "1", "yes", "t", "y")
FALSE_WORDS = ("false", "0", "no", "f", "n")
"""What a boolean may be called, in any case (contract §8)."""


class Cell(StrEnum):
    """How a cell of a file is read."""

    TEXT = "text"
    EMAIL = "email"
    INTEGER = "integer"
    PERCENT = "percent"
    FLOAT = "float"
    CURRENCY = "currency"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"


class Storage(StrEnum):
    """The storage class of a column; both databases have these three."""

    TEXT = "text"
    INTEGER = "integer"
    REAL = "real"


def currency_count(amount: Decimal) -> int:
    """Return an amount as it is stored: a count of 1/10000, rounded half up from the fifth decimal."""
    exact = Context(prec=len(amount.as_tuple().digits) + 28)  # rounded once, at the end
    return int(exact.multiply(amount, CURRENCY_SCALE).quantize(Decimal(1), ROUND_HALF_UP, exact))


def _render_currency(ten_thousandths: int) -> Decimal:
    """Return an amount with as many decimals as it has, but at least one."""
    amount = Decimal(ten_thousandths).scaleb(-_CURRENCY_DECIMALS)
    return amount.quantize(_TENTH) if ten_thousandths % 1_000 == 0 else amount.normalize()


def _as_is(value: Any) -> Any:
    return value


_YEARS_AHEAD = 20


@dataclass(frozen=True, slots=True)
class FieldType:
    """One data type of a field.

    `length` is the default length in characters (None: the type has none),
    `bytes_max` a limit in UTF-8 bytes, `render` turns a stored value, never None,
    into its JSON form. The keys of an `opaque` type compare as they are: the ids of another
    system may differ in nothing but their case. The days of a `past` type are not after today.
    """

    name: str
    cell: Cell
    storage: Storage
    length: int | None = None
    bytes_max: int | None = None
    key: bool = False
    opaque: bool = False
    past: bool = False
    render: Callable[[Any], Any] = _as_is

    def last_day(self, today: date) -> date:
        """Return the last day that a date with a year of two digits may name.

        They name a year of the 100 that end 20 years from this one; a day that is past by its nature, as
        that of a birth, is never after today.
        """
        return today if self.past else date(min(today.year + _YEARS_AHEAD, date.max.year), 12, 31)


FIELD_TYPES = {
    field_type.name: field_type
    for field_type in (
        FieldType("string", Cell.TEXT, Storage.TEXT, length=255, key=True),
        FieldType("text", Cell.TEXT, Storage.TEXT, bytes_max=TEXT_BYTES_MAX),
        FieldType("textarea", Cell.TEXT, Storage.TEXT, bytes_max=TEXT_BYTES_MAX),
        FieldType("email", Cell.EMAIL, Storage.TEXT, length=255, key=True),
        FieldType("phone", Cell.TEXT, Storage.TEXT, length=255),
        FieldType("url", Cell.TEXT, Storage.TEXT, length=255),
        FieldType("integer", Cell.INTEGER, Storage.INTEGER, key=True),
        FieldType("score", Cell.INTEGER, Storage.INTEGER),
        FieldType("percent", Cell.PERCENT, Storage.INTEGER),
        FieldType("float", Cell.FLOAT, Storage.REAL),
        FieldType("currency", Cell.CURRENCY, Storage.INTEGER, render=_render_currency),
        FieldType("boolean", Cell.BOOLEAN, Storage.INTEGER, render=bool),
        FieldType("date", Cell.DATE, Storage.TEXT),
        FieldType("datetime", Cell.DATETIME, Storage.INTEGER, render=render_instant),
    )
}
