"""The names of the columns in the engine's frames, and what each holds.

Every frame has `row`, the number of the data row from 1. Checked rows have `key`, the folded text or
number by which records are found; `reason`, why the row fails, or null; `code`, the reason's code, in
calls alone; and `warning`. A decision's rows have `outcome` and `id`, which is the one that clients know.
The value of a field stands under the name of the column that stores it, `Field.column`, null where the
row gives none. What else is known of a field's value has a prefix in front of that name.
"""

from collections.abc import Callable, Iterable

from leadline.schema.catalog import Field

CLIENT_ID = "client_id"
"""The id by which clients know the record of a row: its number, or its GUID."""

NAMED_ID = "named_id"
"""The id that a record of a call names beside its key, null where it names none."""


def cell_column(index: int) -> str:
    """Return the name of the text of the cell in that place; it is null where a call lacks the member."""
    return f"c{index}"


def cell_columns(names: Iterable[str]) -> list[str]:
    """Return which of a frame's columns hold the text of cells."""
    return [name for name in names if name.startswith("c") and name[1:].isdigit()]


def _prefixed(prefix: str) -> Callable[[Field], str]:
    return lambda field: prefix + field.column


set_column = _prefixed("set_")
"""Names a boolean: the row writes the field, be it a value or null."""

blank_column = _prefixed("blank_")
"""Names a boolean: the row gives no value of the field."""

invalid_column = _prefixed("invalid_")
"""Names a boolean: the text of the cell is none of the field's type."""

long_column = _prefixed("long_")
"""Names a boolean: the value is longer than the field."""

changed_column = _prefixed("changed_")
"""Names a boolean: the row would change a field that stays as it was when the record was created."""

old_column = _prefixed("old_")
"""Names the value that the row's record had before the chunk, or a new record's default."""

new_column = _prefixed("new_")
"""Names the value that the record has after the row."""

target_key_column = _prefixed("target_key_")
"""Names the folded key that a link names; the field's column has the target's spelling or null."""
