"""Which data rows of a job wrote something in a change set, as its ledger has them."""

import polars as pl

from leadline.engine.ledger import read_ledger
from leadline.merging.later_changes import changes_in
from leadline.model.changes import LIST_MEMBER, ChangeSet
from leadline.model.jobs import Job, JobKind
from leadline.model.records import WRITING_OUTCOMES
from leadline.store import reports
from leadline.store.base import Session


def rows_that_wrote(session: Session, job: Job, change_set: ChangeSet) -> pl.DataFrame:
    """Return `row`, `id`, which clients know, and `record`, its number, null where only a GUID is known.

    A row that did nothing but put somebody on a list is unchanged in its ledger, but not here.
    """
    first_row = change_set.origin.first_row or 0
    block = reports.ledger_block(session, job.batch_id, first_row)
    is_object = job.request.kind is JobKind.OBJECT
    id_type = pl.String if is_object else pl.Int64
    if block is None:
        return pl.DataFrame(schema={"row": pl.Int64, "id": id_type, "record": pl.Int64})
    ledger = pl.DataFrame(read_ledger(block, first_row)).select(
        pl.col("row").cast(pl.Int64), pl.col("outcome").cast(pl.String), pl.col("id").cast(id_type)
    )
    listed = changes_in(session, change_set.number, LIST_MEMBER)["row"].drop_nulls()
    wrote = pl.col("outcome").is_in(sorted(WRITING_OUTCOMES)) | pl.col("row").is_in(listed.implode())
    record = pl.lit(None, pl.Int64) if is_object else pl.col("id")
    return ledger.filter(wrote).select("row", "id", record.alias("record"))


def numbered(rows: pl.DataFrame, guids: pl.DataFrame) -> pl.DataFrame:
    """Let rows whose record has a GUID say its number."""
    if guids.is_empty():
        return rows
    by_guid = (
        guids.select(pl.col("guid").alias("id"), pl.col("id").alias("by_guid")).drop_nulls().unique("id")
    )
    by_row = guids.select("row", pl.col("id").alias("by_row")).drop_nulls().unique("row")
    joined = rows.join(by_guid, on="id", how="left", maintain_order="left")
    joined = joined.join(by_row, on="row", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("by_guid", "by_row", "record").alias("record")).drop(
        "by_guid", "by_row"
    )
