"""Slots: who imports what, how a worker that lost its job is kept out, how a dead one is replaced."""

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pytest

from leadline.errors import StoreBusyError
from leadline.model.jobs import IssueKind, Job, Status
from leadline.model.records import Outcome
from leadline.store import claimed_jobs, jobs, records, reports, uploads
from leadline.store.base import Database, LostJobError, Session
from leadline.store.claimed_jobs import ATTEMPTS_MAX
from leadline.store.jobs import Progress
from tests.contract.store.places import (
    NOW,
    SEATS,
    SLOTS,
    Place,
    admit,
    cancel,
    claim,
    find,
    finish,
    held,
    in_threads,
    must_claim,
    rescue,
)
from tests.contract.store.racers import claim_until_empty, hear, racing
from tests.contract.store.writes import add_to_list, insert_leads

ONE_ROW = Progress(
    40, 2, {**dict.fromkeys(Outcome, 0), Outcome.CREATED: 1}, 0, 0, dict.fromkeys(IssueKind, 0)
)


def test_the_oldest_first_and_two_at_most(database: Database) -> None:
    """P4: started in the order accepted, at most two at once; a third waits for a free slot."""
    ids = [admit(database) for _ in range(4)]
    first, second = must_claim(database), must_claim(database)
    assert [first.batch_id, second.batch_id] == ids[:2]
    assert claim(database) is None
    finish(database, second)
    assert must_claim(database).batch_id == ids[2]
    assert claim(database) is None
    finish(database, first)
    assert must_claim(database).batch_id == ids[3]


@pytest.mark.parametrize("status", [Status.COMPLETE, Status.FAILED])
def test_each_move_answers_the_job_as_it_stands(database: Database, status: Status) -> None:
    """A worker's statements read what they may have changed of its job alone: nothing else has changed."""
    unlike = Progress(
        40, 8, {each: number for number, each in enumerate(Outcome, 1)}, 5, 6, dict.fromkeys(IssueKind, 7)
    )
    rows = sum(unlike.counts.values())
    admit(database)
    job = must_claim(database)
    assert job == find(database, job.batch_id)
    with database.write() as session:
        job = jobs.advance(session, job, replace(unlike, next_row=rows + 1, day_first=frozenset({2, 4})))
    assert job == find(database, job.batch_id)
    assert job.unlisted(IssueKind.WARNING) == 7
    with database.write() as session:
        assert jobs.lock(session, job, rows + 1) == job
        assert jobs.lock(session, replace(job, processed=0, message="old"), rows + 1) == job
    assert finish(database, job, status) == find(database, job.batch_id)


def test_unfinished_jobs_are_those_that_wait_or_are_imported(database: Database) -> None:
    """Oldest first, whatever became of the ones between them."""
    ids = [admit(database) for _ in range(4)]
    first, second = must_claim(database), must_claim(database)
    finish(database, first)
    with database.read() as session:
        found = [(each.batch_id, each.status) for each in jobs.unfinished(session)]
    assert found == [(second.batch_id, Status.IMPORTING), (ids[2], Status.QUEUED), (ids[3], Status.QUEUED)]


def test_threads_race_for_the_slots(database: Database) -> None:
    """P4: sixteen workers claim at once: two get a job each, and these are the two oldest."""
    ids = [admit(database) for _ in range(5)]
    claimed = [job.batch_id for job in in_threads(16, lambda n: claim(database, f"w{n}")) if job]
    assert sorted(claimed) == ids[:2]


def test_processes_claim_in_order(place: Place, database: Database) -> None:
    """P4: four workers empty a queue of forty: each job is claimed once, in the order of the numbers,
    and never are more than two being imported.
    """
    ids = [admit(database, limit=40) for _ in range(40)]
    with racing(claim_until_empty, [(place, f"w{n}") for n in range(4)]) as racers:
        claims = sorted(each for racer in racers for each in hear(racer))
    assert [batch_id for _, batch_id, _ in claims] == ids
    assert max(importing for _, _, importing in claims) <= SLOTS


def test_a_chunk_and_its_job_commit_together(place: Place, database: Database) -> None:
    """P3, P5: progress, rows and the last status are one commit: another reader sees none or all."""
    batch_id = admit(database)
    job, reader = must_claim(database), place.database()
    with database.write() as session:
        jobs.lock(session, job, job.next_row)
        insert_leads(session, pa.table({"id": [1], "f_email": ["a@b.c"], "k_email": ["a@b.c"]}))
        after = jobs.finish(session, jobs.advance(session, job, ONE_ROW), Status.COMPLETE, "done", NOW)
        assert find(reader, batch_id).processed == 0
        with reader.read() as other:
            assert records.is_empty(other, "lead")
    assert find(reader, batch_id) == after
    assert (after.status, after.processed, after.created, after.next_row) == (Status.COMPLETE, 1, 1, 2)
    assert list(uploads.blocks(database, batch_id)) == []
    with reader.read() as other:
        assert not records.is_empty(other, "lead")
    reader.close()


def test_a_chunk_is_not_applied_again_behind_a_late_commit(database: Database) -> None:
    """P3: a commit that its worker has given up comes to its end after the worker has looked at the job again."""
    admit(database)
    job = must_claim(database)
    with database.write() as session:
        jobs.lock(session, job, 1)
        jobs.advance(session, job, ONE_ROW)
    with pytest.raises(StoreBusyError), database.write() as session:
        jobs.lock(session, job, 1)
    with database.write() as session:
        jobs.lock(session, job, 2)


_MOVES: dict[str, Callable[[Session, Job], object]] = {
    "lock": lambda session, job: jobs.lock(session, job, job.next_row),
    "advance": lambda session, job: jobs.advance(session, job, ONE_ROW),
    "finish": lambda session, job: jobs.finish(session, job, Status.COMPLETE, "zombie", NOW),
    "release": jobs.release,
}
_TAKEOVERS: dict[str, Callable[[Database], object]] = {
    "rescued": lambda database: None,
    "claimed by another": lambda database: must_claim(database, "b"),
    "finished by another": lambda database: finish(database, must_claim(database, "b")),
    "cancelled": cancel,
}


def _work_on(database: Database, job: Job, move: Callable[[Session, Job], object]) -> None:
    """Write all that a chunk writes, then make the move."""
    with database.write() as session:
        records.take_writer(session)
        next_id = records.next_id(session, "lead")
        insert_leads(session, pa.table({"id": [next_id], "f_email": ["z"], "k_email": ["z"]}))
        records.set_next_id(session, "lead", next_id + 1)
        add_to_list(session, 1001, [next_id])
        reports.add_issues(session, job.batch_id, 1, IssueKind.FAILURE, b"z\n")
        reports.add_ledger(session, job.batch_id, 1, 1, b"z")
        move(session, job)


@pytest.mark.parametrize("move", _MOVES)
@pytest.mark.parametrize("takeover", _TAKEOVERS)
def test_a_zombie_commits_nothing(database: Database, move: str, takeover: str) -> None:
    """P3: a worker that wakes after its job was given away is fenced by the token, from the rescue on:
    every move of it fails, and nothing that it wrote before in that transaction stays.
    """
    batch_id = admit(database)
    zombie = must_claim(database, "a")
    assert rescue(database, batch_id) is Status.QUEUED
    _TAKEOVERS[takeover](database)
    before = find(database, batch_id)
    parts = list(uploads.blocks(database, batch_id))
    with pytest.raises(LostJobError):
        _work_on(database, zombie, _MOVES[move])
    assert find(database, batch_id) == before
    assert list(uploads.blocks(database, batch_id)) == parts
    with database.read() as session:
        assert records.is_empty(session, "lead")
        assert reports.ledger_rows(session, batch_id) == []
        assert list(reports.issue_lines(session, batch_id, IssueKind.FAILURE)) == []
    with database.write() as session:
        assert records.next_id(session, "lead") == 1


def test_a_rescuer_with_an_old_view_does_nothing(database: Database) -> None:
    """A rescuer that looked before the job moved on: token and status are asked again at the write."""
    admit(database)
    job = must_claim(database)
    with database.read() as session:
        old_view = held(session, job.batch_id)
    finish(database, job)
    with database.write() as session:
        assert claimed_jobs.rescue(session, old_view, NOW) is None
    assert find(database, job.batch_id).status is Status.COMPLETE


def test_a_rescued_job_goes_on_where_it_stood(database: Database) -> None:
    """P2, P3: a rescued job keeps its number, so it is first in line, and the chunks it has done."""
    batch_id, later = admit(database), admit(database)
    job = must_claim(database)
    with database.write() as session:
        jobs.advance(session, job, ONE_ROW)
    assert rescue(database, batch_id) is Status.QUEUED
    again = must_claim(database, "b")
    assert (again.batch_id, again.attempt) == (batch_id, 2)
    assert (again.next_row, again.done_bytes, again.processed) == (2, 40, 1)
    assert again.started_at == job.started_at
    assert again.token > job.token + 1, "the token rises at the rescue and at the claim"
    assert must_claim(database, "b").batch_id == later


def test_failed_after_three_deaths(database: Database) -> None:
    """P2: the third worker that dies fails the job; seat and slot are free, the next job runs."""
    batch_id, later = admit(database), admit(database)
    for attempt in range(1, ATTEMPTS_MAX + 1):
        assert must_claim(database).attempt == attempt
        expected = Status.FAILED if attempt == ATTEMPTS_MAX else Status.QUEUED
        assert rescue(database, batch_id) is expected
    job = find(database, batch_id)
    assert (job.status, job.finished_at) == (Status.FAILED, NOW)
    assert job.message == "Import failed, its worker died 3 times while importing it"
    assert list(uploads.blocks(database, batch_id)) == [b"email\n"], "what was not reached can be read back"
    assert must_claim(database).batch_id == later
    for _ in range(SEATS - 1):
        admit(database)


def test_handing_back_is_no_try(database: Database) -> None:
    """P2: restarts of the server cost a job none of its three tries."""
    batch_id = admit(database)
    for _ in range(2 * ATTEMPTS_MAX):
        job = must_claim(database)
        assert job.attempt == 1
        with database.write() as session:
            jobs.release(session, job)
        with pytest.raises(LostJobError), database.write() as session:
            jobs.advance(session, job, ONE_ROW)
    assert find(database, batch_id).status is Status.QUEUED
