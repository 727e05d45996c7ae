"""Text split into records one by one, for a header and for single rows.

Python's own CSV reader does it. It needs no data-frame library, so that a creation call can read
a header in the API process, and unlike possessive repeats in `re`, which tear rows apart in some
patch releases of Python 3.11, it is right in all of them. That is made sure when this
module is loaded, so that no command which reads files starts on a Python that reads them wrongly.
"""

import csv
import io
import platform
from collections.abc import Callable, Iterator
from typing import AnyStr

from leadline.errors import OperatorError
from leadline.source_file.long_cells import allow_long_cells

Records = Iterator[tuple[list[str], int]]


def read_records(text: str, delimiter: str) -> Records:
    """Yield the cells of each record of a text, and the offset behind the record's line end.

    A blank line is a record of no cells. An offset beyond the text says that a quote is still
    open at its end.
    """
    allow_long_cells()
    end, size = 0, len(text)

    def lines() -> Iterator[str]:
        nonlocal end
        for line in io.StringIO(text, newline=""):
            end += len(line)
            yield line
        end = size + 1
        yield "\n"

    for cells in csv.reader(lines(), delimiter=delimiter):
        if cells or end <= size:
            yield cells, end


def end_mark(text: AnyStr, mark: AnyStr, line_ends: AnyStr) -> int:
    """Return where the mark begins that DOS programs put at a file's end, once or often; else the length."""
    found = text.find(mark, len(text.rstrip(mark + line_ends)))
    return len(text) if found < 0 else found


_KNOWN_TEXT = 'a,"b, ""c""",\r\n\n"d\r\ne" f,g"h\r"three","complete","rows"\n"p4","Ac'
_KNOWN_RECORDS = [
    (["a", 'b, "c"', ""], 15),
    ([], 16),
    (["d\r\ne f", 'g"h'], 29),
    (["three", "complete", "rows"], 55),
    (["p4", "Ac\n"], 64),
]


def refuse_wrong_reader(read: Callable[[str, str], Records] = read_records) -> None:
    """Raise `OperatorError` where this Python splits a known text into other records than it holds."""
    if list(read(_KNOWN_TEXT, ",")) != _KNOWN_RECORDS:
        raise OperatorError(
            f"Python {platform.python_version()} splits CSV text at wrong places, so rows would be torn: "
            "install another patch release of Python and start again."
        )


refuse_wrong_reader()
