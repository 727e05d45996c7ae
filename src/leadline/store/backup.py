"""A backup of a server's embedded stores, made while it runs: one file for each."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from leadline.errors import OperatorError, StoreFaultError
from leadline.store import removals
from leadline.store.copied_store import copy_store
from leadline.store.data_folder import CONTROL_FILE
from leadline.store.directory import Stores
from leadline.store.file_errors import file_errors
from leadline.store.location import StoreLocation
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
        with closing(Stores(made)) as copied:
            for munchkin_id, entry in copied.directory().items():
                if not entry.location.is_file:
                    yield f"subscription {munchkin_id} is on PostgreSQL"
                    continue
                missing = _copy(stores, munchkin_id, entry.location.name, Path(beside, "store.db"), made)
                if missing is None:
                    removals.leave_out(copied, munchkin_id)
                    yield f"subscription {munchkin_id} was removed meanwhile"
                for path in missing or ():
                    yield f"the upload {path} of subscription {munchkin_id}, which is missing or damaged"
            removals.leave_out_begun(copied)
        for path in (*made.rglob("*"), made):
            _sync(path)
        made.rename(folder)
        _sync(folder.parent)


def _copy(stores: Stores, munchkin_id: str, name: str, drafted: Path, made: Path) -> list[Path] | None:
    """Copy a store; return the uploads that are missing in it.

    None where its subscription was removed since the control store was copied.
    """
    with closing(stores.database_at(StoreLocation(name), "subscription")) as database:
        assert isinstance(database, SqliteDatabase), "it is a file"
        try:
            missing = copy_store(database, drafted)
        except StoreFaultError:
            if not stores.was_removed(munchkin_id):
                raise
            drafted.unlink(missing_ok=True)
            return None
        drafted.rename(made / name)
        return [database.upload_files.folder / each for each in sorted(missing)]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
