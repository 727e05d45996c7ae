"""What a decision changes, cell by cell: for the change log, for previews and for undo.

A row writes a cell where it leaves another value than it found. So what counts as written does not depend
on where a file is cut into chunks: a cell that rows lead to another value and back is written too.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

import polars as pl
import pyarrow as pa

from leadline.engine.columns import new_column, old_column
from leadline.engine.few_rows import select, with_columns
from leadline.engine.plan import MergePlan
from leadline.model.change_parts import Part, pack_parts
from leadline.model.changes import What
from leadline.model.dataclass import dataclass
from leadline.schema.catalog import Field

_MADE = "made"
_OF_RECORDS = ("id", "what", "prev", "gap", "row")


@dataclass(frozen=True, slots=True)
class Changes:
    """What becomes of records of one object type, each of them once and by ascending id.

    `created` has `id` and `row`, and `made`, the row that made it, only where another one wrote some of them
    later; `given` are the API names of the fields that created records were given.
    `updated` has `id`, `prev`, `gap`, `row`, and for each field of which a cell is written `old:`, `new:` and
    `set:` before its API name. `row:` before a field's name is there only where the rows that wrote a record
    differ. Rows are null in calls.
    """

    created: pl.DataFrame
    given: tuple[str, ...]
    updated: pl.DataFrame

    @property
    def fields(self) -> list[str]:
        """The API names of the fields of which a cell of an updated record is written."""
        return _fields(self.updated)

    def parts(self, also_given: Sequence[str] = ()) -> Iterator[Part]:
        """Yield the changes as the log keeps them; `also_given` are fields that all new records have."""
        yield from _parts(self.updated, What.UPDATED, ())
        created = self.created
        if _MADE in created.columns:
            made = (pl.col(_MADE).alias(f"row:{name}") for name in also_given)
            created = created.with_columns(made).drop(_MADE)
        yield from _parts(created, What.CREATED, (*self.given, *also_given))


def _parts(records: pl.DataFrame, what: What, given: Sequence[str]) -> Iterator[Part]:
    if not records.height:
        return iter(())
    defaults = {"prev": pl.lit(0, pl.Int64), "gap": pl.lit(False)}
    missing = [value.alias(name) for name, value in defaults.items() if name not in records.columns]
    whole = with_columns(records, pl.lit(what.value, pl.Int8).alias("what"), *missing)
    cells = [name for name in whole.columns if name not in _OF_RECORDS]
    table = select(whole, *_OF_RECORDS, *cells).to_arrow(compat_level=pl.CompatLevel.oldest())
    return pack_parts(table, given)


def changes_of(
    applied: pl.DataFrame, created: pl.DataFrame, updated: pl.DataFrame, plan: MergePlan, *, repeats: bool
) -> Changes:
    """Return what applied rows change; `created` and `updated` are the last rows of these records, by id.

    With `repeats` several rows may have written a record, and each field names its row.
    """
    row, told = pl.col("row"), []
    if repeats:
        writers = _writers(applied, plan)
        created, updated = (
            each.join(writers, on="id", how="left", maintain_order="left") for each in (created, updated)
        )
        is_set = [pl.col(f"row:{each.name}").is_not_null() for each in plan.fields]
        told = [f"row:{each.name}" for each in plan.fields]
        row = pl.max_horizontal(told).alias("row") if told else row
    else:
        is_set = [pl.col(new_column(each)).ne_missing(pl.col(old_column(each))) for each in plan.fields]
    if plan.from_call:
        row, told = pl.lit(None, pl.Int64).alias("row"), []
    names = tuple(each.name for each in plan.fields)
    made = _trimmed(select(created, "id", row, *told, *([_MADE] if told else [])))
    if updated.is_empty():
        return Changes(made, names, select(updated, "id", "prev", "gap", row))
    values = [known.alias(f"set:{each.name}") for each, known in zip(plan.fields, is_set, strict=True)]
    values += [pl.col(old_column(each)).alias(f"old:{each.name}") for each in plan.fields]
    values += [pl.col(new_column(each)).alias(f"new:{each.name}") for each in plan.fields]
    cells = select(updated, "id", "prev", "gap", row, *told, *values)
    return Changes(made, names, _trimmed(written_cells(cells)))


def _writers(applied: pl.DataFrame, plan: MergePlan) -> pl.DataFrame:
    """Return for each record the last row that wrote each field, null where none did."""
    rows = (pl.col("row").filter(_writes(each)).max().alias(f"row:{each.name}") for each in plan.fields)
    made = pl.col("row").min().alias(_MADE)
    return applied.sort("id", "row").group_by("id").agg(*rows, made)


def _writes(field: Field) -> pl.Expr:
    """Tell which rows of a record, in their order, write a field: the one that makes it writes all."""
    old, new, first = pl.col(old_column(field)), pl.col(new_column(field)), pl.col("first")
    return (first & pl.col("is_new")) | new.ne_missing(pl.when(first).then(old).otherwise(new.shift(1)))


def _fields(cells: pl.DataFrame) -> list[str]:
    return [name.removeprefix("set:") for name in cells.columns if name.startswith("set:")]


def written_cells(cells: pl.DataFrame) -> pl.DataFrame:
    """Leave out values of cells that nothing wrote, and fields without any that was written."""
    written = {name: int(cells[f"set:{name}"].sum()) for name in _fields(cells)}
    nothing = [
        f"{what}:{name}" for name, count in written.items() if not count for what in ("set", "old", "new")
    ]
    partly = [name for name, count in written.items() if 0 < count < cells.height]
    values = [
        pl.when(f"set:{name}").then(f"{what}:{name}").alias(f"{what}:{name}")
        for name in partly
        for what in ("old", "new")
    ]
    return cells.drop(nothing).with_columns(values)


def together(first: Changes, then: Changes) -> Changes:
    """Return two changes of the same records as one, the second of which came after the first."""
    updated = _joined(_named(first.updated, first.fields), _named(then.updated, then.fields), how="full")
    overlap = [name for name in first.fields if name in then.fields]
    both = [expression for name in overlap for expression in _one_cell_of_two(name)]
    updated = updated.with_columns(both).with_columns(
        pl.col(name).fill_null(value=False) for name in updated.columns if name.startswith("set:")
    )
    made = _named(first.created, first.given)
    made = made if _MADE in made.columns else made.with_columns(pl.col("row").alias(_MADE))
    created = _joined(made, _named(then.created, then.given), how="left")
    given = (*first.given, *(name for name in then.given if name not in first.given))
    return Changes(_trimmed(_own(created)), given, _trimmed(_own(updated)))


def _named(records: pl.DataFrame, fields: Sequence[str]) -> pl.DataFrame:
    """Let each field name its row."""
    unnamed = [name for name in fields if f"row:{name}" not in records.columns]
    cells = [name for name in unnamed if f"set:{name}" in records.columns]
    rows = {name: pl.when(f"set:{name}").then("row") if name in cells else pl.col("row") for name in unnamed}
    return records.with_columns(each.alias(f"row:{name}") for name, each in rows.items())


def _joined(first: pl.DataFrame, then: pl.DataFrame, how: Literal["full", "left"]) -> pl.DataFrame:
    joined = first.join(then, on="id", how=how, suffix=" then", coalesce=True).sort("id")
    both = [name for name in first.columns if f"{name} then" in joined.columns]
    values = [pl.max_horizontal("row", "row then").alias("row")]
    values += [pl.coalesce(name, f"{name} then").alias(name) for name in both if name in ("prev", "gap")]
    values += [pl.coalesce(f"{name} then", name).alias(name) for name in both if name.startswith("row:")]
    return joined.with_columns(values)


def _one_cell_of_two(name: str) -> list[pl.Expr]:
    """Return what a cell is that both may have written."""
    own, later = (
        pl.col(f"set:{name}").fill_null(value=False),
        pl.col(f"set:{name} then").fill_null(value=False),
    )
    return [
        pl.when(own).then(f"old:{name}").otherwise(f"old:{name} then").alias(f"old:{name}"),
        pl.when(later).then(f"new:{name} then").otherwise(f"new:{name}").alias(f"new:{name}"),
        (own | later).alias(f"set:{name}"),
    ]


def _own(records: pl.DataFrame) -> pl.DataFrame:
    return records.select(name for name in records.columns if not name.endswith(" then"))


def _trimmed(records: pl.DataFrame) -> pl.DataFrame:
    """Leave out the rows of fields where they are the records' own."""
    rows = [name for name in records.columns if name.startswith("row:") or name == _MADE]
    if not rows:
        return records
    own = (
        pl.col(name).is_null() | (pl.col(name) == pl.col("row")) | pl.col("row").is_null() for name in rows
    )
    return records.drop(
        name for name, each in zip(rows, own, strict=True) if records.select(each.all()).item()
    )


def rows_that_name(rows: pl.DataFrame) -> pa.Table:
    """Return `id` of each record of a decision's rows, and the first `row` that names it."""
    named = rows.filter(pl.col("id").is_not_null() & pl.col("reason").is_null())
    return named.group_by("id").agg(pl.col("row").min()).to_arrow(compat_level=pl.CompatLevel.oldest())
