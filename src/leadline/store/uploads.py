"""The uploaded bytes of a job, kept in parts so that neither server nor worker needs them all at once.

They go when their job ends. Those of a job that ends before all its rows were reached are kept as long as
the job, with marks of whom they may name, so that they go with a person who is deleted.
"""

import uuid
from collections.abc import Iterator, Mapping
from typing import IO

import pyarrow as pa

from leadline.schema.types import Storage
from leadline.store.base import Database, Session

PART_BYTES = 1024 * 1024
_MARKS = "kept_upload_mark"


def keep(session: Session, file: IO[bytes]) -> str:
    """Store a file from its beginning; return the name by which a job gets it."""
    upload = uuid.uuid4().hex
    file.seek(0)
    for part, block in enumerate(iter(lambda: file.read(PART_BYTES), b"")):
        session.run("add_part", upload=upload, part=part, bytes=block)
    return upload


def blocks(database: Database, batch_id: int, part: int = 0) -> Iterator[bytes]:
    """Yield the parts of a job's upload in order, each read on its own; the first not full is the last."""
    return _blocks(database, "read_part", {"batch_id": batch_id}, part)


def blocks_named(database: Database, upload: str, part: int = 0) -> Iterator[bytes]:
    """Yield the parts of an upload, as `blocks` does, by the name that `keep` gave it."""
    return _blocks(database, "read_part_of_upload", {"upload": upload}, part)


def parts_named(session: Session, upload: str) -> Iterator[bytes]:
    """Yield the parts of an upload, read in one transaction."""
    part = 0
    while (row := session.row("read_part_of_upload", upload=upload, part=part)) is not None:
        yield row["bytes"]
        part += 1


def _blocks(database: Database, query: str, which: Mapping[str, object], part: int) -> Iterator[bytes]:
    while True:
        with database.read_once() as session:
            row = session.row(query, part=part, **which)
        if row is None:
            return
        yield row["bytes"]
        if len(row["bytes"]) < PART_BYTES:
            return
        part += 1


def keep_beyond(session: Session, batch_id: int, marks: pa.Array) -> None:
    """Keep the upload of a job that has ended, with the marks of those whom it may name."""
    if len(marks):
        session.insert(_MARKS, pa.table({"mark": marks}), {"batch_id": batch_id})


def drop(session: Session, batch_id: int) -> None:
    """Delete an upload, with its marks."""
    session.run("delete_parts", batch_id=batch_id)
    session.run("delete_upload_marks", batch_id=batch_id)


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


def drop_orphans(session: Session) -> None:
    """Delete the uploads of jobs and previews that are gone, or that are not there yet."""
    session.run("drop_orphaned_uploads")
    session.run("drop_orphaned_upload_marks")
