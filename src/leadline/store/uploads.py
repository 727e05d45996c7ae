"""The uploaded bytes of a job, kept in parts so that neither server nor worker needs them all at once."""

import uuid
from collections.abc import Iterator
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
    """Yield the parts of an upload in order, each read on its own; the first that is not full is the last."""
    while True:
        with database.read_once() as session:
            row = session.row("read_part", batch_id=batch_id, part=part)
        if row is None:
            return
        yield row["bytes"]
        if len(row["bytes"]) < PART_BYTES:
            return
        part += 1
