"""What an undo would do: all change sets of its job judged in one snapshot, and again when it is applied."""

from collections.abc import Iterable

import polars as pl
import pyarrow as pa

from leadline.engine.drift import Acts, drift_between
from leadline.engine.erase import marks_of_table
from leadline.engine.shown_values import shown
from leadline.merging.undo_judge import begin_undo, foresee_undo
from leadline.merging.undoing import JudgedSet
from leadline.model.jobs import JobKind
from leadline.model.previews import Preview
from leadline.model.records import UndoOutcome
from leadline.schema.catalog import DEDUPE_FIELDS, Key, ObjectType
from leadline.store import records
from leadline.store.base import Session
from leadline.store.report_files import packed_marks
from leadline.worker.apply_preview import OutOfDateError, planned_acts
from leadline.worker.preview_reports import CHANGES, ROWS, blocks_of
from leadline.worker.preview_task import Findings, PreviewTask

KEPT = "kept"
_OUT_OF_DATE = "Undo failed, the preview is out of date: {rows} rows would act differently"
_LOOKUP = "email"


def judge_undo(task: PreviewTask) -> Findings:
    """Judge an undo without writing anything; raises `NoLongerPossibleError` where it would fail."""
    wanted = task.preview.wanted
    with task.database.read() as session:
        version = records.version(session)
        opened = wanted.request.partition_scope.opened
        undoing, sets = begin_undo(session, wanted.undoes or 0, opened, lists_changes=True)
        judged = []
        for each in foresee_undo(session, undoing, sets):
            judged.append(each)
            task.beat()
        changes = _with_keys(session, judged)
    rows, kept = _rows(judged), pl.concat([each.kept for each in judged]).sort("row", maintain_order=True)
    counted = dict(rows["outcome"].value_counts().iter_rows())
    counts = {outcome.value: counted.get(outcome.value, 0) for outcome in UndoOutcome}
    files = {ROWS: blocks_of(rows), CHANGES: blocks_of(changes), KEPT: blocks_of(kept)}
    marks = packed_marks(marks_of_undo(task.preview.wanted.request.kind, changes, kept, rows))
    found = {"rows": counts, "cells": {"restored": changes.height}, "kept": _reasons(kept)}
    return Findings({"shown": found}, files, marks, version, rows.height)


def _reasons(kept: pl.DataFrame) -> list[dict[str, object]]:
    """Return why anything is kept, the most frequent reason first."""
    rows, first_row = pl.col("row").n_unique().alias("rows"), pl.col("row").min().alias("firstRow")
    counted = kept.group_by("why").agg(rows, first_row)
    return counted.sort("rows", "firstRow", "why", descending=[True, False, False]).to_dicts()


def marks_of_undo(kind: JobKind, *tables: pl.DataFrame) -> pa.Array:
    """Return the marks of those whom the files of an undo name, so that they go with them."""
    own = [each if kind is not JobKind.OBJECT else each.drop("record") for each in tables]
    return pa.array(sorted(set[str]().union(*map(marks_of_table, own))), pa.string())


def refuse_other_undo(session: Session, preview: Preview, judged: Iterable[JudgedSet]) -> None:
    """Raise `OutOfDateError` where an undo, judged under the writer row, is not what was shown."""
    whole = list(judged)
    cells = _changes(whole).select(
        "row", "record", "field", "old", "new", pl.lit(value=False).alias("is_moment")
    )
    rows = _rows(whole).select("row", "outcome", "id", "record")
    drift = drift_between(planned_acts(session, preview), Acts(rows, cells))
    if drift.height:
        raise OutOfDateError(drift, _OUT_OF_DATE)


def _rows(judged: list[JudgedSet]) -> pl.DataFrame:
    rows = pl.concat([each.rows for each in judged]).sort("row")
    return rows.with_columns(pl.col("id").cast(pl.String))


def _changes(judged: list[JudgedSet]) -> pl.DataFrame:
    return pl.concat([each.changes for each in judged]).sort("row", maintain_order=True)


def _with_keys(session: Session, judged: list[JudgedSet]) -> pl.DataFrame:
    """Return the cells that come back, with what people call their records."""
    changes = _changes(judged)
    types = {each.object_type.name: each.object_type for one in judged for each in one.records}
    keys = [pl.DataFrame(schema={"record": pl.Int64, "key": pl.String})]
    for object_type in types.values():
        keys.append(_keys(session, object_type, changes["record"].drop_nulls().unique()))
    named = pl.concat(keys).unique("record", keep="first")
    whole = changes.join(named, on="record", how="left", maintain_order="left")
    return whole.with_columns(pl.lit(value=False).alias("is_moment"))


def _keys(session: Session, object_type: ObjectType, ids: pl.Series) -> pl.DataFrame:
    key = object_type.key(DEDUPE_FIELDS) or object_type.key(_LOOKUP)
    assert key is not None, "leads have an address, other records a key"
    by_id = Key("id", (), "id")
    found = pl.DataFrame(records.match(session, object_type, by_id, key.fields, ids.to_arrow()))
    parts = [shown(found[each.column], each.type).alias(each.column) for each in key.fields]
    joined = pl.concat_str(parts, separator=", ", ignore_nulls=True)
    return found.select(pl.col("id").cast(pl.Int64).alias("record"), joined.alias("key"))
