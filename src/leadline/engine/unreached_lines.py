"""The rows that a job has not reached, written anew so that no spreadsheet computes a cell of theirs.

They have a reason column, which stays blank: where a file has one, the `'` that was put before a cell is
taken off when the file is sent again.
"""

from collections.abc import Iterable, Iterator

import polars as pl

from leadline.engine.frames import read_cells
from leadline.engine.plan import FileLayout
from leadline.engine.reader import cut_chunks
from leadline.engine.report import issue_lines
from leadline.model.jobs import IssueKind


def escaped_lines(text: Iterable[bytes], layout: FileLayout, start: int) -> Iterator[bytes]:
    """Yield the header and the rows of a text that begins with a row, at an offset of its file."""
    yield f"{layout.header.text}{layout.delimiter}{IssueKind.FAILURE.column}\n".encode()
    width, reasons = len(layout.header.cells), layout.header.reasons
    for chunk in cut_chunks(text, layout.delimiter, start):
        cells = read_cells(chunk.records, width, layout.delimiter, 1, reasons=reasons)
        rows = pl.concat([each.select("row", pl.lit("").alias("reason")) for each in cells])
        yield issue_lines(cells, rows.sort("row"), layout)
        if chunk.broken is not None:
            yield _quoted(chunk.broken, layout)


def _quoted(text: str, layout: FileLayout) -> bytes:
    """Return the row that cannot be read as the text of its last cell, which nothing computes."""
    cell = "'" + text.replace('"', '""')
    return f'{layout.delimiter * (layout.width - 1)}"{cell}"{layout.delimiter}\n'.encode()
