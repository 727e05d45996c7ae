"""A file's header and first rows are looked for in its first bytes; where these are too few, further on."""

import pytest

from leadline.engine.header import read_header
from leadline.engine.rows import first_rows
from leadline.model.jobs import FileFormat

SHIFTED, STRAIGHT = b"1,a,b\n", b"a,b\n"
LONG = 20_000


@pytest.mark.parametrize("block_bytes", [500, 1_000_000])
@pytest.mark.parametrize(
    ("above", "cells"),
    [
        (b"", ["email", "x" * LONG]),
        (b" \n" * LONG, ["email"]),
        (b'"\n ",\n' * LONG, ["email", "city"]),
        (b"", ["email", "c" * 16_377]),
    ],
)
def test_a_header_may_end_far_behind_the_beginning(above: bytes, cells: list[str], block_bytes: int) -> None:
    line = ",".join(cells)
    file = above + line.encode() + b"\r\na,b\r\n"
    found = read_header(
        (file[at : at + block_bytes] for at in range(0, len(file), block_bytes)), FileFormat.CSV
    )
    assert (found.text, list(found.cells), found.size) == (line, cells, len(above) + len(line) + 2)


@pytest.mark.parametrize(
    ("file", "width", "are_shifted"),
    [
        (SHIFTED * LONG, 3, True),
        (SHIFTED * LONG + STRAIGHT, 3, False),
        (SHIFTED, 3, False),
        (b"1," + b"a" * LONG + b",b\n" + SHIFTED, 3, True),
        (b"1," + b"a" * LONG + b",b\n" + STRAIGHT, 3, False),
        (b"\n" * LONG + b"a\n" + SHIFTED, 1, False),
        (b"\n" * LONG, 2, False),
    ],
)
@pytest.mark.parametrize("block_bytes", [500, 1_000_000])
def test_first_rows_may_stand_far_behind_the_beginning(
    file: bytes, width: int, are_shifted: bool, block_bytes: int
) -> None:
    found = first_rows((file[at : at + block_bytes] for at in range(0, len(file), block_bytes)), ",", 2)
    assert (found.width, found.are_shifted) == (width, are_shifted)
