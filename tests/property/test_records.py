"""Records as Python's `csv` module finds them, whatever the file and wherever a chunk ends (§3.3)."""

import csv
import io
import random
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.engine.reader import cut_chunks
from leadline.engine.records import read_records, refuse_wrong_reader
from leadline.errors import OperatorError
from leadline.model.jobs import FileFormat
from tests.forms import repeats, times
from tests.frames import read_whole
from tests.oracle_cells import has_value, records_of

WIDTH = 4
PART = 1024 * 1024
FORMATS = [FileFormat.CSV, *(pytest.param(each, marks=repeats) for each in (FileFormat.TSV, FileFormat.SSV))]


def rows_by_csv(text: str, delimiter: str) -> list[list[str]]:
    """Return the rows of a text as Python's reader sees them."""
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]


def rows_by_chunks(file: bytes, delimiter: str, part: int, chunk_bytes: int) -> list[list[str]]:
    """Return the rows of a file that is read in parts of a size and cut into chunks."""
    parts = [file[at : at + part] for at in range(0, len(file), part)]
    rows: list[list[str]] = []
    for chunk in cut_chunks(parts, delimiter, 0, chunk_bytes, WIDTH):
        assert chunk.broken is None
        frame = read_whole(chunk.records, WIDTH, delimiter, len(rows) + 1)
        rows += [list(cells) for cells in frame.select([f"c{n}" for n in range(WIDTH)]).rows()]
    return rows


def record(delimiter: str, number: int) -> str:
    """Return a record whose quoted cells hold all that a reader may stumble over."""
    cells = [f"p{number}", f'"Acme{delimiter} Inc"', f'"two\n""lines""{delimiter}"', '""', '"a\r\n"']
    return delimiter.join(cells[:WIDTH]) + "\n"


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_border_at_each_place_of_a_record(file_format: FileFormat) -> None:
    """Parts and chunks of each size up to one record, behind first rows of several lengths."""
    d = file_format.delimiter
    size = len(record(d, 1))
    for first in range(times(1, 5, 2)):
        text = f"{'x' * first}{d}b{d}c{d}d\n" + "".join(record(d, number) for number in range(3))
        expected = rows_by_csv(text, d)
        for part in range(1, size + 2):
            assert rows_by_chunks(text.encode(), d, part, part) == expected, (first, part)


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_border_at_each_place_of_a_long_file(file_format: FileFormat) -> None:
    """The same with many rows before the border, which is what early releases of Python 3.11 stumbled over."""
    d = file_format.delimiter
    rows = "".join(record(d, number % 10) for number in range(1500))
    expected = rows_by_csv(rows, d)
    for first in range(len(record(d, 1))):
        text = f"{'x' * first}{d}b{d}c{d}d\n{rows}"
        found = rows_by_chunks(text.encode(), d, 16 * 1024, 16 * 1024)
        assert found[1:] == expected, first


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_file_of_ten_megabytes(file_format: FileFormat) -> None:
    """With the sizes of a server, one quoted cell among plain rows, quotes in all rows, and quotes within cells."""
    d, dice = file_format.delimiter, random.Random(20261128)
    plain = f"p@example.com{d}Ann{d}Lee{d}Boss\n" * 60_000
    texts = [
        f'q@example.com{d}"Acme{d} Inc"{d}c{d}d\n{plain}',
        "".join(record(d, dice.randrange(10**6)) for _ in range(90_000)),
        "".join(f'{n}{d}6" pipe{d}"a" "b"{d}"x{d}\n"\n' for n in range(dice.randrange(70_000, 90_000))),
    ]
    for text in texts:
        assert rows_by_chunks(text.encode(), d, PART, 4 * PART) == rows_by_csv(text, d)


@settings(max_examples=times(100, 3000, 300))
@given(st.text('a"\n\r,;\\ ', max_size=40), st.integers(1, 50), st.sampled_from(FileFormat))
def test_any_text(text: str, part: int, file_format: FileFormat) -> None:
    """Quotes anywhere: records, and where each ends, are the oracle's."""
    d = file_format.delimiter
    expected = records_of(text, d)
    parts = [text.encode()[at : at + part] for at in range(0, len(text), part)]
    chunks = list(cut_chunks(parts, d, 0, part, WIDTH))
    broken = [chunk.broken for chunk in chunks if chunk.broken is not None]
    assert broken == [row.cells[0] for row in expected if not row.closed]
    whole = [row for chunk in chunks for row in rows_by_csv(chunk.records.decode(), d)]
    closed = [row for row in expected if row.closed]
    assert [cells for cells in whole if has_value(cells)] == [row.cells for row in closed]
    found = [cells for cells, end in read_records(text, d) if has_value(cells) and end <= len(text)]
    assert found == [row.cells for row in closed]
    frames = [read_whole(each.records, WIDTH, d, 1, has_strays=each.has_strays) for each in chunks]
    assert [stray for frame in frames for stray in frame["stray"]] == [row.stray for row in closed]


def torn(text: str, delimiter: str) -> Iterator[tuple[list[str], int]]:
    """Split a text as a reader does that knows no quotes."""
    end = 0
    for line in text.splitlines(keepends=True):
        end += len(line)
        yield line.strip().split(delimiter), end


def test_a_wrong_reader_is_refused() -> None:
    refuse_wrong_reader()
    with pytest.raises(
        OperatorError, match=r"splits CSV text at wrong places.*install another patch release"
    ):
        refuse_wrong_reader(torn)


@pytest.mark.parametrize("command", ["serve", "work", "sandbox", "demo"])
def test_no_command_that_reads_files_starts_on_a_wrong_python(command: str) -> None:
    broken = (
        "import csv; right = csv.reader; csv.reader = lambda lines, **how: right(lines, **how, quoting=3)"
    )
    program = f"{broken}; import sys; sys.argv = ['leadline', '{command}']; from leadline.cli.main import main; main()"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("leadline: Python 3.")
    assert ended.stderr.count("\n") == 1
