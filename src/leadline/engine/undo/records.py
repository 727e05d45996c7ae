"""What becomes of the records of one object type when a change set is taken back.

`changes` are the set's records of the type as the log has them. `stored` are those of them that are known:
`id`, `changed`, `gap`, `is_there`, which is false of a membership that ended, `partition_id` where there are
partitions, and under the API names of their fields what they hold now. `later` is what was written of them
since, as `fates.py` wants it.
"""

from collections.abc import Collection
from dataclasses import replace
from enum import StrEnum

import polars as pl

from leadline.engine.undo.cells import Fate
from leadline.engine.undo.fates import BY, FATE, SET, Target, fates_of_cells, fates_of_records, fields_of
from leadline.model.changes import What
from leadline.model.dataclass import dataclass

OLD, NEW, WHY, ROW, SETTLED = "old:", "new:", "why:", "row:", "settled:"
"""Before the name of a field: its value, the one that comes back, why it is kept, the row that wrote it, and
whether it was taken back before."""


class Why(StrEnum):
    """Why something is kept."""

    WRITTEN = "written since"
    CHANGED = "changed since"
    ENDED = "ended since"
    LISTED = "on a list since"
    ENROLLED = "in a program since"
    OUTSIDE = "changed outside the log"
    CLOSED = "no access"
    NO_FIELD = "the field was deleted"
    NO_LIST = "the list was deleted"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is taken back, the fields that there still are, and the partitions that are open, None for all.

    Memberships that ended come back, other records that were deleted never do.
    """

    target: Target
    fields: Collection[str]
    opened: frozenset[int] | None = None
    are_memberships: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of records; each frame has `id`, `row`, and `prev`, the set that wrote the record last.

    `updated`: for each field of the set `set:`, whether the value comes back, `old:` what there is now,
    `new:` what comes back, `why:` and `by:` of a cell that is kept, and `settled:`. `created` and `ended`,
    which the set made and deleted: `fate`, `why` and `by`. `gone`: what is no more.
    """

    updated: pl.DataFrame
    created: pl.DataFrame
    ended: pl.DataFrame
    gone: pl.DataFrame

    @property
    def takes_back(self) -> bool:
        """Whether anything is written."""
        whole = pl.concat([self.created["fate"], self.ended["fate"]])
        return any(self.updated[SET + each].any() for each in fields_of(self.updated)) or bool(
            (whole == Fate.REVERTED.value).any()
        )


def judge_records(
    changes: pl.DataFrame, stored: pl.DataFrame, later: pl.DataFrame, around: Surroundings
) -> Judged:
    """Decide what becomes of a set's records of one object type."""
    barred = _barred(changes, stored, later, around)
    what, is_known, is_there = pl.col("what"), pl.col("changed").is_not_null(), pl.col("is_there")
    was_updated, was_created = what == What.UPDATED.value, what == What.CREATED.value
    created = barred.filter(was_created & is_known)
    was_deleted = what == What.DELETED.value
    ended = barred.filter(was_deleted & around.are_memberships)
    is_gone = (was_updated & ~is_there.fill_null(False)) | (was_created & ~is_known)
    is_gone |= was_deleted & (not around.are_memberships)
    return Judged(
        updated=_updated(barred.filter(was_updated & is_there), stored, later, around),
        created=_whole(created, later, around.target, should_be_there=True),
        ended=_whole(ended, later, around.target, should_be_there=False),
        gone=barred.filter(is_gone).select("id", "row"),
    )


def keep_more(judged: Judged, kept: pl.DataFrame) -> Judged:
    """Keep created records for other reasons: `kept` has `id`, `why` and `by`, each id once."""
    if kept.is_empty():
        return judged
    more = kept.select("id", pl.col("why").alias("more"), pl.col("by").alias("more_by"))
    joined = judged.created.join(more, on="id", how="left", maintain_order="left")
    is_more = pl.col("more").is_not_null()
    created = joined.with_columns(
        pl.when(is_more).then(pl.lit(Fate.KEPT.value, pl.Int8)).otherwise("fate").alias("fate"),
        pl.coalesce("more", "why").alias("why"),
        pl.when(is_more).then("more_by").otherwise("by").alias("by"),
    )
    return replace(judged, created=created.drop("more", "more_by"))


def leave_ended(judged: Judged, lost: pl.Series, why: Why) -> Judged:
    """Leave memberships ended that can no longer come back, by their ids."""
    is_lost = pl.col("id").is_in(lost.implode()) & (pl.col("fate") == Fate.REVERTED.value)
    ended = judged.ended.with_columns(
        pl.when(is_lost).then(pl.lit(Fate.KEPT.value, pl.Int8)).otherwise("fate").alias("fate"),
        pl.when(is_lost).then(pl.lit(why.value)).otherwise("why").alias("why"),
    )
    return replace(judged, ended=ended)


def _barred(
    changes: pl.DataFrame, stored: pl.DataFrame, later: pl.DataFrame, around: Surroundings
) -> pl.DataFrame:
    """Return the changes beside what is stored, and `bar`: why nothing of a record may be touched."""
    systems = [each for each in ("changed", "is_there", "partition_id") if each in stored.columns]
    now = stored.select("id", *systems, pl.col("gap").alias("gap_now"))
    beside = changes.join(now, on="id", how="left", maintain_order="left")
    lost = later.filter(pl.col("gap"))["id"].implode()
    outside = pl.col("gap_now") | (pl.col("changed") < around.target.number) | pl.col("id").is_in(lost)
    closed = pl.lit(value=False)
    if around.opened is not None and "partition_id" in beside.columns:
        closed = ~pl.col("partition_id").is_in(sorted(around.opened))
    bar = pl.when(closed).then(pl.lit(Why.CLOSED.value)).when(outside).then(pl.lit(Why.OUTSIDE.value))
    return beside.with_columns(bar.alias("bar"))


def _updated(
    records: pl.DataFrame, stored: pl.DataFrame, later: pl.DataFrame, around: Surroundings
) -> pl.DataFrame:
    fields = fields_of(records)
    fates = fates_of_cells(records, later, around.target)
    known = [each for each in fields if each in around.fields]
    now = stored.select("id", *(pl.col(each).alias(f"now:{each}") for each in known))
    joined = records.join(fates, on="id", how="left", maintain_order="left")
    joined = joined.join(now, on="id", how="left", maintain_order="left")
    columns = [column for each in fields for column in _cell(each, is_known=each in known)]
    return joined.select("id", "row", pl.col("changed").alias("prev"), *_rows_of_fields(records), *columns)


def _rows_of_fields(records: pl.DataFrame) -> list[str]:
    return [name for name in records.columns if name.startswith(ROW)]


def _cell(field: str, *, is_known: bool) -> list[pl.Expr]:
    """Return the columns of a field that `Judged` tells of.

    What the record holds by now should be what the set wrote; where it is not, nothing is overwritten.
    """
    wrote, fate, bar = pl.col(SET + field).fill_null(False), pl.col(FATE + field), pl.col("bar")
    now = pl.col(f"now:{field}") if is_known else pl.lit(None)
    differs = now.ne_missing(pl.col(NEW + field)) if is_known else pl.lit(value=True)
    is_settled, is_kept = wrote & (fate == Fate.SETTLED.value), wrote & (fate == Fate.KEPT.value)
    why = (
        pl.when(~wrote | is_settled)
        .then(pl.lit(None, pl.String))
        .when(bar.is_not_null())
        .then(bar)
        .when(not is_known)
        .then(pl.lit(Why.NO_FIELD.value))
        .when(is_kept)
        .then(pl.lit(Why.WRITTEN.value))
        .when(differs)
        .then(pl.lit(Why.OUTSIDE.value))
    )
    return [
        (wrote & ~is_settled & why.is_null()).alias(SET + field),
        now.alias(OLD + field),
        pl.col(OLD + field).alias(NEW + field),
        why.alias(WHY + field),
        pl.when(is_kept & bar.is_null()).then(pl.col(BY + field)).alias(BY + field),
        is_settled.alias(SETTLED + field),
    ]


def _whole(
    records: pl.DataFrame, later: pl.DataFrame, target: Target, *, should_be_there: bool
) -> pl.DataFrame:
    """Return what becomes of records that the set made or deleted, which should be there now or not."""
    fates = fates_of_records(records["id"], later, target)
    joined = records.join(fates, on="id", how="left", maintain_order="left")
    is_other = pl.col("is_there").fill_null(False) != should_be_there
    is_settled = pl.col("fate") == Fate.SETTLED.value
    is_kept = pl.col("fate") == Fate.KEPT.value
    since = pl.lit(Why.ENDED.value if should_be_there else Why.CHANGED.value)
    why = (
        pl.when(is_settled)
        .then(pl.lit(None, pl.String))
        .when(pl.col("bar").is_not_null())
        .then("bar")
        .when(is_other)
        .then(since)
        .when(is_kept)
        .then(pl.lit(Why.CHANGED.value))
    )
    fate = pl.when(is_settled).then("fate").when(why.is_null()).then(Fate.REVERTED.value)
    cells = [name for name in records.columns if name.startswith((OLD, NEW))]
    return joined.select(
        "id",
        "row",
        pl.col("changed").alias("prev"),
        *_rows_of_fields(records),
        *cells,
        fate.otherwise(Fate.KEPT.value).cast(pl.Int8).alias("fate"),
        why.alias("why"),
        pl.when(is_kept & pl.col("bar").is_null()).then("by").alias("by"),
    )
