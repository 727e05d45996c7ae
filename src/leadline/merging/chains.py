"""The chains of many records at once: from the change set that wrote each last, back to the first one known.

A record names the set that wrote it last, and the row of it in that set the one before. So the sets are
visited by descending number, each once, and of each only the parts whose ids enclose one that is wanted.
"""

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush

import polars as pl
import pyarrow as pa

from leadline.model.change_parts import unpack_parts
from leadline.model.changes import LIST_MEMBER
from leadline.model.dataclass import dataclass
from leadline.schema.catalog import ObjectType
from leadline.schema.types import Storage
from leadline.store import change_log, records
from leadline.store.base import Session
from leadline.store.change_log import PartPlace
from leadline.store.writer import ENDED_MEMBERSHIP


@dataclass(frozen=True, slots=True)
class Visited:
    """Parts of a set that chains name: where they lie, their records, and `found`, those of the chains.

    `part` of a record is the place of its part among the `places`. `found` has `of` beside the record's own
    columns, the id with which its chain began: a membership in a program that came back has another id than
    the one before.
    """

    places: Sequence[PartPlace]
    records: pl.DataFrame
    given: tuple[str, ...]
    found: pl.DataFrame


def last_sets(session: Session, object_type: ObjectType, ids: pa.Array) -> pl.DataFrame:
    """Return `id`, `set` and `gap` of stored records: which set wrote each last, as far as the log knows."""
    columns = dict.fromkeys(("id", "changed", "updated_at"), Storage.INTEGER)
    found = session.match(object_type.table, "id", columns, ids, {})
    return _starts(session, found, "id", "updated_at")


def last_sets_on_list(session: Session, list_id: int, lead_ids: pa.Array) -> pl.DataFrame:
    """Return `id`, `within`, `set` and `gap` of memberships in a list; the id is the lead's."""
    columns = dict.fromkeys(("lead_id", "changed", "added_at"), Storage.INTEGER)
    found = session.match(LIST_MEMBER, "lead_id", columns, lead_ids, {"list_id": list_id})
    within = pl.lit(list_id, pl.Int64).alias("within")
    return _starts(session, found, "lead_id", "added_at").with_columns(within)


def memberships_of_leads(session: Session, object_type: str, lead_ids: pa.Array) -> pl.DataFrame:
    """Return `id`, `within` and `set` of the memberships that leads have, and had until they ended."""
    if all(records.is_empty(session, each) for each in (object_type, ENDED_MEMBERSHIP)):
        return pl.DataFrame(schema=dict.fromkeys(("id", "within", "set"), pl.Int64))
    own_id, within = ("lead_id", "list_id") if object_type == LIST_MEMBER else ("id", "program_id")
    columns = dict.fromkeys((own_id, within, "changed"), Storage.INTEGER)
    there = session.match(object_type, "lead_id", columns, lead_ids, {})
    columns = dict.fromkeys(("record_id", "within", "changed"), Storage.INTEGER)
    gone = session.match(ENDED_MEMBERSHIP, "lead_id", columns | {"object_type": Storage.TEXT}, lead_ids, {})
    frames = [
        pl.DataFrame(found).select(
            pl.col(ids).cast(pl.Int64).alias("id"),
            pl.col(places).cast(pl.Int64).alias("within"),
            pl.col("changed").cast(pl.Int64).alias("set"),
        )
        for found, ids, places in (
            (there, own_id, within),
            (_of_type(gone, object_type), "record_id", "within"),
        )
    ]
    return pl.concat(frames)


def _of_type(ended: pa.Table, object_type: str) -> pa.Table:
    is_of_type = [each == object_type for each in ended["object_type"].to_pylist()]
    return ended.filter(pa.array(is_of_type, pa.bool_()))


def _starts(session: Session, found: pa.Table, own_id: str, instant: str) -> pl.DataFrame:
    gaps = change_log.gaps(session, found["changed"], found[instant])
    columns = {"id": found[own_id], "set": found["changed"], "gap": gaps}
    return pl.DataFrame(pa.table(columns)).cast({"id": pl.Int64, "set": pl.Int64, "gap": pl.Boolean})


def visit(
    session: Session,
    object_type: str,
    starts: pl.DataFrame,
    *,
    down_to: int = 1,
    through_gaps: bool = False,
) -> Iterator[Visited]:
    """Yield the parts that the chains of records name, newest set first, down to a set, many at once.

    `starts` has `id` and `set` of each, and `within` for memberships in lists. A chain ends where its sets
    are purged, and at a gap unless it goes `through_gaps`.
    """
    waiting = _Waiting(["id", "of", *(["within"] if object_type == LIST_MEMBER else [])])
    waiting.add(starts.with_columns(pl.col("id").alias("of")))
    while waiting.highest >= down_to:
        number, wanted = waiting.take()
        parts = [each for each in change_log.parts_of(session, number) if each.object_type == object_type]
        for places, own, given in read_parts(session, _named(parts, wanted["id"])):
            visited = Visited(places, own, given, _found(own, object_type, wanted))
            yield visited
            waiting.add(_before(visited.found, through_gaps=through_gaps))


def read_parts(
    session: Session, wanted: Sequence[PartPlace]
) -> Iterator[tuple[Sequence[PartPlace], pl.DataFrame, tuple[str, ...]]]:
    """Yield parts of one set and object type: where they lie, their records, and the fields that are given.

    Many with the same columns come at once; `part` of a record is the place of its part among them.
    """
    for blocks in change_log.blocks_of(session, wanted):
        places, begin = list(blocks), 0
        for alike in unpack_parts(blocks.values()):
            end = begin + len(alike.rows)
            part = pl.select(pl.int_range(0, end - begin).repeat_by(pl.Series(alike.rows)).explode())
            own = pl.DataFrame(alike.table).with_columns(part.to_series().alias("part"))
            yield places[begin:end], own, alike.given
            begin = end


def events(
    session: Session, object_type: str, starts: pl.DataFrame, *, down_to: int = 1, through_gaps: bool = False
) -> pl.DataFrame:
    """Return what became of records in each set of their chains, newest first.

    Each has `of`, `set`, its number, and what the log has: `id`, `what`, `prev`, `gap`, `row` and cells.
    """
    visited = visit(session, object_type, starts, down_to=down_to, through_gaps=through_gaps)
    found = [
        each.found.drop("part").with_columns(pl.lit(each.places[0].set_number).alias("set"))
        for each in visited
    ]
    if not found:
        return pl.DataFrame(schema=_EVENT)
    return pl.concat(found, how="diagonal_relaxed")


_EVENT = {
    **dict.fromkeys(("of", "set", "id", "prev", "row"), pl.Int64),
    "what": pl.Int8,
    "gap": pl.Boolean,
}


class _Waiting:
    """Records of which the row in a set is to be read, by set; they have these columns."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._frames: dict[int, list[pl.DataFrame]] = {}
        self._numbers: list[int] = []

    @property
    def highest(self) -> int:
        """The number of the newest set, 0 when nothing waits."""
        return -self._numbers[0] if self._numbers else 0

    def add(self, records: pl.DataFrame) -> None:
        for (number,), each in records.filter(pl.col("set") > 0).partition_by("set", as_dict=True).items():
            if number not in self._frames:
                heappush(self._numbers, -number)
            self._frames.setdefault(number, []).append(each.select(self._columns))

    def take(self) -> tuple[int, pl.DataFrame]:
        number = -heappop(self._numbers)
        return number, pl.concat(self._frames.pop(number)).unique().sort("id")


def _named(parts: Sequence[PartPlace], ids: pl.Series) -> list[PartPlace]:
    """Return the parts between whose first and last id there is one of the ids, which are sorted."""
    begins = ids.search_sorted(pl.Series([each.first_id for each in parts], dtype=ids.dtype), "left")
    ends = ids.search_sorted(pl.Series([each.last_id for each in parts], dtype=ids.dtype), "right")
    return [each for each, has_any in zip(parts, ends > begins, strict=True) if has_any]


def _found(own: pl.DataFrame, object_type: str, wanted: pl.DataFrame) -> pl.DataFrame:
    placed = own if object_type != LIST_MEMBER else own.with_columns(_list_of(own))
    keys = [name for name in wanted.columns if name != "of"]
    return placed.join(wanted, on=keys, how="inner", maintain_order="left")


def _list_of(records: pl.DataFrame) -> pl.Expr:
    """Tell which list a membership was in: a lead has several, of which each has its chain."""
    cells = [name for name in ("new:listId", "old:listId") if name in records.columns]
    return pl.coalesce(cells).cast(pl.Int64).alias("within")


def _before(found: pl.DataFrame, *, through_gaps: bool) -> pl.DataFrame:
    """Return where the chains go on; a membership that came back has another id than the one before."""
    own_id = pl.coalesce("former", "id") if "former" in found.columns else pl.col("id")
    going_on = found if through_gaps else found.filter(~pl.col("gap"))
    return going_on.with_columns(own_id.alias("id"), pl.col("prev").alias("set"))
