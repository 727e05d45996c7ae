"""The change log: sets of changes, and the parts that hold their cells.

What a part holds is told in `model.change_parts`; here it is a block of bytes with its first and last id.
"""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from leadline.model.change_parts import Part, pack_part, unpack_part
from leadline.model.changes import ChangeKind, ChangeSet, Origin
from leadline.model.dataclass import dataclass
from leadline.schema.types import Storage
from leadline.store.base import Constants, Row, Session

_PARTS_AT_ONCE = 64
"""Some 32,000 records: enough to save the round trips of a large set, and a few MB."""


@dataclass(frozen=True, slots=True)
class PartPlace:
    """Where a part lies: its set, its object type and its number in both; and which ids it may name."""

    set_number: int
    object_type: str
    part: int
    first_id: int
    last_id: int
    rows: int
    deleted: int


@dataclass(frozen=True, slots=True)
class TimedPart:
    """Where a part lies, and the instant of its set."""

    at: int
    place: PartPlace


def add(session: Session, number: int, at: int, origin: Origin, parts: Sequence[tuple[str, Part]]) -> None:
    """Keep a change set, and its parts, each with the name of its object type."""
    session.run(
        "add_change_set",
        number=number,
        at=at,
        kind=origin.kind.value,
        batch_id=origin.batch_id,
        first_row=origin.first_row,
        request_id=origin.request_id,
        client_id=origin.client_id,
        credential=origin.credential,
        user_name=origin.user,
        undoes=origin.undoes,
    )
    if origin.batch_id is not None:
        session.run("name_file_of_set", number=number, batch_id=origin.batch_id)
    session.run_many("add_change_part", list(_numbered_parts(number, parts)))


def _numbered_parts(set_number: int, parts: Sequence[tuple[str, Part]]) -> Iterator[Row]:
    """Yield the rows of a set's parts, which are counted by object type."""
    counts: dict[str, int] = {}
    for object_type, each in parts:
        counts[object_type] = counts.get(object_type, -1) + 1
        yield {
            "set_number": set_number,
            "object_type": object_type,
            "part": counts[object_type],
            "first_id": each.first_id,
            "last_id": each.last_id,
            "rows": each.rows,
            "deleted": each.deleted,
            "block": each.block,
        }


def gaps(session: Session, changed: pa.ChunkedArray, instants: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    """Return of which records a writer that knows no change log has written since their last change set.

    That is so where the set is known and its instant is not the record's own.
    """
    numbers = {each for each in changed.unique().to_pylist() if each}
    known = instants_of(session, sorted(numbers)) if numbers else {}
    if not known:
        return pa.repeat(pa.scalar(value=False, type=pa.bool_()), len(changed))
    import pyarrow.compute as pc  # 30 ms, which the start of a server need not wait for

    places = pc.index_in(changed, value_set=pa.array(list(known), changed.type))
    differs = pc.not_equal(pc.take(pa.array(list(known.values()), instants.type), places), instants)
    return pc.fill_null(differs, False)


def find_set(session: Session, number: int) -> ChangeSet | None:
    """Return a change set, None when it was never made or is purged."""
    row = session.row("change_set", number=number)
    return _set_of(row) if row else None


def sets_of_job(session: Session, batch_id: int) -> list[ChangeSet]:
    """Return the change sets of a job that the log still has, oldest first."""
    return [_set_of(row) for row in session.rows("change_sets_of_job", batch_id=batch_id)]


def undone_since(session: Session, number: int) -> dict[int, int]:
    """Return of the sets from a number on which take another one back, and which one."""
    return {row["number"]: row["undoes"] for row in session.rows("undoing_sets", number=number)}


def first_set(session: Session) -> ChangeSet | None:
    """Return the oldest change set that the log still has; what was changed before it is unknown."""
    row = session.row("first_change_set")
    return _set_of(row) if row else None


def instants_of(session: Session, numbers: Sequence[int]) -> dict[int, int]:
    """Return the instant of each of the change sets that the log still has."""
    wanted = pa.array(sorted(set(numbers)), pa.int64())
    found = session.match("change_set", "number", {"at": Storage.INTEGER}, wanted, {})
    return dict(zip(found["key"].to_pylist(), found["at"].to_pylist(), strict=True))


def parts_of(session: Session, set_number: int) -> list[PartPlace]:
    """Return where the parts of a set lie, by object type and number."""
    return [PartPlace(set_number, **row) for row in session.rows("parts_of_set", set_number=set_number)]


def sets_with_blocks(
    session: Session, first_set: int, last_set: int, object_type: str, low: int, high: int
) -> dict[int, tuple[ChangeSet, list[bytes]]]:
    """Return by number the sets between two, with the blocks of their parts that may name ids between two."""
    sets = {"first_set": first_set, "last_set": last_set}
    found: dict[int, tuple[ChangeSet, list[bytes]]] = {}
    for row in session.rows("sets_with_parts_around", **sets, object_type=object_type, low=low, high=high):
        _, blocks = found.setdefault(row["number"], (_set_of(row), []))
        blocks.append(bytes(row["block"]))
    return found


def first_set_since(session: Session, instant: int) -> int | None:
    """Return the number of the first change set at an instant or after it."""
    row = session.row("first_change_set_since", instant=instant)
    return int(row["number"]) if row else None


def last_number(session: Session) -> int:
    """Return the number of the last change set that was made, 0 for none."""
    row = session.row("last_change_set")
    return int(row["change_set"]) if row else 0


def parts_of_type_from(session: Session, object_type: str, set_number: int, limit: int) -> list[TimedPart]:
    """Return where so many parts of an object type lie, from a set on, in the order of the log."""
    return _timed(session, "parts_of_type_from", object_type, set_number, limit)


def parts_with_deletions_from(
    session: Session, object_type: str, set_number: int, limit: int
) -> list[TimedPart]:
    """Return the same of the parts that name deleted records."""
    return _timed(session, "parts_with_deletions_from", object_type, set_number, limit)


def deletions_around(session: Session, object_type: str, record_id: int) -> list[tuple[ChangeSet, bytes]]:
    """Return the parts of a type that name deleted records and may name one of them, the newest first."""
    rows = session.rows("deletions_around", object_type=object_type, id=record_id)
    return [(_set_of(row), bytes(row["block"])) for row in rows]


def _timed(session: Session, query: str, object_type: str, set_number: int, limit: int) -> list[TimedPart]:
    rows = session.rows(query, object_type=object_type, set_number=set_number, limit=limit)
    return [TimedPart(row.pop("at"), PartPlace(**row)) for row in rows]


def block_of(session: Session, place: PartPlace) -> bytes | None:
    """Return the block of a part; None when it was purged meanwhile."""
    row = session.row(
        "change_part", set_number=place.set_number, object_type=place.object_type, part=place.part
    )
    return bytes(row["block"]) if row else None


def blocks_of(session: Session, places: Sequence[PartPlace]) -> Iterator[dict[PartPlace, bytes]]:
    """Yield the blocks of parts of one set and object type, together those that follow one another.

    Parts that were purged meanwhile are left out; at most `_PARTS_AT_ONCE` come together.
    """
    for run in _runs(places):
        first, last = run[0], run[-1]
        named = {"set_number": first.set_number, "object_type": first.object_type}
        rows = session.rows("change_parts", **named, first=first.part, last=last.part)
        found = {row["part"]: bytes(row["block"]) for row in rows}
        yield {place: found[place.part] for place in run if place.part in found}


def _runs(places: Sequence[PartPlace]) -> Iterator[list[PartPlace]]:
    """Yield parts whose numbers follow one another together, so many at most."""
    run: list[PartPlace] = []
    for place in places:
        if run and (place.part != run[-1].part + 1 or len(run) == _PARTS_AT_ONCE):
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def blocks_around(
    session: Session, set_number: int, object_type: str, low: int, high: int
) -> list[tuple[int, bytes]]:
    """Return number and block of the parts of a set that may name ids between two, both included."""
    found = session.rows("parts_around", set_number=set_number, object_type=object_type, low=low, high=high)
    return [(row["part"], bytes(row["block"])) for row in found]


def forget_type(session: Session, object_type: str) -> None:
    """Drop what the log has of an object type that is deleted: one of that name counts its ids anew."""
    session.run("drop_parts_of_type", object_type=object_type)


def forget_field(session: Session, object_type: str, name: str) -> None:
    """Take a field out of the log; it is added anew, and its old cells were another field's."""
    for row in session.rows("parts_of_type", object_type=object_type):
        place = PartPlace(object_type=object_type, **row)
        block = block_of(session, place)
        assert block is not None, "a transaction's view of the store stays the same"
        table, given = unpack_part(block)
        columns = [each for each in table.column_names if each.partition(":")[2].lower() != name.lower()]
        kept = [each for each in given if each.lower() != name.lower()]
        if len(columns) < table.num_columns or len(kept) < len(given):
            replace_part(session, place, pack_part(table.select(columns), kept))


def purge(session: Session, until: int, limit: int) -> int:
    """Delete the oldest sets, at most `limit`, whose instants are not after `until`; return how many.

    It stops at the first that is, so that what is left has no hole. Memberships that ended in them are as
    if they had never been.
    """
    due: list[int] = []
    for row in session.rows("due_change_sets", limit=limit):
        if row["at"] > until:
            break
        due.append(row["number"])
    if due:
        session.run("drop_ended_memberships", number=due[-1])
        session.run("delete_change_sets", number=due[-1])
    return len(due)


def drop_parts(session: Session, places: Sequence[PartPlace]) -> None:
    """Delete parts of one set and object type."""
    if places:
        numbers = pa.array([each.part for each in places], pa.int64())
        of_set: Constants = {"set_number": places[0].set_number, "object_type": places[0].object_type}
        session.delete("change_part", "part", numbers, of_set)


def replace_part(session: Session, place: PartPlace, part: Part) -> None:
    """Write a part anew, from which records or cells were taken out."""
    named = {"set_number": place.set_number, "object_type": place.object_type, "part": place.part}
    ids = {"first_id": part.first_id, "last_id": part.last_id}
    session.run("change_part_block", **named, **ids, rows=part.rows, deleted=part.deleted, block=part.block)


def _set_of(row: Row) -> ChangeSet:
    origin = Origin(
        ChangeKind(row["kind"]),
        row["client_id"],
        row["credential"],
        row["user_name"],
        row["request_id"],
        row["batch_id"],
        row["first_row"],
        row["file_name"],
        row["undoes"],
    )
    return ChangeSet(row["number"], row["at"], origin)
