"""What is fuzzed: each target takes bytes, and fails by an AssertionError or an exception nobody planned.

Where there is another reading of the same input, the two must agree: the oracle's, Python's
`csv` module's, the other multipart library's.
"""

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from functools import cache

import polars as pl
from multipart import MultipartError

from leadline.api.multipart import FormReader
from leadline.engine.cells import READERS, trimmed
from leadline.engine.dates import date_defaults
from leadline.engine.encoding import read_through, skip_bytes, utf8_blocks
from leadline.engine.header import detect_encoding, plan_columns, read_header
from leadline.engine.reader import cut_chunks
from leadline.errors import ServiceError
from leadline.model.jobs import FileFormat
from leadline.schema.leads import lead_type
from leadline.schema.types import FIELD_TYPES, Cell
from tests.frames import read_whole
from tests.oracle_cells import (
    BLANKS,
    Row,
    has_value,
    next_record,
    read,
    records_of,
    split_header,
    without_end_mark,
)

FORMATS = list(FileFormat)


def blocks_of(data: bytes, size: int) -> list[bytes]:
    """Cut data into blocks."""
    return [data[at : at + size] for at in range(0, len(data), size)]


def reader(data: bytes) -> None:
    """A whole file: two bytes say format and block size, the rest is the upload."""
    if len(data) < 3:
        return
    file_format, size, file = FORMATS[data[0] % 3], data[1] % 64 + 1, data[2:]
    d = file_format.delimiter
    try:
        header = read_header([file], file_format)
    except ServiceError:
        return
    encoding = detect_encoding(file)
    if read_through(blocks_of(file, max(size, 4)), encoding).invalid_from is not None:
        return
    text = b"".join(utf8_blocks([file], encoding)).decode()
    line, cells, rest = split_header(text, d)
    assert (header.text, list(header.cells)) == (line, cells)
    width = len(cells)
    found: list[tuple[list[str], int, bool, bool]] = []
    whole = skip_bytes(utf8_blocks(iter([file]), encoding), header.size)
    body = b"".join(whole)
    for chunk in cut_chunks(blocks_of(body, size), d, header.size, size, width):
        frame = read_whole(chunk.records, width, d, 1, has_strays=chunk.has_strays)
        rows = frame.select(*(f"c{n}" for n in range(width)), "width", "long", "stray").rows()
        found += [(list(row[:width]), *row[width:]) for row in rows]
        found += [([chunk.broken], 1, False, False)] if chunk.broken is not None else []
    expected = records_of(rest, d)
    assert found == [_fitted(row, width) for row in expected]
    _agrees_with_python(rest, d, expected)


def _fitted(row: Row, width: int) -> tuple[list[str], int, bool, bool]:
    """Return a record as a reader gives it: padded or cut, its width, what was cut held, and torn quotes."""
    if not row.closed:
        return row.cells, 1, False, False
    lost = any(cell.strip(BLANKS) for cell in row.cells[width:])
    return (row.cells + [""] * width)[:width], len(row.cells), lost, row.stray


def _agrees_with_python(text: str, delimiter: str, expected: list[Row]) -> None:
    """Python's reader sees the same records, but for a quote that never closes."""
    if all(row.closed for row in expected):
        rows = csv.reader(io.StringIO(without_end_mark(text), newline=""), delimiter=delimiter)
        assert [row for row in rows if has_value(row)] == [row.cells for row in expected]


def cells(data: bytes) -> None:
    """Cells, apart by NUL, for all types: what the engine reads is what plain Python reads."""
    texts = [each for each in data.decode("utf-8", "replace").split("\0") if each.strip(BLANKS)]
    today = date(2026, 11, 28)
    frame = pl.DataFrame({"c": texts}, schema={"c": pl.String})
    for field_type in {each.cell: each for each in FIELD_TYPES.values()}.values():
        kind, defaults = field_type.cell, date_defaults(field_type, "America/Chicago", today)
        text = pl.col("c") if kind is Cell.TEXT else trimmed(pl.col("c"))
        got = frame.select(READERS[kind](text, defaults)).to_series().to_list()
        expected = [read(kind.value, text, "America/Chicago", today, field_type.past) for text in texts]
        assert got == expected, (kind, texts, expected)


@cache
def _lead_names() -> frozenset[str]:
    return frozenset(each.name.lower() for each in lead_type().fields)


def header(data: bytes) -> None:
    """A header line: names are matched, or refused with a code, as the oracle finds them."""
    if not data:
        return
    file_format, file = FORMATS[data[0] % 3], data[1:]
    lead = lead_type()
    key = lead.key("email")
    assert key is not None
    try:
        found = read_header(blocks_of(file, data[0] % 32 + 4), file_format)
        planned = plan_columns(found, lead, key, ignore_unknown=bool(data[0] & 64))
    except ServiceError as error:
        if error.entry.code not in ("1003", "1006"):
            raise
        return
    names = [each.lower() for each in found.cells]
    for column in planned:
        assert names[column.index] == column.field.name.lower()
        assert not column.field.read_only or column.field in key.fields
    if not data[0] & 64:
        assert set(names) <= _lead_names() | {"", "import failure reason", "import warning reason"}
    assert next_record(found.text, 0, file_format.delimiter)[0] == list(found.cells)


def multipart(data: bytes) -> None:
    """A body: a byte says how it is cut. The cuts change nothing, and no exception but the planned ones."""
    if not data:
        return
    body = data[1:].replace(b"\n", b"\r\n") if data[0] & 1 else data[1:]
    whole, cut = form_of([body]), form_of(blocks_of(body, data[0] // 2 % 50 + 1))
    if not re.search(rb"(?<!\r)\n", body):  # the parser notices a line feed among headers or not, as it comes
        assert whole == cut
    _agrees_with_other_library(body, whole)


Read = tuple[bytes | None, dict[str, list[str]]]


def form_of(blocks: list[bytes]) -> Read | None:
    """Return file and fields of a body with the boundary `b`, None where it is refused."""
    reader = FormReader("b", 1000)
    try:
        for block in blocks:
            reader.feed(block)
        reader.finish()
        if reader.form.file is None:
            return None, reader.form.fields
        reader.form.file.seek(0)
        return reader.form.file.read(), reader.form.fields
    except (MultipartError, ServiceError):
        return None
    finally:
        reader.form.close()


def _agrees_with_other_library(body: bytes, ours: Read | None) -> None:
    """Where both take a body, they find the same file in it; nothing to ask when the library is not there."""
    try:
        from python_multipart import parse_form
        from python_multipart.exceptions import FormParserError
    except ImportError:
        return
    files, names = [], []
    headers = {"Content-Type": b"multipart/form-data; boundary=b"}
    try:
        parse_form(
            headers,
            io.BytesIO(body),
            lambda each: names.append(each.field_name),
            lambda each: files.append(
                (each.field_name, each.file_object.read() if not each.file_object.seek(0) else b"")
            ),
        )
    except (FormParserError, ValueError):
        return
    theirs = [content for name, content in files if name == b"file"]
    if ours is not None and ours[0] is not None and theirs:
        assert theirs[0] == ours[0], (theirs, ours)


TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each for each in (reader, cells, header, multipart)
}
