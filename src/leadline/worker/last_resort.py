"""How a worker's process ends when something unforeseen happens, or when a crash test wants it to."""

import os
import signal
from pathlib import Path
from types import TracebackType

from leadline.config import Faults
from leadline.events import Emit, Event, ProcessFailed, frame_of


class LastResort:
    """Context of a whole process: an unforeseen exception becomes an event, no stack trace; exit code 1."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Emit what happened, if anything did."""
        if isinstance(error, Exception):
            self._emit(ProcessFailed(type(error).__name__, frame_of(error)))
            raise SystemExit(1) from None


def dying_at(faults: Faults, emit: Emit) -> Emit:
    """Wrap `emit` so that this process dies by SIGKILL at a chosen event; for crash tests."""
    if faults.kill_at is None:
        return emit
    name, _, nth = faults.kill_at.partition(":")
    countdown = _Countdown(int(nth or 1), faults.kill_once)

    def emit_and_perhaps_die(event: Event) -> None:
        emit(event)
        if type(event).__name__ == name and countdown.is_over():
            os.kill(os.getpid(), signal.SIGKILL)

    return emit_and_perhaps_die


class _Countdown:
    def __init__(self, remaining: int, once: Path | None) -> None:
        self._remaining = remaining
        self._once = once

    def is_over(self) -> bool:
        self._remaining -= 1
        if self._remaining != 0:
            return False
        if self._once is None:
            return True
        try:
            self._once.touch(exist_ok=False)
        except FileExistsError:
            return False
        return True
