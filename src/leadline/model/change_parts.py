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
"""

import io
from collections.abc import Iterator, Sequence

import pyarrow as pa

from leadline.model.dataclass import dataclass

PART_ROWS = 4_096
_GIVEN = b"given"


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
    import pyarrow.compute as pc

    from leadline.model.changes import What

    named = piece.replace_schema_metadata({_GIVEN: "\n".join(given).encode()})
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", 1))
    with pa.ipc.new_stream(sink, named.schema, options=options) as writer:
        writer.write_table(named)
    deleted = pc.sum(pc.equal(piece["what"], What.DELETED.value)).as_py()
    return Part(piece["id"][0].as_py(), piece["id"][-1].as_py(), piece.num_rows, deleted, sink.getvalue())


def unpack_part(block: bytes) -> tuple[pa.Table, tuple[str, ...]]:
    """Return a part's table and the fields that its created records were given."""
    table = pa.ipc.open_stream(block).read_all()
    given = (table.schema.metadata or {}).get(_GIVEN, b"").decode()
    return table, tuple(given.split("\n")) if given else ()


def fields_of(table: pa.Table) -> list[str]:
    """Return the API names of the fields of which a part has cells."""
    return [name.removeprefix("set:") for name in table.column_names if name.startswith("set:")]
