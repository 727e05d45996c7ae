"""The result of one piece, kept in files of its own: a push may be killed before all are merged.

They stay when it has ended, since a server forgets a job after some days.

In these files each row stands behind its number in the user's file, by which the pieces are merged.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from leadline.client.results.part_files import row_writer, write_whole
from leadline.client.results.piece_parts import FILES, PieceParts
from leadline.client.results.report import Counts
from leadline.client.results.result_lines import ResultLines


@dataclass(frozen=True, slots=True)
class PieceResult:
    """What became of the rows of a piece.

    Of `unplaced` failed or warned ones nobody knows which they are. The server has not counted
    `uncounted` ones.
    """

    batch_id: int
    counts: Counts
    unplaced: int = 0
    uncounted: int = 0


class PieceFolder:
    """The folder where the results of pieces are kept."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def part(self, piece: int, file: str) -> Path:
        """Return where a piece's part of a result file is, or would be."""
        return self._path / f"{piece:06}.{file}.csv"

    def get(self, piece: int, batch_id: int | None) -> PieceResult | None:
        """Return the result of a piece's job, None where it was not kept whole."""
        try:
            kept = json.loads(self._summary(piece).read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        counts = Counts.from_json(kept["counts"])
        found = PieceResult(kept["batchId"], counts, kept["unplaced"], kept["uncounted"])
        return found if found.batch_id == batch_id else None

    def put(self, piece: int, result: PieceResult) -> None:
        """Keep the counts; they are written last, so that who finds them finds all."""
        told = {
            "batchId": result.batch_id,
            "counts": result.counts.as_json(),
            "unplaced": result.unplaced,
            "uncounted": result.uncounted,
        }
        with write_whole(self._summary(piece)) as file:
            json.dump(told, file)

    @contextmanager
    def writing(self, piece: int, lines: ResultLines) -> Iterator[PieceParts]:
        """Open the parts of a piece, which are there when all of them are written."""
        self._path.mkdir(parents=True, exist_ok=True)
        self._summary(piece).unlink(missing_ok=True)
        with ExitStack() as stack:
            writers = {
                file: row_writer(stack.enter_context(write_whole(self.part(piece, file)))) for file in FILES
            }
            yield PieceParts(lines, writers)

    def _summary(self, piece: int) -> Path:
        return self._path / f"{piece:06}.json"
