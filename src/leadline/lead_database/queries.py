"""What filters and field lists of a query mean, the same for every object type (contract §9.1)."""

from collections.abc import Sequence
from datetime import date

from leadline.errors import (
    FIELD_NOT_FOUND,
    FIELD_NOT_SUPPORTED,
    INVALID_VALUE,
    TOO_MANY_VALUES,
    ServiceError,
)
from leadline.model.dataclass import dataclass
from leadline.schema import folding
from leadline.schema.catalog import Field, Key, ObjectType
from leadline.schema.exact_json import write_json
from leadline.schema.outer_space import is_blank
from leadline.schema.types import Cell

FILTER_VALUES_MAX = 300
_INSTANTS = (Cell.DATE, Cell.DATETIME)


def choose_fields(object_type: ObjectType, names: Sequence[str], always: Sequence[str]) -> list[Field]:
    """Return the fields a caller asked for, those of `always` among them; raises `ServiceError` 1006."""
    wanted: dict[str, Field] = {}
    for name in (*always, *names):
        field = object_type.field(name)
        if field is None:
            raise ServiceError(FIELD_NOT_FOUND, name=name)
        wanted[field.name] = field
    return list(wanted.values())


def filter_field(object_type: ObjectType, name: str) -> Field:
    """Return the field of a filter; raises `ServiceError` 1006 or 1011."""
    field = object_type.field(name)
    if field is None:
        raise ServiceError(FIELD_NOT_FOUND, name=name)
    if not field.searchable:
        raise ServiceError(FIELD_NOT_SUPPORTED, name=name)
    return field


def check_count(values: Sequence[object], name: str) -> None:
    """Refuse more values than a call may have; raises `ServiceError` 1003."""
    if len(values) > FILTER_VALUES_MAX:
        raise ServiceError(TOO_MANY_VALUES, limit=FILTER_VALUES_MAX, name=name)


@dataclass(frozen=True, slots=True)
class DateContext:
    """How dates in a call are read: in which zone, and on which day, which two-digit years depend on."""

    zone: str
    today: date


def fold_value(field: Field, value: str, dates: DateContext) -> str | int | None:
    """Return the form in which a filter value compares, None when no record can have it.

    It is read as a cell of a file is; `zone` is that of instants without offset. Raises
    `ServiceError` 1001.
    """
    if field.type.cell in _INSTANTS and not is_blank(value):
        return _fold_instant(field, value, dates)
    try:
        return folding.fold_value(value, field.type)
    except ValueError:
        raise ServiceError(INVALID_VALUE, value=value, type=field.type.name.capitalize()) from None


def fold_values(field: Field, values: Sequence[str], dates: DateContext) -> list[str | int]:
    """Return the forms in which the values of a filter compare; raises `ServiceError` 1001."""
    folded = [fold_value(field, value, dates) for value in values]
    return [each for each in folded if each is not None]


def _fold_instant(field: Field, value: str, dates: DateContext) -> str | int:
    """Return a day as ISO text or an instant as epoch second, read as in a file (contract §8)."""
    from leadline.engine.cells import read_one  # loaded by the first who asks for one

    found = read_one(value, field.type, dates.zone, dates.today)
    if found is None or isinstance(found, float):
        raise ServiceError(INVALID_VALUE, value=value, type=field.type.name.capitalize())
    return found


def fold_record(key: Key, record: dict[str, object], dates: DateContext) -> str | int | None:
    """Return the folded key that a record names, or None when a part of it is missing.

    Raises `ServiceError` 1001.
    """
    members = {name.lower(): value for name, value in record.items()}
    parts: list[str | int] = []
    for field in key.fields:
        value = members.get(field.name.lower())
        if value is None or value == "" or isinstance(value, dict | list):
            return None
        folded = fold_value(field, value if isinstance(value, str) else write_json(value), dates)
        if folded is None:
            return None
        parts.append(folded)
    return folding.compound_key([str(part) for part in parts]) if key.compound else parts[0]
