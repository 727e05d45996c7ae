"""Seats for the write transactions of a PostgreSQL server: some for each schema, and never all connections.

Writes of one subscription wait for each other anyway. Without seats, those that wait in a few
subscriptions would hold all connections, and polls and writes of the others would find none.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from leadline.errors import StoreBusyError

_WAIT_SECONDS = 3.0


class WriteSeats:
    """Bounds the write transactions of a server; used by many threads."""

    def __init__(self, connections_max: int) -> None:
        each = max(connections_max // 8, 1)
        self._all = threading.BoundedSemaphore(max(connections_max * 3 // 4, 1))
        self._of: defaultdict[str, threading.BoundedSemaphore] = defaultdict(
            lambda: threading.BoundedSemaphore(each)
        )
        self._finding = threading.Lock()

    @contextmanager
    def taken(self, schema: str) -> Iterator[None]:
        """Hold a seat of a schema; raises `StoreBusyError` when none becomes free in time."""
        with self._finding:
            own = self._of[schema]
        if not own.acquire(timeout=_WAIT_SECONDS):
            raise StoreBusyError(f"other writes wait in the schema {schema}")
        try:
            if not self._all.acquire(timeout=_WAIT_SECONDS):
                raise StoreBusyError("writes of other subscriptions wait for the server")
            try:
                yield
            finally:
                self._all.release()
        finally:
            own.release()
