"""The worker: claims jobs and imports them, one at a time (queue §4, §5)."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from leadline.config import Settings
from leadline.engine.pipeline import warm_up
from leadline.errors import StoreBusyError, StoreFaultError, StoreHeldError
from leadline.events import (
    Emit,
    JobClaimed,
    JobReassigned,
    JobRescued,
    StoreFailed,
    SubscriptionLost,
    tell_busy,
)
from leadline.merging.unreached import keep_unreached, marks_before_last_try
from leadline.model.job_gate import JobGate
from leadline.model.jobs import Job, Status
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import claimed_jobs, jobs
from leadline.store.base import Database, LostJobError
from leadline.store.claimed_jobs import ClaimedJob
from leadline.store.directory import Stores
from leadline.worker.job_run import JobRunner
from leadline.worker.put_aside import PutAside
from leadline.worker.turns import never

_PAUSES_SECONDS = (0.05, 0.2, 0.5, 1.0, 2.0)


class Worker:
    """Claims jobs and imports them, one at a time; `put_aside` has those that wait for a gate."""

    def __init__(
        self,
        stores: Stores,
        time: SubscriptionTime,
        settings: Settings,
        emit: Emit,
        worker_id: str,
        pause: Callable[[float], bool],
        gate: JobGate,
    ) -> None:
        """`pause` waits for so many seconds at most and tells whether the worker is to stop."""
        self._stores = stores
        self._time = time
        self._gate = gate
        self.put_aside = PutAside(stores, gate, emit)
        self._runner = JobRunner(stores, time, settings, emit, pause, gate, self.put_aside)
        self._emit = emit
        self._worker_id = worker_id
        self._pause = pause

    def warm_up(self) -> None:
        """Pay for the engine's first times before the first job comes."""
        warm_up()

    def claim(self, munchkin_id: str, limit: int) -> Job | None:
        """Take a subscription's oldest queued job, when there is one and fewer than `limit` are imported."""
        may_begin = partial(self._gate.may_begin, munchkin_id) if self._gate.decides else None
        with self._stores.subscription(munchkin_id).write() as session:
            job = jobs.claim(session, self._worker_id, self._time.now(munchkin_id), limit, may_begin)
        if job is not None:
            self._emit(JobClaimed(munchkin_id, job.batch_id, job.attempt))
        return job

    def hand_back(self, munchkin_id: str, held: list[ClaimedJob]) -> int:
        """Hand back jobs that are this worker's own without its knowing: the answer to the claim was lost.

        Returns how many there were.
        """
        mine = [each for each in held if each.worker == self._worker_id]
        mine = [each for each in mine if not self.put_aside.has(munchkin_id, each.batch_id)]
        for each in mine:
            with suppress(LostJobError), self._stores.subscription(munchkin_id).write() as session:
                jobs.release(session, each)
        return len(mine)

    def import_job(self, munchkin_id: str, job: Job, gives_way: Callable[[], bool] = never) -> bool:
        """Import the rest of a claimed job, from the chunk where it stands to its end.

        `gives_way` tells behind each chunk whether to hand it back, so that another has its turn.
        When the store fails on the way, the job's row says how far it is: a commit whose
        answer was lost has moved it, one that failed has not. False says that the store
        fails for long: other subscriptions may have work meanwhile, and the job is handed
        back when its store is looked at again.
        """
        database, tries, stood_at = self._stores.subscription(munchkin_id), 0, job.next_row
        try:
            held: Job | None = job
            while held is not None:
                try:
                    if not held.finished:
                        self._runner.run(munchkin_id, database, held, gives_way)
                    elif tries:
                        self._runner.tell_finished(munchkin_id, held)
                    return True
                except StoreBusyError as error:
                    tell_busy(self._emit, munchkin_id, error, tries + 1)
                    if isinstance(error, StoreHeldError):
                        return False
                held, tries = self._look_again(database, job, tries)
                if held is not None and held.next_row > stood_at:
                    tries, stood_at = 1, held.next_row
            return False
        except LostJobError:
            self._emit(JobReassigned(munchkin_id, job.batch_id))
        except StoreFaultError as error:
            if self.has_lost(munchkin_id):
                return True
            why = type(error).__name__  # its text could hold a cell
            self._emit(
                StoreFailed(munchkin_id, f"{why} in job {job.batch_id} while {job.purpose.words.doing_it}")
            )
            self._count_the_try(munchkin_id, database, job)
        return True

    def has_lost(self, munchkin_id: str) -> bool:
        """Tell whether a store has failed because its subscription was removed; another may have its id."""
        try:
            is_removed = self._stores.was_removed(munchkin_id)
        except StoreBusyError:
            is_removed = True
        if is_removed:
            self._emit(SubscriptionLost(munchkin_id))
        return is_removed

    def _count_the_try(self, munchkin_id: str, database: Database, job: Job) -> None:
        """Let a job that its store refused wait for the next try, or fail it after the last."""
        status = None
        with suppress(StoreFaultError, StoreBusyError):
            status = self._rescue_own(munchkin_id, database, job)
        if status is not None:
            self._emit(JobRescued(munchkin_id, job.batch_id, status.value))

    def _rescue_own(self, munchkin_id: str, database: Database, job: Job) -> Status | None:
        """Do with this worker's own job what a janitor does with that of a dead one."""
        with database.read_once() as session:
            held = claimed_jobs.claimed(session)
        mine = next((each for each in held if (each.batch_id, each.token) == (job.batch_id, job.token)), None)
        if mine is None:
            return None
        marks = marks_before_last_try(database, mine)
        with database.write() as session:
            status = claimed_jobs.rescue(session, mine, self._time.now(munchkin_id), "the store refused it")
            if status is Status.FAILED:
                keep_unreached(session, job.batch_id, marks)
        return status

    def _look_again(self, database: Database, job: Job, tries: int) -> tuple[Job | None, int]:
        """Return the job as it stands when the store answers again, and how many pauses that took in all.

        The pauses grow; after the last one the job is None.
        """
        for number, pause in enumerate(_PAUSES_SECONDS[tries:], tries + 1):
            if self._pause(pause):
                break
            with suppress(StoreBusyError), database.read() as session:
                held = jobs.find_claimed(session, job)
                if held is None:
                    raise LostJobError
                return held, number
        return None, len(_PAUSES_SECONDS)
