"""The rows of an upload that its job has not reached: counted, read back, and what of them may name a person.

The upload stays as it came; a job says by `done_bytes` where its rest begins, in bytes of UTF-8 without mark.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain

import pyarrow as pa

from leadline.engine.encoding import replaced, skip_bytes, utf8_blocks
from leadline.engine.header import Header, detect_encoding, read_header
from leadline.errors import StoreFaultError, UploadDamagedError
from leadline.model.dataclass import dataclass
from leadline.model.jobs import Job, JobKind
from leadline.schema.leads import LEAD
from leadline.store import claimed_jobs, jobs, objects, uploads
from leadline.store.base import Database, Session

_ID_COLUMNS = {"id", "leadid", "lead id"}


@dataclass(frozen=True, slots=True)
class Unreached:
    """The rest of an upload: the header of the whole, and where the rest begins."""

    database: Database
    job: Job
    header: Header
    encoding: str

    @property
    def start(self) -> int:
        """Where the first row begins that was not reached."""
        return self.job.done_bytes or self.header.size

    def text(self, start: int | None = None) -> Iterator[bytes]:
        """Yield the rest as UTF-8, or the whole from an offset on."""
        text = utf8_blocks(uploads.blocks(self.database, self.job.batch_id), self.encoding)
        return skip_bytes(text, self.start if start is None else start)

    def as_uploaded(self) -> Iterator[bytes]:
        """Yield header and rest as they came, in UTF-8, with the line end that the header has."""
        whole = b""
        for block in self.text(0):
            whole += block
            if len(whole) >= self.header.size:
                break
        line = whole[: self.header.size]
        yield self.header.text.encode("utf-8", "replace")
        yield line[len(line.rstrip(b"\r\n")) :] or b"\n"
        yield from self.text()

    def count_rows(self) -> int:
        """Return how many data rows the rest has; bytes that are no text count as text."""
        from leadline.engine.reader import count_data_rows  # brings the data-frame library

        text = self.text() if self.job.invalid_from is None else replaced(self.text())
        return count_data_rows(text, self.header, self.job.request.file_format.delimiter, self.start)

    def marks(self) -> pa.Array:
        """Return what may name a person in the rest, for `uploads.keep_beyond`."""
        from leadline.engine.erase import marks_of_text

        return marks_of_text(replaced(self.text()), with_ids=self._names_ids())

    def _names_ids(self) -> bool:
        """Tell whether a column of the file holds ids of leads."""
        if self.job.request.kind is not JobKind.OBJECT:
            return any(name.lower() in _ID_COLUMNS for name in self.header.cells)
        with self.database.read() as session:
            found = objects.load_object_type(session, self.job.request.object_type)
        links = [each.link for each in found[1].fields if each.link] if found else []
        return any(each.table == LEAD and each.column == "id" for each in links)


def find_unreached(database: Database, job: Job) -> Unreached | None:
    """Return the rest of a job's upload, None where the upload is gone or damaged."""
    try:
        head = next(uploads.blocks(database, job.batch_id), b"")
    except UploadDamagedError:
        return None
    if not head:
        return None
    blocks = chain([head], uploads.blocks(database, job.batch_id, part=1))
    header = read_header(blocks, job.request.file_format)
    return Unreached(database, job, header, detect_encoding(head))


def keep_unreached(session: Session, batch_id: int, marks: pa.Array | None) -> None:
    """Keep the upload of a job that has ended; one of which nobody could say whom it names goes."""
    if marks is None:
        uploads.drop(session, batch_id)
    else:
        uploads.keep_beyond(session, batch_id, marks)


def marks_before_last_try(database: Database, held: claimed_jobs.ClaimedJob) -> pa.Array | None:
    """Return what may name a person in the rest of a job that may fail now; None where it has more tries.

    None also where the upload is gone or damaged. It is read before the transaction that fails the job.
    """
    if held.attempt < claimed_jobs.ATTEMPTS_MAX:
        return None
    with suppress(StoreFaultError), database.read_once() as session:
        job = jobs.find(session, held.batch_id, created_after=-1)
        rest = find_unreached(database, job) if job is not None else None
        return None if rest is None else rest.marks()
    return None
