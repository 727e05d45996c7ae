"""What people read of a job that fails or is cancelled says what it was: an import, an apply, or an undo."""

import pytest

from leadline.model.callers import EVERYWHERE
from leadline.model.jobs import FileFormat, ImportRequest, Purpose, Status
from leadline.store import admission, claimed_jobs, jobs
from leadline.store.admission import Queue, Upload
from leadline.store.base import Database


@pytest.mark.parametrize(
    ("purpose", "message"),
    [
        (Purpose(), "Import failed, its worker died 3 times while importing it"),
        (Purpose(applies="p"), "Import failed, its worker died 3 times while applying its preview"),
        (Purpose(undoes=7), "Undo failed, its worker died 3 times while taking it back"),
        (Purpose(undoes=7, applies="p"), "Undo failed, its worker died 3 times while taking it back"),
    ],
)
def test_a_job_whose_worker_died_too_often(database: Database, purpose: Purpose, message: str) -> None:
    request = ImportRequest("lead", FileFormat.CSV, "email", None, EVERYWHERE)
    with database.write() as session:
        upload = Upload("", "email", 0, 0)
        batch_id = admission.admit(session, request, upload, 1, Queue("bulk", 10), purpose=purpose)
    for _ in range(claimed_jobs.ATTEMPTS_MAX):
        with database.write() as session:
            assert jobs.claim(session, "w", 1, 2) is not None
        with database.write() as session:
            (held,) = claimed_jobs.claimed(session)
            claimed_jobs.rescue(session, held, 1)
    with database.read() as session:
        job = jobs.find(session, batch_id, -1)
    assert job is not None
    assert (job.status, job.message) == (Status.FAILED, message)
