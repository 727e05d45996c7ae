"""What time it is for a subscription: all of time that its clients can see.

Tokens, windows of calls, days of a quota, retention and the instants of records follow it. Leases
and deadlines follow the clock of the machine, `leadline.clock`, which nobody may set forward.
"""

from abc import ABC, abstractmethod
from datetime import date

from leadline.model.instants import local_day


class SubscriptionTime(ABC):
    """Tells the time of each subscription; tests of clients may want another one for theirs."""

    @abstractmethod
    def now_ms(self, munchkin_id: str) -> int:
        """Return the subscription's time as milliseconds since 1970, UTC."""

    @abstractmethod
    def elapsed(self, munchkin_id: str) -> float:
        """Return seconds that never fall; only differences mean anything."""

    def now(self, munchkin_id: str) -> int:
        """Return the subscription's time as whole seconds since 1970, UTC."""
        return self.now_ms(munchkin_id) // 1000

    def today(self, munchkin_id: str, zone_name: str) -> date:
        """Return the day that it is for the subscription in a time zone."""
        return local_day(self.now(munchkin_id), zone_name)
