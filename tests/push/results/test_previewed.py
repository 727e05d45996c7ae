"""Previews of pieces come together: rows, cells of columns, and reasons are added up."""

from typing import Any

from leadline.client.results.previewed import Previewed


def preview(created: int, failed: int, reasons: list[dict[str, Any]]) -> dict[str, Any]:
    cells = {"overwrites": 1, "fills": created, "clears": 0, "sets": created, "same": 0, "failed": failed}
    return {
        "rows": {"created": created, "updated": 1, "unchanged": 0, "failed": failed, "warned": 0},
        "columns": [{"column": "email", "field": "email", **cells, "ignored": 0, "why": []}],
        "reasons": reasons,
    }


REASON = {"kind": "failure", "reason": "no number", "column": "leadScore", "rows": 2, "firstRow": 4}


def test_pieces_are_added_up() -> None:
    found = Previewed()
    found.take(preview(10, 2, [REASON]))
    found.take(preview(5, 3, [REASON, {**REASON, "reason": "no row", "column": None, "rows": 1}]))
    assert found.as_json() == {
        "pieces": 2,
        "rows": {"created": 15, "updated": 2, "unchanged": 0, "failed": 5, "warned": 0},
        "columns": [
            {
                "column": "email",
                "overwrites": 2,
                "fills": 15,
                "clears": 0,
                "same": 0,
                "failed": 5,
                "ignored": 0,
            }
        ],
        "reasons": [
            {"kind": "failure", "reason": "no number", "column": "leadScore", "rows": 4},
            {"kind": "failure", "reason": "no row", "column": None, "rows": 1},
        ],
    }
    assert found.lines() == [
        "created               15 rows",
        "updated                2 rows",
        "unchanged              0 rows",
        "failed                 5 rows",
        "warned                 0 rows",
        "",
        "column  overwrites       fills      clears        same      failed     ignored",
        "email            2          15           0           0           5           0",
        "",
        "failure: 4 rows: no number (column leadScore)",
        "failure: 1 row: no row",
    ]


def test_what_was_not_previewed_has_no_columns() -> None:
    assert Previewed().lines()[-1] == ""


def test_one_row_is_one_row() -> None:
    found = Previewed()
    found.take(preview(1, 2, []))
    told = [line.split()[-2:] for line in found.lines()[:4]]
    assert told == [["1", "row"], ["1", "row"], ["0", "rows"], ["2", "rows"]]
