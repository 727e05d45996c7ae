"""Which fields changes of the log have changed, and how, counted a whole part at once."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from leadline.imports.change_lines import field_in_lines, type_of
from leadline.model.change_parts import fields_of, unpack_parts
from leadline.model.changes import LIST_MEMBER, What
from leadline.model.dataclass import dataclass
from leadline.schema.catalog import ObjectType
from leadline.store import change_log
from leadline.store.base import Session
from leadline.store.change_log import PartPlace

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class FieldChanges:
    """How many cells of a field were changed in records that were there before, by what was done."""

    field: str
    overwrites: int
    fills: int
    clears: int


def count_fields(session: Session, places: Sequence[PartPlace]) -> list[FieldChanges]:
    """Return which fields some parts of the log have changed, most cells first."""
    counts: dict[str, Counter[str]] = {}
    for (_, kind), same in groupby(places, key=lambda each: (each.set_number, each.object_type)):
        object_type = None if kind == LIST_MEMBER else type_of(session, kind)
        for blocks in change_log.blocks_of(session, list(same)):
            for parts in unpack_parts(blocks.values()):
                _count_cells(parts.table, kind, object_type, counts)
    found = [
        FieldChanges(name, each["overwrites"], each["fills"], each["clears"]) for name, each in counts.items()
    ]
    return sorted(found, key=lambda each: (-(each.overwrites + each.fills + each.clears), each.field))


def _count_cells(
    table: "pa.Table", kind: str, object_type: ObjectType | None, counts: dict[str, Counter[str]]
) -> None:
    """Add the cells of records that were there before, and that differ."""
    import pyarrow.compute as pc

    table = table.filter(pc.equal(table["what"], What.UPDATED.value))
    for name in fields_of(table) if table.num_rows else ():
        shown = field_in_lines(kind, object_type, name)
        if shown is None:
            continue
        old, new, was_set = (table[f"{side}:{name}"] for side in ("old", "new", "set"))
        had, has = pc.is_valid(old), pc.is_valid(new)
        differs = pc.fill_null(pc.not_equal(old, new), fill_value=False) if old.type == new.type else had
        of_field = counts.setdefault(shown, Counter())
        for what, mask in (
            ("overwrites", pc.and_(pc.and_(had, has), differs)),
            ("fills", pc.and_(pc.invert(had), has)),
            ("clears", pc.and_(had, pc.invert(has))),
        ):
            of_field[what] += pc.sum(pc.and_(was_set, mask)).as_py() or 0
