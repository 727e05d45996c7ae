"""What the change log takes in the store."""

from leadline.model.change_parts import fields_of, unpack_part
from tests.bench.files import HEADER, people
from tests.harness import Server
from tests.stores import open_stores

ROWS = 9_000
BYTES_A_CELL_MAX = 25


def test_a_changed_cell_takes_few_bytes(world: Server) -> None:
    """One field of each of many people: their ids and rows count with it; of new people only those are kept."""
    world.finish(world.submit(HEADER + people(ROWS)))
    world.finish(world.submit(HEADER + people(ROWS, title="Boss")))
    stores = open_stores(world.data)
    with stores.subscription("123-ABC-456").read() as session:
        blocks = [
            bytes(row["block"]) for row in session.built_rows("SELECT block FROM {schema}.change_part", {})
        ]
    stores.close()
    updated = made = cells = new = 0
    for block in blocks:
        table, given = unpack_part(block)
        written = sum(sum(table[f"set:{name}"].to_pylist()) for name in fields_of(table))
        if table.num_rows > 100 and written:
            updated, cells = updated + len(block), cells + written
        elif table.num_rows > 100:
            made, new = made + len(block), new + table.num_rows * len(given)
    assert (cells, new >= 6 * ROWS) == (ROWS, True)
    assert updated / cells <= BYTES_A_CELL_MAX, updated / cells
    assert made / new <= 2, made / new
