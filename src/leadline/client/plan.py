"""Which bytes of a file make which piece: made once, and made alike whenever the same push goes on."""

import hashlib
import zlib
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Span:
    """Whole records that stand together in the user's file: `length` bytes from `offset` on.

    `first_row` is the number of the first data row among them, counted from 1 without blank lines. All
    `rows` of them are meant, or those that are `chosen`: rows of one key may be parted. `checksum` is that of
    the bytes, so that a file that was changed since is noticed. `is_filled` tells that each row is known to
    have a value that is sent, so that no server takes it for a blank line.
    """

    offset: int
    length: int
    first_row: int
    rows: int
    checksum: int = 0
    packed: bytes | None = None
    is_filled: bool = False

    @property
    def chosen(self) -> bytes | None:
        """A byte for each data row, not 0 where it is meant; None where all are."""
        return None if self.packed is None else zlib.decompress(self.packed)

    @property
    def last_row(self) -> int:
        """The number of the last row that is meant."""
        chosen = self.chosen
        return self.first_row + (self.rows - 1 if chosen is None else chosen.rindex(1))

    def choosing(self, chosen: bytes) -> "Span":
        """Return the same records with other rows chosen; millions of rows take few bytes so."""
        return replace(self, rows=chosen.count(1), packed=zlib.compress(chosen, 1))


@dataclass(frozen=True, slots=True)
class Piece:
    """What one create call sends: its records in file order, at most `bytes` long as sent, header included.

    Pieces of a wave may be imported at once; a wave waits until the one before is settled.
    """

    number: int
    wave: int
    spans: tuple[Span, ...]
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows that are never sent, as a piece of wave 0, and why."""

    piece: Piece
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All pieces of a file in the order in which they are sent, and the rows that no piece has.

    `repeats` counts rows whose key an earlier row has.
    """

    pieces: tuple[Piece, ...]
    left_out: tuple[LeftOut, ...]
    rows: int
    repeats: int

    @property
    def layout(self) -> str:
        """A hash of which rows each piece has: with another one, numbers of pieces mean other rows."""
        digest = hashlib.sha256()
        for piece in (*self.pieces, *(each.piece for each in self.left_out)):
            digest.update(f"{piece.number} {piece.wave}\n".encode())
            for span in piece.spans:
                digest.update(f"{span.offset} {span.length} {span.first_row} {span.rows}\n".encode())
                digest.update(span.chosen or b"")
        return digest.hexdigest()
