"""One chunk, one transaction: records, issues, ledger and progress commit together (queue §5)."""

from collections.abc import Sequence

import pyarrow as pa

from leadline.engine.changes import rows_that_name
from leadline.engine.decide import Decision
from leadline.engine.erase import marks_in
from leadline.engine.pipeline import CheckedChunk, ChunkReport, issues_with_room, report_chunk
from leadline.engine.plan import MergePlan
from leadline.engine.reason_counts import reason_counts
from leadline.engine.report import summary
from leadline.events import ChunkDecided, ChunkWritten, Emit
from leadline.merging.chunk_decision import with_memberships, write_chunk
from leadline.merging.merge import decide_rows
from leadline.model.changes import Origin
from leadline.model.dataclass import dataclass
from leadline.model.jobs import Job, ReasonCount, Status
from leadline.store import job_reasons, jobs, matches, records, reports
from leadline.store.base import Session
from leadline.store.jobs import Progress
from leadline.store.matches import Matches, OwnChange
from leadline.store.writer import Writer, writing
from leadline.worker.apply_preview import note_applied, refuse_drift
from leadline.worker.import_run import ImportRun
from leadline.worker.pipeline import ReadyChunk


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging a chunk added, the job after it, what it changed in the store, and the next free id."""

    progress: Progress
    job: Job
    change: OwnChange
    next_id: int


def merge_chunk(
    run: ImportRun, ready: ReadyChunk, recent: Sequence[OwnChange], now: int, emit: Emit
) -> Merged:
    """Apply one chunk; `recent` are the changes of this worker's last chunks, `now` the subscription's time.

    Raises `LostJobError` when another worker has the job by now, and `OutOfDateError` when a preview's file
    would act differently; nothing is kept then.
    """
    job, chunk = run.job, ready.chunk
    with run.database.write() as session:
        job = jobs.lock(session, job, chunk.first_row)
        origin = Origin.of_job(job, chunk.first_row)
        with writing(session, origin, now, keeps_log=run.keeps_log) as writer:
            decision, report = _merge(writer, run, ready, recent, emit)
            if job.request.list_id is not None:
                writer.join_list(job.request.list_id, rows_that_name(decision.rows))
        progress = _keep_report(session, run, job.issue_bytes_left, chunk, report)
        job_reasons.add(session, job.batch_id, _reasons(run, chunk, decision))
        after = jobs.advance(session, job, progress)
        if ready.last:
            message = summary(after.processed, after.failed, after.warned)
            after = jobs.finish(session, after, Status.COMPLETE, message, now)
            note_applied(session, after)
        change = OwnChange(writer.version, writer.version_after)
        emit(ChunkWritten(run.munchkin_id, job.batch_id, chunk.row_count))
    return Merged(progress, after, change, decision.next_id)


def _merge(
    writer: Writer, run: ImportRun, ready: ReadyChunk, recent: Sequence[OwnChange], emit: Emit
) -> tuple[Decision, ChunkReport]:
    """Decide what the chunk's rows do, to members of a program too, then write it."""
    chunk, session = ready.chunk, writer.session
    decision, report = _decide(session, run, ready, writer.version, recent)
    decided = with_memberships(session, run.target, chunk, decision, writer.now)
    emit(ChunkDecided(run.munchkin_id, run.job.batch_id, chunk.row_count))
    refuse_drift(session, run, decided, writer.now)
    parts = ready.prediction.parts if decision is ready.prediction.decision else None
    write_chunk(writer, run.target, chunk, decided, parts)
    joint = decided.joint()
    if report is None or joint is not decision:
        report = report_chunk(chunk, joint, run.layout)
    return joint, report


def _decide(
    session: Session, run: ImportRun, ready: ReadyChunk, version: int, recent: Sequence[OwnChange]
) -> tuple[Decision, ChunkReport | None]:
    """Return the prediction where it has come true; else decide anew, under the lock.

    `version` is that of the records, `recent` are the last changes that this worker made of them.
    """
    plan, prediction = ready.chunk.plan, ready.prediction

    def confirmed(plan: MergePlan, found: Matches) -> pa.Table:
        fields, own = plan.stored_fields, (recent, ready.shared)
        return matches.confirm(session, plan.object_type, plan.key, fields, found, version, *own)

    stored = confirmed(plan, ready.found)
    wide = [(band, confirmed(band.plan, found)) for band, found in ready.wide]
    same = [stored is ready.found.table]
    same += [now is found.table for (_, now), (_, found) in zip(wide, ready.wide, strict=True)]
    moved = version != ready.found.version
    same_records = all(same) and not (moved and plan.links)
    if same_records and records.next_id(session, plan.object_type.table) == prediction.first_id:
        return prediction.decision, prediction.report
    return decide_rows(session, plan, ready.chunk.rows, stored, run.job.request.partition_scope, wide), None


def _reasons(run: ImportRun, chunk: CheckedChunk, decision: Decision) -> list[ReasonCount]:
    """Return the chunk's failed and warned rows by reason and column."""
    return reason_counts(chunk, decision.rows, run.target.plan, run.layout.header.cells)


def _keep_report(
    session: Session, run: ImportRun, bytes_left: int, chunk: CheckedChunk, report: ChunkReport
) -> Progress:
    """Keep a chunk's issues, as far as there is room for them, and its ledger; return what the job gains."""
    batch_id, first_row = run.job.batch_id, chunk.first_row
    issues, text = issues_with_room(report, bytes_left, run.layout.delimiter), b""
    for kind, found in issues.items():
        reports.add_issues(session, batch_id, first_row, kind, found.lines)
        bytes_left, text = 0 if found.unlisted else bytes_left - len(found.lines), text + found.lines
    unlisted = {kind: found.unlisted for kind, found in issues.items()}
    reports.add_marks(session, batch_id, first_row, marks_in(text))
    reports.add_ledger(session, batch_id, first_row, chunk.row_count, report.ledger)
    next_row = first_row + chunk.row_count
    day_first = run.target.plan.day_first
    return Progress(chunk.end, next_row, report.counts, report.warned, bytes_left, unlisted, day_first)
