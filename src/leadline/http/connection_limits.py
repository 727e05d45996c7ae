"""How many connections there may be, and how long each may take over what it sends and reads.

The server library has no deadline for receiving a request, so a client that sends a byte a
second would hold its connection for ever. Here one sweep a second looks at all connections;
a request sets no timer of its own, which keeps a call as cheap as it was.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from starlette.responses import Response

from leadline import clock
from leadline.config import Server
from leadline.errors import ServiceError
from leadline.events import ConnectionsEnded, Emit

Refuse = Callable[[ServiceError], Response]
"""Renders a refusal as the API does; all that this room knows of it."""

SWEEP_SECONDS = 1.0
SPARE_CONNECTIONS = 64
"""So many above the limit, a quarter of it at most, are answered 608; more are cut off at once."""


class LimitedConnection(Protocol):
    """A connection, as far as it is limited."""

    address: str

    def overdue(self, now: float) -> str | None:
        """Return what the client is too slow at, or None; `now` is monotonic seconds."""

    def end(self, reason: str) -> None:
        """End the connection, with an answer if one can still be sent."""


@dataclass(frozen=True, slots=True)
class ConnectionsMax:
    """How many connections at once: in all, and from one address."""

    total: int
    per_address: int


class ConnectionLimits:
    """Counts connections and ends the slow ones; used on the event loop's thread only."""

    def __init__(self, settings: Server, most: ConnectionsMax, refuse: Refuse, emit: Emit) -> None:
        self.settings = settings
        self.refuse = refuse
        self._most = most
        self._emit = emit
        self._connections: set[LimitedConnection] = set()
        self._addresses: Counter[str] = Counter()
        self._ended: Counter[str] = Counter()
        self._sweeping = False

    def enter(self, connection: LimitedConnection) -> bool | None:
        """Note a connection: True is admitted, False is to be answered 608, None is to be cut off."""
        self._connections.add(connection)
        self._addresses[connection.address] += 1
        if not self._sweeping:
            self._sweeping = True
            asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)
        total, of_address = len(self._connections), self._addresses[connection.address]
        if total <= self._most.total and of_address <= self._most.per_address:
            return True
        self._ended["connections"] += 1
        spare = min(SPARE_CONNECTIONS, self._most.total // 4)
        return False if total <= self._most.total + spare else None

    def leave(self, connection: LimitedConnection) -> None:
        """Forget a connection."""
        self._connections.discard(connection)
        self._addresses[connection.address] -= 1
        if not self._addresses[connection.address]:
            del self._addresses[connection.address]

    def _sweep(self) -> None:
        """End the connections that are overdue; sweep again while there are any."""
        now = clock.monotonic()
        for connection in list(self._connections):
            reason = connection.overdue(now)
            if reason is not None:
                self._ended[reason] += 1
                connection.end(reason)
        for reason, count in self._ended.items():
            self._emit(ConnectionsEnded(reason, count))
        self._ended.clear()
        self._sweeping = bool(self._connections)
        if self._sweeping:
            asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)
