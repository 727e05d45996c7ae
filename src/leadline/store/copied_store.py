"""A copy of an embedded store in one file, which has its uploads as well; the store goes on meanwhile."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from leadline.store import upload_upkeep
from leadline.store.base import Session
from leadline.store.sqlite import SqliteDatabase


def copy_store(
    database: SqliteDatabase, path: Path, trim: Callable[[Session], None] = lambda session: None
) -> None:
    """Write the copy of a subscription's store, as it stands, into a file that does not exist.

    `trim` deletes from it what is not wanted. The files of uploads are held open, for their jobs may end
    meanwhile; where one came and went between that and the copy, all is done again.
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
        if missing <= upload_upkeep.names(database):  # none, or such as are damaged there too
            return
        path.unlink()
