"""Where two judgements of a file differ, and where they do not."""

import polars as pl
import pytest

from leadline.engine.drift import Acts, drift_between

ROWS = {"row": pl.Int64, "outcome": pl.String, "id": pl.String, "record": pl.Int64}
CELLS = {
    "row": pl.Int64,
    "record": pl.Int64,
    "field": pl.String,
    "old": pl.String,
    "new": pl.String,
    "is_moment": pl.Boolean,
}
Cell = tuple[int, int | None, str, str | None, str | None, bool]


def acts(rows: list[tuple[int, str, str | None, int | None]], cells: list[Cell]) -> Acts:
    """Return what a file does."""
    return Acts(
        pl.DataFrame(rows, schema=ROWS, orient="row"), pl.DataFrame(cells, schema=CELLS, orient="row")
    )


PLANNED = acts(
    [(1, "updated", "5", 5), (2, "created", None, None), (3, "unchanged", "7", 7)],
    [(1, 5, "city", "Rome", "Oslo", False), (2, None, "city", None, "Bern", False)],
)


def test_the_same_is_no_drift() -> None:
    assert drift_between(PLANNED, PLANNED).is_empty()


@pytest.mark.parametrize(
    ("rows", "cells", "told"),
    [
        (
            {1: ("unchanged", "5", 5)},
            {1: None},
            [(1, 5, "city", "Rome", "Oslo", None, None)],
        ),
        ({}, {1: ("Paris", "Oslo")}, [(1, 5, "city", "Rome", "Oslo", "Paris", "Oslo")]),
        ({}, {1: ("Rome", "Bonn")}, [(1, 5, "city", "Rome", "Oslo", "Rome", "Bonn")]),
        (
            {3: ("failed", None, None)},
            {},
            [(3, 7, "outcome", None, "unchanged", None, "failed")] * 1
            + [(3, 7, "id", None, "7", None, None)],
        ),
        ({3: ("unchanged", "8", 8)}, {}, [(3, 8, "id", None, "7", None, "8")]),
    ],
    ids=[
        "a cell that does not change",
        "another old value",
        "another new value",
        "a row that fails",
        "another record",
    ],
)
def test_what_is_drift(
    rows: dict[int, tuple[str, str | None, int | None]],
    cells: dict[int, tuple[str, str] | None],
    told: list[tuple[object, ...]],
) -> None:
    """Each cell that differs has a line, and each row that differs in no cell."""
    planned_rows, planned_cells = PLANNED.rows.rows(), PLANNED.cells.rows()
    now = acts(
        [(row[0], *rows.get(row[0], row[1:])) for row in planned_rows],
        [
            (cell[0], cell[1], cell[2], *(cells.get(cell[0]) or cell[3:5]), cell[5])
            for cell in planned_cells
            if cells.get(cell[0], ()) is not None
        ],
    )
    found = drift_between(PLANNED, now).select(
        "row", "record", "field", "planned_old", "planned_new", "now_old", "now_new"
    )
    assert found.rows() == told


def test_the_moment_of_an_import_is_no_drift() -> None:
    """But that it is written at all is one."""
    planned = acts([(1, "updated", "5", 5)], [(1, 5, "wonAt", None, "2026-01-01T00:00:00Z", True)])
    later = acts([(1, "updated", "5", 5)], [(1, 5, "wonAt", None, "2026-01-02T00:00:00Z", True)])
    assert drift_between(planned, later).is_empty()
    assert drift_between(planned, acts([(1, "updated", "5", 5)], [])).height == 1
