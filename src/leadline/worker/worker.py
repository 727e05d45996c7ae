"""The worker: claims jobs and imports them, one at a time (queue §4, §5)."""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from leadline import clock
from leadline.config import Settings
from leadline.engine.pipeline import warm_up
from leadline.errors import StoreBusyError, StoreFaultError, StoreHeldError
from leadline.events import (
    ChunkMerged,
    ChunkParsed,
    Emit,
    JobClaimed,
    JobFinished,
    JobReassigned,
    JobReleased,
    JobRescued,
    StoreFailed,
    tell_busy,
)
from leadline.merging.import_target import NoLongerPossibleError
from leadline.merging.unreached import keep_unreached, marks_before_last_try
from leadline.model.job_gate import JobGate
from leadline.model.jobs import Job, Status
from leadline.model.records import Outcome
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import jobs
from leadline.store.base import Database, LostJobError
from leadline.store.directory import Stores
from leadline.store.jobs import ClaimedJob
from leadline.store.matches import OwnChange
from leadline.worker.apply_preview import (
    OutOfDateError,
    PreviewGoneError,
    fail_of_drift,
    preview_to_apply,
)
from leadline.worker.commit_chunk import Merged, merge_chunk
from leadline.worker.file_checks import FileCheck, check_file
from leadline.worker.import_run import ImportRun, begin_import_run
from leadline.worker.pipeline import STAGES, WrittenSoFar, ready_chunks
from leadline.worker.turns import never
from leadline.worker.undo_run import take_back_next, take_back_whole

_PAUSES_SECONDS = (0.05, 0.2, 0.5, 1.0, 2.0)


class Worker:
    """Claims jobs and imports them, one at a time."""

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
        self._put_aside: dict[tuple[str, int], tuple[Database, Job]] = {}
        self._settings = settings
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
        mine = [each for each in mine if (munchkin_id, each.batch_id) not in self._put_aside]
        for each in mine:
            with suppress(LostJobError), self._stores.subscription(munchkin_id).write() as session:
                jobs.release(session, each)
        return len(mine)

    def _set_aside(self, munchkin_id: str, database: Database, job: Job) -> None:
        """Keep a job that may not go on now; others are imported meanwhile."""
        self._put_aside[munchkin_id, job.batch_id] = database, job

    def take_up(self, munchkin_id: str) -> Job | None:
        """Return a job that was put aside and may go on now, as it stands, or None."""
        database = self._stores.subscription(munchkin_id)
        for key, (held_in, job) in list(self._put_aside.items()):
            if key[0] != munchkin_id:
                continue
            may = self._gate.may_go_on(munchkin_id, job.batch_id, job.next_row)
            is_to_fail = self._gate.failure_of(munchkin_id, job.batch_id) is not None
            if held_in is database and not (may or is_to_fail):
                continue
            del self._put_aside[key]
            if held_in is database:  # else the store was replaced, and the job went with it
                with database.read() as session:
                    found = jobs.find_claimed(session, job)
                if found is not None and not found.finished:
                    return found
        return None

    def release_put_aside(self) -> None:
        """Hand back the jobs that were put aside: the worker ends."""
        for (munchkin_id, _), (database, job) in self._put_aside.items():
            with suppress(LostJobError, StoreBusyError, StoreFaultError), database.write() as session:
                jobs.release(session, job)
                self._emit(JobReleased(munchkin_id, job.batch_id))
        self._put_aside.clear()

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
                        self._import_rest(munchkin_id, database, held, gives_way)
                    elif tries:
                        self._tell_finished(munchkin_id, held)
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
            why = type(error).__name__  # its text could hold a cell
            self._emit(StoreFailed(munchkin_id, f"{why} while importing job {job.batch_id}"))
            self._count_the_try(munchkin_id, database, job)
        return True

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
            held = jobs.claimed(session)
        mine = next((each for each in held if (each.batch_id, each.token) == (job.batch_id, job.token)), None)
        if mine is None:
            return None
        marks = marks_before_last_try(database, mine)
        with database.write() as session:
            status = jobs.rescue(session, mine, self._time.now(munchkin_id), "the store refused it")
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

    def _import_rest(
        self, munchkin_id: str, database: Database, job: Job, gives_way: Callable[[], bool]
    ) -> None:
        message = self._gate.failure_of(munchkin_id, job.batch_id)
        if message is not None:
            self._fail(munchkin_id, database, job, message)
            return
        if not self._gate.may_go_on(munchkin_id, job.batch_id, job.next_row):
            self._set_aside(munchkin_id, database, job)
            return
        if job.purpose.undoes is not None:
            self._take_back(munchkin_id, database, job, gives_way)
            return
        try:
            run = self._begin(munchkin_id, database, job)
        except (NoLongerPossibleError, PreviewGoneError) as error:
            self._fail(munchkin_id, database, job, str(error))
            return
        check = check_file(run) if job.next_row == 1 else FileCheck(None, job.day_first)
        if check.fault is not None:
            self._fail(munchkin_id, database, job, check.fault)
        else:
            try:
                self._import_chunks(run.with_day_first(check.day_first), gives_way)
            except OutOfDateError as error:
                self._fail_of_drift(munchkin_id, database, job, error)
            except PreviewGoneError as error:
                self._fail(munchkin_id, database, job, str(error))

    def _begin(self, munchkin_id: str, database: Database, job: Job) -> ImportRun:
        """Look at what is to be imported; a preview's file is read as on the day when it was shown."""
        shown = preview_to_apply(database, job)
        asked_at = None if shown is None else shown.created_at
        keeps_log = self._keeps_log(munchkin_id)
        run = begin_import_run(
            munchkin_id, database, job, self._settings, keeps_log=keeps_log, asked_at=asked_at
        )
        return run if shown is None else replace(run, shown=shown)

    def _keeps_log(self, munchkin_id: str) -> bool:
        """Return whether the changes of a subscription are logged."""
        listing = self._stores.find(munchkin_id)
        policy = self._settings.policy
        return (policy if listing is None else policy.of_subscription(listing.own)).limits.keeps_log

    def _import_chunks(self, run: ImportRun, gives_way: Callable[[], bool]) -> None:
        recent: deque[OwnChange] = deque(maxlen=STAGES)
        written_so_far = WrittenSoFar((run.job.next_row, None))
        stop_row = self._gate.stop_row(run.munchkin_id, run.job.batch_id)
        for ready in ready_chunks(run, written_so_far, stop_row):
            if self._pause(0):
                self._release(run.munchkin_id, run.database, run.job)
                return
            if not self._gate.may_go_on(run.munchkin_id, run.job.batch_id, ready.chunk.first_row):
                self._set_aside(
                    run.munchkin_id, run.database, replace(run.job, next_row=ready.chunk.first_row)
                )
                return
            self._emit(ChunkParsed(run.munchkin_id, run.job.batch_id, ready.chunk.row_count))
            began = clock.monotonic()
            merged = merge_chunk(run, ready, recent, self._time.now(run.munchkin_id), self._emit)
            took_ms = round((clock.monotonic() - began) * 1000, 1)
            recent.append(merged.change)
            written_so_far.written = merged.progress.next_row, merged.next_id
            run.database.checkpoint(only_when_due=True)
            self._tell(run, merged, ready.chunk.row_count, took_ms)
            if not merged.job.finished and gives_way():
                self._release(run.munchkin_id, run.database, run.job)
                return

    def _take_back(
        self, munchkin_id: str, database: Database, job: Job, gives_way: Callable[[], bool]
    ) -> None:
        """Take back the rest of another job."""
        try:
            shown = preview_to_apply(database, job)
        except PreviewGoneError as error:
            self._fail(munchkin_id, database, job, str(error))
            return
        is_whole = job.purpose.refuses_conflicts or shown is not None
        step = partial(take_back_whole, shown=shown) if is_whole else take_back_next
        while not job.finished:
            if self._pause(0):
                self._release(munchkin_id, database, job)
                return
            if not self._gate.may_go_on(munchkin_id, job.batch_id, job.next_row):
                self._set_aside(munchkin_id, database, job)
                return
            self._emit(ChunkParsed(munchkin_id, job.batch_id, 0))
            began, row = clock.monotonic(), job.next_row
            try:
                job = step(munchkin_id, database, job, self._time.now(munchkin_id), self._emit)
            except (NoLongerPossibleError, PreviewGoneError) as error:
                self._fail(munchkin_id, database, job, str(error))
                return
            except OutOfDateError as error:
                self._fail_of_drift(munchkin_id, database, job, error)
                return
            took_ms = round((clock.monotonic() - began) * 1000, 1)
            database.checkpoint(only_when_due=True)
            self._emit(ChunkMerged(munchkin_id, job.batch_id, job.next_row - row, 0, 0, took_ms))
            if job.finished:
                self._tell_finished(munchkin_id, job)
            elif gives_way():
                self._release(munchkin_id, database, job)
                return

    def _tell(self, run: ImportRun, merged: Merged, rows: int, duration_ms: float) -> None:
        progress, job = merged.progress, merged.job
        failed = progress.counts[Outcome.FAILED]
        self._emit(ChunkMerged(run.munchkin_id, job.batch_id, rows, failed, progress.warned, duration_ms))
        if job.finished:
            self._tell_finished(run.munchkin_id, job)

    def _tell_finished(self, munchkin_id: str, job: Job) -> None:
        counts = (job.processed, job.failed, job.warned)
        self._emit(JobFinished(munchkin_id, job.batch_id, job.status.value, *counts))

    def _fail(self, munchkin_id: str, database: Database, job: Job, message: str) -> None:
        with database.write() as session:
            job = jobs.finish(session, job, Status.FAILED, message, self._time.now(munchkin_id))
        self._tell_finished(munchkin_id, job)

    def _fail_of_drift(self, munchkin_id: str, database: Database, job: Job, error: OutOfDateError) -> None:
        with database.write() as session:
            job = fail_of_drift(session, job, error, self._time.now(munchkin_id))
        self._tell_finished(munchkin_id, job)

    def _release(self, munchkin_id: str, database: Database, job: Job) -> None:
        with database.write() as session:
            jobs.release(session, job)
        self._emit(JobReleased(munchkin_id, job.batch_id))
