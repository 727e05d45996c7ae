"""The records of a sync call as rows: JSON becomes what a chunk of a file is (contract §8, §9.3)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from leadline.config import Rules
from leadline.engine.header import PlannedColumn
from leadline.engine.plan import MergePlan
from leadline.engine.validate import validate
from leadline.engine.wording import Wording
from leadline.exact_json import shown_json, write_json
from leadline.model import Action
from leadline.schema.catalog import Field, Key, ObjectType

NOT_A_CELL = "1001 Invalid value '{value}'. Required of type '{type}'"
_INFINITIES = (float("inf"), float("-inf"))
"""What a number beyond any float is read as."""


def take_in(
    records: Sequence[dict[str, Any]],
    object_type: ObjectType,
    key: Key,
    rules: Rules,
    today: date,
    wording: Wording,
    action: Action,
) -> tuple[MergePlan, pl.DataFrame]:
    """Return the plan of a call and its checked rows, numbered from 1 in the order of the input.

    Read-only fields are dropped, as are those of a new record that only its key may name. A
    field that does not exist, and a value that is a list or an object, fault their record.
    """
    named = {name: object_type.field(name) for record in records for name in record}
    fields = list({each.name: each for each in named.values() if each and _written(each, key)}.values())
    columns = tuple(PlannedColumn(index, each) for index, each in enumerate(fields))
    plan = MergePlan(object_type, columns, key, rules, today, wording, action)
    places = {each.name: f"c{index}" for index, each in enumerate(fields)}
    rows = [_row(number, record, named, places) for number, record in enumerate(records, 1)]
    schema = {"row": pl.Int64, "fault": pl.String}
    cells = pl.DataFrame(rows, schema=schema | dict.fromkeys(places.values(), pl.String))
    return plan, validate(cells, plan)


def _written(field: Field, key: Key) -> bool:
    return field in key.fields or not (field.read_only or field.system)


def _row(
    number: int, record: dict[str, Any], named: dict[str, Field | None], places: dict[str, str]
) -> dict[str, object]:
    row: dict[str, object] = {"row": number, "fault": None} | dict.fromkeys(places.values())
    for name, value in record.items():
        field = named[name]
        if field is None:
            row["fault"] = row["fault"] or f"1006 Field '{name}' not found"
        elif field.name in places:
            fault, row[places[field.name]] = _cell(field, value)
            row["fault"] = row["fault"] or fault
    return row


def _cell(field: Field, value: object) -> tuple[str | None, str]:
    """Return what is wrong with a member of a record, and its value as the text of a cell."""
    if field.company:
        return "1021 Company update not allowed", ""
    if isinstance(value, dict | list) or value in _INFINITIES:
        return NOT_A_CELL.format(value=shown_json(value), type=field.type.name), ""
    if isinstance(value, str):
        return None, value
    return None, "" if value is None else write_json(value)
