"""How far a push is, kept from its events."""

from dataclasses import dataclass, field

from leadline.client.events import (
    Event,
    PieceAccepted,
    PieceDone,
    PieceHalved,
    PieceProgress,
    PieceRefused,
    PieceSending,
    PieceUnknown,
    PlanShown,
)


@dataclass(slots=True)
class OpenPiece:
    """A piece that is on its way: what it does now, and how many of its rows are over."""

    rows: int
    state: str
    rows_over: int = 0


@dataclass(slots=True)
class Course:
    """The rows of the file, how many of them are over, and the pieces that are open."""

    rows: int = 0
    rows_ended: int = 0
    pieces: int = 0
    pieces_ended: int = 0
    open: dict[int, OpenPiece] = field(default_factory=dict)

    @property
    def rows_over(self) -> int:
        """Rows that are imported or not, for good, as far as is known."""
        return self.rows_ended + sum(piece.rows_over for piece in self.open.values())

    def take(self, event: Event) -> None:
        """Take an event in."""
        match event:
            case PlanShown():
                self.rows, self.pieces = event.rows, event.pieces
                self.rows_ended, self.pieces_ended = event.rows_ended, event.pieces_ended
            case PieceSending():
                self.open[event.piece] = OpenPiece(event.rows, "sending")
            case PieceAccepted():
                self.open[event.piece] = OpenPiece(event.rows, f"batch {event.batch_id}, queued")
            case PieceProgress():
                state = f"batch {event.batch_id}, {event.status.lower()}"
                self.open[event.piece] = OpenPiece(event.rows, state, event.imported + event.failed)
            case PieceHalved():
                self.open.pop(event.piece, None)
                self.pieces += 1
            case PieceDone() | PieceRefused():
                self._end(event.piece, event.rows)
            case PieceUnknown() if not event.is_resent:
                self._end(event.piece, event.rows)

    def _end(self, piece: int, rows: int) -> None:
        self.open.pop(piece, None)
        self.rows_ended += rows
        self.pieces_ended += 1
