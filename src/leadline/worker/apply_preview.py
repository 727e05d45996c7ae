"""A preview is applied as it was shown, as a whole, or not at all."""

import json

import polars as pl
import pyarrow as pa

from leadline.engine.drift import Acts, digest_of, drift_between
from leadline.engine.erase import marks_of_table
from leadline.merging.chunk_decision import ChunkDecision
from leadline.merging.foreseen import foresee
from leadline.model.counted import counted
from leadline.model.job_words import APPLY_WORDS, JobWords, words_for
from leadline.model.jobs import Job, JobKind, Status
from leadline.model.previews import Preview
from leadline.store import jobs, previews, report_files
from leadline.store.base import Database, Session
from leadline.worker.import_run import ImportRun
from leadline.worker.preview_reports import DRIFT, acts_of, blocks_of, kept_acts

_OUT_OF_DATE = "the preview is out of date: {rows} would act differently"
_GONE = "the preview is gone: it has expired, or a person that it names was deleted"


class OutOfDateError(Exception):
    """The file would act differently than it was shown; `drift` tells where, the text in how many rows."""

    def __init__(self, drift: pl.DataFrame, words: JobWords) -> None:
        rows = counted(drift["row"].n_unique(), "row", "rows")
        super().__init__(words.failed(_OUT_OF_DATE.format(rows=rows)))
        self.drift = drift


class PreviewGoneError(Exception):
    """Nobody knows any longer what was shown; the text is the job's message."""


def preview_to_apply(database: Database, job: Job) -> Preview | None:
    """Return the preview that a job applies as it was shown, None for any other job.

    Raises `PreviewGoneError`.
    """
    if job.purpose.applies is None or job.purpose.accepts_drift:
        return None
    with database.read() as session:
        return _still_there(session, job.purpose.applies)


def _still_there(session: Session, preview_id: str) -> Preview:
    """Return a preview whose findings were not dropped; what a job is to apply outlives its day."""
    found = previews.find(session, preview_id)
    if found is None or found.result is None:
        words = APPLY_WORDS if found is None else words_for(found.wanted.undoes, preview_id)
        raise PreviewGoneError(words.failed(_GONE))
    return found


def planned_acts(session: Session, preview: Preview) -> Acts:
    """Return what a preview has shown; raises `PreviewGoneError` where it was dropped a moment ago."""
    _still_there(session, preview.preview_id)
    return kept_acts(session, preview.preview_id)


def refuse_drift(session: Session, run: ImportRun, decided: ChunkDecision, now: int) -> None:
    """Raise `OutOfDateError` where a decision, made under the writer row, is not what was shown.

    Rows and cells are compared whatever the version of the records says: lists, channels and partitions
    have none. Raises `PreviewGoneError` as well.
    """
    if run.shown is None:
        return
    seen = acts_of(foresee(session, run.job.request, run.target, decided, now))
    preview = _still_there(session, run.shown.preview_id)
    if json.loads(preview.result or "{}").get("digest") == digest_of(seen):
        return
    drift = drift_between(planned_acts(session, preview), seen)
    if drift.height:
        raise OutOfDateError(drift, APPLY_WORDS)


def fail_of_drift(session: Session, job: Job, error: OutOfDateError, now: int) -> Job:
    """Finish a job that would not do what was shown, and keep where it would not."""
    job = jobs.finish(session, job, Status.FAILED, str(error), now)
    owner, of_people = str(job.batch_id), job.request.kind is not JobKind.OBJECT
    marks = marks_of_table(error.drift if of_people else error.drift.drop("record"))
    report_files.keep(session, owner, DRIFT, blocks_of(error.drift))
    report_files.keep_marks(session, owner, pa.array(sorted(marks), pa.string()))
    return job


def note_applied(session: Session, job: Job) -> None:
    """Note with the last chunk of a job that it has done what a preview has shown."""
    if job.purpose.applies is not None and job.purpose.undoes is None:
        previews.note_applied(session, job.purpose.applies, job.batch_id)
