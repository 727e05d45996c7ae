"""What a file would do, row by row and cell by cell: out of its decision, which is not written."""

import polars as pl

from leadline.engine.effects import Effect, effects_of, known_records, one_after_the_other
from leadline.engine.faults import faults_of_cells, faults_of_match, rows_to_match, with_values
from leadline.engine.given_cells import GIVEN, given_cells
from leadline.engine.pipeline import CheckedChunk
from leadline.engine.plan import MergePlan
from leadline.merging.chunk_decision import ChunkDecision
from leadline.merging.import_target import ImportTarget
from leadline.merging.memberships import MembershipDecision
from leadline.merging.merge import find_records, merge_context
from leadline.model.callers import PartitionScope
from leadline.model.dataclass import dataclass
from leadline.model.instants import render_instant
from leadline.model.jobs import ImportRequest
from leadline.schema.types import Storage
from leadline.store.base import Constants, Session

LIST = "list"
"""The name under which it stands that a row brings a person into the static list."""

STATUS_FIELD, _SHOWN_STATUS = "statusName", "programStatus"
"""A member's status: the name of its field, and what it is called among the fields of a person."""

_MOMENTS = ("reachedSuccessDate",)
_HIDDEN = ("leadId",)
"""Fields of a membership that say nothing: a person has the membership that he has."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a file would do.

    `rows` has `row`, `outcome`, `reason`, `warning`, and the record that the row finds: its `id` as clients
    know it, its number as `record`, null for both where the file makes it. `changes` are cells: `row`, `id`,
    `record`, `key`, `field`, the texts `old` and `new`, and `is_moment`; what new records are given by itself
    is one line each (`engine/given_cells.py`). `counts` are cells by column of the
    file; `members` are people that come into the list or program, and those that are there, None where there
    is none.
    """

    rows: pl.DataFrame
    changes: pl.DataFrame
    counts: dict[int, dict[Effect, int]]
    members: tuple[int, int] | None


def foresee(
    session: Session, request: ImportRequest, target: ImportTarget, decided: ChunkDecision, now: int
) -> Foreseen:
    """Return what a decision does; the session is that in which it was made."""
    records, memberships = decided.records, decided.memberships
    known = known_records(records.applied)
    effects = effects_of(records.applied)
    changes, counts, members = [*effects.changes], effects.counts, None
    changes.append(_given_to_new(records.applied[0], target.new_record))
    if target.program is not None and memberships is not None:
        of_members = effects_of(memberships.members.applied, _MOMENTS)
        visible = [
            named_as_shown(each.filter(~pl.col("field").is_in(_HIDDEN))) for each in of_members.changes
        ]
        changes += [*_acquired(memberships, target.program.program_id, now), *visible]
        counts = counts | of_members.counts
        members = _members(memberships)
    elif request.list_id is not None:
        joins, members = _joins(session, request.list_id, records.applied[0][1])
        changes.append(_given(joins, LIST, str(request.list_id)))
    rows = decided.joint().rows.drop("id").join(known, on="row", how="left", maintain_order="left")
    cells = one_after_the_other(changes).join(known, on="row", how="left", maintain_order="left")
    return Foreseen(
        rows.select("row", "outcome", "id", "record", "reason", "warning"),
        cells.select("row", "id", "record", "key", "field", "old", "new", "is_moment"),
        counts,
        members,
    )


def named_as_shown(cells: pl.DataFrame) -> pl.DataFrame:
    """Let the cells of members name their fields as people see them."""
    return cells.with_columns(pl.col("field").replace(STATUS_FIELD, _SHOWN_STATUS))


def _given_to_new(applied: tuple[MergePlan, pl.DataFrame], constants: Constants) -> pl.DataFrame:
    """Return a line for each new record, which stands for the cells that the import gives it by itself."""
    plan, rows = applied
    made = rows.filter(pl.col("is_new") & pl.col("first")).select("row")
    fields = {each.column: each for each in plan.object_type.fields}
    values = {fields[column].name: str(value) for column, value in constants.items() if value is not None}
    return _given(made if values else made.clear(), GIVEN, given_cells(values))


def _given(rows: pl.DataFrame, field: str, value: str, *, is_moment: bool = False) -> pl.DataFrame:
    """Return a cell for each of some rows that had nothing before and get the same value."""
    return rows.select(
        "row",
        pl.lit(field).alias("field"),
        pl.lit(None, pl.String).alias("old"),
        pl.lit(value).alias("new"),
        pl.lit(is_moment).alias("is_moment"),
    )


def _acquired(memberships: MembershipDecision, program_id: int, now: int) -> list[pl.DataFrame]:
    """Return the cells that say that the program acquired a person, and when, where nothing says so yet."""
    found = memberships.acquired
    undated = found.filter(~pl.col("is_dated"))
    return [
        _given(found, "acquisitionProgramId", str(program_id)),
        _given(undated, "mktoAcquisitionDate", render_instant(now), is_moment=True),
    ]


def _members(memberships: MembershipDecision) -> tuple[int, int]:
    _, applied = memberships.members.applied[0]
    people = applied.filter("first")
    added = int(people["is_new"].sum())
    return added, people.height - added


def _joins(session: Session, list_id: int, applied: pl.DataFrame) -> tuple[pl.DataFrame, tuple[int, int]]:
    """Return the rows that bring people into the list, and how many come in and how many are there."""
    people = applied.filter("first").select("row", "id", "is_new")
    stored = people.filter(~pl.col("is_new"))["id"].to_arrow()
    columns = {"added_at": Storage.INTEGER}
    there = session.match("list_member", "lead_id", columns, stored, {"list_id": list_id})
    on_list = pl.Series("id", there["key"].to_pylist(), pl.Int64)
    joins = people.filter(pl.col("is_new") | ~pl.col("id").is_in(on_list.implode()))
    return joins.select("row").sort("row"), (joins.height, people.height - joins.height)


def every_fault(
    session: Session, target: ImportTarget, chunk: CheckedChunk, failed: pl.Series, scope: PartitionScope
) -> pl.DataFrame:
    """Return `row`, `place`, `value` and `reason` of every fault of the rows that fail."""
    of_cells = faults_of_cells(chunk, target.plan, failed)
    rows, plan = rows_to_match(chunk, failed), chunk.plan
    found = [of_cells]
    if failed.len() and rows.height:
        asked = rows.with_columns(pl.lit(None, pl.String).alias("reason"))
        stored, context = find_records(session, plan, asked), merge_context(session, plan, asked, scope)
        of_match = faults_of_match(rows, stored, plan, context, of_cells)
        found.append(of_match.filter(pl.col("row").is_in(failed.implode())))
    faults = pl.concat(found).sort("row", maintain_order=True)
    return with_values(faults, chunk.cells).select("row", "place", "value", "reason")
