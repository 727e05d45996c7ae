"""What an undo would do: all change sets of its job judged in one snapshot, and again when it is applied."""

from collections.abc import Iterable

import polars as pl
import pyarrow as pa

from leadline.engine.drift import Acts, drift_between
from leadline.engine.erase import marks_of_table
from leadline.engine.shown_values import shown
from leadline.engine.undo.cells import Fate
from leadline.merging.undo_judge import begin_undo, foresee_undo
from leadline.merging.undo_stored import type_named
from leadline.merging.undoing import JudgedSet
from leadline.model.job_words import UNDO_WORDS
from leadline.model.jobs import ImportRequest, JobKind
from leadline.model.previews import Preview
from leadline.model.records import UndoOutcome
from leadline.schema.catalog import DEDUPE_FIELDS, Key, ObjectType
from leadline.schema.leads import LEAD
from leadline.store import records
from leadline.store.base import Session
from leadline.store.report_files import packed_marks
from leadline.worker.apply_preview import OutOfDateError, planned_acts
from leadline.worker.preview_reports import CHANGES, ROWS, blocks_of
from leadline.worker.preview_task import Findings, PreviewTask

KEPT = "kept"


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
        changes = _with_keys(session, wanted.request, judged)
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
        raise OutOfDateError(drift, UNDO_WORDS)


def _rows(judged: list[JudgedSet]) -> pl.DataFrame:
    rows = pl.concat([each.rows for each in judged]).sort("row")
    return rows.with_columns(pl.col("id").cast(pl.String))


def _changes(judged: list[JudgedSet]) -> pl.DataFrame:
    """Return the cells that come back; of a record that goes none, like the file of an undo's changes."""
    gone = [pl.Series("id", [], pl.Int64)]
    for each in judged:
        deleted = (one.judged.created.filter(pl.col("fate") == Fate.REVERTED.value) for one in each.records)
        gone += [one["id"] for one in deleted]
    changes = pl.concat([each.changes for each in judged]).sort("row", maintain_order=True)
    return changes.filter(~pl.col("record").is_in(pl.concat(gone).implode()).fill_null(False))


def _with_keys(session: Session, request: ImportRequest, judged: list[JudgedSet]) -> pl.DataFrame:
    """Return the cells that come back, with the lookup field of the job that names their records."""
    changes = _changes(judged)
    object_type = type_named(session, LEAD if request.kind is not JobKind.OBJECT else request.object_type)
    keys = _keys(session, object_type, request.key, changes["record"].drop_nulls().unique())
    whole = changes.join(keys, on="record", how="left", maintain_order="left")
    return whole.with_columns(pl.lit(value=False).alias("is_moment"))


def _keys(session: Session, object_type: ObjectType, lookup: str, ids: pl.Series) -> pl.DataFrame:
    """Return `record` and `key` of records; a lookup field that is gone names none."""
    key = object_type.key(lookup) or object_type.key(DEDUPE_FIELDS)
    fields = key.fields if key is not None else ()
    others = [each for each in fields if each.column != "id"]
    found = pl.DataFrame(records.match(session, object_type, Key("id", (), "id"), others, ids.to_arrow()))
    parts = [shown(found[each.column], each.type).fill_null("").alias(each.column) for each in fields]
    joined = pl.concat_str(parts, separator=",") if parts else pl.lit(None, pl.String)
    return found.select(pl.col("id").cast(pl.Int64).alias("record"), joined.alias("key"))
