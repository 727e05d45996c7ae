"""What an undo does to memberships, as the file of its changes has it: for a preview."""

from collections.abc import Sequence

import polars as pl

from leadline.engine.shown_values import shown
from leadline.engine.undo.cells import Fate
from leadline.engine.undo.outcomes import CELL_LINE
from leadline.engine.undo.records import NEW, OLD, Judged
from leadline.merging.foreseen import LIST, named_as_shown
from leadline.merging.undo_stored import stored_records
from leadline.schema.catalog import Field, ObjectType
from leadline.schema.members import fields_told
from leadline.schema.types import FieldType
from leadline.store.base import Session


def list_lines(judged: Judged, number: FieldType) -> pl.DataFrame:
    """Return a line for each person who leaves a list or comes back to one; the value is the list's id."""
    frames = [pl.DataFrame(schema=CELL_LINE)]
    for records, value, leaves in ((judged.created, NEW, True), (judged.ended, OLD, False)):
        back = _reverted(records)
        if back.height:
            lists = shown(back[f"{value}listId"], number)
            frames.append(_lines(back, back["id"], LIST, lists, leaves=leaves))
    return pl.concat(frames)


def member_lines(
    session: Session, member_type: ObjectType, judged: Judged, about: pl.DataFrame
) -> pl.DataFrame:
    """Return a line for each value of memberships that end or come back; `about` names their leads."""
    fields, frames = fields_told(member_type), [pl.DataFrame(schema=CELL_LINE)]
    leads = about.select("id", "record").unique("id")
    for records, leaves in ((judged.created, True), (judged.ended, False)):
        back = _reverted(records).join(leads, on="id", how="left", maintain_order="left")
        if back.is_empty():
            continue
        values = _values(session, member_type, back, fields) if leaves else back
        for each in fields:
            name = each.name if leaves else OLD + each.name
            if name in values.columns:
                texts = shown(values[name], each.type)
                lines = _lines(back, back["record"], each.name, texts, leaves=leaves)
                frames.append(lines.filter(pl.coalesce("now", "would_be").is_not_null()))
    return pl.concat(frames)


def shown_names(member_type: ObjectType, lines: pl.DataFrame) -> pl.DataFrame:
    """Name the fields of members as files of changes do, which leave out what the product keeps itself."""
    known = [each.name for each in fields_told(member_type)]
    return named_as_shown(lines.filter(pl.col("field").is_in(known)))


def _reverted(records: pl.DataFrame) -> pl.DataFrame:
    return records.filter(pl.col("fate") == Fate.REVERTED.value)


def _values(
    session: Session, member_type: ObjectType, back: pl.DataFrame, fields: Sequence[Field]
) -> pl.DataFrame:
    """Return what memberships hold that end, in the same order."""
    stored = stored_records(session, member_type, back["id"], [each.name for each in fields])
    own = stored.select("id", *(each for each in stored.columns if each in {field.name for field in fields}))
    return back.select("id").join(own, on="id", how="left", maintain_order="left")


def _lines(
    back: pl.DataFrame, records: pl.Series, field: str, values: pl.Series, *, leaves: bool
) -> pl.DataFrame:
    nothing = pl.Series([None] * back.height, dtype=pl.String)
    columns = {
        "record": records,
        "row": back["row"],
        "field": pl.Series([field] * back.height, dtype=pl.String),
        "now": values if leaves else nothing,
        "would_be": nothing if leaves else values,
        "why": nothing,
        "by": pl.Series([None] * back.height, dtype=pl.Int64),
    }
    return pl.DataFrame(columns, schema=CELL_LINE)
