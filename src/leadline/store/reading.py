"""Records read back as clients see them: a page of those within a scope, by ascending id."""

from collections.abc import Sequence
from dataclasses import field

import pyarrow as pa

from leadline.model.dataclass import dataclass
from leadline.model.records import Values
from leadline.schema.catalog import Field, ObjectType
from leadline.schema.leads import LEAD
from leadline.schema.types import Storage
from leadline.store.base import Row, Session
from leadline.store.sql import located, quoted

_COMPUTED = {
    "mktoName": "nullif(trim(coalesce(r.f_firstname, '') || ' ' || coalesce(r.f_lastname, '')), '')",
    "contactCompany": "c.id",
    "program": "p.name",
}
_JOINS = {
    "contactCompany": "LEFT JOIN {schema}.company c ON c.f_externalcompanyid = r.f_externalcompanyid",
    "program": "JOIN {schema}.program p ON p.id = r.program_id",
}

_LIMIT = "LIMIT :limit + 0"
"""As a sum, since SQLite prepares a statement anew whenever a limit is bound that stands alone."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which records: conditions on `r`, the tables joined for them, and the values they name.

    `id` is the column that has their ids: where an index of a joined table has them in order, it is that one,
    so that a page need not sort the whole scope.
    """

    where: str
    join: str = ""
    values: dict[str, object] = field(default_factory=dict)
    id: str = "r.id"

    def within(self, open_partitions: frozenset[int] | None) -> "Scope":
        """Return the scope without records of closed partitions; None means that all are open."""
        if open_partitions is None:
            return self
        return self._and(f"r.partition_id IN ({_ids(open_partitions)})")

    def of_leads_within(self, open_partitions: frozenset[int] | None) -> "Scope":
        """Return the scope of members without those whose lead is in a closed partition."""
        if open_partitions is None:
            return self
        lead, ids = located(LEAD), _ids(open_partitions)
        visible = f"SELECT 1 FROM {lead} v WHERE v.id = r.lead_id AND v.partition_id IN ({ids})"
        return self._and(f"EXISTS ({visible})")

    def _and(self, condition: str) -> "Scope":
        return Scope(f"{self.where} AND {condition}", self.join, self.values, self.id)


def _ids(numbers: frozenset[int]) -> str:
    return ", ".join(str(int(each)) for each in sorted(numbers)) or "NULL"


@dataclass(frozen=True, slots=True)
class Record:
    """A record's own id, by which pages go on, and its values."""

    id: int
    values: Values


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it is stored: its last change set, its instant, and values by the names of their fields."""

    id: int
    changed: int
    updated_at: int
    values: Values


def having(column: str, keys: Sequence[str | int]) -> Scope:
    """Return the scope of records whose column has one of the folded keys."""
    bound: dict[str, object] = {f"key_{number}": key for number, key in enumerate(keys)}
    marks = ", ".join(f":{name}" for name in bound) or "NULL"
    return Scope(f"r.{quoted(column)} IN ({marks})", "", bound)


def in_list(list_id: int) -> Scope:
    """Return the scope of the leads in a static list."""
    join = "JOIN {schema}.list_member m ON m.lead_id = r.id"
    return Scope("m.list_id = :list_id", join, {"list_id": list_id}, "m.lead_id")


def in_program(program_id: int) -> Scope:
    """Return the scope of the leads in a program."""
    join = "JOIN {schema}.program_member m ON m.lead_id = r.id"
    return Scope("m.program_id = :program_id", join, {"program_id": program_id}, "m.lead_id")


def members_having(program_id: int, column: str, keys: Sequence[str | int]) -> Scope:
    """Return the scope of a program's members whose column has one of the folded keys."""
    scope = having(column, keys)
    values = scope.values | {"program_id": program_id}
    return Scope(f"r.program_id = :program_id AND {scope.where}", "", values)


def members_updated(program_id: int, start: int, end: int) -> Scope:
    """Return the scope of a program's members updated between two instants, both included."""
    where = "r.program_id = :program_id AND r.updated_at >= :start_at AND r.updated_at <= :end_at"
    return Scope(where, "", {"program_id": program_id, "start_at": start, "end_at": end})


def of_lead(lead_id: int, since: int | None, until: int | None) -> Scope:
    """Return the scope of a lead's memberships in programs, last changed between two instants."""
    bounds = {"since": since, "until": until}
    conditions = [
        f"r.updated_at {sign} :{name}"
        for name, sign in (("since", ">="), ("until", "<="))
        if bounds[name] is not None
    ]
    values: dict[str, object] = {name: value for name, value in bounds.items() if value is not None}
    return Scope(" AND ".join(["r.lead_id = :lead_id", *conditions]), "", {"lead_id": lead_id, **values})


def count(session: Session, object_type: ObjectType, scope: Scope, limit: int) -> int:
    """Return how many records are in the scope, counting no further than `limit`."""
    sql = (
        f"SELECT count(*) AS records FROM (SELECT 1 FROM {located(object_type.table)} r {scope.join} "
        f"WHERE {scope.where} {_LIMIT}) AS found"
    )
    return int(session.built_rows(sql, {**scope.values, "limit": limit})[0]["records"])


def read(
    session: Session, object_type: ObjectType, fields: Sequence[Field], scope: Scope, after: int, limit: int
) -> list[Record]:
    """Return the scope's records behind the id `after`; a linked company's values hide a lead's own."""
    needed = {_join_for(each) for each in fields}
    joins = " ".join(text for name, text in _JOINS.items() if name in needed)
    wanted = ", ".join(f"{_expression(each)} AS c{number}" for number, each in enumerate(fields))
    sql = (
        f"SELECT r.id AS record_id, {wanted} FROM {located(object_type.table)} r {scope.join} {joins} "
        f"WHERE {scope.where} AND {scope.id} > :after ORDER BY {scope.id} {_LIMIT}"
    )
    rows = session.built_rows(sql, {**scope.values, "after": after, "limit": limit})
    return [Record(row["record_id"], _rendered(row, fields)) for row in rows]


def read_stored(
    session: Session, object_type: ObjectType, fields: Sequence[Field], scope: Scope, limit: int
) -> list[StoredRecord]:
    """Return the scope's records with their own values of stored fields, by id."""
    wanted = "".join(f", r.{quoted(each.column)} AS c{number}" for number, each in enumerate(fields))
    sql = (
        f"SELECT r.id AS record_id, r.changed, r.updated_at{wanted} FROM {located(object_type.table)} r "
        f"{scope.join} WHERE {scope.where} ORDER BY {scope.id} {_LIMIT}"
    )
    return [
        StoredRecord(
            row["record_id"],
            row["changed"],
            row["updated_at"],
            {each.name: row[f"c{number}"] for number, each in enumerate(fields)},
        )
        for row in session.built_rows(sql, {**scope.values, "limit": limit})
    ]


def stored_by_id(
    session: Session, object_type: ObjectType, fields: Sequence[Field], ids: pa.Array
) -> list[StoredRecord]:
    """Return the records of many ids with their own values of stored fields."""
    columns = dict.fromkeys(("id", "changed", "updated_at"), Storage.INTEGER)
    columns |= {each.column: each.type.storage for each in fields}
    found = session.match(object_type.table, "id", columns, ids, {}).to_pylist()
    return [
        StoredRecord(
            row["id"], row["changed"], row["updated_at"], {each.name: row[each.column] for each in fields}
        )
        for row in found
    ]


def _join_for(each: Field) -> str:
    return "contactCompany" if each.company else each.name


def _expression(each: Field) -> str:
    if each.computed:
        return _COMPUTED[each.name]
    own = f"r.{quoted(each.column)}"
    if each.company:
        return f"CASE WHEN c.id IS NULL THEN {own} ELSE c.{quoted(each.column)} END"
    return own


def _rendered(row: Row, fields: Sequence[Field]) -> Values:
    values: Values = {}
    for number, each in enumerate(fields):
        value = row[f"c{number}"]
        values[each.name] = None if value is None else each.type.render(value)
    return values
