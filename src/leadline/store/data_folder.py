"""The folder of embedded stores: made where it is missing, refused where it is another's."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leadline.errors import OperatorError
from leadline.store.location import StoreLocation
from leadline.store.process_lock import is_alive

CONTROL_FILE = StoreLocation("control.db")
WORKERS, WORK = "workers", "work"
"""Where the locks of living workers are, and the hints at work."""

SUBSCRIPTIONS = "subscriptions"
SANDBOX_MARK = "sandbox.json"
"""The file that says that a folder belongs to a sandbox, which keeps there what it knows."""


@contextmanager
def folder_errors(folder: Path) -> Iterator[None]:
    """Raise `OperatorError` where the system refuses a folder."""
    try:
        yield
    except OSError as error:
        raise OperatorError(
            f"Cannot use {folder}: {error.strerror}. Give --data a directory you may read and write."
        ) from error


def refuse_folder_of_others(folder: Path, *, sandbox: bool) -> None:
    """Raise `OperatorError` for the folder of a sandbox, or for a server's that a sandbox would have.

    Nothing of it is touched: whoever writes into a folder before its stores are opened asks first.
    """
    with folder_errors(folder):
        is_marked, has_control = (folder / SANDBOX_MARK).exists(), _has_control(folder)
        has_stores = not has_control and any((folder / SUBSCRIPTIONS).glob("*.db"))
    if has_stores:
        raise OperatorError(
            f"{folder} holds subscriptions but no control.db, or an empty one, which knows them and "
            "their credentials. Restore it from a backup."
        )
    if sandbox and has_control and not is_marked:
        raise OperatorError(
            f"{folder} is the store of a server, which a sandbox would spoil. Give --data another "
            "directory, or none."
        )
    if is_marked and not sandbox:
        raise OperatorError(
            f"{folder} is the store of a sandbox, which may have lost data. Give --data another "
            "directory, or run `leadline sandbox`."
        )


def prepare_folder(folder: Path, *, sandbox: bool) -> None:
    """Make what is missing, and mark the folder of a sandbox; raises `OperatorError` where it cannot."""
    with folder_errors(folder):
        for each in (folder, *(folder / name for name in (SUBSCRIPTIONS, WORKERS, WORK))):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        if sandbox:
            (folder / SANDBOX_MARK).touch(0o600)
        for lock in (folder / WORKERS).iterdir():
            is_alive(lock)  # removes the lock of a process that has ended


def _has_control(folder: Path) -> bool:
    control = folder / CONTROL_FILE.name
    return control.exists() and control.stat().st_size > 0
