"""Small frames for the engine's steps: rows are written as tuples, everything else is the same each time."""

from collections.abc import Sequence
from datetime import date

import polars as pl
import pyarrow as pa

from leadline.engine.header import PlannedColumn
from leadline.engine.plan import MergePlan
from leadline.engine.wording import FILE, wording_of_call
from leadline.model.records import Action
from leadline.model.rules import Rules
from leadline.schema.leads import lead_type

TODAY = date(2026, 3, 1)
LEAD = lead_type()
FIELDS = [
    field for name in ("email", "leadScore", "externalCompanyId", "company") if (field := LEAD.field(name))
]
EMAIL, SCORE, LINK, COMPANY = (field.column for field in FIELDS)


def plan_of(
    *, key: str = "email", action: Action = Action.CREATE_OR_UPDATE, call: bool = False, **rules: str
) -> MergePlan:
    """Return a plan of leads with the fields e-mail, score, link to a company and company name."""
    found = LEAD.key(key)
    assert found is not None
    columns = tuple(PlannedColumn(index, field) for index, field in enumerate(FIELDS))
    wording = wording_of_call(LEAD) if call else FILE
    return MergePlan(LEAD, columns, found, Rules.model_validate(rules), TODAY, wording, action)


def checked_rows(rows: Sequence[tuple[object, ...]], plan: MergePlan) -> pl.DataFrame:
    """Return checked rows of (key, reason, e-mail, score, link, company); `...` is what a row does not write."""
    data = [
        {"row": number, "key": key, "reason": reason, "warning": None}
        | ({"code": None if reason is None else "1003"} if plan.from_call else {})
        | {field.column: None if value is ... else value for field, value in zip(FIELDS, values, strict=True)}
        | {f"set_{field.column}": value is not ... for field, value in zip(FIELDS, values, strict=True)}
        for number, (key, reason, *values) in enumerate(rows, 1)
    ]
    key_type = pl.Int64 if plan.key.column == "id" else pl.String
    schema: dict[str, type[pl.DataType]] = {"row": pl.Int64, "key": key_type, "reason": pl.String}
    schema |= {"code": pl.String} if plan.from_call else {}
    schema |= {"warning": pl.String, EMAIL: pl.String, SCORE: pl.Int64, LINK: pl.String, COMPANY: pl.String}
    schema |= {f"set_{field.column}": pl.Boolean for field in FIELDS}
    return pl.DataFrame(data, schema=schema)


def stored_records(records: Sequence[tuple[object, ...]], plan: MergePlan) -> pa.Table:
    """Return stored records of (key, id, updated at, partition, e-mail, score, link, company)."""
    key_type = pa.int64() if plan.key.column == "id" else pa.string()
    types = {"key": key_type, **dict.fromkeys(("id", "updated_at", "partition_id"), pa.int64())}
    types |= {EMAIL: pa.string(), SCORE: pa.int64(), LINK: pa.string(), COMPANY: pa.string()}
    columns = zip(*records, strict=True) if records else [()] * len(types)
    return pa.table(
        {
            name: pa.array(list(values), kind)
            for (name, kind), values in zip(types.items(), columns, strict=True)
        }
        | {"changed": pa.array([7] * len(records), pa.int64()), "gap": pa.array([False] * len(records))}
    )
