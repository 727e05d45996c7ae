"""The cells that an import gives each new record by itself: one line a record, told as a line a cell.

They are the same for all new records of a file, so a preview of a hundred thousand of them keeps a few
hundred thousand lines less.
"""

import json
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

GIVEN = ""
"""What such a line has for the name of a field; its new value is all the cells."""

_LINE = "line"


def given_cells(values: Mapping[str, str]) -> str:
    """Return the new value of a line that stands for cells, by the names of their fields."""
    return json.dumps(values)


def told_apart(cells: pa.Table) -> pa.Table:
    """Return cells with `field`, `old` and `new` so that each is a line of its own, in the same order."""
    fields = cells["field"].cast(pa.string())
    cells = cells.set_column(cells.column_names.index("field"), "field", fields)
    is_given = pc.equal(fields, GIVEN)
    if not pc.any(is_given).as_py():
        return cells
    numbered = cells.append_column(_LINE, pa.array(range(cells.num_rows), pa.int64()))
    given, told = numbered.filter(is_given), [numbered.filter(pc.invert(is_given))]
    for text in pc.unique(given["new"]):
        lines = given.filter(pc.equal(given["new"], text))
        told += [_named(lines, *each) for each in json.loads(text.as_py()).items()]
    whole = pa.concat_tables(told)
    return whole.take(pc.sort_indices(whole, [(_LINE, "ascending")])).drop_columns([_LINE])


def _named(lines: pa.Table, name: str, value: str) -> pa.Table:
    """Let each line tell one cell."""
    for column, text in (("field", name), ("new", value)):
        place = lines.column_names.index(column)
        lines = lines.set_column(
            place,
            lines.schema.field(place),
            pa.repeat(pa.scalar(text, lines.schema.field(place).type), lines.num_rows),
        )
    return lines
