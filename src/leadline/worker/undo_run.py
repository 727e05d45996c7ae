"""Taking a job back: one of its change sets after the other, the newest first, each in one transaction.

An undo that refuses conflicts is written in one transaction, or not at all.
"""

from dataclasses import replace

import polars as pl

from leadline.engine.ledger import pack_ledger
from leadline.events import ChunkDecided, ChunkWritten, Emit
from leadline.merging.import_target import NoLongerPossibleError
from leadline.merging.undo_assumed import Assumed
from leadline.merging.undo_judge import begin_undo, foresee_undo, judge_set
from leadline.merging.undo_write import write_undo
from leadline.merging.undoing import JudgedSet, Undoing
from leadline.model.changes import ChangeKind, ChangeSet, Origin
from leadline.model.counted import counted
from leadline.model.job_words import UNDO_WORDS
from leadline.model.jobs import Job, Status
from leadline.model.previews import Preview
from leadline.model.records import UndoOutcome
from leadline.store import change_log, jobs, previews, report_files, reports
from leadline.store.base import Database, Session
from leadline.store.writer import writing
from leadline.worker.judge_undo import KEPT, marks_of_undo, refuse_other_undo
from leadline.worker.preview_reports import blocks_of


class _ConflictError(Exception):
    """Something is kept, and the undo is to be done as a whole or not at all."""


def take_back_next(munchkin_id: str, database: Database, job: Job, now: int, emit: Emit) -> Job:
    """Take the next change set of a job back and return the undo as it stands then.

    Raises `NoLongerPossibleError`, or `LostJobError` when another worker has the undo by now.
    """
    with database.write() as session:
        job = jobs.lock(session, job, job.next_row)
        undoing, sets = _begin(session, job)
        job = _take_back(session, munchkin_id, job, undoing, sets[job.done_bytes], now, emit)
        if job.done_bytes == len(sets):
            job = jobs.finish(session, job, Status.COMPLETE, summary(job), now)
    return job


def take_back_whole(
    munchkin_id: str, database: Database, job: Job, now: int, emit: Emit, shown: Preview | None = None
) -> Job:
    """Take a whole job back, or, where anything of it is to be kept, nothing.

    Raises `OutOfDateError` where it would do something else than a preview has shown.
    """
    kept = list[pl.DataFrame]()
    try:
        with database.write() as session:
            job = jobs.lock(session, job, job.next_row)
            undoing, sets = _begin(session, job)
            if shown is not None:
                foreseen = replace(undoing, assumed=Assumed(), lists_changes=True)
                refuse_other_undo(session, shown, foresee_undo(session, foreseen, sets))
            done = job
            for each in sets:
                undoing = replace(undoing, undoes=change_log.undone_since(session, sets[-1].number))
                done = _take_back(session, munchkin_id, done, undoing, each, now, emit, kept)
            if job.purpose.refuses_conflicts and any(each.height for each in kept):
                raise _ConflictError
            _keep_lines(session, job, pl.concat(kept).sort("row", maintain_order=True), 0)
            return jobs.finish(session, done, Status.COMPLETE, summary(done), now)
    except _ConflictError:
        lines = pl.concat(kept)
        with database.write() as session:
            job = jobs.lock(session, job, job.next_row)
            _keep_lines(session, job, lines.sort("row", maintain_order=True), 0)
            told = counted(lines["row"].n_unique(), "row", "rows")
            message = UNDO_WORDS.failed(f"{told} would be kept: nothing was taken back")
            return jobs.finish(session, job, Status.FAILED, message, now)


def _begin(session: Session, job: Job) -> tuple[Undoing, list[ChangeSet]]:
    """Return what is taken back, and its change sets, the newest first."""
    undoing, sets = begin_undo(session, job.purpose.undoes or 0, job.request.partition_scope.opened)
    if job.purpose.applies is not None:  # before people are deleted whom it names, who take it with them
        previews.note_applied(session, job.purpose.applies, job.batch_id)
    if job.file_bytes and len(sets) != job.file_bytes:
        raise NoLongerPossibleError(UNDO_WORDS.failed("what the job changed is no longer kept"))
    return undoing, sets


def _take_back(
    session: Session,
    munchkin_id: str,
    job: Job,
    undoing: Undoing,
    change_set: ChangeSet,
    now: int,
    emit: Emit,
    kept: list[pl.DataFrame] | None = None,
) -> Job:
    """Judge and write one change set, with its ledger and what is kept; `kept` gathers the latter instead."""
    first_row = change_set.origin.first_row or 0
    origin = Origin.of_job(job, first_row, ChangeKind.UNDO, change_set.number)
    with writing(session, origin, now, keeps_log=True) as writer:
        judged = judge_set(session, undoing, change_set)
        emit(ChunkDecided(munchkin_id, job.batch_id, judged.rows.height))
        write_undo(writer, judged)
    if kept is None:
        _keep_lines(session, job, judged.kept, first_row)
    else:
        kept.append(judged.kept)
    if judged.rows.height:
        ledger = judged.rows.select("row", "outcome", "id", "reason")
        block = pack_ledger(ledger.to_arrow(compat_level=pl.CompatLevel.oldest()))
        reports.add_ledger(session, job.batch_id, first_row, judged.rows.height, block)
    job = jobs.advance_undo(session, job, job.done_bytes + 1, _counts(judged))
    emit(ChunkWritten(munchkin_id, job.batch_id, judged.rows.height))
    return job


def _counts(judged: JudgedSet) -> dict[UndoOutcome, int]:
    counted = dict(judged.rows["outcome"].value_counts().iter_rows())
    return {outcome: counted.get(outcome.value, 0) for outcome in UndoOutcome}


def _keep_lines(session: Session, job: Job, kept: pl.DataFrame, first_row: int) -> None:
    """Keep the lines of kept.csv that are about the rows of a chunk."""
    if kept.is_empty():
        return
    owner = str(job.batch_id)
    report_files.keep(session, owner, KEPT, blocks_of(kept), first_row)
    report_files.keep_marks(session, owner, marks_of_undo(job.request.kind, kept))


def summary(job: Job) -> str:
    """Return the message of a finished undo."""
    counts = {
        "taken back": job.reverted,
        "partly taken back": job.partly,
        "deleted": job.deleted,
        "kept": job.kept,
        "gone": job.gone,
    }
    return UNDO_WORDS.ended("completed", [(count, f"{count} {what}") for what, count in counts.items()])
