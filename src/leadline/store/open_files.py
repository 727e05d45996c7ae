"""How many files a process has open for embedded stores: those unused for longest are closed first."""

import errno
import os
import resource
import threading
from typing import Protocol

_SHARE = 8
"""The stores have this part of the descriptors that the process may have; most others are for connections."""

_FILES_MAX = {False: 1024, True: 128}
"""By whether it is a worker, which imports into one store at a time. More would take memory, not time."""

_TO_OPEN = 4
"""What one more connection opens: the store, its log, the log's index, and the store once more at first."""


def descriptors_max() -> int:
    """Return how many descriptors this process may have."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else 1 << 20


def stores_files_max(*, worker: bool) -> int:
    """Return how many of them embedded stores may keep open."""
    return min(descriptors_max() // _SHARE, _FILES_MAX[worker])


def none_is_left() -> bool:
    """Return whether this process, or the machine, cannot open another file."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        return error.errno in (errno.EMFILE, errno.ENFILE)
    return False


class Closable(Protocol):
    """A store's connections."""

    @property
    def files(self) -> int:
        """How many files they have open."""
        ...

    def close_idle(self) -> None:
        """Close those that nobody uses at the moment."""
        ...


class OpenFiles:
    """The embedded stores of a process by how recently they were used; for many threads."""

    def __init__(self, files_max: int) -> None:
        """More than `files_max` are open only while so many are in use."""
        self._files_max = files_max
        self._guard = threading.Lock()
        self._by_use: dict[Closable, None] = {}

    def use(self, store: Closable) -> None:
        """Note that a store is used now."""
        with self._guard:
            self._by_use.pop(store, None)
            self._by_use[store] = None

    def make_room(self, store: Closable) -> None:
        """Close idle connections of other stores, until one more of this store fits."""
        self._close_others(store, self._files_max - _TO_OPEN)

    def close_all_idle(self, store: Closable) -> None:
        """Close all idle connections of the other stores: the process has run out of descriptors."""
        self._close_others(store, 0)

    def _close_others(self, store: Closable, files_max: int) -> None:
        with self._guard:
            others = [each for each in self._by_use if each is not store]
        files = store.files + sum(each.files for each in others)
        for each in others:
            if files <= files_max:
                return
            files -= each.files
            each.close_idle()
            files += each.files
            if not each.files:
                with self._guard:
                    self._by_use.pop(each, None)
