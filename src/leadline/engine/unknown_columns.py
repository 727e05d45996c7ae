"""The error of a file whose header has columns that fit no field (contract §3.4).

All of them at once, in order, each with the field it may mean: a file of a CRM has many.
"""

from collections.abc import Sequence

from leadline.errors import COLUMNS_NOT_FOUND, ServiceError
from leadline.model.jobs import FileFormat
from leadline.schema.catalog import ObjectType
from leadline.source_file.delimiters import other_delimiter
from leadline.source_file.field_names import FieldNames
from leadline.source_file.visible import SHOWN_MAX, shown


def columns_not_found(
    columns: Sequence[str], header_cells: Sequence[str], object_types: Sequence[ObjectType]
) -> ServiceError:
    """Return the error that names the columns, at least the first."""
    names = FieldNames((field.name, field.display_name) for each in object_types for field in each.fields)
    first, *others = columns
    named = [_with_hint(name, names) for name in _within_bounds(others, names, SHOWN_MAX - len(first))]
    left_out = len(others) - len(named)
    if left_out:
        named.append(f"{left_out} more")
    rest = f"{_hint(first, names)}{'; nor ' * bool(named)}{', '.join(named)}{_advice(columns, header_cells)}"
    return ServiceError(COLUMNS_NOT_FOUND, name=shown(first), rest=rest)


def _within_bounds(columns: Sequence[str], names: FieldNames, left: int) -> list[str]:
    """Return the columns that an error has room for; a display name costs nothing, for it is no data."""
    found = []
    for name in columns:
        cost = 0 if names.has_display_name(name) else len(name)
        if cost <= left:
            found.append(name)
            left -= cost
    return found


def _with_hint(name: str, names: FieldNames) -> str:
    return f"'{shown(name)}'{_hint(name, names)}"


def _hint(name: str, names: FieldNames) -> str:
    field = names.near(name)
    return f" (did you mean '{field}'?)" if field else ""


def _advice(columns: Sequence[str], header_cells: Sequence[str]) -> str:
    """Return what may be wrong with the whole header: it has another delimiter, or is no UTF-8."""
    if any("\ufffd" in name for name in columns):
        return "; the header is not valid UTF-8: save the file as UTF-8 and send it again"
    filled = [cell for cell in header_cells if cell]
    found = other_delimiter(filled[0]) if len(filled) == 1 else None
    if found is None:
        return ""
    delimiter, word = found
    fitting = next(each for each in FileFormat if each.delimiter == delimiter)
    return f"; {word} seem to stand between the columns: send format={fitting.value}"
