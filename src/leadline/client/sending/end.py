"""Whether a push may go on, and why it ends: what all its pieces look at."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from leadline.client.ended import Ended, PieceEnd, State
from leadline.client.errors import Exit, FileChangedError, PushError, unwritable

_GRAVITY = (Exit.IMPORTED, Exit.UNFINISHED, Exit.USAGE, Exit.REFUSED, Exit.UNKNOWN, Exit.INTERRUPTED)


@dataclass(slots=True)
class End:
    """Once `stop` is set nothing new is sent; once `leave` is, nothing is waited for either.

    `exit` is the gravest reason to stop so far, and `message` says it.
    """

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    leave: asyncio.Event = field(default_factory=asyncio.Event)
    exit: Exit = Exit.IMPORTED
    message: str = ""

    def because(self, exit_code: Exit, message: str) -> None:
        """Send nothing new from now on, for a reason."""
        self.stop.set()
        if _GRAVITY.index(exit_code) > _GRAVITY.index(self.exit):
            self.exit, self.message = exit_code, message

    def because_of(self, error: PushError | OSError) -> None:
        """Send nothing new from now on, because of what went wrong."""
        self.because(*reason_of(error))

    def now(self, exit_code: Exit, message: str) -> None:
        """Send nothing new, and wait for nothing that is under way."""
        self.because(exit_code, message)
        self.leave.set()

    def ended(self, pieces: Sequence[PieceEnd], calls: int) -> Ended:
        """Return how a push has ended; that its time was over just when all was done is no matter."""
        is_done = all(each.state in (State.DONE, State.CANCELLED) for each in pieces)
        if is_done and self.exit is Exit.UNFINISHED and self.leave.is_set():
            return Ended(tuple(pieces), calls, Exit.IMPORTED, "")
        return Ended(tuple(pieces), calls, self.exit, self.message)


def reason_of(error: PushError | OSError) -> tuple[Exit, str]:
    """Return how a push ends that has begun and cannot go on, and what to say of it."""
    if isinstance(error, OSError):
        return Exit.UNFINISHED, unwritable(error)
    return Exit.UNFINISHED if isinstance(error, FileChangedError) else error.exit_code, str(error)
