"""Failed and warned rows of a chunk, grouped by reason and column.

A reason holds no cell's value, so that its text names its column in almost every file: the texts that the
columns of a plan may give are few. Only rows whose reason several columns may give are looked at again.
"""

from collections import defaultdict
from collections.abc import Sequence

import polars as pl

from leadline.engine.faults import faults_of_cells
from leadline.engine.pipeline import CheckedChunk
from leadline.engine.plan import MergePlan
from leadline.engine.validate import EMAIL_PATTERN
from leadline.model.jobs import IssueKind, ReasonCount
from leadline.schema.record_errors import AMBIGUOUS_DATE, INVALID_EMAIL, TOO_LONG
from leadline.schema.types import Cell

_COLUMNS = {IssueKind.FAILURE: "reason", IssueKind.WARNING: "warning"}
"""Where a decision's rows hold the reasons of a kind."""


def reason_counts(
    chunk: CheckedChunk, rows: pl.DataFrame, plan: MergePlan, names: Sequence[str]
) -> list[ReasonCount]:
    """Group a decision's rows; `plan` is that of the whole file, `names` are those of the file's columns."""
    counts = []
    for kind, column in _COLUMNS.items():
        if rows[column].null_count() == rows.height:  # as almost always
            continue
        found = rows.select("row", pl.col(column).alias("reason")).drop_nulls("reason")
        groups = _with_places(chunk, found, kind, plan).group_by("reason", "place", maintain_order=True)
        counted = groups.agg(pl.len().alias("rows"), pl.col("row").min().alias("first"))
        counts += [
            ReasonCount(kind, reason, None if place is None else names[place], count, first)
            for reason, place, count, first in counted.iter_rows()
        ]
    return counts


def _with_places(chunk: CheckedChunk, found: pl.DataFrame, kind: IssueKind, plan: MergePlan) -> pl.DataFrame:
    """Put beside the reason of each row the place of its column, null for the row as a whole."""
    known = _places(plan)
    present = {text: known[text] for text in found["reason"].unique().to_list() if text in known}
    sure = {text: places[0] for text, places in present.items() if len(places) == 1}
    place = pl.col("reason").replace_strict(sure, default=None, return_dtype=pl.Int64)
    found = found.with_columns(place.alias("place"))
    unsure = [text for text, places in present.items() if len(places) > 1]
    if not unsure:
        return found
    rows = found.filter(pl.col("reason").is_in(unsure))["row"]
    looked_up = _failing(chunk, rows, plan) if kind is IssueKind.FAILURE else _malformed(chunk, rows, plan)
    joined = found.join(looked_up, on="row", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("place", "found_place").alias("place"))


def _places(plan: MergePlan) -> dict[str, list[int]]:
    """Return, for each reason that names or means a column, which columns of the file may give it."""
    places = defaultdict[str, list[int]](list)
    wording = plan.wording
    for column in plan.columns:
        field = column.field
        texts = {
            error.message(field=field.display_name, value="", type="")
            for error in (wording.invalid_value, TOO_LONG, AMBIGUOUS_DATE)
        }
        if field.type.cell is Cell.EMAIL:
            texts.add(INVALID_EMAIL.message())
        if field in plan.key.fields:
            texts.add(plan.key.missing.message(name=plan.key.name))
        if field.link is not None:
            texts.add(wording.missing_target(field.link).message(name=field.name))
        for text in texts:
            places[text].append(column.index)
    return places


def _failing(chunk: CheckedChunk, rows: pl.Series, plan: MergePlan) -> pl.DataFrame:
    """Return the place of the first cell that fails each of the rows."""
    first = faults_of_cells(chunk, plan, rows).unique("row", keep="first", maintain_order=True)
    return first.select("row", pl.col("place").cast(pl.Int64).alias("found_place"))


def _malformed(chunk: CheckedChunk, rows: pl.Series, plan: MergePlan) -> pl.DataFrame:
    """Return the place of the first malformed e-mail address of each of the rows."""
    looks: list[pl.Expr] = [
        pl.when(~pl.col(each.field.column).str.contains(EMAIL_PATTERN)).then(pl.lit(each.index, pl.Int64))
        for each in plan.columns
        if each.field.type.cell is Cell.EMAIL and each.field.column in chunk.rows.columns
    ]
    asked = chunk.rows.filter(pl.col("row").is_in(rows.implode()))
    return asked.select("row", pl.coalesce(looks or [pl.lit(None, pl.Int64)]).alias("found_place"))
