"""The compact form of a change set's cells: parts of records by ascending id.

Needs no data-frame library, so that the API process can read a person's history.

A part is an Arrow table. Its columns are `id`; `what`, a number of `What`; `prev`, the change set that wrote
the record before, 0 for none; `gap`, true where a writer that does not know the log wrote it in between; and
`row`, the data row that wrote it, null outside imports. For each field follow, under its API name,
`old:<field>`, `new:<field>` and `set:<field>`: the stored values, and whether the set wrote the cell at all.
Where it did not, both values are null. `row:<field>` is there only where rows of one record differ in it.
A created record has no cells: the part's `given` fields were written when it was made, and their values are
found backwards from the record. A deleted membership has its last values as `old:`; a deleted record of
any other kind has its id alone.

In the packed form a column that says the same of all records, other than an id or a value, is kept once. Each
column is compressed on its own, in batches: who reads one record unpacks of one batch what he needs.
"""

import io
import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from leadline.model.changes import What
from leadline.model.dataclass import dataclass

PART_ROWS = 4_096
_BATCH_ROWS = 1_024
_ABOUT = b"about"
_ZSTD = pa.Codec("zstd", 1)
_VALUES = ("old:", "new:")


@dataclass(frozen=True, slots=True)
class Part:
    """A part in its compact form, and what its store must know to find it."""

    first_id: int
    last_id: int
    rows: int
    deleted: int
    block: bytes


def pack_parts(table: pa.Table, given: Sequence[str]) -> Iterator[Part]:
    """Yield the parts of a set's records of one object type, which are sorted by id, each id once.

    `given` are the API names of the fields that created records were given.
    """
    for start in range(0, table.num_rows, PART_ROWS):
        piece = table.slice(start, PART_ROWS)
        yield pack_part(piece, given)


def pack_part(piece: pa.Table, given: Sequence[str]) -> Part:
    """Pack records into one part; there is at least one."""
    piece = piece.combine_chunks()  # or batches would end where its chunks do
    constants = {name: piece[name][0].as_py() for name in piece.column_names if _is_constant(piece, name)}
    about = {
        "given": list(given),
        "columns": piece.column_names,
        "constants": constants,
        "batch ids": [piece["id"][start].as_py() for start in range(0, piece.num_rows, _BATCH_ROWS)],
    }
    named = piece.drop_columns(list(constants)).replace_schema_metadata({_ABOUT: json.dumps(about)})
    sink = io.BytesIO()
    # threads would cost four times what they share: the buffers are small
    options = pa.ipc.IpcWriteOptions(compression=_ZSTD, use_threads=False)
    with pa.ipc.new_stream(sink, named.schema, options=options) as writer:
        writer.write_table(named, max_chunksize=_BATCH_ROWS)
    deleted = piece["what"].to_pylist().count(What.DELETED)
    return Part(piece["id"][0].as_py(), piece["id"][-1].as_py(), piece.num_rows, deleted, sink.getvalue())


def _is_constant(piece: pa.Table, name: str) -> bool:
    """Tell whether a column says the same of all records, and is none whose values are kept as they are."""
    column = piece[name]
    if name == "id" or name.startswith(_VALUES) or not column[0].equals(column[-1]):
        return False
    return len(column.unique()) == 1


def _type_of(name: str) -> pa.DataType:
    if name == "what":
        return pa.int8()
    return pa.bool_() if name == "gap" or name.startswith("set:") else pa.int64()


def unpack_part(block: bytes) -> tuple[pa.Table, tuple[str, ...]]:
    """Return a part's table and the fields that its created records were given."""
    reader = PartReader(block)
    return reader.table(reader.columns), reader.given


def fields_of(table: pa.Table) -> list[str]:
    """Return the API names of the fields of which a part has cells."""
    return fields_among(table.column_names)


def fields_among(columns: Sequence[str]) -> list[str]:
    """Return the API names of the fields of which there are cells among some columns."""
    return [name.removeprefix("set:") for name in columns if name.startswith("set:")]


def _cells_of(fields: Sequence[str]) -> list[str]:
    return [f"{side}{field}" for field in fields for side in _VALUES]


class PartReader:
    """Reads of a part what it is asked for; `columns` are the names of all that it has."""

    def __init__(self, block: bytes) -> None:
        self._block = block
        self._messages = pa.ipc.MessageReader.open_stream(block)
        self._head = self._messages.read_next_message()
        schema = pa.ipc.read_schema(self._head)
        about = json.loads(schema.metadata[_ABOUT])
        self._places = {name: place for place, name in enumerate(schema.names)}
        self._constants: dict[str, Any] = about["constants"]
        self._batch_ids: Sequence[int] = about["batch ids"]
        self.columns: Sequence[str] = about["columns"]
        self.given: tuple[str, ...] = tuple(about["given"])

    def table(self, wanted: Sequence[str]) -> pa.Table:
        """Return some columns of all records."""
        packed = pa.ipc.open_stream(self._block, options=self._options(wanted)).read_all()

        def column(name: str) -> pa.ChunkedArray | pa.Array:
            if name not in self._constants:
                return packed[name]
            return pa.repeat(pa.scalar(self._constants[name], _type_of(name)), packed.num_rows)

        return pa.table({name: column(name) for name in wanted})

    def record(self, record_id: int) -> dict[str, Any] | None:
        """Return the columns of one record, but for cells that were not written; None when it is not there.

        It is asked once: the batches before the record's are left behind.
        """
        for _ in range(bisect_right(self._batch_ids, record_id, lo=1) - 1):
            self._messages.read_next_message()
        batch = (
            self._head.serialize().to_pybytes() + self._messages.read_next_message().serialize().to_pybytes()
        )
        fields = fields_among(self.columns)
        certain = [each for each in fields if self._constants.get(f"set:{each}")]
        told = [name for name in self.columns if not name.startswith(_VALUES)]
        found = self._read(batch, [*told, *_cells_of(certain)])
        ids = found.column("id")
        at = bisect_left(range(len(ids)), record_id, key=lambda place: ids[place].as_py())
        if at == len(ids) or ids[at].as_py() != record_id:
            return None
        row = self._constants | {name: found.column(name)[at].as_py() for name in found.schema.names}
        others = [each for each in fields if row[f"set:{each}"] and each not in certain]
        if others:
            found = self._read(batch, _cells_of(others))
            row |= {name: found.column(name)[at].as_py() for name in found.schema.names}
        return row

    def _read(self, batch: bytes, wanted: Sequence[str]) -> pa.RecordBatch:
        return pa.ipc.open_stream(batch, options=self._options(wanted)).read_next_batch()

    def _options(self, wanted: Sequence[str]) -> pa.ipc.IpcReadOptions:
        """Return how to read some columns, the ids among them; in this thread, since they are small."""
        places = {self._places[name] for name in wanted if name in self._places} | {self._places["id"]}
        return pa.ipc.IpcReadOptions(included_fields=sorted(places), use_threads=False)
