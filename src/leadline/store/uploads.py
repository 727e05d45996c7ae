"""The uploaded bytes of a job, kept in parts so that no end of it needs them all at once."""

from collections.abc import Iterator
from typing import IO

from leadline.store.base import Database, Session

PART_BYTES = 1024 * 1024


def keep(session: Session, batch_id: int, upload: IO[bytes]) -> None:
    """Store an upload from its beginning."""
    upload.seek(0)
    for part, block in enumerate(iter(lambda: upload.read(PART_BYTES), b"")):
        session.run("add_part", batch_id=batch_id, part=part, bytes=block)


def blocks(database: Database, batch_id: int) -> Iterator[bytes]:
    """Yield the parts of an upload in order, each read on its own."""
    part = 0
    while True:
        with database.read() as session:
            row = session.row("read_part", batch_id=batch_id, part=part)
        if row is None:
            return
        yield row["bytes"]
        part += 1
