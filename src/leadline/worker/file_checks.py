"""Checks of a whole file before any of its rows is applied: can it be imported, and how are dates read?"""

from leadline.engine.day_first import date_columns, day_first_columns, may_have_day_first
from leadline.engine.reader import cut_chunks, row_at
from leadline.model.dataclass import dataclass
from leadline.source_file.encodings import SAMPLE_BYTES, encoding_of, whole_lines
from leadline.worker.import_run import ImportRun


@dataclass(frozen=True, slots=True)
class FileCheck:
    """Why the job fails, None when it does not; and the places of the columns whose dates are day first."""

    fault: str | None
    day_first: frozenset[int] = frozenset()


_SHIFTED = (
    "Import failed, each row has one value more than the header: "
    "the header lacks the name of a column, as where row numbers stand in front"
)


def check_file(run: ImportRun) -> FileCheck:
    """Check a file by what the job knows of its bytes; only dates with slashes are looked for again."""
    if run.job.invalid_from is not None:
        return FileCheck(_undecodable(run, run.job.invalid_from))
    if run.is_shifted and run.target.plan.rules.long_rows != "ignore":
        return FileCheck(_SHIFTED)
    if not run.job.has_slashes or not date_columns(run.target.plan) or not _may_have_day_first(run):
        return FileCheck(None)
    layout, start = run.layout, run.layout.header.size
    chunks = cut_chunks(run.text_from(start), layout.delimiter, start)
    return FileCheck(None, day_first_columns(chunks, run.target.plan, layout))


def _may_have_day_first(run: ImportRun) -> bool:
    return may_have_day_first(run.blocks(), run.encoding)


def _undecodable(run: ImportRun, offset: int) -> str:
    """Say where the file stops being text, and what to do about it."""
    name = {"utf-16": "UTF-16"}.get(run.encoding, "UTF-8")
    start = run.layout.header.size
    if offset < start:
        place = "the header"
    else:
        layout, text = run.layout, run.text_from(start)
        row = row_at(text, layout.delimiter, layout.width, offset - start, layout.header.reasons)
        place = f"data row {row}"
    advice = "" if run.encoding == "utf-16" else _advice(run, offset)
    return f"Import failed, the file is not valid {name}: {place} holds the first invalid byte{advice}"


def _advice(run: ImportRun, offset: int) -> str:
    """Return what to do about a file that is no UTF-8, by what its lines around the fault look like."""
    start = max(0, offset - SAMPLE_BYTES // 4)
    found = encoding_of(whole_lines(run.text_from(start), begins_whole=start == 0))
    return f"; it looks like {found}: save it as UTF-8 and send it again" if found else ""
