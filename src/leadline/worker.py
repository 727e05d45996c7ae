"""Use case: import jobs. The one place where engine and store meet.

Each chunk is one transaction: records, issues, ledger and the job's progress commit
together, so a crash leaves all of a chunk or nothing. The last chunk also finishes the
job. Whatever goes wrong unforeseen ends the process; the janitor gives the job to the
next worker.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from leadline import clock
from leadline.config import Settings
from leadline.engine.decide import Decision, Surroundings, decide
from leadline.engine.header import detect_encoding, read_header
from leadline.engine.pipeline import (
    CheckedChunk,
    check_chunk,
    chunk_keys,
    chunk_links,
    empty_matches,
    report_chunk,
    warm_up,
)
from leadline.engine.plan import ImportPlan, plan_import
from leadline.engine.reader import RawChunk, cut_chunks, find_undecodable, row_at, skip_bytes, utf8_blocks
from leadline.engine.report import summary
from leadline.errors import StoreBusyError
from leadline.events import (
    ChunkDecided,
    ChunkMerged,
    ChunkParsed,
    ChunkWritten,
    Emit,
    JobClaimed,
    JobFinished,
    JobLost,
    JobReleased,
    StoreBusy,
)
from leadline.model import IssueKind, Job, Status
from leadline.store import jobs, records, settings, uploads
from leadline.store.base import Database, LostJobError, Session
from leadline.store.connect import Stores
from leadline.store.jobs import Progress

BUSY_TRIES_MAX = 5

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shift:
    """One job in a worker's hands: where it lives, how its file is read, its fixed columns."""

    munchkin_id: str
    database: Database
    job: Job
    plan: ImportPlan
    encoding: str
    new_record: dict[str, int | str | None]


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
            encoding = detect_encoding(next(uploads.blocks(database, job.batch_id), b""))
            shift = self._begin(munchkin_id, database, job, encoding)
            fault = self._undecodable(shift) if job.next_row == 1 else None
            if fault is not None:
                self._finish_failed(shift, fault)
                return
            self._import_chunks(shift)
        except LostJobError:
            self._emit(JobLost(munchkin_id, job.batch_id))

    def _begin(self, munchkin_id: str, database: Database, job: Job, encoding: str) -> Shift:
        header = read_header(uploads.blocks(database, job.batch_id), job.request.file_format)
        with database.read() as session:
            object_type = settings.load_lead_type(session)
            found = settings.find_list(session, job.request.list_id) if job.request.list_id else None
        plan = plan_import(header, object_type, job.request, self._settings.rules)
        source = "List import" if found else "Web service API"
        detail = f"List: {found['name']}" if found else None
        new_record: dict[str, int | str | None] = {
            "partition_id": job.request.partition_id,
            "f_originalsourcetype": source,
            "f_originalsourceinfo": detail,
            "f_registrationsourcetype": source,
            "f_registrationsourceinfo": detail,
        }
        return Shift(munchkin_id, database, job, plan, encoding, new_record)

    def _undecodable(self, shift: Shift) -> str | None:
        """Return why the file cannot be read as text, before any of its rows is applied."""
        offset = find_undecodable(uploads.blocks(shift.database, shift.job.batch_id), shift.encoding)
        if offset is None:
            return None
        name = {"utf-16": "UTF-16"}.get(shift.encoding, "UTF-8")
        start = shift.plan.header.size
        if offset < start:
            return f"Import failed, the file is not valid {name}: the header holds the first invalid byte"
        row = row_at(_data(shift, start), shift.plan.delimiter, shift.plan.width, offset - start)
        return f"Import failed, the file is not valid {name}: data row {row} holds the first invalid byte"

    def _finish_failed(self, shift: Shift, message: str) -> None:
        with shift.database.write() as session:
            job = jobs.finish(session, shift.job, Status.FAILED, message, clock.now())
        self._emit(JobFinished(shift.munchkin_id, job.batch_id, job.status.value, 0, 0, 0))

    def _import_chunks(self, shift: Shift) -> None:
        for chunk, last in _ahead(_checked_chunks(shift)):
            if self._stopping():
                self._release(shift)
                return
            self._emit(ChunkParsed(shift.munchkin_id, shift.job.batch_id, chunk.row_count))
            began = clock.monotonic()
            progress, job = self._merge_patiently(shift, chunk, last)
            self._tell(shift, chunk, progress, job, round((clock.monotonic() - began) * 1000, 1))

    def _tell(
        self, shift: Shift, chunk: CheckedChunk, progress: Progress, job: Job, duration_ms: float
    ) -> None:
        merged = ChunkMerged(
            shift.munchkin_id,
            job.batch_id,
            rows=chunk.row_count,
            failed=progress.counts["failed"],
            warned=progress.warned,
            duration_ms=duration_ms,
        )
        self._emit(merged)
        if job.finished:
            finished = JobFinished(
                shift.munchkin_id, job.batch_id, job.status.value, job.processed, job.failed, job.warned
            )
            self._emit(finished)

    def _release(self, shift: Shift) -> None:
        with shift.database.write() as session:
            jobs.release(session, shift.job)
        self._emit(JobReleased(shift.munchkin_id, shift.job.batch_id))

    def _merge_patiently(self, shift: Shift, chunk: CheckedChunk, last: bool) -> tuple[Progress, Job]:
        for attempt in range(1, BUSY_TRIES_MAX):
            try:
                return self._merge(shift, chunk, last)
            except StoreBusyError:
                self._emit(StoreBusy(shift.munchkin_id, attempt))
        return self._merge(shift, chunk, last)

    def _merge(self, shift: Shift, chunk: CheckedChunk, last: bool) -> tuple[Progress, Job]:
        """Apply one chunk in one transaction; returns what it added, and the job after it."""
        job, plan, now = shift.job, shift.plan, clock.now()
        with shift.database.write() as session:
            jobs.lock(session, job)
            decision = self._decide(session, shift, chunk)
            self._emit(ChunkDecided(shift.munchkin_id, job.batch_id, chunk.row_count))
            constants = shift.new_record | {"created_at": now, "updated_at": now}
            records.insert(session, decision.inserts, constants)
            records.update(session, decision.updates, now)
            records.leave_next_id(session, decision.next_id)
            if job.request.list_id is not None:
                records.add_to_list(session, job.request.list_id, decision.touched)
            report = report_chunk(chunk, decision, plan)
            jobs.add_issues(session, job.batch_id, chunk.first_row, IssueKind.FAILURE, report.failures)
            jobs.add_issues(session, job.batch_id, chunk.first_row, IssueKind.WARNING, report.warnings)
            jobs.add_ledger(session, job.batch_id, chunk.first_row, chunk.row_count, report.ledger)
            next_row = chunk.first_row + chunk.row_count
            progress = Progress(chunk.end, next_row, report.counts, report.warned)
            after = jobs.advance(session, job, progress)
            if last:
                message = summary(after.processed, after.failed, after.warned)
                after = jobs.finish(session, after, Status.COMPLETE, message, now)
            self._emit(ChunkWritten(shift.munchkin_id, job.batch_id, chunk.row_count))
        return progress, after

    def _decide(self, session: Session, shift: Shift, chunk: CheckedChunk) -> Decision:
        plan, request = shift.plan, shift.job.request
        next_id = records.take_writer(session)
        keys = [] if records.is_empty(session) else chunk_keys(chunk)
        stored = records.match(session, plan.lookup, plan.compared, keys) if keys else empty_matches(plan)
        links = {
            column: records.link_targets(session, link.link or "", ids)
            for (column, ids), link in zip(chunk_links(chunk, plan).items(), plan.links, strict=True)
        }
        around = Surroundings(
            next_id=next_id,
            partition_id=request.partition_id if request.partition_fixed else None,
            partition_names={each.id: each.name for each in settings.partitions(session)},
            open_partitions=request.open_partitions,
            links=links,
        )
        return decide(chunk.rows, stored, plan, around)


def _data(shift: Shift, start: int) -> Iterator[bytes]:
    """Yield the upload as UTF-8 from an offset on."""
    blocks = uploads.blocks(shift.database, shift.job.batch_id)
    return skip_bytes(utf8_blocks(blocks, shift.encoding), start)


def _checked_chunks(shift: Shift) -> Iterator[tuple[CheckedChunk, bool]]:
    """Read and check the rest of the upload; each chunk comes with whether it is the last."""
    start = shift.job.done_bytes or shift.plan.header.size
    first_row = shift.job.next_row
    for raw, last in _with_last(cut_chunks(_data(shift, start), shift.plan.delimiter, start)):
        chunk = check_chunk(raw, shift.plan, first_row)
        first_row += chunk.row_count
        yield chunk, last


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """Yield the items, each made on another thread while the one before it is in use."""
    with ThreadPoolExecutor(max_workers=1) as maker:
        coming = maker.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = maker.submit(next, items, None)
            yield item


def _with_last(chunks: Iterable[RawChunk]) -> Iterator[tuple[RawChunk, bool]]:
    """Pair each chunk with whether it is the last."""
    held: RawChunk | None = None
    for chunk in chunks:
        if held is not None:
            yield held, False
        held = chunk
    if held is not None:
        yield held, True
