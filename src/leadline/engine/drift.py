"""Where a file would act differently than its preview has shown.

Ids of new records, warnings, reasons and the moment of the import are no differences.
"""

import polars as pl

from leadline.engine.given_cells import told_apart
from leadline.model.dataclass import dataclass

DRIFT = ("row", "record", "field", "planned_old", "planned_new", "now_old", "now_new")
_OUTCOME = "outcome"
_RECORD = "id"


@dataclass(frozen=True, slots=True)
class Acts:
    """What a file does: `rows` with `row`, `outcome`, `id` and `record`, `cells` with these of each change.

    Of a cell there are `row`, `field`, `record`, `old`, `new` and `is_moment`.
    """

    rows: pl.DataFrame
    cells: pl.DataFrame


def digest_of(acts: Acts) -> str:
    """Return what is the same for the same acts, in whatever order; by it most files need no comparison.

    Another version of the program may give another one.
    """
    rows = acts.rows.select("row", "outcome", "id", "record")
    cells = _comparable(acts.cells).select("row", "field", "old", "compared")
    return "".join(f"{each.height:x}.{each.hash_rows().sum() or 0:x}." for each in (rows, cells))


def drift_between(planned: Acts, now: Acts) -> pl.DataFrame:
    """Return the cells in which two judgements of the same file differ, and rows that differ in no cell.

    `record` is the one that the row finds now, or that it was to find.
    """
    cells = _differences(_comparable(_told(planned.cells)), _comparable(_told(now.cells)), ["row", "field"])
    rows = planned.rows.join(now.rows, on="row", suffix="_now", how="left", maintain_order="left")
    others = rows.filter(~pl.col("row").is_in(cells["row"].implode()))
    record = pl.coalesce("record_now", "record").alias("record")
    nothing = pl.lit(None, pl.String)
    told = [
        others.filter(pl.col(name).ne_missing(pl.col(f"{name}_now"))).select(
            "row",
            record,
            pl.lit(name).alias("field"),
            nothing.alias("planned_old"),
            pl.col(name).cast(pl.String).alias("planned_new"),
            nothing.alias("now_old"),
            pl.col(f"{name}_now").cast(pl.String).alias("now_new"),
        )
        for name in (_OUTCOME, _RECORD)
    ]
    return pl.concat([cells, *told]).sort("row", maintain_order=True)


def _told(cells: pl.DataFrame) -> pl.DataFrame:
    """Return cells with those of new records as lines of their own."""
    told = pl.from_arrow(told_apart(cells.to_arrow(compat_level=pl.CompatLevel.oldest())))
    assert isinstance(told, pl.DataFrame)
    return told


def _comparable(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.with_columns(pl.when(~pl.col("is_moment")).then("new").alias("compared"))


def _differences(planned: pl.DataFrame, now: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    both = planned.with_columns(pl.lit(value=True).alias("there")).join(
        now.with_columns(pl.lit(value=True).alias("there")),
        on=by,
        how="full",
        coalesce=True,
        suffix="_now",
        maintain_order="left_right",
    )
    differs = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(f"{name}_now")) for name in ("there", "old", "compared")
    )
    return both.filter(differs).select(
        "row",
        pl.coalesce("record_now", "record").alias("record"),
        "field",
        pl.col("old").alias("planned_old"),
        pl.col("new").alias("planned_new"),
        pl.col("old_now").alias("now_old"),
        pl.col("new_now").alias("now_new"),
    )
