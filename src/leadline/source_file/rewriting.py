"""A file as it is to be imported: UTF-8 with commas, its columns named by fields, its dates in ISO 8601.

All other cells keep their characters.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from leadline.source_file.outer_space import OUTER_SPACE
from leadline.source_file.records import Record
from leadline.source_file.survey import Survey, rows_behind


@dataclass(slots=True)
class Rewriting:
    """How a file's columns are written: under which name, None for one left out, and with which dates.

    `rows_left_out` counts, while the pieces are read, the rows without a value in the columns that stay.
    """

    survey: Survey
    names: Sequence[str | None]
    dates: Mapping[int, Callable[[str], str]]
    rows_left_out: int = 0

    def pieces(self, file: IO[bytes]) -> Iterator[bytes]:
        """Yield the file in pieces."""
        self.rows_left_out = 0
        kept = [place for place, name in enumerate(self.names) if name is not None]
        behind = rows_behind(self.survey.records(file), self.survey.above)
        next(behind, None)
        yield _written([[name for name in self.names if name is not None]])
        for portion in behind:
            rows = self._rows(portion, kept)
            if rows:
                yield _written(rows)

    def _rows(self, portion: list[Record], kept: list[int]) -> list[Record]:
        for place, iso in self.dates.items():
            for row in portion:
                if len(row) > place and row[place]:
                    row[place] = iso(row[place])
        if len(kept) == len(self.names):
            return portion
        width, rows = len(self.names), []
        for row in portion:
            picked = [row[place] for place in kept if place < len(row)] + row[width:]
            if _is_blank(picked) and not _is_blank(row):
                self.rows_left_out += 1
            rows.append(picked)
        return rows


def _is_blank(row: Record) -> bool:
    return not any(cell.strip(OUTER_SPACE) for cell in row)


def _written(rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows as text; a cell with a delimiter, a quote or a line end stands within quotes."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")
