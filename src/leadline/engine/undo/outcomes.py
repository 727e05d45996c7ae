"""What became of each data row of a job when one of its change sets was taken back, and what was kept of it.

A row wrote pieces: a record, a membership in a list, one in a program. Its outcome follows from all of them.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from leadline.engine.shown_values import shown
from leadline.engine.undo.cells import Fate
from leadline.engine.undo.fates import BY, SET
from leadline.engine.undo.records import NEW, OLD, ROW, SETTLED, WHY, Judged, Why
from leadline.model.dataclass import dataclass
from leadline.model.records import UndoOutcome
from leadline.schema.types import FieldType

_COUNTS = ("back", "settled", "kept", "deleted", "gone")
_COUNTED = {
    "record": pl.Int64,
    "row": pl.Int64,
    **dict.fromkeys(_COUNTS, pl.Int64),
    "reason": pl.String,
    "by": pl.Int64,
}
CELL_LINE = {
    "record": pl.Int64,
    "row": pl.Int64,
    "field": pl.String,
    "now": pl.String,
    "would_be": pl.String,
    "why": pl.String,
    "by": pl.Int64,
}
"""A cell, or a record as a whole, that is kept or comes back."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """What became of some records: how many cells of each row came back, and which were kept.

    `counts` has `record`, `row`, a column for each of `_COUNTS`, and `reason`; `kept` has a line for each
    cell, or record, that was kept, `back` one for each cell that comes back, where that is asked. `record`
    is the number of the record that the row is about.
    """

    counts: pl.DataFrame
    kept: pl.DataFrame
    back: pl.DataFrame


def pieces_of(
    judged: Judged,
    types: Mapping[str, FieldType],
    about: pl.DataFrame | None = None,
    what: str = "",
    *,
    lists_changes: bool = False,
) -> Pieces:
    """Return the pieces of judged records; `about` names of each record's `id` the `record` that it is of.

    `what` is what kept.csv calls a membership as a whole; a record has no name for that.
    """
    is_membership = about is not None
    made = UndoOutcome.REVERTED if is_membership else UndoOutcome.DELETED
    counts = [
        *_cells(judged.updated, types, lists_changes=lists_changes),
        _whole(judged.created, made, what),
        _whole(judged.ended, UndoOutcome.REVERTED, what),
        _gone(judged.gone, what if is_membership else None),
    ]
    together = pl.concat(counts)
    if about is not None:
        own = about.select(pl.col("id").alias("record"), pl.col("record").alias("of"))
        joined = together.join(own, on="record", how="left", maintain_order="left")
        together = joined.with_columns(pl.coalesce("of", "record").alias("record")).drop("of")
    kept = together.filter(pl.col("why").is_not_null()).select(*CELL_LINE)
    is_back = (pl.col("back") > 0) & pl.col("field").is_not_null() & lists_changes
    counted = _named(together)
    if is_membership or sum(each.height > 0 for each in counts) > 1:
        counted = _summed(counted, ["record", "row"])
    return Pieces(counted, kept, together.filter(is_back).select(*CELL_LINE))


_CELLS = {**CELL_LINE, **dict.fromkeys(_COUNTS, pl.Int64)}


def _cells(
    updated: pl.DataFrame, types: Mapping[str, FieldType], *, lists_changes: bool
) -> list[pl.DataFrame]:
    """Return of each field the cells that were kept, and how many cells of each row were not."""
    found = [pl.DataFrame(schema=_CELLS)]
    for name in [each.removeprefix(SET) for each in updated.columns if each.startswith(SET)]:
        row = pl.coalesce(ROW + name, "row") if ROW + name in updated.columns else pl.col("row")
        is_back, is_settled, why = pl.col(SET + name), pl.col(SETTLED + name), pl.col(WHY + name)
        cells = updated.filter(is_back | is_settled | why.is_not_null())
        is_told = cells[WHY + name].is_not_null() | (cells[SET + name] & lists_changes)
        field_type = types.get(name)
        now, would_be = (_shown_where(cells[prefix + name], is_told, field_type) for prefix in (OLD, NEW))
        columns = [
            pl.col("id").alias("record"),
            row.alias("row"),
            pl.when(why.is_not_null() | lists_changes).then(pl.lit(name)).alias("field"),
            now.alias("now"),
            would_be.alias("would_be"),
            why.alias("why"),
            pl.col(BY + name).cast(pl.Int64).alias("by"),
            is_back.cast(pl.Int64).alias("back"),
            is_settled.cast(pl.Int64).alias("settled"),
            why.is_not_null().cast(pl.Int64).alias("kept"),
            pl.lit(0, pl.Int64).alias("deleted"),
            pl.lit(0, pl.Int64).alias("gone"),
        ]
        found.append(cells.select(columns))
    return found


def _shown_where(values: pl.Series, mask: pl.Series, field_type: FieldType | None) -> pl.Series:
    """Return the texts of some values, null for all others."""
    if field_type is None or not mask.any():
        return pl.Series([None] * len(values), dtype=pl.String)
    return shown(values.zip_with(mask, pl.Series([None], dtype=values.dtype)), field_type)


def _whole(records: pl.DataFrame, undone: UndoOutcome, what: str) -> pl.DataFrame:
    fate = pl.col("fate")
    counts = {
        "back": (fate == Fate.REVERTED.value) & (undone is UndoOutcome.REVERTED),
        "settled": fate == Fate.SETTLED.value,
        "kept": fate == Fate.KEPT.value,
        "deleted": (fate == Fate.REVERTED.value) & (undone is UndoOutcome.DELETED),
        "gone": pl.lit(value=False),
    }
    return records.select(
        pl.col("id").alias("record"),
        "row",
        pl.lit(what).alias("field"),
        pl.lit(None, pl.String).alias("now"),
        pl.lit(None, pl.String).alias("would_be"),
        "why",
        pl.col("by").cast(pl.Int64),
        *(each.cast(pl.Int64).alias(name) for name, each in counts.items()),
    )


def _gone(records: pl.DataFrame, membership: str | None) -> pl.DataFrame:
    """Return records that are no more; a membership that ended is kept so."""
    is_membership = membership is not None
    values: dict[str, str | int | None] = {
        "field": membership,
        "now": None,
        "would_be": None,
        "why": Why.ENDED.value if is_membership else None,
        "by": None,
        **dict.fromkeys(_COUNTS, 0),
        "kept": int(is_membership),
        "gone": int(not is_membership),
    }
    columns = [pl.lit(value, _CELLS[name]).alias(name) for name, value in values.items()]
    return records.select(pl.col("id").alias("record"), "row", *columns)


def _named(cells: pl.DataFrame) -> pl.DataFrame:
    """Let each cell of a record and row say why it was kept, with its name."""
    reason = (
        pl.when(pl.col("field").fill_null("") == "")
        .then("why")
        .otherwise(pl.concat_str("field", pl.lit(": "), "why"))
    )
    return cells.select("record", "row", *_COUNTS, reason.alias("reason"), "by")


def outcomes(rows: pl.DataFrame, pieces: Sequence[Pieces], who: Mapping[int, str]) -> pl.DataFrame:
    """Return `row`, `outcome`, `id`, `reason` and `record` of data rows, by ascending number.

    `rows` are those that wrote something: `row`, `id`, which clients know, and `record`, its number; `who`
    says of a change set what made it. A piece whose row is not known belongs to all rows of its record, and
    so do all pieces of a record to its rows that others have overtaken. A row without any is about a record
    that was erased.
    """
    counts = pl.concat([pl.DataFrame(schema=_COUNTED), *(each.counts for each in pieces)])
    of_any_row = counts.filter(pl.col("row").is_null()).drop("row")
    of_any_row = of_any_row.join(rows.select("record", "row"), on="record").select(counts.columns)
    of_rows = pl.concat([counts.filter(pl.col("row").is_not_null()), of_any_row])
    if len(pieces) > 1 or of_any_row.height:
        of_rows = _summed(of_rows, ["row"])
    by_row = rows.join(of_rows.drop("record", strict=False), on="row", how="left", maintain_order="left")
    known = by_row.filter(pl.col("back").is_not_null())
    together = known.sort("row")
    if known.height < rows.height:
        others = rows.join(known.select("row"), on="row", how="anti")
        others = others.join(_summed(counts, ["record"]), on="record", how="left")
        together = pl.concat([known, others.select(known.columns)]).sort("row")
    by = pl.col("by").replace_strict(dict(who), default=None, return_dtype=pl.String)
    told = pl.concat_str([pl.col("reason"), by], separator=", ", ignore_nulls=True)
    outcome = _outcome()
    is_told = pl.col("reason").is_not_null() & (pl.col("kept") > 0)
    was_before = (outcome == UndoOutcome.REVERTED.value) & (pl.col("back") == 0) & (pl.col("settled") > 0)
    reason = pl.when(is_told).then(told).when(was_before).then(pl.lit("taken back before"))
    return together.select("row", outcome.alias("outcome"), "id", reason.alias("reason"), "record")


def kept_lines(
    rows: pl.DataFrame, pieces: Sequence[Pieces], who: Mapping[int, tuple[str, int]]
) -> pl.DataFrame:
    """Return the lines of kept.csv, and the `record` that each is about.

    `who` says of a change set what made it, and when; other members are as `outcomes` has them.
    """
    kept = pl.concat([pl.DataFrame(schema=CELL_LINE), *(each.kept for each in pieces)])
    joined = _with_rows(kept, rows)
    names = {number: name for number, (name, _) in who.items()}
    instants = {number: at for number, (_, at) in who.items()}
    at = pl.col("by").replace_strict(instants, default=None, return_dtype=pl.Int64)
    return joined.select(
        pl.coalesce("row", "first_row").alias("row"),
        pl.col("id").cast(pl.String),
        "field",
        "now",
        "would_be",
        "why",
        pl.col("by").replace_strict(names, default=None, return_dtype=pl.String),
        pl.from_epoch(at, "s").dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias("at"),
        "record",
    ).sort("row", maintain_order=True)


def changed_lines(rows: pl.DataFrame, pieces: Sequence[Pieces]) -> pl.DataFrame:
    """Return each cell that comes back, row by row: `row`, `id`, `field`, `old`, `new` and `record`."""
    back = pl.concat([pl.DataFrame(schema=CELL_LINE), *(each.back for each in pieces)])
    joined = _with_rows(back, rows)
    return joined.select(
        pl.coalesce("row", "first_row").alias("row"),
        pl.col("id").cast(pl.String),
        "field",
        pl.col("now").alias("old"),
        pl.col("would_be").alias("new"),
        "record",
    ).sort("row", maintain_order=True)


def _with_rows(lines: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Add `id` and `first_row` of the record that each line is about."""
    named = rows.join(lines.select("record").unique(), on="record", how="semi")
    known = named.select("record", "id", pl.col("row").alias("first_row")).unique("record", keep="first")
    return lines.join(known, on="record", how="left", maintain_order="left")


def _summed(counts: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Bring counts of the same record or row together; the first that was kept says why."""
    return counts.group_by(keys, maintain_order=True).agg(
        pl.col(_COUNTS).sum(), pl.col("reason").drop_nulls().first(), pl.col("by").drop_nulls().first()
    )


def _outcome() -> pl.Expr:
    is_back = (pl.col("back") + pl.col("deleted") + pl.col("settled")) > 0
    return (
        pl.when((pl.col("gone") > 0) | pl.col("back").is_null())
        .then(pl.lit(UndoOutcome.GONE.value))
        .when((pl.col("kept") > 0) & is_back)
        .then(pl.lit(UndoOutcome.PARTLY.value))
        .when(pl.col("kept") > 0)
        .then(pl.lit(UndoOutcome.KEPT.value))
        .when(pl.col("deleted") > 0)
        .then(pl.lit(UndoOutcome.DELETED.value))
        .otherwise(pl.lit(UndoOutcome.REVERTED.value))
    )
