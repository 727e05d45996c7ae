"""Clients that froze in the middle of a statement are cut off.

A backend of PostgreSQL that waits for the rows of a COPY, or for its answer to be read, does
so for ever, its locks in its hands: no time limit of the server strikes there. Each observer
measures with a clock of its own how long the same statement has waited.
"""

from datetime import datetime

from leadline import clock
from leadline.store.server import Server

_LOOKS = 4
"""So many in the time that a client may be silent."""

_WAITING = """
    SELECT pid, query_start FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'leadline'
      AND state = 'active' AND wait_event_type = 'Client'
"""
_END = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid = %(pid)s AND query_start = %(begun)s AND state = 'active' AND wait_event_type = 'Client'
"""


class SilentClients:
    """What one process has seen of the clients of a server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._since: dict[tuple[int, datetime], float] = {}
        self._looked_at = -float("inf")

    def end(self, patience_seconds: float) -> None:
        """End the connections whose client has been silent for so long, in the middle of a statement.

        Raises `StoreDownError` when the server does not answer.
        """
        now = clock.monotonic()
        if now - self._looked_at < patience_seconds / _LOOKS:
            return
        self._looked_at = now
        with self._server.connection() as connection:
            found = [(row["pid"], row["query_start"]) for row in connection.rows(_WAITING, {})]
            self._since = {each: self._since.get(each, now) for each in found}
            for (pid, begun), since in self._since.items():
                if now - since >= patience_seconds:
                    connection.rows(_END, {"pid": pid, "begun": begun})
