"""The uploaded bytes of a job, kept in parts so that neither server nor worker needs them all at once."""

import uuid
from collections.abc import Iterator, Mapping
from typing import IO

from leadline.store.base import Database, Session

PART_BYTES = 1024 * 1024


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
