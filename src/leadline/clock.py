"""The one clock. Everything that asks for the time asks here."""

import time


def now() -> int:
    """Return the wall clock as whole seconds since 1970, UTC."""
    return int(time.time())


def now_ms() -> int:
    """Return the wall clock as milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def monotonic() -> float:
    """Return seconds on a clock that never jumps; only differences mean anything."""
    return time.monotonic()
