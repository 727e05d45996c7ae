"""One chunk, one transaction: records, issues, ledger and progress commit together."""

from dataclasses import dataclass

from leadline import clock
from leadline.engine.decide import Decision, Surroundings, decide
from leadline.engine.pipeline import CheckedChunk, chunk_links, report_chunk
from leadline.engine.report import summary
from leadline.events import ChunkDecided, ChunkWritten, Emit
from leadline.model import IssueKind, Job, Status
from leadline.store import jobs, matches, records, settings
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
        next_id = records.take_writer(session)
        before = records.version(session)
        decision = _decide(session, shift, ready, own, next_id)
        emit(ChunkDecided(shift.munchkin_id, job.batch_id, chunk.row_count))
        constants = shift.new_record | {"created_at": now, "updated_at": now}
        records.insert(session, decision.inserts, constants)
        records.update(session, decision.updates, now)
        records.leave_next_id(session, decision.next_id)
        if job.request.list_id is not None:
            records.add_to_list(session, job.request.list_id, decision.touched)
        progress = _write_report(session, shift, chunk, decision)
        after = jobs.advance(session, job, progress)
        if ready.last:
            message = summary(after.processed, after.failed, after.warned)
            after = jobs.finish(session, after, Status.COMPLETE, message, now)
        change = OwnChange(before, records.version(session), ready.found.keys)
        emit(ChunkWritten(shift.munchkin_id, job.batch_id, chunk.row_count))
    return Merged(progress, after, change)


def _decide(
    session: Session, shift: Shift, ready: ReadyChunk, own: OwnChange | None, next_id: int
) -> Decision:
    plan, request, chunk = shift.plan, shift.job.request, ready.chunk
    stored = matches.make_sure(session, plan.lookup, plan.compared, ready.found, own)
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


def _write_report(session: Session, shift: Shift, chunk: CheckedChunk, decision: Decision) -> Progress:
    """Keep issues and ledger of a chunk; returns what it adds to the job."""
    batch_id, first_row = shift.job.batch_id, chunk.first_row
    report = report_chunk(chunk, decision, shift.plan)
    jobs.add_issues(session, batch_id, first_row, IssueKind.FAILURE, report.failures)
    jobs.add_issues(session, batch_id, first_row, IssueKind.WARNING, report.warnings)
    jobs.add_ledger(session, batch_id, first_row, chunk.row_count, report.ledger)
    return Progress(chunk.end, first_row + chunk.row_count, report.counts, report.warned)
