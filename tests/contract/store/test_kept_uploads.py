"""Uploads of jobs that ended early: kept as long as their jobs' days, whatever else is kept of these."""

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest

from leadline.clock import MachineTime
from leadline.config import Settings
from leadline.imports.cancel import Cancellations
from leadline.imports.status import Jobs
from leadline.model.callers import Caller
from leadline.model.jobs import IssueKind, Status
from leadline.model.records import Outcome
from leadline.store import jobs, uploads
from leadline.store.base import Database, LostJobError
from leadline.store.directory import Stores
from leadline.store.jobs import Progress
from leadline.worker.janitor import Janitor
from tests.contract.store.places import MUNCHKIN_ID, NOW, admit, cancel, find, must_claim

POLICY = Settings().policy
CALLER = Caller(MUNCHKIN_ID, "c", "c@x.y", None, None, POLICY.limits, POLICY.rules)
DAY_SECONDS = 86_400


def _keep(database: Database, batch_id: int, *marks: str) -> None:
    with database.write() as session:
        uploads.keep_beyond(session, batch_id, pa.array(marks, pa.string()))


def _is_kept(database: Database, batch_id: int) -> bool:
    return list(uploads.blocks(database, batch_id)) != []


def test_they_go_with_the_days_of_their_jobs(stores: Stores, database: Database) -> None:
    """Whether they name anybody or not; those of unfinished jobs and of younger ones stay."""
    now = MachineTime().now(MUNCHKIN_ID)
    old, nameless = (admit(database, now=now - 8 * DAY_SECONDS) for _ in range(2))
    for _ in (old, nameless):
        cancel(database)
    young = admit(database, now=now - 6 * DAY_SECONDS)
    cancel(database)
    waiting = admit(database, now=now - 8 * DAY_SECONDS)
    for each in (old, young):
        _keep(database, each, "someone@example")
    janitor = Janitor(stores, MachineTime(), Settings(), lambda event: None)
    janitor.purge_uploads(MUNCHKIN_ID, 7)
    assert [_is_kept(database, each) for each in (old, nameless, young, waiting)] == [
        False,
        False,
        True,
        True,
    ]
    assert find(database, old).cancelled
    with database.write() as session:
        uploads.drop_marked(session, pa.array(["someone@example"]))
    assert not _is_kept(database, young)
    with database.read() as session:
        assert not uploads.any_beyond(session)


@pytest.mark.parametrize("last", [True, False])
def test_a_cancel_and_a_chunk_at_once(stores: Stores, database: Database, last: bool) -> None:
    """Whoever commits first wins: the cancel waits for a chunk that is being written, and counts its rows;
    where that was the last one the job stays Complete. No chunk comes behind a cancel.
    """
    batch_id = admit(database, now=MachineTime().now(MUNCHKIN_ID), content=b"email\na\nb\n")
    job = must_claim(database)
    cancellations = Cancellations(stores, MachineTime(), Jobs(stores, MachineTime()), lambda event: None)
    row = Progress(8, 2, dict.fromkeys(Outcome, 0) | {Outcome.CREATED: 1}, 0, 0, dict.fromkeys(IssueKind, 0))
    with ThreadPoolExecutor(1) as pool:
        with database.write() as session:
            locked = jobs.lock(session, job, 1)
            ended = pool.submit(cancellations.cancel, CALLER, batch_id)
            after = jobs.advance(session, locked, row)
            if last:
                jobs.finish(session, after, Status.COMPLETE, "done", NOW)
        found = ended.result()
    assert found == find(database, batch_id)
    if last:
        assert (found.status, found.cancelled, found.message) == (Status.COMPLETE, False, "done")
        return
    assert (found.status, found.cancelled, found.processed) == (Status.FAILED, True, 1)
    assert found.message == "Import cancelled, 1 records imported (1 members), 1 not reached"
    with pytest.raises(LostJobError), database.write() as session:
        jobs.lock(session, job, 2)
