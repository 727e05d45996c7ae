"""The uploaded bytes of a job, read in parts so that neither server nor worker needs them all at once.

An embedded store keeps a large upload as a file of its own beside it, and a line that says so; all others
are parts in the database. They go when their job ends: lines and parts in the transaction that ends it,
the file after that has committed. Those of a job that ends before all its rows were reached are kept as
long as the job, with marks of whom they may name, so that they go with a person who is deleted.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from tempfile import SpooledTemporaryFile
from typing import IO

import pyarrow as pa

from leadline.errors import StoreBusyError, StoreFaultError, UploadDamagedError
from leadline.model.dataclass import dataclass
from leadline.schema.types import Storage
from leadline.store.base import Database, Row, Session
from leadline.store.upload_files import UploadFiles

PART_BYTES = 1024 * 1024
IN_A_FILE = -1
"""The number of the part that stands for a file; what it holds is how many bytes the file has."""

INSIDE_BYTES_MAX = 256 * 1024
"""So many bytes cost less in the database, which syncs them with their job, than a file does."""

_MEMORY_BYTES_MAX = 16 * 1024 * 1024
"""So much of a file that is to go into the database is in memory before it is in a temporary file."""

_MARKS = "kept_upload_mark"


@dataclass(slots=True)
class NewUpload:
    """A file that is about to be kept; one that `is_file` is durable by now, though nothing names it yet."""

    name: str
    content: IO[bytes]
    size: int
    is_file: bool
    is_kept: bool = False

    def keep(self, session: Session) -> str:
        """Keep the upload in the transaction that also names it; return the name by which a job gets it."""
        if self.is_file:
            size = str(self.size).encode()
            session.run("add_part", upload=self.name, part=IN_A_FILE, bytes=size)
        else:
            self.content.seek(0)
            for part, block in enumerate(iter(lambda: self.content.read(PART_BYTES), b"")):
                session.run("add_part", upload=self.name, part=part, bytes=block)
        self.is_kept = True
        return self.name


def spool(database: Database) -> IO[bytes]:
    """Open what a large file is written to while it comes: in its store, if it may stay there as it is."""
    files = database.upload_files
    return SpooledTemporaryFile(_MEMORY_BYTES_MAX) if files is None else files.unnamed()


@contextmanager
def prepared(database: Database, content: IO[bytes], size: int) -> Iterator[NewUpload]:
    """Write a file as far as that needs no transaction, for one that is opened and ended inside the block.

    Where none has kept it in the end, nothing of it is left.
    """
    name, files = uuid.uuid4().hex, database.upload_files
    if files is None or size <= INSIDE_BYTES_MAX:
        yield NewUpload(name, content, size, is_file=False)
        return
    with files.added(name, content):
        upload = NewUpload(name, content, size, is_file=True)
        try:
            yield upload
        except BaseException:
            upload.is_kept = upload.is_kept and _may_be_kept(database, name)
            raise
        finally:
            if not upload.is_kept:
                files.remove(name)


def _may_be_kept(database: Database, name: str) -> bool:
    """Return whether a transaction that raised may have committed; a store that cannot say so may know it."""
    try:
        with database.read_once() as session:
            return session.row("has_upload", upload=name) is not None
    except (StoreBusyError, StoreFaultError):
        return True


def blocks(database: Database, batch_id: int, part: int = 0) -> Iterator[bytes]:
    """Yield the parts of a job's upload in order, each read on its own; the first not full is the last.

    Raises `UploadDamagedError` where the bytes that the store names are not there.
    """
    with database.read_once() as session:
        row = session.row("read_part", batch_id=batch_id, part=part)
    yield from _blocks(database, row, part)


def blocks_named(database: Database, upload: str, part: int = 0) -> Iterator[bytes]:
    """Yield the parts of an upload, as `blocks` does, by the name under which it is kept."""
    with database.read_once() as session:
        row = session.row("read_part_of_upload", upload=upload, part=part)
    yield from _blocks(database, row, part)


def _blocks(database: Database, row: Row | None, part: int) -> Iterator[bytes]:
    """Yield parts from a number on, of which the first row was read; they end early where a job ends."""
    if row is not None and row["part"] == IN_A_FILE:
        yield from _blocks_of_file(database, row, part)
        return
    while row is not None:
        yield row["bytes"]
        if len(row["bytes"]) < PART_BYTES:
            return
        part += 1
        with database.read_once() as session:
            row = session.row("read_part_of_upload", upload=row["upload"], part=part)


def _blocks_of_file(database: Database, row: Row, part: int) -> Iterator[bytes]:
    """Yield parts of a file; one that has not what its line says was removed with that, or is damaged."""
    try:
        yield from _parts_of_file(database.upload_files, row, part)
    except UploadDamagedError:
        with database.read_once() as session:
            if session.row("has_upload", upload=row["upload"]) is not None:
                raise


def parts_named(session: Session, upload: str) -> Iterator[bytes]:
    """Yield the parts of an upload, read in one transaction; raises `UploadDamagedError`."""
    row = session.row("read_part_of_upload", upload=upload, part=0)
    if row is not None and row["part"] == IN_A_FILE:
        yield from _parts_of_file(session.upload_files, row, 0)
        return
    for part in count(1):
        if row is None:
            return
        yield row["bytes"]
        row = session.row("read_part_of_upload", upload=upload, part=part)


def _parts_of_file(files: UploadFiles | None, row: Row, part: int) -> Iterator[bytes]:
    assert files is not None, "a store that names files has a folder for them"
    name, size = row["upload"], int(row["bytes"])
    if files.size(name) != size:
        raise UploadDamagedError(name)
    for offset in range(part * PART_BYTES, size, PART_BYTES):
        block = files.read(name, offset, PART_BYTES)
        if len(block) < min(PART_BYTES, size - offset):
            raise UploadDamagedError(name)
        yield block


def keep_beyond(session: Session, batch_id: int, marks: pa.Array) -> None:
    """Keep the upload of a job that has ended, with the marks of those whom it may name."""
    if len(marks):
        session.insert(_MARKS, pa.table({"mark": marks}), {"batch_id": batch_id})


def drop(session: Session, batch_id: int) -> None:
    """Delete the upload of a job, with its marks."""
    drop_bytes(session, batch_id)
    session.run("delete_upload_marks", batch_id=batch_id)


def drop_bytes(session: Session, batch_id: int) -> None:
    """Delete the upload of a job that is done with it; one that a preview still has stays with that."""
    _delete(session, "delete_parts", batch_id=batch_id)


def drop_of_preview(session: Session, preview_id: str) -> None:
    """Delete the upload of a preview, unless a job still needs it or has kept it."""
    _delete(session, "delete_preview_file", preview_id=preview_id)


def drop_of_draft(session: Session, draft_id: str) -> None:
    """Delete the upload of a draft."""
    _delete(session, "delete_draft_file", draft_id=draft_id)


def _delete(session: Session, query: str, **which: object) -> None:
    """Delete what a query finds; a file goes when the transaction has committed."""
    for row in session.rows(query, **which):
        if row["part"] == IN_A_FILE:
            session.files_to_remove.append(row["upload"])


def any_beyond(session: Session) -> bool:
    """Return whether any upload is kept whose job has ended."""
    return session.row("any_upload_mark") is not None


def expired(session: Session, created_before: int) -> list[int]:
    """Return the jobs created at or before the given second that ended early and have their uploads yet."""
    return [row["batch_id"] for row in session.rows("expired_uploads", created_before=created_before)]


def drop_marked(session: Session, marks: pa.Array) -> None:
    """Delete the uploads beyond their jobs that have one of the marks."""
    found = session.match(_MARKS, "mark", {"batch_id": Storage.INTEGER}, marks, {})
    for batch_id in sorted(set(found["batch_id"].to_pylist())):
        drop(session, batch_id)
