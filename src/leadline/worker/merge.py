"""One chunk, one transaction: records, issues, ledger and progress commit together."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from leadline import clock
from leadline.engine.decide import Decision
from leadline.engine.pipeline import CheckedChunk, ChunkReport, report_chunk
from leadline.engine.report import summary
from leadline.events import ChunkDecided, ChunkWritten, Emit
from leadline.merge import decide_rows, joint_outcomes, merge_members, write
from leadline.model import IssueKind, Job, Status
from leadline.store import jobs, matches, records, reports
from leadline.store.base import Session
from leadline.store.jobs import Progress
from leadline.store.matches import OwnChange
from leadline.worker.ahead import ReadyChunk
from leadline.worker.shift import Shift


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging a chunk added, the job after it, what it changed in the store, and the next free id."""

    progress: Progress
    job: Job
    change: OwnChange
    next_id: int


def merge_chunk(shift: Shift, ready: ReadyChunk, own: Sequence[OwnChange], emit: Emit) -> Merged:
    """Apply one chunk; `own` are the changes of this worker's last chunks.

    Raises `LostJobError` when another worker has the job by now; nothing is kept then.
    """
    job, chunk, now = shift.job, ready.chunk, clock.now()
    with shift.database.write() as session:
        jobs.lock(session, job, chunk.first_row)
        before = records.take_writer(session)
        decision, report = _merge(session, shift, ready, own, emit, now)
        if job.request.list_id is not None:
            records.add_to_list(session, job.request.list_id, decision.touched, now)
        progress = _keep_report(session, shift, chunk, report)
        after = jobs.advance(session, job, progress)
        if ready.last:
            message = summary(after.processed, after.failed, after.warned)
            after = jobs.finish(session, after, Status.COMPLETE, message, now)
        change = OwnChange(before, records.version(session), ready.found.keys)
        emit(ChunkWritten(shift.munchkin_id, job.batch_id, chunk.row_count))
    return Merged(progress, after, change, decision.next_id)


def _merge(
    session: Session, shift: Shift, ready: ReadyChunk, own: Sequence[OwnChange], emit: Emit, now: int
) -> tuple[Decision, ChunkReport]:
    """Judge the chunk's rows and write what they change, memberships in a program too."""
    chunk = ready.chunk
    decision, report = _judge(session, shift, ready, own)
    emit(ChunkDecided(shift.munchkin_id, shift.job.batch_id, chunk.row_count))
    write(session, shift.plan.object_type.table, decision, shift.new_record, now)
    if shift.enrolment is not None:
        told = decision.rows.select("row", pl.col("id").alias("key"), "reason", "warning")
        rows = told.join(chunk.rows.drop("key", "reason", "warning"), on="row", maintain_order="left")
        decision = joint_outcomes(decision, merge_members(session, shift.enrolment, rows, now))
        report = None
    return decision, report or report_chunk(chunk, decision, shift.layout)


def _judge(
    session: Session, shift: Shift, ready: ReadyChunk, own: Sequence[OwnChange]
) -> tuple[Decision, ChunkReport | None]:
    """Return the forecast where it has come true; else judge anew, under the lock."""
    plan, forecast = shift.plan, ready.forecast
    stored = matches.make_sure(session, plan.object_type, plan.key, plan.wanted, ready.found, own)
    moved = records.version(session) != ready.found.version
    same_records = stored is ready.found.table and not (moved and plan.links)
    if same_records and records.next_id(session, plan.object_type.table) == forecast.first_id:
        return forecast.decision, forecast.report
    return decide_rows(session, plan, ready.chunk.rows, stored, shift.reach), None


def _keep_report(session: Session, shift: Shift, chunk: CheckedChunk, report: ChunkReport) -> Progress:
    """Keep issues and ledger of a chunk; returns what it adds to the job."""
    batch_id, first_row = shift.job.batch_id, chunk.first_row
    reports.add_issues(session, batch_id, first_row, IssueKind.FAILURE, report.failures)
    reports.add_issues(session, batch_id, first_row, IssueKind.WARNING, report.warnings)
    reports.add_ledger(session, batch_id, first_row, chunk.row_count, report.ledger)
    next_row = first_row + chunk.row_count
    return Progress(chunk.end, next_row, report.counts, report.warned, shift.plan.day_first)
