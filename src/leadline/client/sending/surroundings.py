"""What all pieces of a push share, and what it needs of the reading of files and the keeping of results."""

from dataclasses import dataclass
from typing import IO, Protocol

from leadline.client.calls.server import Server
from leadline.client.clock import Clock
from leadline.client.ended import JobStatus
from leadline.client.errors import PushError
from leadline.client.events import Ask, Listener
from leadline.client.manifest.course import PieceCourse
from leadline.client.manifest.journal import Journal
from leadline.client.options import PushOptions
from leadline.client.plan import Piece
from leadline.client.results.report import Counts
from leadline.client.sending.end import End


class Material(Protocol):
    """Where pieces come from."""

    @property
    def format(self) -> str:
        """What a create call is told of the delimiter."""
        ...

    def write(self, piece: Piece, into: IO[bytes]) -> str:
        """Write what a piece sends, the same each time; return its SHA-256."""
        ...

    def halves(self, piece: Piece, number: int) -> tuple[Piece, Piece] | None:
        """Return both halves, numbered from there on: the same each time. None where it is one row."""
        ...

    def measured(self, piece: Piece) -> Piece:
        """Return a half with its length as sent, for which the file is read; raises `PushError`."""
        ...


class ResultKeeper(Protocol):
    """Where the results of pieces go."""

    async def keep(self, piece: Piece, status: JobStatus) -> Counts:
        """Fetch the result of a finished job and keep it on the disk."""
        ...

    def is_kept(self, piece: Piece, batch_id: int) -> bool:
        """Tell whether it is there from an earlier run."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all pieces of a push share."""

    options: PushOptions
    server: Server
    journal: Journal
    material: Material
    results: ResultKeeper
    end: End
    clock: Clock
    tell: Listener
    ask: Ask | None
    first_free: int
    """The number behind the last one of the plan."""


def halves_of(material: Material, piece: Piece, course: PieceCourse) -> tuple[Piece, Piece]:
    """Return the halves that a manifest says were made of a piece."""
    halves = material.halves(piece, course.into[0]) if course.into else None
    if halves is None:
        raise PushError(
            f"Piece {piece.number} cannot be halved as its manifest says: begin anew with --restart."
        )
    return halves
