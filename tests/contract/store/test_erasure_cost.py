"""P7: a person's deletion reads the lines that may name him, however many files of others there are."""

import time

from leadline.clock import MachineTime
from leadline.config import Settings
from leadline.engine.erase import marks_in
from leadline.lead_database.leads import Leads, LeadSync
from leadline.model.callers import Caller
from leadline.model.jobs import IssueKind, Status
from leadline.model.records import Action
from leadline.store import admission, job_purge, jobs, reports
from leadline.store.admission import SHARED_QUEUE, Queue, Upload
from leadline.store.base import Database
from leadline.store.directory import Stores
from tests.contract.store.places import MUNCHKIN_ID, NOW, keep_upload, request

OLD_JOBS, LINES, TRIES = 400, 30, 20
ISSUE_BYTES = 1 << 24
QUEUE = Queue(SHARED_QUEUE, 10)
POLICY = Settings().policy
CALLER = Caller(MUNCHKIN_ID, "c", "c@x.y", None, None, POLICY.limits, POLICY.rules)


def add_old_jobs(database: Database, count: int, *more: str) -> list[int]:
    """Leave the failure files of jobs of which each row failed; return the batch ids."""
    found = []
    with database.write() as session:
        for number in range(count):
            rows = [f"p{number}.{line}@example.com,First,Last,ninety,no number\n" for line in range(LINES)]
            text = "".join([*rows, *more]).encode()
            upload = Upload(keep_upload(session, b"email\n"), "email", 6, ISSUE_BYTES)
            found.append(admission.admit(session, request(), upload, NOW, QUEUE))
            job = jobs.claim(session, "w", NOW, 1)
            assert job is not None
            reports.add_issues(session, found[-1], 1, IssueKind.FAILURE, text)
            reports.add_marks(session, found[-1], 1, marks_in(text))
            jobs.finish(session, job, Status.COMPLETE, "done", NOW)
    return found


def delete_someone(leads: Leads, number: int) -> float:
    """Create a lead and delete it; return how many seconds the deletion took."""
    items = [{"email": f"someone{number}@example.com"}]
    (made,) = leads.sync(CALLER, LeadSync(Action.CREATE_OR_UPDATE), items)
    began = time.perf_counter()
    assert leads.delete(CALLER, [int(made.id or 0)]) == [True]
    return time.perf_counter() - began


def test_a_deletion_beside_many_old_files(stores: Stores, database: Database) -> None:
    leads = Leads(stores, MachineTime())
    delete_someone(leads, 0)
    alone = min(delete_someone(leads, number) for number in range(TRIES))
    add_old_jobs(database, OLD_JOBS)
    beside = min(delete_someone(leads, number) for number in range(TRIES))
    assert beside < 3 * alone + 0.005, f"{beside * 1000:.1f} ms beside, {alone * 1000:.1f} ms alone"


def test_the_lines_that_name_him_go_and_are_found_no_more(stores: Stores, database: Database) -> None:
    """Those of others with the same mark are still found when their turn comes."""
    leads = Leads(stores, MachineTime())
    twins = ("someone1@example.com", "someone1@example.org")
    (batch_id,) = add_old_jobs(database, 1, *(f"{each},Some,One,ninety,not a number\n" for each in twins))
    delete_someone(leads, 1)

    def left() -> bytes:
        with database.read() as session:
            return b"".join(reports.issue_lines(session, batch_id, IssueKind.FAILURE))

    assert (left().count(b"someone1@"), left().count(b"\n")) == (1, LINES + 1)
    items = [{"email": twins[1]}]
    (made,) = leads.sync(CALLER, LeadSync(Action.CREATE_OR_UPDATE), items)
    leads.delete(CALLER, [int(made.id or 0)])
    assert left().count(b"\n") == LINES
    assert b"someone1" not in left()
    with database.read() as session:
        assert (
            session.built_rows(
                "SELECT 1 AS is_there FROM {schema}.job_issue_mark WHERE mark = :mark",
                {"mark": "someone1@example"},
            )
            == []
        )


def test_marks_go_with_their_job(database: Database) -> None:
    _, kept = add_old_jobs(database, 2)
    with database.write() as session:
        job_purge.purge(session, NOW, 1)
    with database.read() as session:
        rows = session.built_rows("SELECT DISTINCT batch_id FROM {schema}.job_issue_mark", {})
    assert [row["batch_id"] for row in rows] == [kept]
