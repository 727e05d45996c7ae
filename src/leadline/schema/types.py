"""The table of field types (contract §8): the one place to add a type.

A type names the kind of cell it is read from (`engine.cells` knows how), the storage
class of its column and how a stored value looks in JSON. Nothing here needs the
data-frame library, so the API can describe and render without it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

WHITESPACE = " \t\r\n"
"""What is stripped around e-mail addresses, numbers, booleans and dates."""

TEXT_BYTES_MAX = 30_000
CURRENCY_SCALE = 10_000


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


def render_instant(epoch_seconds: int) -> str:
    """Return an instant as `2015-05-17T22:11:45Z` (contract §0.7)."""
    return datetime.fromtimestamp(epoch_seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def _render_currency(ten_thousandths: int) -> float:
    return ten_thousandths / CURRENCY_SCALE


def _as_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class FieldType:
    """One data type of a field.

    `length` is the default length in characters (None: the type has none),
    `bytes_max` a limit in UTF-8 bytes, `render` turns a stored value, never None,
    into its JSON form.
    """

    name: str
    cell: Cell
    storage: Storage
    length: int | None = None
    bytes_max: int | None = None
    key: bool = False
    render: Callable[[Any], Any] = _as_is


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


def fold_key(text: str, field_type: FieldType) -> str:
    """Return the form in which keys compare: lower case, e-mail also stripped (contract §3.6)."""
    return text.strip(WHITESPACE).lower() if field_type.cell is Cell.EMAIL else text.lower()
