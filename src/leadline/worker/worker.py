"""The worker: claims jobs and imports them, one at a time."""

from collections.abc import Callable

from leadline import clock
from leadline.config import Settings
from leadline.engine.pipeline import warm_up
from leadline.errors import StoreBusyError
from leadline.events import (
    ChunkMerged,
    ChunkParsed,
    Emit,
    JobClaimed,
    JobFinished,
    JobLost,
    JobReleased,
    StoreBusy,
)
from leadline.model import Job, Status
from leadline.store import jobs
from leadline.store.base import LostJobError
from leadline.store.connect import Stores
from leadline.store.matches import OwnChange
from leadline.worker.ahead import ReadyChunk, ready_chunks
from leadline.worker.merge import Merged, merge_chunk
from leadline.worker.shift import Shift, begin_shift, why_undecodable

BUSY_TRIES_MAX = 5


class Worker:
    """Claims jobs and imports them, one at a time."""

    def __init__(
        self, stores: Stores, settings: Settings, emit: Emit, worker_id: str, stopping: Callable[[], bool]
    ) -> None:
        self._stores = stores
        self._settings = settings
        self._emit = emit
        self._worker_id = worker_id
        self._stopping = stopping

    def warm_up(self) -> None:
        """Pay for the engine's first times before the first job comes."""
        warm_up(self._settings.rules)

    def claim(self, munchkin_id: str) -> Job | None:
        """Take the oldest queued job of a subscription, when there is one and a slot is free."""
        database = self._stores.subscription(munchkin_id)
        with database.read() as session:
            if not jobs.count_by_status(session).get(Status.QUEUED.value):
                return None
        with database.write() as session:
            limit = self._settings.limits.jobs_importing_max
            job = jobs.claim(session, self._worker_id, clock.now(), limit)
        if job is not None:
            self._emit(JobClaimed(munchkin_id, job.batch_id, job.attempt))
        return job

    def import_job(self, munchkin_id: str, job: Job) -> None:
        """Import the rest of a claimed job, from the chunk where it stands to its end."""
        database = self._stores.subscription(munchkin_id)
        try:
            shift = begin_shift(munchkin_id, database, job, self._settings.rules)
            fault = why_undecodable(shift) if job.next_row == 1 else None
            if fault is not None:
                self._fail(shift, fault)
                return
            self._import_chunks(shift)
        except LostJobError:
            self._emit(JobLost(munchkin_id, job.batch_id))

    def _import_chunks(self, shift: Shift) -> None:
        own: OwnChange | None = None
        for ready in ready_chunks(shift):
            if self._stopping():
                self._release(shift)
                return
            self._emit(ChunkParsed(shift.munchkin_id, shift.job.batch_id, ready.chunk.row_count))
            began = clock.monotonic()
            merged = self._merge_patiently(shift, ready, own)
            self._tell(shift, merged, ready.chunk.row_count, round((clock.monotonic() - began) * 1000, 1))
            own = merged.change
            shift.database.tidy(only_when_due=True)

    def _merge_patiently(self, shift: Shift, ready: ReadyChunk, own: OwnChange | None) -> Merged:
        for attempt in range(1, BUSY_TRIES_MAX):
            try:
                return merge_chunk(shift, ready, own, self._emit)
            except StoreBusyError:
                self._emit(StoreBusy(shift.munchkin_id, attempt))
        return merge_chunk(shift, ready, own, self._emit)

    def _tell(self, shift: Shift, merged: Merged, rows: int, duration_ms: float) -> None:
        progress, job = merged.progress, merged.job
        failed = progress.counts["failed"]
        self._emit(ChunkMerged(shift.munchkin_id, job.batch_id, rows, failed, progress.warned, duration_ms))
        if job.finished:
            self._tell_finished(shift, job)

    def _tell_finished(self, shift: Shift, job: Job) -> None:
        counts = (job.processed, job.failed, job.warned)
        self._emit(JobFinished(shift.munchkin_id, job.batch_id, job.status.value, *counts))

    def _fail(self, shift: Shift, message: str) -> None:
        with shift.database.write() as session:
            job = jobs.finish(session, shift.job, Status.FAILED, message, clock.now())
        self._tell_finished(shift, job)

    def _release(self, shift: Shift) -> None:
        with shift.database.write() as session:
            jobs.release(session, shift.job)
        self._emit(JobReleased(shift.munchkin_id, shift.job.batch_id))
