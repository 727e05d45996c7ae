"""The table of field types (contract §8): the one place to add a type.

A type names the kind of cell it is read from (`engine.cells` knows how), the storage
class of its column and how a stored value looks in JSON. Nothing here needs the
data-frame library, so the API can describe and render without it.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from leadline.clock import render_instant

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


def link_to(field_type: FieldType) -> FieldType:
    """Return the type of a field that holds a key of that type."""
    return replace(field_type, name="link")


KEY_SEPARATOR = "\x1f"
KEY_BYTES_MAX = 1_000
"""A longer compound key is kept as its digest: an index entry of the databases has a limit."""


def fold_key(text: str, field_type: FieldType) -> str:
    """Return the form in which keys compare: lower case, e-mail also stripped (contract §3.6)."""
    return text.strip(WHITESPACE).lower() if field_type.cell is Cell.EMAIL else text.lower()


def compound_key(parts: Sequence[str]) -> str:
    """Return one key of several folded ones; different parts never make the same key."""
    key = KEY_SEPARATOR.join(
        part.replace("\\", "\\\\").replace(KEY_SEPARATOR, "\\" + KEY_SEPARATOR) for part in parts
    )
    return shortened_key(key)


def shortened_key(key: str) -> str:
    """Return the key itself, or its digest when it is too long for an index."""
    encoded = key.encode("utf-8", "surrogatepass")
    return key if len(encoded) <= KEY_BYTES_MAX else f"sha256:{hashlib.sha256(encoded).hexdigest()}"
