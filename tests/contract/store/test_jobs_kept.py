"""What is kept about a job: its upload, issues and ledger, for how long, and numbers that never return."""

import io
import random
import uuid

import pytest

from leadline.clock import MachineTime
from leadline.config import load_settings
from leadline.events import Event, JobsPurged
from leadline.model.callers import PartitionScope
from leadline.model.jobs import IssueKind, Status
from leadline.model.rules import Limits
from leadline.store import admission, job_purge, jobs, reports, uploads
from leadline.store.admission import SHARED_QUEUE, Queue
from leadline.store.base import Database
from leadline.store.directory import Stores
from leadline.store.sql import load_queries
from leadline.store.uploads import PART_BYTES
from leadline.worker.janitor import Janitor
from tests.contract.store.places import (
    MUNCHKIN_ID,
    NOW,
    Place,
    admit,
    begin,
    claim,
    find,
    finish,
    must_claim,
    request,
)


def _keep(database: Database, content: bytes) -> int:
    with database.write() as session:
        file = io.BytesIO(content)
        file.seek(len(content) // 2)
        kept = uploads.NewUpload(uuid.uuid4().hex, file, len(content), is_file=False).keep(session)
        upload = admission.Upload(kept, "email", len(content), 0)
        return admission.admit(session, request(), upload, NOW, Queue(SHARED_QUEUE, 1000))


def _purge(database: Database, created_before: int) -> int:
    with database.write() as session:
        return job_purge.purge(session, created_before, 1000)


def test_uploads_come_back_byte_for_byte(place: Place, database: Database) -> None:
    """P1: an upload of any bytes and size is read back whole by another process's connections, in parts
    that no one has to hold all at once, and not mixed with other uploads.
    """
    sizes = (0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES + 12_345)
    contents = [random.Random(size).randbytes(size) for size in sizes]
    contents += [b"\x00" * 10, bytes(range(256)) * 5000, "é\U0001f600\r\n".encode() * 100]
    ids = [_keep(database, content) for content in contents]
    reader = place.database()
    for batch_id, content in zip(ids, contents, strict=True):
        parts = list(uploads.blocks(reader, batch_id))
        assert b"".join(parts) == content
        assert all(len(part) == PART_BYTES for part in parts[:-1])
    reader.close()


def test_an_upload_goes_with_the_finish(database: Database) -> None:
    """Bytes of ended jobs take no room; a hand-back keeps them for the next worker."""
    batch_id, other = admit(database), admit(database)
    job = must_claim(database)
    with database.write() as session:
        jobs.release(session, job)
    assert list(uploads.blocks(database, batch_id)) == [b"email\n"]
    finish(database, must_claim(database))
    assert list(uploads.blocks(database, batch_id)) == []
    assert list(uploads.blocks(database, other)) == [b"email\n"]


def test_issues_and_ledger_come_back_in_file_order(database: Database) -> None:
    """P3: a block for each chunk, in the order of the rows, failures apart from warnings, jobs apart."""
    batch_id, other = admit(database), admit(database)
    blocks = {1: b"\x00\xff" * 300, 50_001: b"b", 100_001: "Zoë\n".encode()}
    with database.write() as session:
        for first_row in (50_001, 1, 100_001):
            reports.add_issues(session, batch_id, first_row, IssueKind.FAILURE, b"f" + blocks[first_row])
            reports.add_issues(session, batch_id, first_row, IssueKind.WARNING, b"w" + blocks[first_row])
            reports.add_ledger(session, batch_id, first_row, 10, blocks[first_row])
        reports.add_issues(session, batch_id, 150_001, IssueKind.WARNING, b"")
        reports.add_ledger(session, batch_id, 150_001, 0, b"nothing")
        reports.add_ledger(session, other, 1, 1, b"other")
    with database.read() as session:
        found = {
            row: reports.ledger_block(session, batch_id, row)
            for row in reports.ledger_rows(session, batch_id)
        }
        assert found == blocks
        for kind, mark in ((IssueKind.FAILURE, b"f"), (IssueKind.WARNING, b"w")):
            assert list(reports.issue_lines(session, batch_id, kind)) == [
                mark + block for block in blocks.values()
            ]
        assert reports.ledger_block(session, other, 1) == b"other"
        assert list(reports.issue_lines(session, other, IssueKind.FAILURE)) == []


def test_a_chunk_cannot_be_told_twice(database: Database) -> None:
    """P3: were the code wrong, the keys of ledger and issues would refuse a chunk's second copy."""
    from leadline.errors import StoreFaultError

    batch_id = admit(database)
    with database.write() as session:
        reports.add_ledger(session, batch_id, 1, 1, b"once")
        reports.add_issues(session, batch_id, 1, IssueKind.FAILURE, b"once")
    with pytest.raises(StoreFaultError), database.write() as session:
        reports.add_ledger(session, batch_id, 1, 1, b"twice")
    with pytest.raises(StoreFaultError), database.write() as session:
        reports.add_issues(session, batch_id, 1, IssueKind.FAILURE, b"twice")
    with database.read() as session:
        assert reports.ledger_block(session, batch_id, 1) == b"once"


def test_numbers_never_return(place: Place, database: Database) -> None:
    """P6: a batch id is given once, also after the newest jobs were purged and the store was reopened."""
    seen = []
    for _ in range(3):
        for each in (database, place.database()):
            seen.append(admit(each))
            finish(each, must_claim(each))
            assert _purge(each, NOW) == 1
    assert seen == sorted(set(seen))
    assert seen[0] > 1000


def test_purge_takes_what_is_past_its_days(database: Database) -> None:
    """P6: finished jobs created at or before the second go, with issues and ledger; unfinished ones and
    younger ones stay whatever their age.
    """
    old, failed, young, importing, queued = (
        admit(database, now=now) for now in (NOW - 10, NOW, NOW + 1, NOW - 20, NOW - 20)
    )
    with database.write() as session:
        for batch_id in (old, young):
            reports.add_ledger(session, batch_id, 1, 1, b"l")
            reports.add_issues(session, batch_id, 1, IssueKind.WARNING, b"w")
    for status in (Status.COMPLETE, Status.FAILED, Status.COMPLETE):
        finish(database, must_claim(database), status)
    assert must_claim(database).batch_id == importing
    assert _purge(database, NOW) == 2
    with database.read() as session:
        left = [job.batch_id for job in jobs.newest_first(session, -1, 2**62, 1000)]
        assert left == [queued, importing, young]
        assert jobs.find(session, old, -1) is None
        assert jobs.find(session, failed, -1) is None
        for batch_id, count in ((old, 0), (young, 1)):
            assert len(reports.ledger_rows(session, batch_id)) == count
            assert len(list(reports.issue_lines(session, batch_id, IssueKind.WARNING))) == count
    assert _purge(database, NOW) == 0


def test_expired_is_unknown_before_it_is_purged(database: Database) -> None:
    """P6: what is past its days is not answered, purged or not."""
    batch_id = admit(database, now=NOW)
    with database.read() as session:
        assert jobs.find(session, batch_id, NOW - 1) is not None
        assert jobs.find(session, batch_id, NOW) is None
        assert jobs.newest_first(session, NOW, 2**62, 1000) == []


def test_a_read_is_one_snapshot(database: Database) -> None:
    """P6: whoever looks a job up before the purge finds its files in the same transaction."""
    batch_id = admit(database)
    with database.write() as session:
        reports.add_ledger(session, batch_id, 1, 1, b"l")
    finish(database, must_claim(database))
    with database.read() as session:
        assert jobs.find(session, batch_id, -1) is not None
        assert _purge(database, NOW) == 1
        assert reports.ledger_block(session, batch_id, 1) == b"l"
    with database.read() as session:
        assert reports.ledger_rows(session, batch_id) == []


def test_thousands_of_jobs_are_listed(database: Database) -> None:
    """Columns that are null in the first thousands of rows may hold text in a later one."""
    odd = admit(database, limit=2000, list_id=1001, partition_scope=PartitionScope(1, False, frozenset({1})))
    finish(database, must_claim(database))
    with database.write() as session:
        for _ in range(1200):
            admission.admit(
                session, request(), admission.Upload("none", "email", 6, 0), NOW, Queue(SHARED_QUEUE, 2000)
            )
    with database.read() as session:
        found = jobs.newest_first(session, -1, 2**62, 2000)
    assert len(found) == 1201
    assert (found[-1].batch_id, found[-1].message) == (odd, "done")
    assert found[-1].request == request(1001, partition_scope=PartitionScope(1, False, frozenset({1})))
    assert found[0].message is None
    assert claim(database) is not None
    assert find(database, odd).status is Status.COMPLETE


def test_expired_jobs_go_in_portions(stores: Stores, database: Database) -> None:
    """Between two portions others get the write turn, however many jobs there are."""
    for _ in range(250):
        admit(database, limit=2000)
        finish(database, must_claim(database))
    events: list[Event] = []
    settings = load_settings({"data": stores.folder})
    Janitor(stores, MachineTime(), settings, events.append).purge(MUNCHKIN_ID, Limits())
    assert [event.jobs for event in events if isinstance(event, JobsPurged)] == [100, 100, 50]
    with database.read() as session:
        assert jobs.newest_first(session, -1, 2**62, 1000) == []


@pytest.mark.parametrize("query", ["unfinished", "oldest_queued", "claimed_jobs"])
def test_work_is_found_by_an_index(embedded_place: Place, query: str) -> None:
    """However many ended jobs there are, with headers of many kilobytes."""
    stores = embedded_place.open()
    stores.prepare()
    begin(stores)
    with stores.subscription(MUNCHKIN_ID).read() as session:
        sql = load_queries("sqlite")[query].text
        steps = [row["detail"] for row in session.built_rows(f"EXPLAIN QUERY PLAN {sql}", {})]
    assert any("INDEX job_" in step for step in steps), steps
