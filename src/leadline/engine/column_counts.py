"""What becomes of each column of a file: for a preview, whose people ask what their columns will do."""

from collections.abc import Sequence
from typing import TypedDict

import polars as pl

from leadline.engine.columns import cell_column
from leadline.engine.effects import Effect
from leadline.engine.header import Header
from leadline.engine.plan import MergePlan
from leadline.model.dataclass import dataclass
from leadline.schema.catalog import Field, ObjectType

_NO_NAME = "the column has no name"
_NO_FIELD = "no field has this name"
_OLD_REASON = "it gave the reasons of an earlier import"
_READ_ONLY = "the field is read-only"
_ROW_FAILS = "the row fails for another cell"
_HAS_COMPANY = "the lead is linked to a company"
_KEY_STAYS = "a key stays as it was written first"


class Ignored(TypedDict):
    """Why so many cells are not used."""

    reason: str
    cells: int


class ColumnCounts(TypedDict):
    """A column of a file and how many of its cells do what; blank cells that do nothing do not count."""

    column: str
    field: str | None
    overwrites: int
    fills: int
    clears: int
    sets: int
    same: int
    failed: int
    ignored: int
    why: list[Ignored]


@dataclass(frozen=True, slots=True)
class JudgedFile:
    """A file whose rows are decided.

    `beside` is the object type that columns may belong to as well; `effects` are those of the rows that are
    imported; `faults` has `row` and `place` of each fault; `failed` are the rows that are not imported.
    """

    header: Header
    plan: MergePlan
    beside: ObjectType | None
    cells: Sequence[pl.DataFrame]
    effects: dict[int, dict[Effect, int]]
    faults: pl.DataFrame
    failed: pl.Series


def column_counts(file: JudgedFile) -> list[ColumnCounts]:
    """Count the cells of each column."""
    planned = {each.index: each.field for each in file.plan.columns}
    in_failed = [each.filter(pl.col("row").is_in(file.failed.implode())) for each in file.cells]
    return [
        _read_column(file, place, name, planned[place], in_failed)
        if place in planned
        else _unread_column(file, place, name)
        for place, name in enumerate(file.header.cells)
    ]


def _read_column(
    file: JudgedFile, place: int, name: str, field: Field, in_failed: Sequence[pl.DataFrame]
) -> ColumnCounts:
    effects = file.effects.get(place, {})
    faulty = file.faults.filter(pl.col("place") == place)["row"]
    given = _given(in_failed, place)
    others = given.filter(~given.is_in(faulty.implode())).len()
    same = effects.get(Effect.SAME, 0)
    if place not in file.effects and field in file.plan.key.fields:  # an id finds its record, and that is all
        same = sum(each.height for each in file.cells) - file.failed.len()
    why = {_why_not_taken(field): effects.get(Effect.IGNORED, 0), _ROW_FAILS: others}
    return _column(name, field, effects, same, faulty.len(), why)


def _unread_column(file: JudgedFile, place: int, name: str) -> ColumnCounts:
    field = file.plan.object_type.field(name) or (file.beside.field(name) if file.beside else None)
    return _column(
        name, field, {}, 0, 0, {_why_not_read(file, place, field): _given(file.cells, place).len()}
    )


def _column(
    name: str, field: Field | None, effects: dict[Effect, int], same: int, failed: int, why: dict[str, int]
) -> ColumnCounts:
    overwrites, fills, clears = (
        effects.get(each, 0) for each in (Effect.OVERWRITES, Effect.FILLS, Effect.CLEARS)
    )
    return {
        "column": name,
        "field": field.name if field else None,
        "overwrites": overwrites,
        "fills": fills,
        "clears": clears,
        "sets": overwrites + fills + clears,
        "same": same,
        "failed": failed,
        "ignored": sum(why.values()),
        "why": [{"reason": reason, "cells": cells} for reason, cells in why.items() if cells],
    }


def _given(frames: Sequence[pl.DataFrame], place: int) -> pl.Series:
    """Return the rows that have any text in a column."""
    name = cell_column(place)
    rows = [each.filter(pl.col(name) != "")["row"] for each in frames if name in each.columns]
    return pl.concat([pl.Series("row", [], pl.Int64), *rows])


def _why_not_taken(field: Field) -> str:
    return _HAS_COMPANY if field.company else _KEY_STAYS


def _why_not_read(file: JudgedFile, place: int, field: Field | None) -> str:
    if place in file.header.reasons:
        return _OLD_REASON
    if not file.header.cells[place]:
        return _NO_NAME
    return _NO_FIELD if field is None else _READ_ONLY
