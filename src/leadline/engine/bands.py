"""Fields that only the wide rows of a chunk have, kept apart so that short rows take no room for them.

All rows of a chunk are decided together, for the ones that share a key follow each other; but what
becomes of a field follows from those rows alone that have it. So the cells that are decided are at
most some times those that were sent.
"""

from collections.abc import Sequence

import polars as pl

from leadline.engine.columns import set_column
from leadline.engine.frames import PADDING_MAX
from leadline.engine.header import PlannedColumn
from leadline.engine.plan import MergePlan
from leadline.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Band:
    """Fields and the rows that have them: `plan` assigns no others, `rows` has `row` and their values."""

    plan: MergePlan
    rows: pl.DataFrame

    def keyed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return its rows with the keys and reasons that these have."""
        return self.rows.join(rows.select("row", "key", "reason"), on="row", maintain_order="left")

    def of(self, plan: MergePlan) -> "Band":
        """Return the band of the fields of another plan whose columns are read here too."""
        return Band(plan.reading([each for each in plan.columns if each in self.plan.columns]), self.rows)


def split_bands(
    frames: Sequence[tuple[MergePlan, pl.DataFrame]],
) -> tuple[MergePlan, pl.DataFrame, list[Band]]:
    """Bring checked frames, each with its plan, into one; return its plan, its rows, and the bands beside it.

    Almost always there is one frame, or none is much wider than the others: then there are no bands.
    """
    ordered = sorted(frames, key=lambda each: len(each[0].columns))
    whole = ordered[-1][0]
    edges = _edges([(len(plan.columns), rows.height) for plan, rows in ordered])
    if len(edges) == 1:
        return whole, _together([rows for _, rows in ordered]), []
    read = {len(plan.columns): {each.index for each in plan.columns} for plan, _ in ordered}
    done = read[edges[0]] | {each.index for each in whole.columns if _is_shared(each, whole)}
    base = whole.reading([each for each in whole.columns if each.index in done])
    bands = []
    for edge in edges[1:]:
        own = whole.reading([each for each in whole.columns if each.index in read[edge] - done])
        there = [rows for plan, rows in ordered if read[len(plan.columns)] - done]
        done |= read[edge]
        if own.columns:
            bands.append(Band(own, _together([_of_plan(each, own, ["row"]) for each in there])))
    common = [name for name in ordered[0][1].columns if name not in _names(whole)]
    return base, _together([_of_plan(rows, base, common) for _, rows in ordered]), bands


def _edges(shapes: list[tuple[int, int]]) -> list[int]:
    """Return at which widths to cut, so that no band has many cells for each that its rows have.

    `shapes` are width and height of frames, narrow ones first.
    """
    edges, left = [], 0
    while shapes:
        height = sum(height for _, height in shapes)
        edge = max(
            edge
            for edge, _ in shapes
            if height * (edge - left)
            <= PADDING_MAX * sum(height * (min(width, edge) - left) for width, height in shapes)
        )
        edges.append(edge)
        shapes, left = [each for each in shapes if each[0] > edge], edge
    return edges


def _is_shared(column: PlannedColumn, plan: MergePlan) -> bool:
    """Tell whether a field has a say in what a row finds, or in what becomes of other fields."""
    field = column.field
    return bool(field.link or field.fixed or field.company or field in plan.identity)


def _of_plan(rows: pl.DataFrame, plan: MergePlan, common: list[str]) -> pl.DataFrame:
    """Return some columns of all rows, and the values of the fields of a plan."""
    return rows.select(*common, *(name for name in _names(plan) if name in rows.columns))


def _names(plan: MergePlan) -> list[str]:
    return [name for each in plan.columns for name in (each.field.column, set_column(each.field))]


def _together(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Bring rows into one frame, in file order; none writes a field that it lacks."""
    if len(frames) == 1:
        return frames[0]
    rows = pl.concat(frames, how="diagonal").sort("row")
    return rows.with_columns(pl.col(pl.Boolean).fill_null(value=False))
