"""The removal of a subscription: from the directory, from the control store, and then its own store.

It begins with one commit, by which nobody can call or work any more. What is left of the store then goes part
by part, and a removal that was interrupted goes on where it stood.
"""

from leadline import clock
from leadline.model.dataclass import dataclass
from leadline.store import credentials, whole_stores
from leadline.store.base import Session
from leadline.store.data_folder import WORK
from leadline.store.directory import Stores
from leadline.store.file_errors import file_errors
from leadline.store.location import StoreLocation
from leadline.store.work_hints import WorkHints

_SINCE_VERSION = 2
"""The migration of the control store that has made room for them."""


@dataclass(frozen=True, slots=True)
class BegunRemoval:
    """Where the store is that is to go, and when its removal was begun, in epoch seconds."""

    location: StoreLocation
    begun_at: int


def begun(stores: Stores) -> dict[str, BegunRemoval]:
    """Return the removals that have not ended, by munchkin id; none in a store of an older version."""
    with stores.control.read() as session:
        if stores.control.schema_version(session) < _SINCE_VERSION:
            return {}
        return {
            row["munchkin_id"]: BegunRemoval(StoreLocation.parse(row["location"]), row["begun_at"])
            for row in session.rows("removals")
        }


def is_begun(session: Session, munchkin_id: str) -> bool:
    """Return whether a subscription is being removed; the removal stands still until the transaction ends."""
    return _lock(session, munchkin_id) is not None


def begin(stores: Stores, munchkin_id: str) -> bool:
    """Take a subscription out of the directory, with all who may call; return False where it is not there."""
    with stores.control.write() as session:
        credentials.lock_own_policy(session, munchkin_id)
        entry = credentials.find_subscription(session, munchkin_id)
        if entry is not None:
            credentials.remove_subscription(session, munchkin_id)
            location, now = entry.location.render(), clock.now_ms() // 1000
            session.run("add_removal", munchkin_id=munchkin_id, location=location, now=now)
    stores.find(munchkin_id)
    stores.close_store(munchkin_id)
    return entry is not None


def remove_next(stores: Stores, munchkin_id: str) -> bool:
    """Remove the next part of a store whose removal was begun; return whether more of it is left.

    The line of the removal is held meanwhile, and goes with the last part: who removes the same subscription
    finds none then, and leaves a store alone that was made in its place. Raises `StoreBusyError` while others
    use the store, and `StoreFaultError`.
    """
    with stores.control.write() as session:
        location = _lock(session, munchkin_id)
        if location is None:
            return False
        if whole_stores.remove_next(stores, location):
            return True
        _end(session, stores, munchkin_id)
    return False


def end_without_store(stores: Stores, munchkin_id: str) -> None:
    """End a removal that was begun, and leave what there is of the store where it is."""
    with stores.control.write() as session:
        if is_begun(session, munchkin_id):
            _end(session, stores, munchkin_id)


def _end(session: Session, stores: Stores, munchkin_id: str) -> None:
    _remove_hints(stores, munchkin_id)
    session.run("remove_call_counts", munchkin_id=munchkin_id)  # of calls that ended meanwhile
    session.run("remove_error_counts", munchkin_id=munchkin_id)
    session.run("end_removal", munchkin_id=munchkin_id)


def remove(stores: Stores, munchkin_id: str) -> None:
    """Remove a subscription with all that it has."""
    begin(stores, munchkin_id)
    while remove_next(stores, munchkin_id):
        pass


def leave_out(copied: Stores, munchkin_id: str) -> None:
    """Take a subscription out of the copy of a control store, in which no store of it is."""
    with copied.control.write() as session:
        credentials.remove_subscription(session, munchkin_id)


def leave_out_begun(copied: Stores) -> None:
    """Forget in the copy of a control store the removals of files, which are not beside the copy."""
    for munchkin_id, removal in begun(copied).items():
        if removal.location.is_file:
            with copied.control.write() as session:
                session.run("end_removal", munchkin_id=munchkin_id)


def _remove_hints(stores: Stores, munchkin_id: str) -> None:
    if stores.is_embedded:
        folder = stores.folder / WORK
        with file_errors(folder):
            hints = WorkHints(folder)
            hints.read()
            hints.remove(munchkin_id)


def _lock(session: Session, munchkin_id: str) -> StoreLocation | None:
    row = session.row("lock_removal", munchkin_id=munchkin_id)
    return StoreLocation.parse(row["location"]) if row else None
