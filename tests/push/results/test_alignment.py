"""Failure files are matched to rows, as the original writes them: held against a plain search of the rows."""

import asyncio
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.client.added_columns import added_places
from leadline.client.results.results import Results
from leadline.sandbox.original import without_blank_keys
from tests.forms import times
from tests.push.results.pieces import Files, Table, batch_of, complete, csv_text, merge, rows_in

CELLS = st.sampled_from(["", "a", "b", " a", "x,y", 'q"', "two\nlines", "two\r\nlines", "lone\rreturn", "é"])
REASONS = ["no", "Value for lookup field 'email' not found"]


@st.composite
def tables(draw: st.DrawFn) -> tuple[Table, list[str | None], list[str | None]]:
    """Draw a table, and for each row why it failed and why it was warned of."""
    width = draw(st.integers(1, 4))
    names: list[str | None] = ["email", "firstName", "lastName", "phone"][:width]
    names = draw(st.permutations(names))
    count = draw(st.integers(1, 12))
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=count, max_size=count))
    places = draw(st.lists(st.sampled_from([1, 2, 3]), min_size=count, max_size=count))
    pieces = [[row + 1 for row, place in enumerate(places) if place == piece] for piece in (1, 2, 3)]
    header = [f"Column {place}" for place in range(width)]
    together = draw(st.sampled_from([1, 3]))
    table = Table(header, names, rows, [numbers for numbers in pieces if numbers], together=together)
    reasons = st.none() | st.sampled_from(REASONS)
    failed = draw(st.lists(reasons, min_size=count, max_size=count))
    warned = draw(st.lists(reasons, min_size=count, max_size=count))
    return table, failed, [None if why else other for why, other in zip(failed, warned, strict=True)]


def issues(table: Table, piece: int, reasons: list[str | None], title: str, *, original: bool) -> str:
    """Return a failure or warning file of a piece, as the original or as Leadline writes it."""
    head, *sent = table.sent(piece)
    lines = [
        [*cells, reasons[number - 1] or ""]
        for number, cells in zip(table.pieces[piece - 1], sent, strict=True)
        if reasons[number - 1] and any(cell.strip() for cell in cells)
    ]
    if not lines:
        return ""
    text = csv_text([[*head, title], *lines])
    job = SimpleNamespace(request=SimpleNamespace(key="email", file_format=SimpleNamespace(delimiter=",")))
    return without_blank_keys(text.encode(), cast(Any, job)).decode() if original else text


def expected(table: Table, reasons: list[str | None]) -> list[tuple[list[str], str]]:
    return sorted(
        (row, why)
        for row, why in zip(table.rows, reasons, strict=True)
        if why and any(c.strip() for c in row)
    )


@settings(deadline=None, max_examples=times(30, 500))
@given(tables(), st.booleans())
def test_each_line_finds_its_row(
    drawn: tuple[Table, list[str | None], list[str | None]], original: bool
) -> None:
    table, failed, warned = drawn
    files = Files()
    with tempfile.TemporaryDirectory() as folder:
        results = Results(Path(folder), table.source(), files)
        for piece, numbers in enumerate(table.pieces, 1):
            lines = {
                "failures": issues(table, piece, failed, "Import Failure Reason", original=original),
                "warnings": issues(table, piece, warned, "Import Warning Reason", original=False),
            }
            files.texts |= {(file, batch_of(piece)): text for file, text in lines.items()}
            there = [number for number in numbers if any(cell.strip() for cell in table.rows[number - 1])]
            counts = [sum(1 for each in there if reasons[each - 1]) for reasons in (failed, warned)]
            status = complete(piece, imported=len(there) - counts[0], failed=counts[0], warned=counts[1])
            asyncio.run(results.keep(table.piece(piece), status))
        report = merge(results, table)
        for name, reasons in (("failures", failed), ("warnings", warned)):
            found = rows_in(Path(folder) / f"{name}.csv")[1:]
            numbers = [int(row[0]) for row in found]
            assert numbers == sorted(set(numbers))
            assert all(
                table.rows[number - 1] == row[1:-3] for number, row in zip(numbers, found, strict=True)
            )
            assert sorted((row[1:-3], row[-3]) for row in found) == expected(table, reasons)
        blank = sum(1 for row in table.rows if not any(cell.strip() for cell in row))
        counts_now = report.counts
        assert counts_now.failed == len(expected(table, failed))
        assert counts_now.warned == len(expected(table, warned))
        assert (counts_now.rows, counts_now.not_imported) == (len(table.rows), blank)


def test_added_columns_are_known_only_together() -> None:
    assert added_places(["Source Row", "a", "Import Failure Reason", "Value", "Column"]) == {
        "Source Row": 0,
        "Import Failure Reason": 2,
        "Value": 3,
        "Column": 4,
    }
    assert added_places(["Source Row", "Value", "Column", "Import Warning Reason"]) == {
        "Source Row": 0,
        "Import Warning Reason": 3,
    }
    assert added_places(["Source Row", "a", "Value", "Column"]) == {}
    assert added_places(["a", "Import Failure Reason"]) == {}
