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

A part is a record batch in Arrow's stream format, compressed as a whole behind its size. It is small enough
for who reads one record of it, and unpacked at once it costs less than each of its columns alone.
"""

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import pyarrow as pa

from leadline.model.changes import What
from leadline.model.dataclass import dataclass

PART_ROWS = 512
_GIVEN = b"given"
_ZSTD = pa.Codec("zstd", 1)
_SIZE_BYTES = 4


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
    whole = table.combine_chunks().replace_schema_metadata({_GIVEN: json.dumps(given)})
    yield from map(_pack, whole.to_batches(max_chunksize=PART_ROWS))


def pack_part(piece: pa.Table, given: Sequence[str]) -> Part:
    """Pack records into one part; there is at least one."""
    (batch,) = piece.combine_chunks().replace_schema_metadata({_GIVEN: json.dumps(given)}).to_batches()
    return _pack(batch)


def _pack(batch: pa.RecordBatch) -> Part:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    plain = sink.getvalue()
    block = plain.size.to_bytes(_SIZE_BYTES, "big") + _ZSTD.compress(plain, asbytes=True)
    deleted = batch.column("what").to_pylist().count(What.DELETED)
    ids = batch.column("id")
    return Part(ids[0].as_py(), ids[-1].as_py(), batch.num_rows, deleted, block)


def unpack_part(block: bytes) -> tuple[pa.Table, tuple[str, ...]]:
    """Return a part's table and the fields that its created records were given."""
    reader = PartReader(block)
    return reader.table(reader.columns), reader.given


@dataclass(frozen=True, slots=True)
class AlikeParts:
    """Parts that follow one another and have the same columns, as one table: each has some `rows` of it."""

    table: pa.Table
    given: tuple[str, ...]
    rows: Sequence[int]


def unpack_parts(blocks: Iterable[bytes]) -> Iterator[AlikeParts]:
    """Yield parts as few tables, so that many of them are worked on at once."""
    for _, alike in groupby(map(PartReader, blocks), key=lambda each: each.form):
        readers = list(alike)
        table = pa.Table.from_batches([each.batch for each in readers]).replace_schema_metadata(None)
        yield AlikeParts(table, readers[0].given, [each.batch.num_rows for each in readers])


def fields_of(table: pa.Table) -> list[str]:
    """Return the API names of the fields of which a part has cells."""
    return fields_among(table.column_names)


def fields_among(columns: Sequence[str]) -> list[str]:
    """Return the API names of the fields of which there are cells among some columns."""
    return [name.removeprefix("set:") for name in columns if name.startswith("set:")]


class PartReader:
    """Reads of a part what it is asked for; `columns` are the names of all that it has."""

    def __init__(self, block: bytes) -> None:
        plain = _ZSTD.decompress(memoryview(block)[_SIZE_BYTES:], int.from_bytes(block[:_SIZE_BYTES], "big"))
        self.batch = pa.ipc.open_stream(plain).read_next_batch()
        self.columns: Sequence[str] = self.batch.schema.names

    @property
    def given(self) -> tuple[str, ...]:
        """The fields that the part's created records were given."""
        return tuple(json.loads(self.batch.schema.metadata[_GIVEN]))

    @property
    def form(self) -> object:
        """What parts that are put together have in common: their columns, and what is given."""
        return self.batch.schema, self.batch.schema.metadata

    def table(self, wanted: Sequence[str]) -> pa.Table:
        """Return some columns of all records."""
        return pa.Table.from_batches([self.batch.select(wanted).replace_schema_metadata(None)])

    def record(self, record_id: int) -> dict[str, Any] | None:
        """Return the columns of one record, but for cells that were not written; None without it."""
        ids = self.batch.column("id")
        at = bisect_left(range(len(ids)), record_id, key=lambda place: ids[place].as_py())
        if at == len(ids) or ids[at].as_py() != record_id:
            return None
        cells = zip(self.columns, self.batch.columns, strict=True)
        row = {name: column[at].as_py() for name, column in cells}
        for field in fields_among(self.columns):
            if not row[f"set:{field}"]:
                del row[f"old:{field}"], row[f"new:{field}"]
        return row
