"""Use case: the files that a finished job leaves: failures, warnings, ledger (contract §7.2)."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from leadline.engine.records import read_records
from leadline.errors import StoreFaultError
from leadline.imports.status import Jobs
from leadline.merging.unreached import find_unreached
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.jobs import FileFormat, IssueKind, JobKind, Status
from leadline.schema.record_errors import NOT_LISTED
from leadline.store import jobs, reports
from leadline.store.base import Database, Session
from leadline.store.directory import Stores


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file of a job: its text in pieces, and how many bytes these are, None where that is not known."""

    pieces: Iterator[bytes]
    size: int | None


class JobFiles:
    """Reads back what jobs have left; None where a job is unknown, not finished or has left nothing.

    Each block is read in a transaction of its own when the one before it was sent: whoever reads
    slowly holds one block in memory and no connection. Where a job expires meanwhile, the pieces
    end with `StoreFaultError`.
    """

    def __init__(self, stores: Stores, jobs: Jobs, *, escapes_formulas: bool) -> None:
        self._stores = stores
        self._jobs = jobs
        self._escapes_formulas = escapes_formulas

    def issues(
        self, caller: Caller, batch_id: int, issue: IssueKind, kind: JobKind, target: str | None = None
    ) -> JobFile | None:
        """Return a job's failure or warning file; `kind` and `target` are as `Jobs.find` has them."""
        database = self._stores.subscription(caller.munchkin_id)
        with database.read() as session:
            job = self._jobs.find(session, caller, batch_id, kind, target)
            if job is None or not job.finished:
                return None
            blocks = reports.issue_blocks(session, batch_id, issue)
            if not blocks and not job.unlisted(issue):
                return None
            header = jobs.header_of(session, batch_id)
        titles, note = around_issues(header, job.request.file_format, issue, job.unlisted(issue))

        def read(session: Session, first_row: int) -> bytes | None:
            return reports.issue_block(session, batch_id, first_row, issue)

        found = _pieces(database, titles, [first for first, _ in blocks], read, _unpacked_issues)
        size = len(titles) + sum(size for _, size in blocks) + len(note)
        return JobFile(chain(found, [note] if note else []), size)

    def ledger(self, caller: Caller, batch_id: int) -> JobFile | None:
        """Return a job's ledger."""
        from leadline.engine.ledger import LEDGER_HEADER, unpack_ledger

        database = self._stores.subscription(caller.munchkin_id)
        with database.read() as session:
            job = self._jobs.find(session, caller, batch_id)
            if job is None or not job.finished:
                return None
            first_rows = reports.ledger_rows(session, batch_id)

        def read(session: Session, first_row: int) -> bytes | None:
            return reports.ledger_block(session, batch_id, first_row)

        return JobFile(_pieces(database, LEDGER_HEADER, first_rows, read, unpack_ledger), None)

    def unreached(self, caller: Caller, batch_id: int) -> JobFile | None:
        """Return the rows that a job has not reached, behind the header of its file."""
        database = self._stores.subscription(caller.munchkin_id)
        with database.read() as session:
            job = self._jobs.find(session, caller, batch_id)
        if job is None or job.status is not Status.FAILED:
            return None
        rest = find_unreached(database, job)
        if rest is None:
            return None
        if not self._escapes_formulas:
            return JobFile(rest.as_uploaded(), None)
        from leadline.engine.plan import layout_of
        from leadline.engine.unreached_lines import escaped_lines

        layout = layout_of(rest.header, rest.job.request.file_format, escapes_formulas=True)
        return JobFile(escaped_lines(rest.text(), layout, rest.start), None)


def around_issues(
    header: str, file_format: FileFormat, issue: IssueKind, unlisted: int
) -> tuple[bytes, bytes]:
    """Return what stands above the lines of a failure or warning file, and below them.

    Below them is how many rows it does not list, if there are any.
    """
    delimiter = file_format.delimiter
    titles = f"{header}{delimiter}{issue.column}\n".encode()
    if not unlisted:
        return titles, b""
    cells, _ = next(read_records(header, delimiter))
    return titles, f"{delimiter * len(cells)}{NOT_LISTED.message(count=unlisted)}\n".encode()


def _unpacked_issues(block: bytes, first_row: int) -> Iterator[bytes]:
    return reports.unpacked(block)


def _pieces(
    database: Database,
    titles: bytes,
    first_rows: Sequence[int],
    read: Callable[[Session, int], bytes | None],
    unpack: Callable[[bytes, int], Iterator[bytes]],
) -> Iterator[bytes]:
    yield titles
    for first_row in first_rows:
        with database.read_once() as session:
            block = read(session, first_row)
        if block is None:
            raise StoreFaultError("a file's job expired while it was read")
        yield from unpack(block, first_row)
