"""Rows of jobs as people look at them: fast however many there are, and never another row's cells."""

from time import perf_counter

import pyarrow as pa

from leadline.clock import MachineTime
from leadline.engine.ledger import pack_ledger
from leadline.imports.job_rows import JobRows
from leadline.imports.status import Jobs
from leadline.model.jobs import IssueKind, ReasonCount
from leadline.store import job_reasons, reports
from leadline.store.base import Database
from leadline.store.directory import Stores
from tests.contract.store.places import admit
from tests.contract.store.test_lists_of_jobs import CALLER

ROWS, CHUNK, REASONS = 1_000_000, 50_000, 30


def add_chunk(
    database: Database, batch_id: int, first_row: int, rows: int, listed: range | None = None
) -> None:
    """Write a chunk of failed rows, whose reasons take turns; the lines of all of them, or of some places."""
    places = range(rows)
    reasons = [f"Reason {(first_row + place) % REASONS}, quoted" for place in places]
    ledger = pa.table(
        {
            "outcome": pa.array(["failed"] * rows, pa.large_string()),
            "id": pa.array([None] * rows, pa.int64()),
            "reason": pa.array(reasons, pa.large_string()),
        }
    )
    lines = "".join(f'r{first_row + place}@example.com,"{reasons[place]}"\n' for place in listed or places)
    with database.write() as session:
        reports.add_ledger(session, batch_id, first_row, rows, pack_ledger(ledger))
        reports.add_issues(session, batch_id, first_row, IssueKind.FAILURE, lines.encode())


def add_counts(database: Database, batch_id: int, rows: int) -> None:
    counts = [
        ReasonCount(IssueKind.FAILURE, f"Reason {number % REASONS}, quoted", "email", rows // REASONS, number)
        for number in range(1, REASONS + 1)
    ]
    with database.write() as session:
        job_reasons.add(session, batch_id, counts)


def test_a_million_failed_rows_are_grouped_as_fast_as_a_chunk_is_read(
    stores: Stores, database: Database
) -> None:
    """What the page shows takes as long as for a job of one chunk: no other line is read."""
    now = MachineTime().now("")
    small, large = admit(database, now=now), admit(database, now=now)
    add_chunk(database, small, 1, CHUNK)
    for first_row in range(1, ROWS, CHUNK):
        add_chunk(database, large, first_row, CHUNK)
    for batch_id, rows in ((small, CHUNK), (large, ROWS)):
        add_counts(database, batch_id, rows)
    rows_of = JobRows(stores, Jobs(stores, MachineTime()))

    def seconds(batch_id: int) -> float:
        begin = perf_counter()
        found = rows_of.reasons(CALLER, batch_id, 1, 3)
        took = perf_counter() - begin
        assert [each.rows is not None and len(each.rows) for each in found.groups] == [3] * REASONS
        return took

    few, many = (min(seconds(batch_id) for _ in range(5)) for batch_id in (small, large))
    assert many < 2 * few + 0.02
    assert many < 1


def test_first_rows_have_their_own_cells(stores: Stores, database: Database) -> None:
    batch_id = admit(database, now=MachineTime().now(""))
    add_chunk(database, batch_id, 1, 100)
    add_counts(database, batch_id, 100)
    found = JobRows(stores, Jobs(stores, MachineTime())).reasons(CALLER, batch_id, 1, 3)
    for group in found.groups:
        for row in group.rows or []:
            assert row.cells == [f"r{row.row}@example.com"]
            assert (row.row or 0) % REASONS == int(group.count.reason.split()[1].rstrip(","))


def test_where_a_deleted_persons_line_is_gone_no_row_gets_anothers_cells(
    stores: Stores, database: Database
) -> None:
    """Rows behind the gap cannot be told by their place any more: their cells are shown without a number."""
    batch_id = admit(database, now=MachineTime().now(""))
    add_chunk(database, batch_id, 1, 100, listed=range(1, 100))
    add_counts(database, batch_id, 100)
    found = JobRows(stores, Jobs(stores, MachineTime())).reasons(CALLER, batch_id, 1, 3)
    rows = [row for group in found.groups for row in group.rows or []]
    assert rows
    assert all(row.row is None for row in rows)
    assert "r1@example.com" not in {row.cells[0] for row in rows}
