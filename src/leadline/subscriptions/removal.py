"""Use case: remove a subscription for good, while servers use it.

Whatever ends the command, the same one goes on where it stood (`store/removals.py`).
"""

import threading
from collections.abc import Callable
from difflib import get_close_matches

from leadline import clock
from leadline.errors import OperatorError, StoreBusyError, StoreFaultError
from leadline.store import removals, whole_stores
from leadline.store.directory import Stores
from leadline.subscriptions.listing import ListedSubscription, being_removed, find_listed

_PATIENCE_SECONDS = 60.0
"""A statement that holds a table for longer, such as a dump, is left to end in peace."""

_PAUSE_SECONDS, _TOLD_SECONDS = 0.5, 10.0
_SECOND_MS = 1000


def find(stores: Stores, munchkin_id: str) -> ListedSubscription:
    """Return the subscription that is to be removed, or whose removal was begun; raises `OperatorError`."""
    begun = removals.begun(stores)
    if munchkin_id in begun:
        return being_removed(stores, munchkin_id, begun[munchkin_id])
    found = find_listed(stores, munchkin_id)
    if found is None:
        nearest = get_close_matches(munchkin_id, [*stores.munchkin_ids(), *begun], 1, 0)
        advice = f"; the nearest is {nearest[0]}" if nearest else ", nor any other"
        raise OperatorError(f"There is no subscription {munchkin_id!a}{advice}.")
    return found


def remove(stores: Stores, munchkin_id: str, tell: Callable[[str], None]) -> None:
    """Remove a subscription, or what is left of it; `tell` hears in sentences how it gets on.

    Raises `OperatorError` before anything is removed where this user may not, and where something is left.
    """
    try:
        _refuse(stores, munchkin_id)
    except StoreBusyError as error:
        why = str(error).rstrip(".")
        raise OperatorError(
            f"Nothing was removed, for {why}. Run it again when the server answers; when it never will, "
            "--leave-store removes all but what lies there."
        ) from error
    if _begin(stores, munchkin_id):
        tell(f"Nobody can call {munchkin_id} any more; its store is removed now.")
    until, told_at = clock.monotonic() + _PATIENCE_SECONDS, 0.0
    is_left = True
    while is_left:
        try:
            is_left = removals.remove_next(stores, munchkin_id)
            until = clock.monotonic() + _PATIENCE_SECONDS
        except StoreBusyError as error:
            if clock.monotonic() >= until:
                raise OperatorError(_unfinished(munchkin_id, error, "End what uses it")) from error
            if clock.monotonic() - told_at >= _TOLD_SECONDS:
                told_at = clock.monotonic()
                tell(f"Waiting for others: {str(error).rstrip('.')}.")
            threading.Event().wait(_PAUSE_SECONDS)
        except StoreFaultError as error:
            raise OperatorError(_unfinished(munchkin_id, error, "Mend that")) from error


def remove_without_store(stores: Stores, munchkin_id: str) -> None:
    """Remove a subscription whose server is gone for good; what lies there is left alone.

    Raises `OperatorError` where the store answers: nobody would remember the people in it.
    """
    try:
        _refuse(stores, munchkin_id)
    except StoreBusyError:
        _begin(stores, munchkin_id)
        removals.end_without_store(stores, munchkin_id)
    else:
        raise OperatorError(
            f"The store of {munchkin_id} answers. Remove it as well: leave out --leave-store."
        )


def _begin(stores: Stores, munchkin_id: str) -> bool:
    _let_the_second_pass(stores, munchkin_id)
    return removals.begin(stores, munchkin_id)


def _refuse(stores: Stores, munchkin_id: str) -> None:
    """Raise `OperatorError` where this user may not remove a store, `StoreBusyError` where nobody can now."""
    entry, begun = stores.find(munchkin_id), removals.begun(stores).get(munchkin_id)
    location = entry.location if entry else begun.location if begun else None
    if location is not None:
        whole_stores.refuse_removal(stores, location)


def _let_the_second_pass(stores: Stores, munchkin_id: str) -> None:
    """Wait until a subscription that is made anew is made in a later second: servers tell the two by that."""
    entry = stores.listed(munchkin_id)
    while entry is not None and clock.now_ms() // _SECOND_MS == entry.created_at:
        threading.Event().wait(_PAUSE_SECONDS)


def _unfinished(munchkin_id: str, error: Exception, advice: str) -> str:
    return (
        f"{munchkin_id} cannot be called any more, but its store is still there: {str(error).rstrip('.')}. "
        f"{advice}, and run `leadline subscriptions remove {munchkin_id}` again: it goes on where it stands."
    )
