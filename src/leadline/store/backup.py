"""A backup of a server's embedded stores, made while it runs: one file for each."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from leadline.errors import OperatorError
from leadline.store.copied_store import copy_store
from leadline.store.data_folder import CONTROL_FILE
from leadline.store.directory import Stores
from leadline.store.file_errors import file_errors
from leadline.store.sqlite import SqliteDatabase


def back_up(stores: Stores, folder: Path) -> Iterator[str]:
    """Write a folder that a server can start on, with each store as it stands; yield what was left out.

    The folder appears when it is whole. The control store goes first: no subscription that it knows may be
    missing. Raises `OperatorError` where there is such a folder, or no embedded store.
    """
    control = stores.control
    if not isinstance(control, SqliteDatabase):
        raise OperatorError("The stores are on PostgreSQL: back them up with its own tools, such as pg_dump.")
    if folder.exists():
        raise OperatorError(f"{folder} exists already. Give the backup a name of its own.")
    if not control.path.exists():
        raise OperatorError(f"{stores.folder} holds no store. Give --data the directory of a server.")
    with file_errors(folder), TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
        made = Path(beside, "backup")
        for each in (made, made / "subscriptions"):
            each.mkdir(mode=0o700)
        control.copy_to(made / CONTROL_FILE.name)
        for munchkin_id, entry in stores.directory().items():
            database = stores.database_at(entry.location, "subscription")
            if isinstance(database, SqliteDatabase):
                drafted = Path(beside, "store.db")
                for name in sorted(copy_store(database, drafted)):
                    path = database.upload_files.folder / name
                    yield f"the upload {path} of subscription {munchkin_id}, which is missing or damaged"
                drafted.rename(made / entry.location.name)
            else:
                yield f"subscription {munchkin_id} is on PostgreSQL"
            database.close()
        for path in (*made.rglob("*"), made):
            _sync(path)
        made.rename(folder)
        _sync(folder.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
