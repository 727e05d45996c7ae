"""Claimed jobs that may not go on for now, where a gate decides; others are imported meanwhile."""

from contextlib import suppress

from leadline.errors import StoreBusyError, StoreFaultError
from leadline.events import Emit, JobReleased
from leadline.model.job_gate import JobGate
from leadline.model.jobs import Job
from leadline.store import jobs
from leadline.store.base import Database, LostJobError
from leadline.store.directory import Stores


class PutAside:
    """The jobs that one worker has put aside."""

    def __init__(self, stores: Stores, gate: JobGate, emit: Emit) -> None:
        self._stores = stores
        self._gate = gate
        self._emit = emit
        self._jobs: dict[tuple[str, int], tuple[Database, Job]] = {}

    def has(self, munchkin_id: str, batch_id: int) -> bool:
        """Return whether a job was put aside."""
        return (munchkin_id, batch_id) in self._jobs

    def add(self, munchkin_id: str, database: Database, job: Job) -> None:
        """Keep a job that may not go on now; others are imported meanwhile."""
        self._jobs[munchkin_id, job.batch_id] = database, job

    def take_up(self, munchkin_id: str) -> Job | None:
        """Return a job that was put aside and may go on now, as it stands, or None."""
        database = self._stores.subscription(munchkin_id)
        for key, (held_in, job) in list(self._jobs.items()):
            if key[0] != munchkin_id:
                continue
            may = self._gate.may_go_on(munchkin_id, job.batch_id, job.next_row)
            is_to_fail = self._gate.failure_of(munchkin_id, job.batch_id) is not None
            if held_in is database and not (may or is_to_fail):
                continue
            del self._jobs[key]
            if held_in is database:  # else the store was replaced, and the job went with it
                with database.read() as session:
                    found = jobs.find_claimed(session, job)
                if found is not None and not found.finished:
                    return found
        return None

    def release_all(self) -> None:
        """Hand back the jobs that were put aside: the worker ends."""
        for (munchkin_id, _), (database, job) in self._jobs.items():
            with suppress(LostJobError, StoreBusyError, StoreFaultError), database.write() as session:
                jobs.release(session, job)
                self._emit(JobReleased(munchkin_id, job.batch_id))
        self._jobs.clear()
