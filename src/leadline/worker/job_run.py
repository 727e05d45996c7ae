"""A claimed job from where it stands to its end: the steps of imports, applies and undos (queue §4)."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from leadline import clock
from leadline.config import Settings
from leadline.errors import UploadDamagedError
from leadline.events import ChunkMerged, ChunkParsed, Emit, JobFinished, JobReleased
from leadline.merging.import_target import NoLongerPossibleError
from leadline.model.job_gate import JobGate
from leadline.model.job_words import UPLOAD_DAMAGED
from leadline.model.jobs import Job, Status
from leadline.model.records import Outcome
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import jobs
from leadline.store.base import Database
from leadline.store.directory import Stores
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
from leadline.worker.put_aside import PutAside
from leadline.worker.undo_run import take_back_next, take_back_whole


class JobRunner:
    """Brings claimed jobs to their end, chunk by chunk, each in one transaction."""

    def __init__(
        self,
        stores: Stores,
        time: SubscriptionTime,
        settings: Settings,
        emit: Emit,
        pause: Callable[[float], bool],
        gate: JobGate,
        put_aside: PutAside,
    ) -> None:
        """`pause` tells whether the worker is to stop."""
        self._stores = stores
        self._time = time
        self._settings = settings
        self._emit = emit
        self._pause = pause
        self._gate = gate
        self._put_aside = put_aside

    def run(self, munchkin_id: str, database: Database, job: Job, gives_way: Callable[[], bool]) -> None:
        """Import, or take back, the rest of a claimed job, until it ends or has to wait.

        Raises `LostJobError`, `StoreBusyError` or `StoreFaultError`.
        """
        message = self._gate.failure_of(munchkin_id, job.batch_id)
        if message is not None:
            self._fail(munchkin_id, database, job, message)
            return
        if not self._gate.may_go_on(munchkin_id, job.batch_id, job.next_row):
            self._put_aside.add(munchkin_id, database, job)
            return
        if job.purpose.undoes is not None:
            self._take_back(munchkin_id, database, job, gives_way)
            return
        try:
            self._import(munchkin_id, database, job, gives_way)
        except UploadDamagedError:
            self._fail(munchkin_id, database, job, job.purpose.words.failed(UPLOAD_DAMAGED))

    def _import(self, munchkin_id: str, database: Database, job: Job, gives_way: Callable[[], bool]) -> None:
        """Import the rest of a file; raises `UploadDamagedError` where it is not there any longer."""
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

    def tell_finished(self, munchkin_id: str, job: Job) -> None:
        """Tell how a job has ended."""
        counts = (job.processed, job.failed, job.warned)
        self._emit(JobFinished(munchkin_id, job.batch_id, job.status.value, *counts))

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
        """Return whether the changes of a subscription are logged, as it was when the job was claimed."""
        listing = self._stores.listed(munchkin_id)
        policy = self._settings.policy
        return (policy if listing is None else policy.of_subscription(listing.own)).limits.keeps_log

    def _import_chunks(self, run: ImportRun, gives_way: Callable[[], bool]) -> None:
        recent: deque[OwnChange] = deque(maxlen=STAGES)
        written_so_far = WrittenSoFar((run.job.next_row, None))
        stop_row = self._gate.stop_row(run.munchkin_id, run.job.batch_id)

        def leaves() -> bool:  # who has just begun writes a chunk, so that all get on
            return self._pause(0) or (bool(recent) and gives_way())

        for ready in ready_chunks(run, written_so_far, stop_row, leaves):
            if self._pause(0):
                break
            if not self._gate.may_go_on(run.munchkin_id, run.job.batch_id, ready.chunk.first_row):
                self._put_aside.add(
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
            if merged.job.finished:
                return
        self._release(run.munchkin_id, run.database, run.job)

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
                self._put_aside.add(munchkin_id, database, job)
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
                self.tell_finished(munchkin_id, job)
            elif gives_way():
                self._release(munchkin_id, database, job)
                return

    def _tell(self, run: ImportRun, merged: Merged, rows: int, duration_ms: float) -> None:
        progress, job = merged.progress, merged.job
        failed = progress.counts[Outcome.FAILED]
        self._emit(ChunkMerged(run.munchkin_id, job.batch_id, rows, failed, progress.warned, duration_ms))
        if job.finished:
            self.tell_finished(run.munchkin_id, job)

    def _fail(self, munchkin_id: str, database: Database, job: Job, message: str) -> None:
        with database.write() as session:
            job = jobs.finish(session, job, Status.FAILED, message, self._time.now(munchkin_id))
        self.tell_finished(munchkin_id, job)

    def _fail_of_drift(self, munchkin_id: str, database: Database, job: Job, error: OutOfDateError) -> None:
        with database.write() as session:
            job = fail_of_drift(session, job, error, self._time.now(munchkin_id))
        self.tell_finished(munchkin_id, job)

    def _release(self, munchkin_id: str, database: Database, job: Job) -> None:
        with database.write() as session:
            jobs.release(session, job)
        self._emit(JobReleased(munchkin_id, job.batch_id))
