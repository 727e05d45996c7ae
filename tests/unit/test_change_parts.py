"""Parts of changes come back as they were packed: as a whole, by columns, and record by record."""

import random
from typing import Any

import pyarrow as pa
import pytest

from leadline.model.change_parts import PART_ROWS, PartReader, pack_parts, unpack_part
from leadline.model.changes import What

ROWS = (1, 2, PART_ROWS - 1, PART_ROWS, PART_ROWS + 1, 5_000)


def part_of(rows: int, *, varied: bool) -> pa.Table:
    """Return changes of every second id; varied ones differ from record to record in each column."""
    draw = random.Random(rows)

    def flags() -> pa.Array:
        return pa.array([draw.random() < 0.5 if varied else True for _ in range(rows)], pa.bool_())

    written = flags()
    texts = [draw.choice(["a", "b", None]) if known else None for known in written.to_pylist()]
    return pa.table(
        {
            "id": pa.array(range(10, 10 + 2 * rows, 2), pa.int64()),
            "what": pa.array(
                [draw.choice(list(What)).value if varied else 0 for _ in range(rows)], pa.int8()
            ),
            "prev": pa.array([draw.randrange(9) if varied else 0 for _ in range(rows)], pa.int64()),
            "gap": flags(),
            "row": pa.array([draw.randrange(99) if varied else None for _ in range(rows)], pa.int64()),
            "set:city": written,
            "old:city": pa.array(texts, pa.string()),
            "new:city": pa.array(texts[::-1] if not varied else texts, pa.string()),
        }
    )


@pytest.mark.parametrize("varied", [True, False])
@pytest.mark.parametrize("rows", ROWS)
def test_a_part_comes_back_as_it_was_packed(rows: int, varied: bool) -> None:
    table = part_of(rows, varied=varied)
    parts = list(pack_parts(table, ["email", "city"]))
    whole = [unpack_part(each.block) for each in parts]
    assert pa.concat_tables(found for found, _ in whole).equals(table)
    assert {given for _, given in whole} == {("email", "city")}
    assert [each.rows for each in parts] == [found.num_rows for found, _ in whole]
    assert max(each.rows for each in parts) <= PART_ROWS
    for part, (found, _) in zip(parts, whole, strict=True):
        assert (part.first_id, part.last_id) == (found["id"][0].as_py(), found["id"][-1].as_py())
        assert part.deleted == found["what"].to_pylist().count(What.DELETED)


@pytest.mark.parametrize("varied", [True, False])
@pytest.mark.parametrize("rows", ROWS[:4])
def test_each_record_is_found_and_no_other(rows: int, varied: bool) -> None:
    table = part_of(rows, varied=varied)
    (part,) = pack_parts(table, [])
    for place in {0, 1, rows // 2, rows - 1} & set(range(rows)):
        row = table.slice(place, 1).to_pylist()[0]
        assert PartReader(part.block).record(row["id"]) == known_of(row)
    for strange in (0, 9, 11, 10 + 2 * rows):
        assert PartReader(part.block).record(strange) is None


def known_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return what is read of a record: cells only where they were written."""
    return {
        name: value for name, value in row.items() if row["set:city"] or name not in ("old:city", "new:city")
    }


def test_columns_are_read_alone() -> None:
    table = part_of(PART_ROWS, varied=True)
    (part,) = pack_parts(table, [])
    assert PartReader(part.block).table(["new:city", "gap"]).equals(table.select(["new:city", "gap"]))


def test_what_is_the_same_of_all_records_costs_next_to_nothing() -> None:
    """A column of equal numbers shrinks to some bytes; so does a flag that is true of all."""
    table = part_of(PART_ROWS, varied=False)
    (part,) = pack_parts(table, [])
    (without,) = pack_parts(table.drop_columns(["gap", "set:city"]), [])
    assert len(part.block) - len(without.block) < 100
