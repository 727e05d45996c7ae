"""Which bytes of a file make which piece: made once, and made alike whenever the same push goes on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Whole records that stand together in the user's file: `length` bytes from `offset` on.

    `first_row` is the number of the first data row among them, counted from 1 without blank lines.
    """

    offset: int
    length: int
    first_row: int
    rows: int


@dataclass(frozen=True, slots=True)
class Piece:
    """What one create call sends: its records in file order, `bytes` long as sent, header included.

    Pieces of a wave may be imported at once; a wave waits until the one before is settled.
    """

    number: int
    wave: int
    spans: tuple[Span, ...]
    rows: int
    bytes: int
