"""The ledger's compact form: a compressed columnar block for each chunk.

Needs no data-frame library, so that the API process can print a ledger.
"""

import io

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

LEDGER_HEADER = b"row,outcome,id,reason\n"


def pack_ledger(rows: pa.Table) -> bytes:
    """Pack outcome, id and reason of consecutive rows."""
    packed = pa.table(
        {
            "outcome": rows["outcome"].combine_chunks().dictionary_encode(),
            "id": rows["id"],
            "reason": rows["reason"].combine_chunks().dictionary_encode(),
        }
    )
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, packed.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(packed)
    return sink.getvalue()


def unpack_ledger(block: bytes, first_row: int) -> bytes:
    """Return the lines `row,outcome,id,reason` of a packed ledger, rows counted from `first_row`."""
    table = pa.ipc.open_stream(block).read_all()
    numbers = pa.array(range(first_row, first_row + table.num_rows), pa.int64())
    plain = pa.table(
        {
            "row": numbers,
            "outcome": pc.cast(table["outcome"], pa.string()),
            "id": table["id"],
            "reason": pc.cast(table["reason"], pa.string()),
        }
    )
    sink = io.BytesIO()
    options = csv.WriteOptions(include_header=False, quoting_style="needed")
    csv.write_csv(plain, sink, options)
    return sink.getvalue()
