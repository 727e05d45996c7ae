"""One chunk, one transaction: records, issues, ledger and progress commit together."""

from dataclasses import dataclass

import polars as pl

from leadline import clock
from leadline.engine.decide import Decision
from leadline.engine.pipeline import CheckedChunk, report_chunk
from leadline.engine.report import summary
from leadline.events import ChunkDecided, ChunkWritten, Emit
from leadline.merge import decide_rows, joint_outcomes, merge_members, write
from leadline.model import IssueKind, Job, Reach, Status
from leadline.store import jobs, matches, records
from leadline.store.base import Session
from leadline.store.jobs import Progress
from leadline.store.matches import OwnChange
from leadline.worker.ahead import ReadyChunk
from leadline.worker.shift import Shift


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging a chunk added, the job after it, and what it changed in the store."""

    progress: Progress
    job: Job
    change: OwnChange


def merge_chunk(shift: Shift, ready: ReadyChunk, own: OwnChange | None, emit: Emit) -> Merged:
    """Apply one chunk; `own` is what this worker's chunk before it changed.

    Raises `LostJobError` when another worker has the job by now; nothing is kept then.
    """
    job, chunk, now = shift.job, ready.chunk, clock.now()
    with shift.database.write() as session:
        jobs.lock(session, job)
        before = records.take_writer(session)
        decision = _merge(session, shift, ready, own, emit, now)
        if job.request.list_id is not None:
            records.add_to_list(session, job.request.list_id, decision.touched, now)
        progress = _write_report(session, shift, chunk, decision)
        after = jobs.advance(session, job, progress)
        if ready.last:
            message = summary(after.processed, after.failed, after.warned)
            after = jobs.finish(session, after, Status.COMPLETE, message, now)
        change = OwnChange(before, records.version(session), ready.found.keys)
        emit(ChunkWritten(shift.munchkin_id, job.batch_id, chunk.row_count))
    return Merged(progress, after, change)


def _merge(
    session: Session, shift: Shift, ready: ReadyChunk, own: OwnChange | None, emit: Emit, now: int
) -> Decision:
    """Judge the chunk's rows and write what they change, memberships in a program too."""
    plan, request, chunk = shift.plan, shift.job.request, ready.chunk
    stored = matches.make_sure(session, plan.object_type, plan.key, plan.wanted, ready.found, own)
    reach = Reach(request.partition_id if request.partition_fixed else None, request.open_partitions)
    decision = decide_rows(session, plan, chunk.rows, stored, reach)
    emit(ChunkDecided(shift.munchkin_id, shift.job.batch_id, chunk.row_count))
    write(session, plan.object_type.table, decision, shift.new_record, now)
    if shift.enrolment is None:
        return decision
    told = decision.rows.select("row", pl.col("id").alias("key"), "reason", "warning")
    rows = told.join(chunk.rows.drop("key", "reason", "warning"), on="row", maintain_order="left")
    return joint_outcomes(decision, merge_members(session, shift.enrolment, rows, now))


def _write_report(session: Session, shift: Shift, chunk: CheckedChunk, decision: Decision) -> Progress:
    """Keep issues and ledger of a chunk; returns what it adds to the job."""
    batch_id, first_row = shift.job.batch_id, chunk.first_row
    report = report_chunk(chunk, decision, shift.layout)
    jobs.add_issues(session, batch_id, first_row, IssueKind.FAILURE, report.failures)
    jobs.add_issues(session, batch_id, first_row, IssueKind.WARNING, report.warnings)
    jobs.add_ledger(session, batch_id, first_row, chunk.row_count, report.ledger)
    return Progress(chunk.end, first_row + chunk.row_count, report.counts, report.warned)
