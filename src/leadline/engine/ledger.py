"""The ledger's compact form: a compressed columnar block for each chunk.

Needs no data-frame library, so that the API process can print a ledger.
"""

import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from leadline.model.records import Outcome, UndoOutcome

_OUTCOMES = pa.array([each.value for kind in (Outcome, UndoOutcome) for each in kind])
LEDGER_HEADER = b"row,outcome,id,reason\n"
_ROWS_AT_ONCE = 8_192
_COMPRESSED_ROWS_MIN = 32
"""Fewer rows become longer by it."""


def pack_ledger(rows: pa.Table) -> bytes:
    """Pack outcome, id and reason of rows; raises ValueError for what is no outcome.

    Rows that do not follow each other have their numbers in `row`.
    """
    outcomes = rows["outcome"].combine_chunks()
    codes = pc.index_in(outcomes, value_set=_OUTCOMES.cast(outcomes.type))
    if codes.null_count:
        raise ValueError("the ledger keeps outcomes only")
    packed = pa.table(
        {
            "outcome": pa.DictionaryArray.from_arrays(codes, _OUTCOMES),
            "id": rows["id"],
            "reason": rows["reason"].combine_chunks().dictionary_encode(),
            **({"row": rows["row"]} if "row" in rows.column_names else {}),
        }
    )
    sink = io.BytesIO()
    compression = "zstd" if rows.num_rows >= _COMPRESSED_ROWS_MIN else None
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(sink, packed.schema, options=options) as writer:
        writer.write_table(packed)
    return sink.getvalue()


def read_ledger(block: bytes, first_row: int) -> pa.Table:
    """Return outcome, id, reason and row of a packed ledger, rows counted from `first_row` by default."""
    table = pa.ipc.open_stream(block).read_all()
    if "row" in table.column_names:
        return table
    return table.append_column("row", pa.array(range(first_row, first_row + table.num_rows), pa.int64()))


def unpack_ledger(block: bytes, first_row: int) -> Iterator[bytes]:
    """Yield the lines `row,outcome,id,reason` of a packed ledger, as `read_ledger` reads it."""
    table = read_ledger(block, first_row)
    for start in range(0, table.num_rows, _ROWS_AT_ONCE):
        yield _lines(table.slice(start, _ROWS_AT_ONCE))


def _lines(table: pa.Table) -> bytes:
    reason = pc.cast(table["reason"], pa.string())
    doubled = pc.replace_substring(reason, '"', '""')
    quoted = pc.binary_join_element_wise('"', doubled, '"', "")
    needs_quotes = pc.match_substring_regex(reason, '[",\r\n]')
    lines = pc.binary_join_element_wise(
        pc.cast(table["row"], pa.string()),
        pc.cast(table["outcome"], pa.string()),
        pc.cast(table["id"], pa.string()),
        pc.if_else(needs_quotes, quoted, reason),
        ",",
        null_handling="replace",
    )
    return "".join(f"{line}\n" for line in lines.to_pylist()).encode()
