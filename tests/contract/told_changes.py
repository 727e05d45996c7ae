"""What a store holds, and whether its change log tells exactly how it came to hold that.

The log is replayed on what was there before: each cell must have held what the log says it held, and in the
end all records, cells and memberships must be those that are there. Whatever wrote without telling shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leadline.model.change_parts import fields_of, unpack_part
from leadline.model.changes import LIST_MEMBER, What
from leadline.schema.accounts import ACCOUNTS
from leadline.schema.catalog import ObjectType
from leadline.schema.leads import LEAD
from leadline.schema.members import PROGRAM_MEMBER
from leadline.store import catalog, change_log, objects
from leadline.store.base import Session

Key = tuple[str, int, int]
"""Object type, id, and the list of a membership in one, else 0."""

_STAMPS = ("id", "createdAt", "updatedAt", "leadPerson", "personPrimaryLeadInterest", "marketoGUID")


@dataclass
class Held:
    """A record: its values by field, the set that wrote it last, and when that was."""

    values: dict[str, Any]
    changed: int
    at: int
    given: set[str] | None = None


@dataclass
class Contents:
    """All records of a store by their keys, and the number of its last change set."""

    records: dict[Key, Held] = field(default_factory=dict)
    last: int = 0


def object_types(session: Session) -> list[ObjectType]:
    custom = [
        objects.type_of(session, each, each.approved)
        for each in objects.custom_objects(session)
        if each.approved is not None
    ]
    own = [catalog.load_lead_type(session), catalog.load_member_type(session)]
    return [*own, *(build() for build in ACCOUNTS.values()), *custom]


def contents_of(session: Session) -> Contents:
    found = Contents(last=session.built_rows("SELECT change_set FROM {schema}.writer", {})[0]["change_set"])
    for each in object_types(session):
        columns = {one.name: one.column for one in each.fields if not one.computed}
        for row in session.built_rows(f'SELECT * FROM {{schema}}."{each.table}"', {}):
            values = {name: row[column] for name, column in columns.items() if name not in _STAMPS}
            found.records[each.name, row["id"], 0] = Held(values, row["changed"], row["updated_at"])
    for row in session.built_rows("SELECT * FROM {schema}.list_member", {}):
        values = {"listId": row["list_id"], "addedAt": row["added_at"]}
        key = LIST_MEMBER, row["lead_id"], row["list_id"]
        found.records[key] = Held(values, row["changed"], row["added_at"])
    return found


def untold(session: Session, before: Contents) -> list[str]:
    """Return sentences about what the log does not tell, or tells wrongly, of what happened since."""
    now, told = contents_of(session), Contents(dict(before.records), before.last)
    faults: list[str] = []
    for number in range(before.last + 1, now.last + 1):
        _replay(session, number, told, faults)
    for key in sorted({*told.records, *now.records}):
        one, other = told.records.get(key), now.records.get(key)
        if one is None or other is None:
            faults.append(f"{key} is {'there' if other else 'gone'}, and the log does not tell it")
            continue
        if (one.changed, one.at) != (other.changed, other.at):
            faults.append(f"{key}: written by {other.changed, other.at}, told {one.changed, one.at}")
        faults += _differences(session, key, one, other)
    return faults


def _differences(session: Session, key: Key, told: Held, there: Held) -> list[str]:
    if told.given is None:
        names = {*told.values, *there.values}
        differ = [name for name in names if told.values.get(name) != there.values.get(name)]
    else:
        (object_type,) = [each for each in object_types(session) if each.name == key[0]]
        defaults = {each.name: _stored(each.default) for each in object_type.fields}
        known = {name: told.values.get(name, defaults[name]) for name in there.values}
        differ = [
            name for name in there.values if name not in told.given and there.values[name] != known[name]
        ]
    return [f"{key}: {name} is {there.values.get(name)!r}, the log tells another" for name in differ]


def _stored(value: object) -> object:
    return int(value) if isinstance(value, bool) else value


def _replay(session: Session, number: int, told: Contents, faults: list[str]) -> None:
    found = change_log.find_set(session, number)
    if found is None:
        faults.append(f"set {number} has no header")
        return
    places = change_log.parts_of(session, number)
    if not places:
        faults.append(f"set {number} tells nothing")
    for place in places:
        block = change_log.block_of(session, place)
        assert block is not None
        table, given = unpack_part(block)
        ids = table["id"].to_pylist()
        if ids != sorted(ids) or (ids[0], ids[-1], len(ids)) != (place.first_id, place.last_id, place.rows):
            faults.append(f"{place}: ids {ids[:9]} ...")
        for row in table.to_pylist():
            _apply(place.object_type, row, fields_of(table), given, told, found.at, number, faults)


def _apply(
    object_type: str,
    row: Mapping[str, Any],
    fields: list[str],
    given: tuple[str, ...],
    told: Contents,
    at: int,
    number: int,
    faults: list[str],
) -> None:
    cells = {name: (row[f"old:{name}"], row[f"new:{name}"]) for name in fields if row[f"set:{name}"]}
    list_id = next((each for each in cells.get("listId", ()) if each is not None), 0)
    key = object_type, row["id"], list_id
    known = told.records.get(key)
    if row["what"] == What.CREATED:
        values = {name: new for name, (_, new) in cells.items()}
        memberships = (LIST_MEMBER,)
        told.records[key] = Held(
            values, number, at, None if object_type in memberships else set(given) | set(values)
        )
        if known is not None:
            faults.append(f"{key} is told to be made by {number}, and was there")
        if row["prev"] and object_type not in (LIST_MEMBER, PROGRAM_MEMBER):
            faults.append(f"{key} was made by {number} after {row['prev']}")
        return
    if known is None:
        faults.append(f"{key} was not there when {number} wrote it")
        return
    if row["prev"] != known.changed and not row["gap"]:
        faults.append(f"{key} was written by {known.changed} before {number}, not by {row['prev']}")
    unknown = known.given or set()
    for name, (old, _) in cells.items():
        if name not in unknown and name not in _STAMPS and known.values.get(name) != old:
            faults.append(f"{key}: {name} was {known.values.get(name)!r} before {number}, not {old!r}")
    if row["what"] == What.DELETED:
        del told.records[key]
        if object_type == LEAD:
            gone = [each for each in told.records if each[0] == LIST_MEMBER and each[1] == row["id"]]
            gone += [
                each
                for each, held in told.records.items()
                if each[0] == PROGRAM_MEMBER and held.values.get("leadId") == row["id"]
            ]
            for each in gone:
                del told.records[each]
        return
    values = known.values | {name: new for name, (_, new) in cells.items()}
    given_still = None if known.given is None else known.given - set(cells)
    told.records[key] = Held(values, number, at, given_still)
