"""The people: the only place where SQL is built, from names the catalogue vouches for."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from leadline.schema.catalog import Field
from leadline.schema.types import Storage
from leadline.store.base import Row, Session
from leadline.store.sql import quoted

_TABLE = "lead"
_COMPUTED = {
    "mktoName": "nullif(trim(coalesce(r.f_firstname, '') || ' ' || coalesce(r.f_lastname, '')), '')",
    "contactCompany": "c.id",
}
_LINK_TABLES = {"company": "company", "sales_person": "sales_person"}


def take_writer(session: Session) -> int:
    """Take the writer row, which one transaction holds at a time; return the next free id."""
    row = session.row("take_writer")
    assert row is not None, "every subscription store has its writer row"
    return int(row["next_id"])


def version(session: Session) -> int:
    """Return the number of changes that the people have seen."""
    row = session.row("people_version")
    assert row is not None, "every subscription store has its writer row"
    return int(row["version"])


def match(session: Session, lookup: Field, fields: Sequence[Field], keys: pa.Array) -> pa.Table:
    """Return `key`, `id`, `partition_id`, `updated_at` and the fields' columns of the records that match."""
    columns = dict.fromkeys(("id", "partition_id", "updated_at"), Storage.INTEGER)
    columns |= {field.column: field.type.storage for field in fields}
    return session.match(_TABLE, lookup.key_column, columns, keys)


def is_empty(session: Session) -> bool:
    """Tell whether there is no record at all."""
    return session.row("any_lead") is None


def insert(session: Session, records: pa.Table, constants: Mapping[str, int | str | None]) -> None:
    """Insert new records; `constants` are columns that are the same in all of them."""
    if records.num_rows:
        session.run("note_change")
        session.insert(_TABLE, records, constants)


def update(session: Session, records: pa.Table, now: int) -> None:
    """Write the columns of records that changed."""
    if records.num_rows:
        session.run("note_change")
        session.update(_TABLE, records, {"updated_at": now})


def leave_next_id(session: Session, next_id: int) -> None:
    """Note which id the next new record gets; ids are never used twice."""
    session.run("leave_next_id", next_id=next_id)


def add_to_list(session: Session, list_id: int, lead_ids: list[int]) -> None:
    """Make leads members of a static list; who is one already stays one."""
    ids = pa.array(lead_ids, pa.int64())
    rows = pa.table({"list_id": pa.repeat(pa.scalar(list_id, pa.int64()), len(ids)), "lead_id": ids})
    session.insert_missing("list_member", rows)


def link_targets(session: Session, link: str, folded_ids: list[str]) -> dict[str, str]:
    """Return folded id and id as stored of the companies or sales persons that exist."""
    keys = pa.array(folded_ids, pa.string())
    found = session.match(_LINK_TABLES[link], "k_external_id", {"external_id": Storage.TEXT}, keys)
    return dict(zip(found["key"].to_pylist(), found["external_id"].to_pylist(), strict=True))


def add_field(session: Session, field: Field) -> None:
    """Add the columns of a custom field, under the writer row."""
    kind = session.column_type(field.type.storage)
    rest = " NOT NULL DEFAULT 0" if field.is_boolean else ""
    session.run_built(f"ALTER TABLE {quoted(_TABLE)} ADD COLUMN {quoted(field.column)} {kind}{rest}", {})
    key, key_kind = quoted(field.key_column), session.column_type(Storage.TEXT, is_key=True)
    if field.has_key:
        session.run_built(f"ALTER TABLE {quoted(_TABLE)} ADD COLUMN {key} {key_kind}", {})
    if field.searchable:
        index = quoted(f"lead_{field.key_column}")
        session.run_built(f"CREATE INDEX {index} ON {quoted(_TABLE)} ({key}) WHERE {key} IS NOT NULL", {})


def read_by(
    session: Session, fields: Sequence[Field], by: Field, keys: Sequence[str | int], after: int, limit: int
) -> list[Row]:
    """Return records whose field is among the folded keys, by ascending id behind `after`."""
    bound = {f"key_{number}": key for number, key in enumerate(keys)}
    marks = ", ".join(f":{name}" for name in bound)
    where = f"r.{quoted(by.key_column)} IN ({marks}) AND r.id > :after ORDER BY r.id LIMIT :limit"
    return _read(session, fields, "", where, {**bound, "after": after, "limit": limit})


def count_by(session: Session, by: Field, keys: Sequence[str | int], limit: int) -> int:
    """Return how many records have the field among the folded keys, counting no further than `limit`."""
    bound = {f"key_{number}": key for number, key in enumerate(keys)}
    marks = ", ".join(f":{name}" for name in bound)
    sql = (
        f"SELECT count(*) AS records FROM (SELECT 1 FROM {quoted(_TABLE)} r "
        f"WHERE r.{quoted(by.key_column)} IN ({marks}) LIMIT :limit) AS found"
    )
    return int(session.built_rows(sql, {**bound, "limit": limit})[0]["records"])


def read_list(session: Session, fields: Sequence[Field], list_id: int, after: int, limit: int) -> list[Row]:
    """Return the members of a static list, by ascending id behind `after`."""
    join = "JOIN list_member m ON m.lead_id = r.id"
    where = "m.list_id = :list_id AND m.lead_id > :after ORDER BY m.lead_id LIMIT :limit"
    return _read(session, fields, join, where, {"list_id": list_id, "after": after, "limit": limit})


def _read(
    session: Session, fields: Sequence[Field], join: str, where: str, values: dict[str, object]
) -> list[Row]:
    """Return records as API names and JSON values; a linked company's values hide the lead's own."""
    shows_company = any(field.company or field.name == "contactCompany" for field in fields)
    company = "LEFT JOIN company c ON c.external_id = r.f_externalcompanyid" if shows_company else ""
    wanted = ", ".join(f"{_expression(field)} AS c{number}" for number, field in enumerate(fields))
    sql = f"SELECT {wanted} FROM {quoted(_TABLE)} r {join} {company} WHERE {where}"
    return [_rendered(row, fields) for row in session.built_rows(sql, values)]


def _expression(field: Field) -> str:
    if field.computed:
        return _COMPUTED[field.name]
    own = f"r.{quoted(field.column)}"
    if field.company:
        return f"CASE WHEN c.id IS NULL THEN {own} ELSE c.{quoted(field.column)} END"
    return own


def _rendered(row: Row, fields: Sequence[Field]) -> Row:
    values: dict[str, Any] = {}
    for number, field in enumerate(fields):
        value = row[f"c{number}"]
        values[field.name] = None if value is None else field.type.render(value)
    return values


def put_link_target(session: Session, link: str, external_id: str, folded_id: str, values: Row) -> bool:
    """Add or change a company or sales person; tell whether anything was written."""
    table = quoted(_LINK_TABLES[link])
    columns = {"external_id": external_id, "k_external_id": folded_id, **values}
    found = session.built_rows(f"SELECT * FROM {table} WHERE k_external_id = :key", {"key": folded_id})
    if found and all(found[0][name] == value for name, value in columns.items() if name != "external_id"):
        return False
    if found:
        changes = ", ".join(f"{quoted(name)} = :{name}" for name in values)
        session.run_built(f"UPDATE {table} SET {changes} WHERE k_external_id = :k_external_id", columns)
        return True
    names = ", ".join(quoted(name) for name in columns)
    marks = ", ".join(f":{name}" for name in columns)
    session.run_built(
        f"INSERT INTO {table} (id, {names}) SELECT coalesce(max(id), 0) + 1, {marks} FROM {table}", columns
    )
    return True
