"""The folder of embedded stores: made where it is missing, refused where it is another's."""

from pathlib import Path

from leadline.errors import OperatorError
from leadline.store.location import StoreLocation
from leadline.store.process_lock import is_alive

CONTROL_FILE = StoreLocation("control.db")
WORKERS, WORK = "workers", "work"
"""Where the locks of living workers are, and the hints at work."""

_SUBSCRIPTIONS = "subscriptions"
SANDBOX_MARK = "sandbox.json"
"""The file that says that a folder belongs to a sandbox, which keeps there what it knows."""


def prepare_folder(folder: Path, *, sandbox: bool) -> None:
    """Make what is missing; raises `OperatorError` for a folder that cannot be used, or must not be."""
    control = folder / CONTROL_FILE.name
    try:
        for each in (folder, *(folder / name for name in (_SUBSCRIPTIONS, WORKERS, WORK))):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_there = control.exists() and control.stat().st_size > 0
        has_stores = not is_there and any((folder / _SUBSCRIPTIONS).glob("*.db"))
        for lock in (folder / WORKERS).iterdir():
            is_alive(lock)  # removes the lock of a process that has ended
    except OSError as error:
        raise OperatorError(
            f"Cannot use {folder}: {error.strerror}. Give --data a directory you may read and write."
        ) from error
    if has_stores:
        raise OperatorError(
            f"{folder} holds subscriptions but no control.db, or an empty one, which knows them and "
            "their credentials. Restore it from a backup."
        )
    _check_mark(folder, sandbox=sandbox, is_new=not is_there)


def _check_mark(folder: Path, *, sandbox: bool, is_new: bool) -> None:
    """Mark the new folder of a sandbox; raises `OperatorError` for one that is none, or the other way."""
    mark = folder / SANDBOX_MARK
    if sandbox and is_new:
        mark.touch(0o600)
    elif sandbox and not mark.exists():
        raise OperatorError(
            f"{folder} is the store of a server, which a sandbox would spoil. Give --data another "
            "directory, or none."
        )
    elif mark.exists() and not sandbox:
        raise OperatorError(
            f"{folder} is the store of a sandbox, which may have lost data. Give --data another "
            "directory, or run `leadline sandbox`."
        )
