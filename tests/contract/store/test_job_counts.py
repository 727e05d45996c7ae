"""Each row that was read is counted once: as processed, under one outcome, or as failed."""

from dataclasses import fields

import pyarrow as pa
import pytest

from leadline.api import job_answers
from leadline.engine.ledger import pack_ledger, unpack_ledger
from leadline.errors import StoreFaultError
from leadline.model.jobs import IssueKind, Job
from leadline.model.records import Outcome
from leadline.store import jobs, records, reports
from leadline.store.base import Database
from leadline.store.directory import Stores
from leadline.store.directory_faults import faults_of
from leadline.store.jobs import Progress
from leadline.store.sql import load_queries
from tests.contract.store.places import Place, admit, find, must_claim
from tests.contract.store.writes import insert_leads

NONE = dict.fromkeys(Outcome, 0)

MISCOUNTS = {
    "a row is lost": NONE | {Outcome.CREATED: 1},
    "a failed row is lost": NONE | {Outcome.FAILED: 1},
    "nothing is counted": NONE,
    "a row is counted twice": NONE | {Outcome.UPDATED: 2, Outcome.FAILED: 1},
}


@pytest.mark.parametrize("outcome", Outcome)
def test_each_outcome_is_counted(database: Database, outcome: Outcome) -> None:
    """Its count is the job's attribute of that name; all but failed rows are processed."""
    admit(database)
    job = must_claim(database)
    with database.write() as session:
        after = jobs.advance(
            session, job, Progress(40, 3, NONE | {outcome: 2}, 0, 0, dict.fromkeys(IssueKind, 0))
        )
    assert getattr(after, outcome.value) == 2
    assert (after.processed, after.failed) == ((0, 2) if outcome is Outcome.FAILED else (2, 0))


@pytest.mark.parametrize("counts", MISCOUNTS.values(), ids=MISCOUNTS.keys())
def test_a_chunk_that_does_not_add_up_is_not_kept(database: Database, counts: dict[Outcome, int]) -> None:
    """Two rows were read: the statement that advances the job fails, and with it all that the chunk wrote."""
    admit(database)
    job = must_claim(database)

    def commit_chunk() -> None:
        with database.write() as session:
            jobs.lock(session, job, 1)
            insert_leads(session, pa.table({"id": [1]}))
            reports.add_issues(session, job.batch_id, 1, IssueKind.FAILURE, b"lost\n")
            jobs.advance(session, job, Progress(40, 3, counts, 0, 0, dict.fromkeys(IssueKind, 0)))

    with pytest.raises(StoreFaultError, match=r"each_row_counts_once"):
        commit_chunk()
    assert find(database, job.batch_id) == job
    with database.read() as session:
        assert records.is_empty(session, "lead")
        assert list(reports.issue_lines(session, job.batch_id, IssueKind.FAILURE)) == []


def test_a_miscounted_job_is_told_by_check(place: Place, stores: Stores, database: Database) -> None:
    """Where something else than this program has written, `leadline check` names the job and both numbers."""
    admit(database)
    batch_id = admit(database)
    assert list(faults_of(stores)) == []
    unchecked = (
        "PRAGMA ignore_check_constraints = ON"
        if place.kind == "sqlite"
        else "ALTER TABLE {schema}.job DROP CONSTRAINT each_row_counts_once"
    )
    with database.write() as session:
        session.run_built(unchecked, {})
        session.run_built("UPDATE {schema}.job SET next_row = 6 WHERE batch_id = :id", {"id": batch_id})
    database.release_idle()
    sentence = f"Job {batch_id} counts 0 processed and 0 failed rows, but 5 were read. Restore a backup."
    assert [fault for fault in faults_of(stores) if sentence in fault and database.where in fault]


def test_each_outcome_has_its_column() -> None:
    """The statement, the job and the answer that shows it know the outcomes of the enumeration."""
    outcomes = {each.value for each in Outcome}
    assert not outcomes - {each.name for each in fields(Job)}, "model/jobs.py: Job lacks them"
    assert not outcomes - set(job_answers.Job.__annotations__), "api/job_answers.py: Job lacks them"
    for dialect in ("sqlite", "postgres"):
        text = load_queries(dialect)["advance_job"].text
        processed = " + ".join(f":{each}" for each in Outcome if each is not Outcome.FAILED)
        missing = [f"{each} = {each} + :{each}" for each in Outcome]
        missing = [each for each in (*missing, f"processed = processed + {processed},") if each not in text]
        assert not missing, f"add to advance_job in store/queries/jobs.sql: {missing}"


def test_a_ledger_holds_outcomes_only() -> None:
    """It prints each of them as it is called, and refuses another word."""
    rows = pa.table(
        {
            "outcome": pa.array([each.value for each in Outcome], pa.large_string()),
            "id": pa.array(range(len(Outcome)), pa.int64()),
            "reason": pa.array([None] * len(Outcome), pa.large_string()),
        }
    )
    lines = b"".join(unpack_ledger(pack_ledger(rows), 7)).decode().splitlines()
    assert [line.split(",")[1] for line in lines] == [each.value for each in Outcome]
    for other in ("nonsense", None):
        wrong = rows.slice(0, 1).set_column(0, "outcome", pa.array([other], pa.large_string()))
        with pytest.raises(ValueError, match="outcomes only"):
            pack_ledger(wrong)
