"""Lines of a report in compact blocks, which the API process prints without the data-frame library.

A block is a compressed Arrow table. Its columns are those of the file, and others that only say who may
see a line.
"""

import io
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

_BLOCK_LINES_MAX, _BLOCK_BYTES = 32_768, 8 * 1024 * 1024
_LINES_AT_ONCE = 8_192
_FORMULA = r"^'*[=+\-@\t\r\x00]"


def pack_blocks(table: pa.Table) -> Iterator[bytes]:
    """Yield a table in compact blocks of some megabytes each, none where it has no rows."""
    by_size = _BLOCK_BYTES * table.num_rows // max(table.nbytes, 1)
    lines = max(1, min(_BLOCK_LINES_MAX, by_size))
    for start in range(0, table.num_rows, lines):
        yield pack_block(table.slice(start, lines))


def pack_block(table: pa.Table) -> bytes:
    """Return a table as one block."""
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", 1))
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return sink.getvalue()


def unpack_block(block: bytes) -> pa.Table:
    """Return the table of a block."""
    return pa.ipc.open_stream(block).read_all()


def csv_lines(table: pa.Table, columns: Sequence[str], *, escapes_formulas: bool) -> Iterator[bytes]:
    """Yield some columns of a table as lines with commas, some lines at once."""
    for start in range(0, table.num_rows, _LINES_AT_ONCE):
        rows = table.slice(start, _LINES_AT_ONCE)
        cells = [_cell(rows[name], escapes_formulas=escapes_formulas) for name in columns]
        lines = pc.binary_join_element_wise(*cells, ",", null_handling="replace")
        whole = pa.ListArray.from_arrays(pa.array([0, len(lines)], pa.int32()), lines.combine_chunks())
        yield pc.binary_join(whole, "\n")[0].as_py().encode() + b"\n"


def _cell(values: pa.ChunkedArray, *, escapes_formulas: bool) -> pa.ChunkedArray:
    """Return the text of cells, quoted where that is needed; numbers are no formulas."""
    text = pc.cast(values, pa.string())
    if pa.types.is_integer(values.type):
        return text
    if escapes_formulas:
        guarded = pc.binary_join_element_wise("'", text, "")
        text = pc.if_else(pc.match_substring_regex(text, _FORMULA), guarded, text)
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(text, '"', '""'), '"', "")
    return pc.if_else(pc.match_substring_regex(text, '[",\r\n]'), quoted, text)
