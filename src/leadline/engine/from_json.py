"""The records of a sync call as rows: JSON becomes what a chunk of a file is (contract §8, §9.3)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from leadline.engine.columns import NAMED_ID, cell_column
from leadline.engine.header import PlannedColumn
from leadline.engine.keys import DTYPES
from leadline.engine.plan import MergePlan
from leadline.engine.validate import validate
from leadline.engine.wording import wording_of_call
from leadline.model.records import Action
from leadline.model.rules import Rules
from leadline.schema.catalog import Field, Key, ObjectType
from leadline.schema.exact_json import shown_json, write_json
from leadline.schema.folding import fold_value
from leadline.schema.record_errors import (
    COMPANY_READ_ONLY,
    FIELD_NOT_FOUND,
    ID_NEEDS_UPDATE,
    INVALID_VALUE,
    Reason,
)

_INFINITIES = (float("inf"), float("-inf"))
"""What a number beyond any float is read as."""


def plan_and_rows(
    records: Sequence[dict[str, Any]],
    object_type: ObjectType,
    key: Key,
    rules: Rules,
    today: date,
    action: Action,
) -> tuple[MergePlan, pl.DataFrame]:
    """Return the plan of a call and its checked rows, numbered from 1 in the order of the input.

    Read-only fields are dropped, as are those of a new record that only its key may name. A
    field that does not exist, and a value that is a list or an object, fault their record. An id
    beside the key says which record is meant, so it is never dropped: it stands in `named_id`.
    """
    named = {name: object_type.field(name) for record in records for name in record}
    fields = list({each.name: each for each in named.values() if each and _written(each, key)}.values())
    columns = tuple(PlannedColumn(index, each) for index, each in enumerate(fields))
    plan = MergePlan(object_type, columns, key, rules, today, wording_of_call(object_type), action)
    places = {each.name: cell_column(index) for index, each in enumerate(fields)}
    rows = [_row(number, record, named, places) for number, record in enumerate(records, 1)]
    own_id = object_type.id_field
    ids = [] if own_id in key.fields else [_named_id(each, named, own_id, action) for each in records]
    for row, (fault, _) in zip(rows, ids, strict=False):
        _note(row, fault)
    schema = {"row": pl.Int64, "fault": pl.String, "fault_code": pl.String}
    cells = pl.DataFrame(rows, schema=schema | dict.fromkeys(places.values(), pl.String))
    checked = validate(cells, plan)
    if any(named_id is not None for _, named_id in ids):
        dtype = DTYPES[own_id.type.storage]
        checked = checked.with_columns(pl.Series(NAMED_ID, [each for _, each in ids], dtype))
    return plan, checked


def _named_id(
    record: dict[str, Any], named: dict[str, Field | None], own_id: Field, action: Action
) -> tuple[Reason | None, str | int | None]:
    """Return what is wrong with the id that a record names beside its key, and the id as it compares."""
    values = [value for name, value in record.items() if named[name] is own_id]
    if not values or values[-1] in (None, ""):
        return None, None
    if action is not Action.UPDATE_ONLY:
        return ID_NEEDS_UPDATE.reason(name=own_id.name), None
    text = values[-1] if isinstance(values[-1], str) else write_json(values[-1])
    try:
        return None, fold_value(text, own_id.type)
    except ValueError:
        return INVALID_VALUE.reason(value=shown_json(values[-1]), type=own_id.type.name), None


def _written(field: Field, key: Key) -> bool:
    return field in key.fields or not (field.read_only or field.system)


def _row(
    number: int, record: dict[str, Any], named: dict[str, Field | None], places: dict[str, str]
) -> dict[str, object]:
    row: dict[str, object] = {"row": number, "fault": None, "fault_code": None} | dict.fromkeys(
        places.values()
    )
    for name, value in record.items():
        field = named[name]
        if field is None:
            _note(row, FIELD_NOT_FOUND.reason(name=name))
        elif field.name in places:
            fault, row[places[field.name]] = _cell(field, value)
            _note(row, fault)
    return row


def _note(row: dict[str, object], fault: Reason | None) -> None:
    """Keep what is wrong with a record, unless something before it is."""
    if fault is not None and row["fault"] is None:
        row["fault"], row["fault_code"] = fault.message, fault.code


def _cell(field: Field, value: object) -> tuple[Reason | None, str]:
    """Return what is wrong with a member of a record, and its value as the text of a cell."""
    if field.company:
        return COMPANY_READ_ONLY.reason(), ""
    if isinstance(value, dict | list) or value in _INFINITIES:
        return INVALID_VALUE.reason(value=shown_json(value), type=field.type.name), ""
    if isinstance(value, str):
        return None, value
    return None, "" if value is None else write_json(value)
