"""Whether a job may begin and go on: a sandbox lets tests decide it, elsewhere every job may.

Workers ask it; nothing else of a job's life depends on it.
"""

from contextlib import AbstractContextManager, nullcontext


class JobGate:
    """Lets every job run as soon as it can."""

    decides = False
    """Whether any of its answers may be no; workers need not ask a gate that decides nothing."""

    def turn(self, munchkin_id: str) -> AbstractContextManager[bool]:
        """Hold the subscription while a worker works in it; False says: leave it alone."""
        return nullcontext(True)

    def leaves(self, munchkin_id: str) -> bool:
        """Tell whether somebody waits for whoever holds the subscription to leave it, done or not."""
        return False

    def may_begin(self, munchkin_id: str, batch_id: int) -> bool:
        """Tell whether a queued job may be taken from the queue."""
        return True

    def may_go_on(self, munchkin_id: str, batch_id: int, next_row: int) -> bool:
        """Tell whether a job that was taken may be worked on, from a row on; asked before each chunk.

        One that may not stays `Importing` in its worker's hands until it may.
        """
        return True

    def stop_row(self, munchkin_id: str, batch_id: int) -> int | None:
        """Return the row before which `may_go_on` may say no, so that a chunk ends there; None for any."""
        return None

    def failure_of(self, munchkin_id: str, batch_id: int) -> str | None:
        """Return the message with which a job is to fail where it stands, None where it is not."""
        return None
