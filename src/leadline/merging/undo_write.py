"""Writing what taking a change set back does, with a change set of its own."""

from collections.abc import Iterator

import polars as pl
import pyarrow as pa

from leadline.engine.keys import fold_keys
from leadline.engine.undo.cells import Fate
from leadline.engine.undo.fates import SET, fields_of
from leadline.engine.undo.records import NEW, OLD, ROW
from leadline.merging.erasure import delete_leads
from leadline.merging.undoing import JudgedSet, JudgedType
from leadline.model.change_parts import Part, pack_parts
from leadline.model.changes import What
from leadline.schema.catalog import ObjectType
from leadline.schema.leads import LEAD
from leadline.store.writer import Writer

_PORTION = 65_536
"""So many people are deleted with one statement."""


def write_undo(writer: Writer, judged: JudgedSet) -> None:
    """Write it: memberships first, so that people who are deleted leave none behind."""
    deleted = {each.object_type.name: _reverted(each.judged.created) for each in judged.records}
    people = deleted.get(LEAD, pl.Series([], dtype=pl.Int64))
    if judged.lists is not None:
        _write_list(writer, judged, people)
    if judged.members is not None:
        _write_members(writer, judged.members, people)
    for each in judged.records:
        _write_values(writer, each)
        ids = deleted[each.object_type.name]
        if each.leads is not None:
            found = each.leads.filter(pl.col("id").is_in(ids.implode())).sort("id")
            for leads in found.iter_slices(_PORTION):
                table = leads.to_arrow(compat_level=pl.CompatLevel.oldest())
                delete_leads(writer, each.object_type, table)
        elif len(ids):
            writer.delete(each.object_type, ids.to_list())


def _reverted(records: pl.DataFrame) -> pl.Series:
    return records.filter(pl.col("fate") == Fate.REVERTED.value)["id"].sort()


def _write_values(writer: Writer, each: JudgedType) -> None:
    """Bring back the values of cells; each record is written with all columns that any of them gets back."""
    updated = each.judged.updated
    names = [name for name in fields_of(updated) if updated[SET + name].any()]
    back = (
        updated.filter(pl.any_horizontal(SET + name for name in names)).sort("id") if names else updated[:0]
    )
    if back.is_empty():
        return
    columns = back.select("id", *(_value(name).alias(name) for name in names))
    writer.update(each.object_type, _stored_columns(columns, each.object_type), _parts(back, names))


def _value(name: str) -> pl.Expr:
    return pl.when(SET + name).then(NEW + name).otherwise(OLD + name)


def _stored_columns(values: pl.DataFrame, object_type: ObjectType) -> pa.Table:
    """Return the columns that store fields, with the folded keys of those that have one."""
    columns = {"id": values["id"]}
    for name in values.columns[1:]:
        field = object_type.field(name)
        assert field is not None, "a field that was deleted is kept"
        columns[field.column] = values[name]
        if field.key_column != field.column and (field.has_key or field.column == "f_statusname"):
            columns[field.key_column] = fold_keys(values[name], field.type)
    return pl.DataFrame(columns).to_arrow(compat_level=pl.CompatLevel.oldest())


def _parts(back: pl.DataFrame, names: list[str]) -> Iterator[Part]:
    """Yield the changes as the log has them: what there was, and what came back."""
    rows = [name for name in back.columns if name.startswith(ROW)]
    is_set = {name: pl.col(SET + name) for name in names}
    table = back.select(
        "id",
        pl.lit(What.UPDATED.value, pl.Int8).alias("what"),
        "prev",
        pl.lit(value=False).alias("gap"),
        "row",
        *rows,
        *(each.alias(SET + name) for name, each in is_set.items()),
        *(pl.when(each).then(OLD + name).alias(OLD + name) for name, each in is_set.items()),
        *(pl.when(each).then(NEW + name).alias(NEW + name) for name, each in is_set.items()),
    )
    return pack_parts(table.to_arrow(compat_level=pl.CompatLevel.oldest()), ())


def _write_list(writer: Writer, judged: JudgedSet, people: pl.Series) -> None:
    """Take people off the list that the set put them on, and put back those whom it took off."""
    assert judged.lists is not None, "it has members of a list"
    for list_id, leads in _by_list(judged.lists.created, NEW, people):
        writer.leave_list(list_id, leads["id"].to_list(), _rows_of(leads))
    for list_id, leads in _by_list(judged.lists.ended, OLD, people):
        again = leads.select("id", "row", pl.col(f"{OLD}addedAt").alias("added_at"))
        writer.join_list(list_id, again.to_arrow(compat_level=pl.CompatLevel.oldest()))


def _rows_of(records: pl.DataFrame) -> dict[int, int | None]:
    return dict(records.select("id", "row").iter_rows())


def _by_list(records: pl.DataFrame, prefix: str, people: pl.Series) -> Iterator[tuple[int, pl.DataFrame]]:
    is_back = (pl.col("fate") == Fate.REVERTED.value) & ~pl.col("id").is_in(people.implode())
    back = records.filter(is_back)
    if back.height:
        for (list_id,), leads in back.sort("id").group_by(f"{prefix}listId", maintain_order=True):
            yield int(str(list_id)), leads


def _write_members(writer: Writer, members: JudgedType, people: pl.Series) -> None:
    """End the memberships that the set made, bring back their values, and put back those that it ended."""
    created = members.judged.created
    back = created.filter(pl.col("fate") == Fate.REVERTED.value)
    if back.height:
        stays = ~pl.col(f"{NEW}leadId").is_in(people.implode())
        leaving = back.filter(stays).sort("id")
        writer.delete_members(members.object_type, leaving["id"].to_list(), _rows_of(leaving))
    _write_values(writer, members)
    ended = members.judged.ended.filter(pl.col("fate") == Fate.REVERTED.value).sort("id")
    if ended.height:
        _put_back(writer, members.object_type, ended)


def _put_back(writer: Writer, member_type: ObjectType, ended: pl.DataFrame) -> None:
    """Put memberships in programs back as they were, under their own numbers."""
    names = [each.removeprefix(OLD) for each in ended.columns if each.startswith(OLD)]
    known = [each for each in names if member_type.field(each) is not None]
    kept = [each for each in known if each not in ("updatedAt",)]
    rows = _stored_columns(
        ended.select("id", *(pl.col(OLD + each).alias(each) for each in kept)), member_type
    )
    table = ended.select(
        "id",
        pl.lit(What.CREATED.value, pl.Int8).alias("what"),
        "prev",
        pl.lit(value=False).alias("gap"),
        "row",
        *(pl.lit(value=True).alias(SET + each) for each in ("leadId", "programId")),
        *(pl.lit(None, pl.Int64).alias(OLD + each) for each in ("leadId", "programId")),
        *(pl.col(OLD + each).alias(NEW + each) for each in ("leadId", "programId")),
    )
    arrow = table.to_arrow(compat_level=pl.CompatLevel.oldest())
    writer.put_back(member_type, rows, pack_parts(arrow, kept))
