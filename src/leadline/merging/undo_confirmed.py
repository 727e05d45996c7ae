"""Which rows that come back a later import had found as they were: it wrote nothing, so it has no claim."""

from collections.abc import Collection, Sequence

import polars as pl

from leadline.engine.ledger import read_ledger
from leadline.engine.records import read_records
from leadline.engine.undo.fates import SET, fields_of
from leadline.merging.undoing import JudgedType
from leadline.model.jobs import Job
from leadline.model.records import Outcome, UndoOutcome
from leadline.store import jobs, reports
from leadline.store.base import Session

_JOBS_MAX = 20
"""So many later imports are looked through, the newest first."""


def with_confirmations(
    session: Session, original: Job, judged: Sequence[JudgedType], rows: pl.DataFrame
) -> pl.DataFrame:
    """Let rows that come back say which later import had the same values in its file."""
    is_back = (pl.col("outcome") == UndoOutcome.REVERTED.value) & pl.col("reason").is_null()
    names = {name for each in judged for name in _names_back(each)}
    if not names or not rows.select(is_back.any()).item():
        return rows
    for later in jobs.that_found_all_as_it_was(session, original, _JOBS_MAX):
        if names.isdisjoint(_columns(session, later)):
            continue
        unchanged = _unchanged(session, later, rows["id"])
        told = pl.lit(f"confirmed by job {later.batch_id}")
        reason = pl.when(is_back & pl.col("id").is_in(unchanged.implode())).then(told).otherwise("reason")
        rows = rows.with_columns(reason.alias("reason"))
    return rows


def _names_back(each: JudgedType) -> Collection[str]:
    """Return the names, in lower case, by which a file may call the fields of which values come back."""
    updated = each.judged.updated
    back = [name for name in fields_of(updated) if updated[SET + name].any()]
    fields = [field for name in back if (field := each.object_type.field(name)) is not None]
    return {name.lower() for field in fields for name in (field.name, field.display_name)}


def _columns(session: Session, job: Job) -> set[str]:
    cells, _ = next(read_records(jobs.header_of(session, job.batch_id), job.request.file_format.delimiter))
    return {cell.lower() for cell in cells}


def _unchanged(session: Session, job: Job, ids: pl.Series) -> pl.Series:
    """Return which of the ids a job has found as they were in a row."""
    found = [ids[:0]]
    for first_row in reports.ledger_rows(session, job.batch_id):
        block = reports.ledger_block(session, job.batch_id, first_row)
        if block is not None:
            ledger = pl.DataFrame(read_ledger(block, first_row)).select(
                pl.col("outcome").cast(pl.String), pl.col("id").cast(ids.dtype)
            )
            found.append(ledger.filter(pl.col("outcome") == Outcome.UNCHANGED.value)["id"])
    return pl.concat(found).unique()
