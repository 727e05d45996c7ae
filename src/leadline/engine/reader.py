"""From the bytes of an upload to chunks of whole records, which are found by the quotes around them."""

from collections.abc import Iterable, Iterator, Sequence

from leadline.engine.frames import PADDING_MAX, count_rows
from leadline.engine.header import Header
from leadline.engine.quotes import easy_end, line_ends
from leadline.engine.records import end_mark
from leadline.model.dataclass import dataclass

CHUNK_BYTES = 4 * 1024 * 1024
BROKEN_BYTES_MAX = 1024 * 1024
"""How much of a row that cannot be read is shown in the failure file."""

FIRST_CHUNK_BYTES = CHUNK_BYTES // 8
ONE_CHUNK_BYTES = FIRST_CHUNK_BYTES + FIRST_CHUNK_BYTES // 2
"""A file of so many bytes is one chunk."""

CHUNK_ROWS_MAX = 65_536
CHUNK_CELLS_MAX = 1_000_000
_LOOK_BYTES = 64 * 1024
"""So much more than the usual size of so many rows is looked through for their end."""

ROW_BYTES_MAX = 4 * CHUNK_BYTES
"""A row that is not closed within this many bytes takes the rest of the file with it."""


@dataclass(frozen=True, slots=True)
class RawChunk:
    """Some complete records, then perhaps one row that cannot be read.

    `end` is the offset behind the chunk, in bytes of the file as UTF-8 without mark; `has_strays`
    says that some quotes may be torn.
    """

    records: bytes
    broken: str | None
    end: int
    has_strays: bool = False

    @property
    def has_nul(self) -> bool:
        """Whether a NUL stands anywhere in it."""
        return b"\0" in self.records or "\0" in (self.broken or "")


def cut_chunks(
    blocks: Iterable[bytes],
    delimiter: str,
    start: int,
    chunk_bytes: int = CHUNK_BYTES,
    columns: int = 1,
    file_bytes: int = 0,
) -> Iterator[RawChunk]:
    """Cut data that begins at offset `start`, a record's beginning, into chunks.

    The first one is small, so that merging begins early, and each may be twice as large as the one
    before it, so that it is ready in time. A chunk is cut when `chunk_bytes` are there; many short
    rows end it earlier, since each may take room for all `columns` that are read, or for some times
    the cells that it has. Where about `file_bytes` are expected, what would leave a small rest
    is cut in halves or not at all. A row longer than
    `CHUNK_BYTES`, or with a quote still open at the end of the file or after `ROW_BYTES_MAX`, is not
    read: it is the `broken` row of its chunk.
    """
    buffer, end = b"", start
    waiting: list[bytes] = []
    source = _without_end_mark(blocks)
    usual = min(chunk_bytes, FIRST_CHUNK_BYTES)
    enough = _without_rest(usual, file_bytes - start)
    for block in source:
        waiting.append(block)
        if len(buffer) + sum(map(len, waiting)) < enough:
            continue
        buffer, waiting = b"".join((buffer, *waiting)), []
        while len(buffer) >= enough and (chunk := _first_chunk(buffer, delimiter, columns, end, enough)):
            yield chunk
            size, end = chunk.end - end, chunk.end
            buffer, usual = buffer[size:], min(chunk_bytes, 2 * usual, 2 * size)
            enough = _without_rest(usual, file_bytes - end)
        if len(buffer) > ROW_BYTES_MAX:
            end += len(buffer) + sum(len(rest) for rest in source)
            yield RawChunk(b"", _text(buffer), end)
            return
    buffer = b"".join((buffer, *waiting, b"\n"))
    while (chunk := _first_chunk(buffer, delimiter, columns, end)) and chunk.end < end + len(buffer) - 1:
        yield chunk
        buffer, end = buffer[chunk.end - end :], chunk.end
    rest = buffer[:-1]
    if chunk and chunk.broken is None:
        yield RawChunk(rest, None, end + len(rest), chunk.has_strays)
    else:
        yield RawChunk(b"", chunk.broken if chunk else _text(rest), end + len(rest))


def _without_rest(usual: int, left: int) -> int:
    """Return how large a chunk is to be where so much is left; a small rest would cost a transaction."""
    if left <= usual or left >= 2 * usual:
        return usual
    is_one = left <= min(usual + usual // 2, CHUNK_BYTES)
    return left + 1 if is_one else left // 2


def count_data_rows(text: Iterable[bytes], header: Header, delimiter: str, start: int) -> int:
    """Return how many data rows a text has that begins with a row, at an offset of its file."""
    width, rows = len(header.cells), 0
    for chunk in cut_chunks(text, delimiter, start):
        rows += count_rows(chunk.records, width, delimiter, header.reasons) + (chunk.broken is not None)
    return rows


def joined(chunks: Iterable[RawChunk]) -> list[RawChunk]:
    """Bring the chunks of a file together, into one where no row of it is too long to be read."""
    pieces: list[list[RawChunk]] = [[]]
    for chunk in chunks:
        pieces[-1].append(chunk)
        if chunk.broken is not None:
            pieces.append([])
    return [
        RawChunk(
            b"".join(each.records for each in piece),
            piece[-1].broken,
            piece[-1].end,
            any(each.has_strays for each in piece),
        )
        for piece in pieces
        if piece
    ]


def cut_after(
    chunks: Iterable[RawChunk],
    delimiter: str,
    columns: int,
    rows: int,
    start: int,
    reasons: Sequence[int] = (),
) -> Iterator[RawChunk]:
    """Yield the chunks, which begin at offset `start`; one that goes on beyond so many rows is cut in two."""
    for chunk in chunks:
        size, height = _size_of_rows(chunk.records, delimiter, columns, rows, reasons)
        if height == rows > 0 and size < len(chunk.records):
            yield RawChunk(chunk.records[:size], None, start + size, chunk.has_strays)
            chunk = RawChunk(chunk.records[size:], chunk.broken, chunk.end, chunk.has_strays)
        rows, start = rows - height - (chunk.broken is not None), chunk.end
        yield chunk


def _size_of_rows(
    records: bytes, delimiter: str, columns: int, rows: int, reasons: Sequence[int]
) -> tuple[int, int]:
    """Return how long the first so many data rows are, and how many there are at most so far."""
    if rows <= 0:
        return 0, 0
    ends = line_ends(records, delimiter).of_records()
    lines = height = 0
    while height < rows and lines < len(ends):
        lines = min(len(ends), lines + rows - height)
        height = count_rows(records[: int(ends[lines - 1])], columns, delimiter, reasons)
    return (int(ends[lines - 1]), height) if lines else (0, 0)


def _without_end_mark(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the blocks without the mark that DOS programs put at the end of a file."""
    held = b""
    for block in blocks:
        text = held + block
        end = end_mark(text, b"\x1a", b"\r\n") if text[-1:] in (b"\x1a", b"\r", b"\n") else len(text)
        held = text[end:]
        yield text[:end]


def _first_chunk(
    buffer: bytes, delimiter: str, columns: int, start: int, enough: int = CHUNK_BYTES
) -> RawChunk | None:
    """Return the complete records at the beginning of the buffer, or one that is too long to read.

    They are of `enough` bytes at most where it is easy to say where they end.
    """
    rows_max = _rows_max(buffer, delimiter, columns)
    if size := easy_end(buffer, delimiter, enough + 1, rows_max):
        return RawChunk(buffer[:size], None, start + size)
    first, size, has_strays = _look_for_rows(buffer, delimiter, rows_max)
    if size == 0:
        return None
    if first > CHUNK_BYTES + 1:
        return RawChunk(b"", _text(buffer[:first]), start + first)
    return RawChunk(buffer[:size], None, start + size, has_strays)


def _rows_max(buffer: bytes, delimiter: str, columns: int) -> int:
    """Return how many rows a chunk may have, each of which takes room for some times its own cells."""
    if columns <= CHUNK_CELLS_MAX // CHUNK_ROWS_MAX:
        return CHUNK_ROWS_MAX
    lines = max(buffer.count(b"\n"), buffer.count(b"\r"), 1)
    usual = buffer.count(delimiter.encode()) // lines + 1
    return max(1, min(CHUNK_ROWS_MAX, CHUNK_CELLS_MAX // min(columns, PADDING_MAX * usual)))


def _look_for_rows(buffer: bytes, delimiter: str, rows_max: int) -> tuple[int, int, bool]:
    """Return how many bytes the first row has, how many about `rows_max` have, and whether quotes stray."""
    lines = max(buffer.count(b"\n"), buffer.count(b"\r"))
    seen = min(len(buffer), len(buffer) * rows_max // max(lines, 1) + _LOOK_BYTES)
    while True:
        ends = line_ends(buffer[:seen], delimiter)
        if (size := ends.last(rows_max)) or seen == len(buffer):
            return ends.first(), size, not ends.strays.is_empty()
        seen = min(len(buffer), 4 * seen)


def _text(row: bytes) -> str:
    return row[:BROKEN_BYTES_MAX].decode("utf-8", "replace").rstrip("\r\n")


def row_at(
    blocks: Iterable[bytes], delimiter: str, columns: int, length: int, reasons: Iterable[int] = ()
) -> int:
    """Return the number of the data row in which the byte at `length` stands.

    `blocks` begin with the first data row and are valid up to that byte.
    """
    row = 1
    for chunk in cut_chunks(_first_bytes(blocks, length), delimiter, 0):
        complete = chunk.records[: line_ends(chunk.records, delimiter).last(len(chunk.records))]
        row += count_rows(complete, columns, delimiter, reasons)
    return row


def _first_bytes(blocks: Iterable[bytes], count: int) -> Iterator[bytes]:
    for block in blocks:
        yield block[:count]
        count -= len(block)
        if count <= 0:
            return
