"""What a push tells while it goes on; whoever shows it takes these.

A listener is called in the thread of the push and must not wait.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MappingShown:
    """How columns become fields, and what looks wrong in them: lines to be read before anything is sent."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanShown:
    """What is sent; `pieces_ended` and `rows_ended` are over from an earlier run of the same push."""

    pieces: int
    rows: int
    bytes: int
    waves: int
    calls: int
    pieces_ended: int = 0
    rows_ended: int = 0
    is_leadline: bool = False


@dataclass(frozen=True, slots=True)
class PieceSending:
    """A piece is about to be posted, for the n-th time."""

    piece: int
    rows: int
    attempt: int


@dataclass(frozen=True, slots=True)
class PieceAccepted:
    """The server has queued a piece."""

    piece: int
    rows: int
    batch_id: int


@dataclass(frozen=True, slots=True)
class PieceProgress:
    """A poll has shown how far the job of a piece is."""

    piece: int
    rows: int
    batch_id: int
    status: str
    imported: int
    failed: int


@dataclass(frozen=True, slots=True)
class PieceDone:
    """The job of a piece has ended as `status` says, and its results are kept."""

    piece: int
    rows: int
    batch_id: int
    status: str
    imported: int
    failed: int
    warned: int
    seconds: float


@dataclass(frozen=True, slots=True)
class PieceRefused:
    """The server has not taken a piece, and says why."""

    piece: int
    rows: int
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class PieceHalved:
    """A piece was too large for the server; the two halves go in its place."""

    piece: int
    rows: int
    into: tuple[int, int]


@dataclass(frozen=True, slots=True)
class PieceUnknown:
    """Nobody knows whether the server has taken a piece; `is_resent` says that it is sent again."""

    piece: int
    rows: int
    why: str
    is_resent: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something waits for so many seconds, `piece` where it is one piece alone."""

    why: str
    seconds: float
    piece: int | None = None


@dataclass(frozen=True, slots=True)
class CallsUsed:
    """How many calls this push has made, and how many of today's it may still make."""

    made: int
    left_today: int


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence."""

    text: str


Event = (
    MappingShown
    | PlanShown
    | PieceSending
    | PieceAccepted
    | PieceProgress
    | PieceDone
    | PieceRefused
    | PieceHalved
    | PieceUnknown
    | Waiting
    | CallsUsed
    | Message
)

Listener = Callable[[Event], None]

Ask = Callable[[str], bool]
"""Puts a question that yes or no answers to a person; there is none where nobody can be asked."""


def tell_nobody(event: Event) -> None:
    """Be the listener where nobody listens."""
