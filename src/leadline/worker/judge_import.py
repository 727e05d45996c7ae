"""What an import would do: its file judged as one chunk, by the code of imports, in one snapshot."""

from concurrent.futures import Future, ThreadPoolExecutor

import polars as pl
import pyarrow as pa

from leadline.engine.column_counts import JudgedFile, column_counts
from leadline.engine.drift import digest_of
from leadline.engine.encoding import replaced
from leadline.engine.erase import (
    marks_in,
    marks_of_addresses,
    marks_of_ids,
    marks_of_table,
    marks_of_text,
)
from leadline.engine.pipeline import (
    CheckedChunk,
    ChunkReport,
    check_pieces,
    issues_with_room,
    keys_of,
    report_chunk,
)
from leadline.engine.reason_counts import reason_counts
from leadline.merging.chunk_decision import with_memberships
from leadline.merging.foreseen import Foreseen, every_fault, foresee
from leadline.model.jobs import IssueKind, Job, JobKind, Status
from leadline.model.previews import Preview
from leadline.model.records import Outcome
from leadline.store import records, report_files
from leadline.store.report_files import PackedMarks
from leadline.worker.file_checks import check_file
from leadline.worker.import_run import ImportRun, begin_import_run
from leadline.worker.pipeline import KeyedChunk, match_chunk, predict, whole_file
from leadline.worker.preview_reports import acts_of, files_of, text_blocks
from leadline.worker.preview_task import Findings, NothingToForeseeError, PreviewTask

LINES_MAX = 400_000
"""So many lines are judged together in less than half a gigabyte; a file of usual size has far fewer."""

_TOO_LONG = f"Preview failed, the file has more than {LINES_MAX} lines, too many to be judged at once"


def judge_import(task: PreviewTask) -> Findings:
    """Judge a file without writing anything.

    Raises `NoLongerPossibleError` and `NothingToForeseeError` where the import would fail as a whole.
    """
    run = _begin(task)
    with ThreadPoolExecutor(1) as beside:  # Python alone, while the rest is native code
        named = beside.submit(_marks_of_file, run)
        return _judged(task, run, named)


def _judged(task: PreviewTask, run: ImportRun, named: Future[PackedMarks]) -> Findings:
    chunk, scope = _whole_chunk(run), run.job.request.partition_scope
    keys = keys_of(chunk.rows)
    task.beat()
    with run.database.read() as session:
        version = records.version(session)
        matched = match_chunk(session, run, KeyedChunk(chunk, keys, keys[:0], last=True))
        task.beat()
        ready = predict(run, matched, matched.context.next_id)
        task.beat()
        decided = with_memberships(session, run.target, chunk, ready.prediction.decision, task.now)
        foreseen = foresee(session, run.job.request, run.target, decided, task.now)
        task.beat()
        failed = foreseen.rows.filter(pl.col("outcome") == Outcome.FAILED.value)["row"]
        faults = every_fault(session, run.target, chunk, failed, scope)
    joint, predicted = decided.joint(), ready.prediction
    report = predicted.report if joint is predicted.decision else report_chunk(chunk, joint, run.layout)
    marks = [*_marks_of_records(run, foreseen), *named.result()]
    return _found(task, run, chunk, joint.rows, report, foreseen, faults, marks, version)


def _begin(task: PreviewTask) -> ImportRun:
    file = task.preview.wanted.file
    assert file is not None, "what is to be imported has a file"
    job = job_foreseen(task.preview)
    run = begin_import_run(task.munchkin_id, task.database, job, task.settings, upload=file.upload)
    check = check_file(run)
    if check.fault is not None:
        raise NothingToForeseeError(check.fault)
    task.beat()
    return run.with_day_first(check.day_first)


def _whole_chunk(run: ImportRun) -> CheckedChunk:
    pieces = whole_file(run)
    if sum(max(each.records.count(b"\n"), each.records.count(b"\r")) for each in pieces) > LINES_MAX:
        raise NothingToForeseeError(_TOO_LONG)
    return check_pieces(pieces, run.target.plan, run.layout, 1)


def job_foreseen(preview: Preview) -> Job:
    """Return the job that a preview foresees, as it would stand when it is begun; it has no number."""
    wanted, file = preview.wanted, preview.wanted.file
    assert file is not None, "what is to be imported has a file"
    return Job(
        batch_id=0,
        request=wanted.request,
        status=Status.IMPORTING,
        file_bytes=file.file_bytes,
        invalid_from=file.invalid_from,
        has_slashes=file.has_slashes,
        issue_bytes_left=file.issue_bytes,
        origin=wanted.origin,
        created_at=preview.created_at,
    )


def _found(
    task: PreviewTask,
    run: ImportRun,
    chunk: CheckedChunk,
    rows: pl.DataFrame,
    report: ChunkReport,
    foreseen: Foreseen,
    faults: pl.DataFrame,
    marks: PackedMarks,
    version: int,
) -> Findings:
    issues = issues_with_room(report, run.job.issue_bytes_left, run.layout.delimiter)
    header, origin, program = run.layout.header, task.preview.wanted.origin, run.target.program
    beside = program.plan.object_type if program else None
    failed = foreseen.rows.filter(pl.col("outcome") == Outcome.FAILED.value)["row"]
    file = JudgedFile(header, run.target.plan, beside, chunk.cells, foreseen.counts, faults, failed)
    counts = {outcome.value: report.counts[outcome] for outcome in Outcome}
    shown = {
        "file": {
            "name": origin.file_name,
            "sha256": origin.file_sha256,
            "bytes": run.job.file_bytes,
            "rows": chunk.row_count,
        },
        "rows": {**counts, "warned": report.warned},
        "columns": column_counts(file),
        "reasons": _reasons(chunk, rows, run),
        "members": None
        if foreseen.members is None
        else {"added": foreseen.members[0], "alreadyThere": foreseen.members[1]},
    }
    files = files_of(foreseen, faults, header.cells)
    files |= {f"{kind.value}s": text_blocks(issues[kind].lines) for kind in IssueKind}
    unlisted = {kind.value: issues[kind].unlisted for kind in IssueKind}
    result = {"shown": shown, "unlisted": unlisted, "digest": digest_of(acts_of(foreseen))}
    return Findings(result, files, marks, version, chunk.row_count)


def _marks_of_file(run: ImportRun) -> PackedMarks:
    """Return the marks of those whom a file names."""
    text, request = replaced(run.text_from(0)), run.job.request
    by_id = request.kind is not JobKind.OBJECT and request.key == "id"
    marks = [marks_of_text(text, with_ids=True)] if by_id else list(marks_of_addresses(text))
    marks.append(marks_in((run.job.origin.file_name or "").encode()))
    return report_files.packed_marks(_together(marks))


def _marks_of_records(run: ImportRun, foreseen: Foreseen) -> PackedMarks:
    """Return the marks of those whom a preview names beside its file: records, and values that would go."""
    marks = [pa.array(sorted(marks_of_table(foreseen.changes.select("old"))), pa.string())]
    if run.job.request.kind is not JobKind.OBJECT:
        marks.append(marks_of_ids(foreseen.rows["record"]))
    return report_files.packed_marks(_together(marks))


def _together(marks: list[pa.Array]) -> pa.Array:
    return pa.concat_arrays([each.cast(pa.string()) for each in marks])


def _reasons(chunk: CheckedChunk, rows: pl.DataFrame, run: ImportRun) -> list[dict[str, object]]:
    """Group the rows that fail or are warned of, as a job's are: that of most rows first."""
    counts = reason_counts(chunk, rows, run.target.plan, run.layout.header.cells)
    return [
        {
            "kind": each.kind.value,
            "reason": each.reason,
            "column": each.column,
            "rows": each.rows,
            "firstRow": each.first_row,
        }
        for each in sorted(counts, key=lambda each: (each.kind, -each.rows, each.first_row))
    ]
