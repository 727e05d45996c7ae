"""What a person is told of an event, in a line."""

from leadline.client.counted import counted, rows
from leadline.client.events import (
    Event,
    Message,
    PieceAccepted,
    PieceDone,
    PieceHalved,
    PieceRefused,
    PieceUnknown,
    PlanShown,
    Waiting,
)

_MEGABYTE = 1_000_000
_LONG_WAIT = 10
"""Shorter waits are not told: they are part of how calls are made."""


def sentence_of(event: Event) -> str | None:
    """Return the line, None of an event that changes nothing a person would act on."""
    match event:
        case PlanShown():
            return _plan(event)
        case PieceAccepted():
            return f"Piece {event.piece}: batch {event.batch_id} has taken {rows(event.rows)}."
        case PieceDone():
            return _done(event)
        case PieceRefused():
            return f"Piece {event.piece} is refused: {event.code} {event.words}"
        case PieceHalved():
            halves = " and ".join(str(piece) for piece in event.into)
            return f"Piece {event.piece} is too large for the server: it goes as pieces {halves}."
        case PieceUnknown():
            then = "It is sent again." if event.is_resent else "It is not sent again."
            return f"Nobody knows whether the server has taken piece {event.piece}: {event.why}. {then}"
        case Waiting() if event.seconds >= _LONG_WAIT:
            which = "" if event.piece is None else f"Piece {event.piece}: "
            return f"{which}{event.why}; waiting {duration(event.seconds)}."
        case Message():
            return event.text
        case _:
            return None


def duration(seconds: float) -> str:
    """Return a time as people say it: `40 s`, `2 min`, `3 h 5 min`."""
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    hours, minutes = divmod(round(whole / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _plan(plan: PlanShown) -> str:
    pieces = counted(plan.pieces, "piece", "pieces")
    waves = f" in {plan.waves} waves" if plan.waves > 1 else ""
    megabytes, calls = plan.bytes / _MEGABYTE, counted(plan.calls, "call", "calls")
    text = f"{rows(plan.rows)}, {megabytes:,.1f} MB, {pieces}{waves}, about {calls}."
    if plan.pieces_ended:
        text += f" {plan.pieces_ended:,} of them are over from before."
    return text


def _done(piece: PieceDone) -> str:
    parts = [f"{piece.imported:,} imported"]
    parts += [f"{piece.failed:,} failed"] if piece.failed else []
    parts += [f"{piece.warned:,} with a warning"] if piece.warned else []
    parts += [duration(piece.seconds)]
    how = "" if piece.status == "Complete" else f" {piece.status},"
    return f"Piece {piece.piece}: batch {piece.batch_id} is over,{how} {', '.join(parts)}."
