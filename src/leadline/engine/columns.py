"""The names of the columns in the engine's frames, and what each holds.

Every frame has `row`, the number of the data row from 1. Checked rows have `key`, the folded text or
number by which records are found; `reason`, why the row fails, or null; `code`, the reason's code, in
calls alone; and `warning`. A decision's rows have `outcome` and `id`, which is the one that clients know.
The value of a field stands under the name of the column that stores it, `Field.column`, null where the
row gives none. What else is known of a field's value has a prefix in front of that name.
"""

from collections.abc import Iterable

from leadline.schema.catalog import Field

CLIENT_ID = "client_id"
"""The id by which clients know the record of a row: its number, or its GUID."""

NAMED_ID = "named_id"
"""The id that a record of a call names beside its key, null where it names none."""


def cell_column(index: int) -> str:
    """Text of the cell in that place of the file or call; null in a call where the member is not there."""
    return f"c{index}"


def cell_columns(names: Iterable[str]) -> list[str]:
    """Return which of a frame's columns hold the text of cells."""
    return [name for name in names if name.startswith("c") and name[1:].isdigit()]


def set_column(field: Field) -> str:
    """Boolean: the row writes the field, be it a value or null."""
    return f"set_{field.column}"


def blank_column(field: Field) -> str:
    """Boolean: the row gives no value of the field."""
    return f"blank_{field.column}"


def invalid_column(field: Field) -> str:
    """Boolean: the cell's text is none of the field's type."""
    return f"invalid_{field.column}"


def long_column(field: Field) -> str:
    """Boolean: the value is longer than the field."""
    return f"long_{field.column}"


def old_column(field: Field) -> str:
    """Value that the row's record had before the chunk, or a new record's default."""
    return f"old_{field.column}"


def new_column(field: Field) -> str:
    """Value that the record has after the row."""
    return f"new_{field.column}"


def target_key_column(field: Field) -> str:
    """Folded key that a link names; the field's column has the target's spelling, null without target."""
    return f"target_key_{field.column}"


def changed_column(field: Field) -> str:
    """Boolean: the row would change a field that stays as it was when the record was created."""
    return f"changed_{field.column}"
