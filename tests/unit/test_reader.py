"""Where the reader cuts a file, and how it fits rows to the header."""

import csv
import io
from itertools import pairwise

import pytest

from leadline.engine.reader import CHUNK_BYTES, CHUNK_ROWS_MAX, cut_chunks
from tests.forms import repeats
from tests.frames import read_whole

ROW = b"last@example.com,Zoe\n"
KB, MB = 1024, 1024 * 1024
PART = MB


def test_blank_lines_behind_a_row_are_not_the_row() -> None:
    """Contract §3.3: a row that straddles two parts, then more blank lines than a row may be long."""
    rows = PART // len(ROW) + 1
    file = ROW * rows + b"\n" * (CHUNK_BYTES + PART) + ROW
    blocks = [file[at : at + PART] for at in range(0, len(file), PART)]
    chunks = list(cut_chunks(blocks, ",", 0, columns=2))
    assert [chunk.broken for chunk in chunks if chunk.broken is not None] == []
    assert b"".join(chunk.records for chunk in chunks).count(ROW) == rows + 1
    assert chunks[-1].end == len(file)


@pytest.mark.parametrize("usual", [1, 2, 3, 4, 7, 19, 20])
@pytest.mark.parametrize("last", ["", "x"])
def test_whatever_width_most_rows_have(usual: int, last: str) -> None:
    """Contract §3.3: missing cells are blank, extra ones told; a row without any value is none."""
    others = [
        "one",
        "a,b",
        "a,b,c",
        "a,b,c,",
        'a,b,c,""',
        'a,"b\nb,b",c,d',
        ",,,,",
        '"q"',
        "a,b,c,,,,,,,,,,,,,,,,,,,,z",
        ",,z",
    ]
    rows = [",".join(["a"] * (usual - 1) + [last]) for _ in range(5000)]
    rows[2500:2500] = others
    text = "\n\n".join([*rows[:7], *others, *rows[7:]]) + "\n"
    frame = read_whole(text.encode(), 3, ",", 1)
    expected = [row for row in csv.reader(io.StringIO(text, newline="")) if any(row)]
    assert frame.select("c0", "c1", "c2").rows() == [tuple([*row, "", ""][:3]) for row in expected]
    assert frame["width"].to_list() == [len(row) for row in expected]
    assert frame["long"].to_list() == [any(row[3:]) for row in expected]
    assert frame["row"].to_list() == list(range(1, len(expected) + 1))


def test_chunks_grow() -> None:
    """The first has half a megabyte, so that work begins early, the later ones twice as much each up to 4 MB."""
    assert sizes_of(16 * MB) == pytest.approx([512, 1024, 2048, 4096, 4096, 4096, 512], abs=2)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (512 * KB, [512]),
        (767 * KB, [767]),
        (900 * KB, [450, 450]),
        (2 * MB, [512, 768, 768]),
        (4 * MB, [512, 1024, 2560]),
        (8 * MB, [512, 1024, 2048, 2304, 2304]),
        (16 * MB, [512, 1024, 2048, 4096, 4096, 2304, 2304]),
    ],
)
def test_a_file_whose_size_is_known_leaves_no_small_rest(size: int, expected: list[int]) -> None:
    assert sizes_of(size, known=True) == pytest.approx(expected, abs=2)


def sizes_of(size: int, *, known: bool = False) -> list[int]:
    """Return how many KB each chunk has of a file of so many bytes, give or take a row."""
    file = (b"x" * 99 + b"\n") * (size // 100)
    blocks = [file[at : at + PART] for at in range(0, len(file), PART)]
    ends = [0, *(chunk.end for chunk in cut_chunks(blocks, ",", 0, file_bytes=size if known else 0))]
    return [round((end - start) / KB) for start, end in pairwise(ends)]


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_chunk_of_no_more_rows_than_fit(line_end: str, quote: str) -> None:
    """Short rows, then long ones, then short ones; a chunk has no more than fit into memory, nor few each."""
    cells = ["a"] * (2 * CHUNK_ROWS_MAX) + ["b" * 500] * 5000 + ["c"] * (2 * CHUNK_ROWS_MAX)
    file = "".join(f"{quote}{cell}{quote}{line_end}" for cell in cells).encode()
    blocks = [file[at : at + PART] for at in range(0, len(file), PART)]
    chunks = list(cut_chunks(blocks, ",", 0, columns=1))
    frames = [read_whole(chunk.records, 1, ",", 1) for chunk in chunks]
    assert [cell for frame in frames for cell in frame["c0"]] == cells
    assert max(frame.height for frame in frames) <= CHUNK_ROWS_MAX
    assert len(chunks) < 12


@pytest.mark.parametrize("line_end", ["\n", pytest.param("\r", marks=repeats), "\r\n"])
@pytest.mark.parametrize("lines", [1, *(pytest.param(each, marks=repeats) for each in (63, 64)), 65, 500])
def test_a_border_within_a_cell_of_many_lines(line_end: str, lines: int) -> None:
    """A chunk ends behind a row, however many quoted line ends stand between that and the border."""
    text = line_end * lines
    rows = [[f"a{number}", f'{text}"{number}"{text}', "c"] for number in range(20)]
    quoted = (",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    file = "".join(row + line_end for row in quoted).encode()
    size = len(file) // 20
    for part in range(size // 2, size * 3 // 2, max(1, size // 10)):
        blocks = [file[at : at + part] for at in range(0, len(file), part)]
        chunks = list(cut_chunks(blocks, ",", 0, part, columns=3))
        assert len(chunks) > 5
        frames = [read_whole(chunk.records, 3, ",", 1) for chunk in chunks]
        assert [list(row) for frame in frames for row in frame.select("c0", "c1", "c2").rows()] == rows
