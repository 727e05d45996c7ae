"""The one clock of this machine. Everything that asks for the time asks here."""

import time

from leadline.model.subscription_time import SubscriptionTime

__all__ = ["MachineTime", "SubscriptionTime", "monotonic", "now_ms"]


def now_ms() -> int:
    """Return the wall clock as milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def monotonic() -> float:
    """Return seconds on a clock that never jumps; only differences mean anything."""
    return time.monotonic()


class MachineTime(SubscriptionTime):
    """The machine's time for every subscription."""

    def now_ms(self, munchkin_id: str) -> int:
        """Return the wall clock as milliseconds since 1970, UTC."""
        return now_ms()

    def elapsed(self, munchkin_id: str) -> float:
        """Return seconds on a clock that never jumps."""
        return monotonic()
