"""A subscription's store as a whole, wherever it is: how large it is, and its removal."""

import os

from leadline.errors import OperatorError
from leadline.store import postgres_removal, store_files
from leadline.store.directory import Stores
from leadline.store.location import StoreLocation


def bytes_of(stores: Stores, location: StoreLocation) -> int:
    """Return how many bytes a store takes."""
    if location.is_file:
        return store_files.bytes_of(stores.folder / location.name)
    with stores.database_at(location, "subscription").read_once() as session:
        return postgres_removal.bytes_of(session, location.name)


def refuse_removal(stores: Stores, location: StoreLocation) -> None:
    """Raise `OperatorError` where this user may not remove a store, `StoreBusyError` where nobody can now."""
    if location.is_file:
        folder = (stores.folder / location.name).resolve().parent
        if folder.exists() and not os.access(folder, os.W_OK):
            raise OperatorError(f"{folder} may not be written by this user. Run the command as its owner.")
    else:
        with stores.database_at(location, "subscription").read_once() as session:
            postgres_removal.refuse_others(session, location.name)


def remove_next(stores: Stores, location: StoreLocation) -> bool:
    """Remove the next part of a store for good; return whether more is left, False where nothing is there.

    Files go all at once, though others have them open. Raises `StoreBusyError` while others use a schema, and
    `StoreFaultError`.
    """
    if location.is_file:
        store_files.remove(stores.folder / location.name)
        return False
    return postgres_removal.drop_next(stores.database_at(location, "subscription"), location.name)
