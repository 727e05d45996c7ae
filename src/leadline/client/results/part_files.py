"""Result files: written whole or not at all, UTF-8 with commas and line feeds."""

import csv
import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from leadline.source_file.long_cells import allow_long_cells


@contextmanager
def write_whole(path: Path) -> Iterator[TextIO]:
    """Open a file that appears under its name when all of it is on the disk, and else leaves nothing."""
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        with suppress(OSError):
            draft.unlink()
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # a full disk does not say which file has found no room
        raise
    draft.replace(path)


def row_writer(file: TextIO) -> Callable[[Sequence[str]], None]:
    """Return what writes rows; a cell with a carriage return is quoted, which not every Python does."""
    plain = csv.writer(file, lineterminator="\n").writerow
    quoted = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow

    def write(row: Sequence[str]) -> None:
        (quoted if "\r" in "".join(row) else plain)(row)

    return write


def csv_rows(file: TextIO, delimiter: str = ",") -> Iterator[list[str]]:
    """Yield the rows of an open file, whose cells may be as long as they like."""
    allow_long_cells()
    yield from csv.reader(file, delimiter=delimiter)


def rows_in(data: bytes, delimiter: str = ",") -> Iterator[list[str]]:
    """Yield the rows of a file that a server has sent; the bytes are read as they lie."""
    yield from csv_rows(io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", "replace", newline=""), delimiter)


def read_rows(path: Path) -> Iterator[list[str]]:
    """Yield the rows of a file that `row_writer` wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv_rows(file)
