"""Every fault of the rows that fail, where a failure file gives the first of each alone.

The rules are those of `validate` and `match_rules`: asked once more, of these rows.
"""

from collections.abc import Sequence

import polars as pl
import pyarrow as pa

from leadline.engine.columns import cell_column
from leadline.engine.match_rules import MergeContext, all_match_faults, join_records
from leadline.engine.pipeline import CheckedChunk, validated_by
from leadline.engine.plan import MergePlan
from leadline.engine.validate import all_faults


def faults_of_cells(chunk: CheckedChunk, plan: MergePlan, failed: pl.Series) -> pl.DataFrame:
    """Return `row`, `place` and `reason` of what is wrong with the failed rows, each looked at alone.

    `plan` is that of the whole file.
    """
    frames = [each.filter(pl.col("row").is_in(failed.implode())) for each in chunk.cells]
    found = [validated_by(all_faults, each, plan) for each in frames if each.height]
    nothing = pl.DataFrame(schema={"row": pl.Int64, "place": pl.Int64, "reason": pl.String})
    return pl.concat([nothing, *found]).sort("row", maintain_order=True)


def rows_to_match(chunk: CheckedChunk, failed: pl.Series) -> pl.DataFrame:
    """Return the rows of which `faults_of_match` is to be asked: where rows may be parents of others, all."""
    if chunk.plan.links_to_same_type:
        return chunk.rows
    return chunk.rows.filter(pl.col("row").is_in(failed.implode()))


def faults_of_match(
    rows: pl.DataFrame, stored: pa.Table, plan: MergePlan, context: MergeContext, of_cells: pl.DataFrame
) -> pl.DataFrame:
    """Return the faults of what the keys and links of rows find, as `faults_of_cells` does.

    Rows that have failed for a cell, as `of_cells` says, are asked too; not the cell, nor a row without key.
    """
    found = all_match_faults(join_records(rows, stored, plan, failed_too=True), plan, context)
    without_key = rows.filter(pl.col("key").is_null())["row"]
    of_record = pl.col("place").is_null() & pl.col("row").is_in(without_key.implode())
    return found.filter(~of_record).join(of_cells, on=["row", "place"], how="anti", maintain_order="left")


def with_values(faults: pl.DataFrame, cells: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Put `value` beside each fault: the text of the cell, null where the row as a whole is wrong."""
    found = [
        faults.filter(pl.col("place") == place).join(
            frame.select("row", pl.col(cell_column(place)).alias("value")), on="row", how="inner"
        )
        for place in faults["place"].drop_nulls().unique()
        for frame in cells
        if cell_column(place) in frame.columns
    ]
    values = pl.concat(
        [pl.DataFrame(schema={"row": pl.Int64, "place": pl.Int64, "value": pl.String})]
        + [each.select("row", "place", "value") for each in found]
    ).unique(["row", "place"])
    return faults.join(values, on=["row", "place"], how="left", maintain_order="left")
