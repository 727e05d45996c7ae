"""How a push has ended, piece by piece: what the results are made of."""

from dataclasses import dataclass
from enum import StrEnum

from leadline.client.errors import Exit
from leadline.client.plan import Piece


class State(StrEnum):
    """Where a piece stands; the words are those of the manifest, but for `unsent`, which is no line."""

    UNSENT = "unsent"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    HALVED = "halved"
    CANCELLED = "cancelled"
    DONE = "done"
    UNKNOWN = "unknown"
    UNDONE = "undone"

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing more comes of a piece: rows of later waves can no longer be overtaken."""
        return self in (State.DONE, State.REFUSED, State.CANCELLED, State.HALVED, State.UNDONE)


@dataclass(frozen=True, slots=True)
class JobStatus:
    """What a poll has shown of a job (contract §2.6)."""

    batch_id: int
    status: str
    processed: int = 0
    failed: int = 0
    warned: int = 0
    message: str = ""
    is_cancelled: bool = False

    @property
    def is_finished(self) -> bool:
        """Tell whether the job has ended."""
        return self.status in ("Complete", "Failed")


@dataclass(frozen=True, slots=True)
class PieceEnd:
    """A piece at the end of a push; `why` is a code and the server's words where there are some."""

    piece: Piece
    state: State
    batch_id: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """All pieces but those that were halved, in order; how many calls it took, and why it ended.

    `exit` is what the end itself asks for: `IMPORTED` where all was sent and nothing stopped it, so that
    the rows decide.
    """

    pieces: tuple[PieceEnd, ...]
    calls: int
    exit: Exit
    message: str
