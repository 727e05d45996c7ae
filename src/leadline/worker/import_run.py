"""One job in a worker's hands, and its upload as text."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from leadline.config import Settings
from leadline.engine.encoding import skip_bytes, utf8_blocks
from leadline.engine.header import detect_encoding, read_header
from leadline.engine.plan import FileLayout, layout_of
from leadline.engine.rows import first_rows
from leadline.merging.import_target import ImportTarget, find_import_target
from leadline.model import instants
from leadline.model.dataclass import dataclass
from leadline.model.jobs import Job
from leadline.model.previews import Preview
from leadline.store import uploads
from leadline.store.base import Database, LostJobError

Parts = Callable[[int], Iterator[bytes]]
"""Reads the parts of an upload, from a number on."""


@dataclass(frozen=True, slots=True)
class ImportRun:
    """A job with what stays the same until its end: its store, its file's layout, what it writes into.

    `is_shifted` says that each of the first rows has one value more than the header. `head` is the
    first part of the upload, which for most files is all of it; `parts` reads it from a part on.
    `keeps_log` says whether its changes are logged. `shown` is the preview whose file is imported as a
    whole, and only as it was shown; None for an import.
    """

    munchkin_id: str
    database: Database
    job: Job
    layout: FileLayout
    target: ImportTarget
    encoding: str
    is_shifted: bool
    head: bytes
    parts: Parts
    keeps_log: bool
    shown: Preview | None = None

    def blocks(self) -> Iterator[bytes]:
        """Yield the upload as it came."""
        return _blocks(self.parts, self.head)

    def text_from(self, start: int) -> Iterator[bytes]:
        """Yield the upload as UTF-8 from an offset on."""
        return skip_bytes(utf8_blocks(self.blocks(), self.encoding), start)

    def with_day_first(self, columns: frozenset[int]) -> "ImportRun":
        """Return the run with the places of the columns whose dates are day first."""
        plan = replace(self.target.plan, day_first=columns)
        return replace(self, target=replace(self.target, plan=plan))


def begin_import_run(
    munchkin_id: str,
    database: Database,
    job: Job,
    config: Settings,
    *,
    keeps_log: bool = False,
    upload: str | None = None,
    asked_at: int | None = None,
) -> ImportRun:
    """Look at a claimed job's header and settings; raises `NoLongerPossibleError`, `LostJobError`.

    `upload` names the file where no job has it yet, `asked_at` is when the job was asked for first where
    that was before it was created: by that day its dates are read, whenever and how often it is begun.
    """
    request = job.request
    parts = partial(uploads.blocks, database, job.batch_id)
    if upload is not None:
        parts = partial(uploads.blocks_named, database, upload)
    head = next(parts(0), b"")
    if not head:  # bytes go when a job ends, so another worker has ended it
        raise LostJobError
    encoding = detect_encoding(head)
    header = read_header(_blocks(parts, head), request.file_format)
    today = instants.local_day(job.created_at if asked_at is None else asked_at, request.rules.time_zone)
    with database.read() as session:
        target = find_import_target(session, request, header, today)
    blocks = utf8_blocks(_blocks(parts, head), encoding)
    first = first_rows(skip_bytes(blocks, header.size), request.file_format.delimiter, len(header.cells))
    escapes = config.export.escape_formulas
    layout = layout_of(header, request.file_format, first_width=first.width, escapes_formulas=escapes)
    return ImportRun(
        munchkin_id, database, job, layout, target, encoding, first.are_shifted, head, parts, keeps_log
    )


def _blocks(parts: Parts, head: bytes) -> Iterator[bytes]:
    """Yield the parts of an upload whose first one was read; one that is not full is all."""
    yield head
    if len(head) == uploads.PART_BYTES:
        yield from parts(1)
