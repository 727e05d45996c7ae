"""The door of the HTTP server: how many connections there are, and how long each may dawdle.

The server library has no deadline for receiving a request, so a client that sends a byte a
second would hold its connection for ever. Here one sweep a second looks at all connections;
a request sets no timer of its own, which keeps a call as cheap as it was.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Protocol

from leadline import clock
from leadline.config import Server
from leadline.events import ConnectionsEnded, Emit

SWEEP_SECONDS = 1.0
SPARE_CONNECTIONS = 64
"""So many above the limit, a quarter of it at most, are told why; more are cut off at once."""


class Guest(Protocol):
    """A connection, as the door sees it."""

    address: str

    def overdue(self, now: float) -> str | None:
        """Return what the client is too slow at, or None; `now` is monotonic seconds."""

    def end(self, reason: str) -> None:
        """End the connection, with an answer if one can still be sent."""


@dataclass(frozen=True, slots=True)
class Places:
    """How many connections at once: in all, and from one address."""

    total: int
    per_address: int


class Door:
    """Counts connections and ends the slow ones; used on the event loop's thread only."""

    def __init__(self, limits: Server, places: Places, emit: Emit) -> None:
        self.limits = limits
        self._places = places
        self._emit = emit
        self._guests: set[Guest] = set()
        self._addresses: Counter[str] = Counter()
        self._ended: Counter[str] = Counter()
        self._sweeping = False

    def enter(self, guest: Guest) -> bool | None:
        """Note a connection: True is welcome, False is to be answered 608, None is to be cut off."""
        self._guests.add(guest)
        self._addresses[guest.address] += 1
        if not self._sweeping:
            self._sweeping = True
            asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)
        total, of_address = len(self._guests), self._addresses[guest.address]
        if total <= self._places.total and of_address <= self._places.per_address:
            return True
        self._ended["connections"] += 1
        spare = min(SPARE_CONNECTIONS, self._places.total // 4)
        return False if total <= self._places.total + spare else None

    def leave(self, guest: Guest) -> None:
        """Forget a connection."""
        self._guests.discard(guest)
        self._addresses[guest.address] -= 1
        if not self._addresses[guest.address]:
            del self._addresses[guest.address]

    def _sweep(self) -> None:
        """End whoever is overdue; go on while anybody is there."""
        now = clock.monotonic()
        for guest in list(self._guests):
            reason = guest.overdue(now)
            if reason is not None:
                self._ended[reason] += 1
                guest.end(reason)
        for reason, count in self._ended.items():
            self._emit(ConnectionsEnded(reason, count))
        self._ended.clear()
        self._sweeping = bool(self._guests)
        if self._sweeping:
            asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)
