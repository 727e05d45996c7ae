"""Records of every object type, found by their keys; `writer` writes them.

SQL is built here, in `reading`, `writer` and `tables` only, from names the catalogue vouches for.
"""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from leadline.schema.catalog import Field, Key, Link, ObjectType
from leadline.schema.types import Storage
from leadline.store import change_log
from leadline.store.base import Session
from leadline.store.sql import located, quoted


def take_writer(session: Session) -> int:
    """Take the writer row, which one transaction holds at a time, to change what is no record.

    Returns the records' version; whoever writes records begins with `writer.writing`.
    """
    row = session.row("take_writer")
    assert row is not None, "every subscription store has its writer row"
    return int(row["version"])


def version(session: Session) -> int:
    """Return the number of changes that the records have seen."""
    row = session.row("records_version")
    assert row is not None, "every subscription store has its writer row"
    return int(row["version"])


def count_leads(session: Session) -> int:
    """Return how many leads there are."""
    row = session.row("count_leads")
    assert row is not None, "a count has one row"
    return int(row["leads"])


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
    """Return `key`, `id`, `updated_at`, `changed` and the fields' columns of the records that match.

    Partitioned records have `partition_id` too. `gap` tells where a writer that knows no change log has
    written since the change set `changed`. `only` are columns that must have one value.
    """
    columns = dict.fromkeys(("id", "updated_at", "changed"), Storage.INTEGER)
    if object_type.partitioned:
        columns["partition_id"] = Storage.INTEGER
    columns |= {field.column: field.type.storage for field in fields}
    found = session.match(object_type.table, key.column, columns, keys, only or {})
    return found.append_column("gap", change_log.gaps(session, found["changed"], found["updated_at"]))


def is_empty(session: Session, table: str) -> bool:
    """Return whether a table has no record."""
    return not session.built_rows(f"SELECT 1 AS found FROM {located(table)} LIMIT 1", {})


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
