"""Records of every object type: found by their keys and written in bulk, under the writer row.

SQL is built here, in `reading` and in `tables` only, from names the catalogue vouches for.
"""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from leadline.schema.catalog import Field, Key, Link, ObjectType
from leadline.schema.types import Storage
from leadline.store.base import Constants, Row, Session
from leadline.store.sql import located, quoted


def take_writer(session: Session) -> int:
    """Take the writer row, which one transaction holds at a time; return the records' version."""
    row = session.row("take_writer")
    assert row is not None, "every subscription store has its writer row"
    return int(row["version"])


def version(session: Session) -> int:
    """Return the number of changes that the records have seen."""
    row = session.row("records_version")
    assert row is not None, "every subscription store has its writer row"
    return int(row["version"])


def next_id(session: Session, name: str) -> int:
    """Return the next free id of a kind of record; read under the writer row."""
    row = session.row("next_id", name=name)
    assert row is not None, "every kind of record has its counter"
    return int(row["next_id"])


def set_next_id(session: Session, name: str, next_id: int) -> None:
    """Set the id that the next new record gets; no id is used twice."""
    session.run("set_next_id", name=name, next_id=next_id)


def match(
    session: Session,
    object_type: ObjectType,
    key: Key,
    fields: Sequence[Field],
    keys: pa.Array,
    only: Mapping[str, int] | None = None,
) -> pa.Table:
    """Return `key`, `id`, `updated_at` and the fields' columns of the records that match.

    Partitioned records have `partition_id` too. `only` are columns that must have one value.
    """
    columns = dict.fromkeys(("id", "updated_at"), Storage.INTEGER)
    if object_type.partitioned:
        columns["partition_id"] = Storage.INTEGER
    columns |= {field.column: field.type.storage for field in fields}
    return session.match(object_type.table, key.column, columns, keys, only or {})


def is_empty(session: Session, table: str) -> bool:
    """Return whether a table has no record."""
    return not session.built_rows(f"SELECT 1 AS found FROM {located(table)} LIMIT 1", {})


def insert(session: Session, table: str, records: pa.Table, constants: Constants) -> None:
    """Insert new records; `constants` are columns that are the same in all of them."""
    if records.num_rows:
        session.run("note_change")
        session.insert(table, records, constants)


def update(session: Session, table: str, records: pa.Table, now: int) -> None:
    """Write the columns of records that changed, found by `id`."""
    if records.num_rows:
        session.run("note_change")
        session.update(table, records, {"updated_at": now})


def delete(
    session: Session, table: str, column: str, ids: Sequence[int], only: Mapping[str, int] | None = None
) -> None:
    """Delete the records whose column is among the ids; `only` are columns that must have one value."""
    if ids:
        session.run("note_change")
        among = f"{quoted(column)} IN ({', '.join(str(int(each)) for each in ids)})"
        where = [among, *(f"{quoted(name)} = {int(value)}" for name, value in (only or {}).items())]
        session.run_built(f"DELETE FROM {located(table)} WHERE {' AND '.join(where)}", {})


def move_leads(session: Session, partitions: Mapping[int, int], now: int) -> None:
    """Bring leads into other partitions: partition id by lead id."""
    columns = {"id": list(partitions), "partition_id": list(partitions.values())}
    rows = pa.table({name: pa.array(values, pa.int64()) for name, values in columns.items()})
    update(session, "lead", rows, now)


def add_to_list(session: Session, list_id: int, lead_ids: list[int], now: int) -> None:
    """Make leads members of a static list; those that are stay members since when they were."""
    ids = pa.array(lead_ids, pa.int64())
    columns = {"list_id": list_id, "added_at": now}
    constants = {name: pa.repeat(pa.scalar(value, pa.int64()), len(ids)) for name, value in columns.items()}
    session.insert_missing("list_member", pa.table({"lead_id": ids, **constants}))


def link_targets(session: Session, link: Link, keys: list[str] | list[int]) -> dict[str | int, str | int]:
    """Return, for each folded key that exists over there, the key as it is stored."""
    kind = pa.string() if link.storage is Storage.TEXT else pa.int64()
    found = session.match(link.table, link.key_column, {link.column: link.storage}, pa.array(keys, kind), {})
    pairs = zip(found["key"].to_pylist(), found[link.column].to_pylist(), strict=True)
    return dict(sorted(pairs, reverse=True))


def keys_in_use(session: Session, object_type: ObjectType, key: Field, folded: Sequence[str]) -> set[str]:
    """Return which of the folded keys any record has."""
    columns = {"id": Storage.INTEGER}
    found = session.match(object_type.table, key.key_column, columns, pa.array(folded, pa.string()), {})
    return set(found["key"].to_pylist())


def linked_from(session: Session, object_type: ObjectType, link: Field, ids: Sequence[int]) -> set[int]:
    """Return which of the link's targets, by their ids, any record of the object type points to."""
    assert link.link is not None, "only links point anywhere"
    marks = ", ".join(str(int(each)) for each in ids) or "NULL"
    sql = (
        f"SELECT t.id AS id FROM {located(link.link.table)} t WHERE t.id IN ({marks}) AND EXISTS (SELECT 1 "
        f"FROM {located(object_type.table)} r WHERE r.{quoted(link.column)} = t.{quoted(link.link.column)})"
    )
    return {row["id"] for row in session.built_rows(sql, {})}


def put(session: Session, object_type: ObjectType, folded: str, values: Row, now: int) -> bool:
    """Add or change one record, found by its one dedupe field; return whether anything was written.

    `values` are columns, folded keys included.
    """
    table = located(object_type.table)
    key = object_type.field(object_type.dedupe[0])
    assert key is not None, "an object's dedupe fields are among its fields"
    where = f"WHERE {quoted(key.key_column)} = :key_now"
    compared = ", ".join(map(quoted, values))
    found = session.built_rows(f"SELECT {compared} FROM {table} {where}", {"key_now": folded})
    if found and all(found[0][name] == value for name, value in values.items() if name != key.column):
        return False
    session.run("note_change")
    if found:
        values = {name: value for name, value in values.items() if name != key.column} | {"updated_at": now}
        changes = ", ".join(f"{quoted(name)} = :{name}" for name in values)
        session.run_built(f"UPDATE {table} SET {changes} {where}", values | {"key_now": folded})
        return True
    own_id = next_id(session, object_type.table)
    columns = {"id": own_id, "created_at": now, "updated_at": now, **values}
    names, marks = ", ".join(map(quoted, columns)), ", ".join(f":{name}" for name in columns)
    session.run_built(f"INSERT INTO {table} ({names}) VALUES ({marks})", columns)
    set_next_id(session, object_type.table, own_id + 1)
    return True
