"""A copy of an embedded store in one file, which has its uploads as well; the store goes on meanwhile."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from leadline.store import upload_upkeep
from leadline.store.base import Session
from leadline.store.sqlite import SqliteDatabase


def copy_store(
    database: SqliteDatabase, path: Path, trim: Callable[[Session], None] = lambda session: None
) -> set[str]:
    """Write the copy of a subscription's store, as it stands, into a file that does not exist.

    Returns the names of the uploads that are missing or damaged in the store, and so in the copy.
    `trim` deletes from it what is not wanted. The files of uploads are held open, for their jobs may end
    meanwhile; where one came between that and the copy, all is done again.
    """
    while True:
        with database.upload_files.held() as held:
            database.copy_to(path)
            with (
                closing(SqliteDatabase(path, "subscription", durable=False)) as copy,
                copy.write() as session,
            ):
                trim(session)
                missing = upload_upkeep.take_in(session, held)
        if not missing or missing <= upload_upkeep.damaged(database):
            return missing
        path.unlink()
