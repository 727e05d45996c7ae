"""The pieces of a file, as those who send them ask for them."""

import hashlib
from dataclasses import dataclass
from typing import IO

from leadline.client.plan import Piece
from leadline.client.reading import Mapping, halves, measured, piece_content


@dataclass(frozen=True)
class FilePieces:
    """The pieces of a file, as they are sent."""

    mapping: Mapping

    @property
    def format(self) -> str:
        """What a create call is told of the delimiter."""
        return self.mapping.source.format

    def write(self, piece: Piece, into: IO[bytes]) -> str:
        """Write what a piece sends, the same each time; return its SHA-256."""
        digest = hashlib.sha256()
        for part in piece_content(self.mapping.source, self.mapping, piece):
            digest.update(part)
            into.write(part)
        into.flush()
        return digest.hexdigest()

    def halves(self, piece: Piece, number: int) -> tuple[Piece, Piece] | None:
        """Return both halves, numbered from there on: the same each time. None where it is one row."""
        return halves(piece, number)

    def measured(self, piece: Piece) -> Piece:
        """Return a half with its length as sent, for which the file is read; raises `PushError`."""
        return measured(self.mapping.source, self.mapping, piece)
