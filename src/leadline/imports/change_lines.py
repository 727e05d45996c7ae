"""The changed cells of one part of the change log as lines of a file: `row,id,key,field,old,new`."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from leadline.merging.created_values import values_at_creation
from leadline.merging.membership_start import given_to_former
from leadline.model.change_parts import unpack_part
from leadline.model.changes import LIST_MEMBER, What
from leadline.model.dataclass import dataclass
from leadline.schema.catalog import Field, ObjectType
from leadline.schema.exact_json import write_json
from leadline.schema.leads import LEAD
from leadline.schema.members import PROGRAM_MEMBER
from leadline.store import catalog, change_log, objects, reading
from leadline.store.base import Session
from leadline.store.change_log import PartPlace
from leadline.store.reading import StoredRecord

HEADER = b"row,id,key,field,old,new\n"
LIST, PROGRAM_STATUS = "list", "programStatus"
"""What memberships are called among the fields of a lead."""
_UNKNOWN = "unknown"
"""Stands for the value that a new record was given, where the log cannot tell it any more."""
_NEEDS_QUOTES = re.compile(r'[",\r\n]')
_FORMULA = re.compile(r"'*[=+\-@\t\r\x00]")


@dataclass(frozen=True, slots=True)
class Viewed:
    """What somebody may see of changes: partitions that are open to him, None for all; fields, None for all.

    `key` names the lookup field by which the lines name a record.
    """

    open_partitions: frozenset[int] | None
    fields: frozenset[str] | None
    key: str


@dataclass(frozen=True, slots=True)
class Line:
    """One changed cell; a record that nobody may see has neither id nor key nor values."""

    row: int | None
    id: str
    key: str
    field: str
    old: str
    new: str


def type_of(session: Session, name: str) -> ObjectType | None:
    """Return an object type that jobs write, None where it is gone."""
    if name == LEAD:
        return catalog.load_lead_type(session)
    if name == PROGRAM_MEMBER:
        return catalog.load_member_type(session)
    found = objects.load_object_type(session, name)
    return None if found is None else found[1]


def written(lines: Sequence[Line], *, escapes_formulas: bool) -> bytes:
    """Return lines as a file has them; with formulas escaped, no cell is one to a spreadsheet."""

    def cell(text: str) -> str:
        if escapes_formulas and _FORMULA.match(text):
            text = f"'{text}"
        return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text

    return "".join(
        f"{'' if each.row is None else each.row},{each.id},{cell(each.key)},{each.field},"
        f"{cell(each.old)},{cell(each.new)}\n"
        for each in lines
    ).encode()


def lines_of(session: Session, place: PartPlace, viewed: Viewed) -> list[Line]:
    """Return the lines of a part by their rows; none when it was purged meanwhile."""
    block = change_log.block_of(session, place)
    if block is None:
        return []
    table, given = unpack_part(block)
    rows = table.to_pylist()
    part = _Part(session, place, viewed, table["id"].combine_chunks(), given, rows)
    return sorted((line for row in rows for line in part.lines(row)), key=lambda line: line.row or 0)


def field_in_lines(kind: str, object_type: ObjectType | None, name: str) -> str | None:
    """Return what a field is called in lines, None for one that the product keeps of a membership."""
    if kind == LIST_MEMBER:
        return LIST if name == "listId" else None
    if kind == PROGRAM_MEMBER:
        if name == "statusName":
            return PROGRAM_STATUS
        kept = object_type is None or name in {each.name for each in object_type.logged}
        return name if kept else None
    return name


class _Part:
    """A part, and what is stored today of the records that it names."""

    def __init__(
        self,
        session: Session,
        place: PartPlace,
        viewed: Viewed,
        ids: pa.Array,
        given: Sequence[str],
        rows: Sequence[Mapping[str, Any]],
    ) -> None:
        self._kind, self._viewed = place.object_type, viewed
        is_listing = self._kind == LIST_MEMBER
        self._type = None if is_listing else type_of(session, self._kind)
        self._given = [] if is_listing else given
        self._stored: dict[int, StoredRecord] = {}
        self._known: Mapping[int, Mapping[str, Any]] = {}
        if self._type is not None:
            fields = _fields(self._type, {*given, *self._identity(self._type)})
            found = reading.stored_by_id(session, self._type, fields, ids)
            self._stored = {each.id: each for each in found}
            if given:
                self._known = values_at_creation(session, self._kind, place.set_number, found, given)
            if self._kind == PROGRAM_MEMBER:
                self._known = dict(self._known) | self._given_to_former(session, place, rows)
        self._is_of_lead = self._kind in (LEAD, LIST_MEMBER, PROGRAM_MEMBER)
        self._lead_type = catalog.load_lead_type(session) if self._is_of_lead else None
        self._leads = self._stored if self._kind == LEAD else {}
        if self._lead_type is not None and self._kind != LEAD:
            lead_ids = sorted({each for row in rows if (each := self._lead_of(row)) is not None})
            fields = _fields(self._lead_type, self._identity(self._lead_type))
            leads = reading.stored_by_id(session, self._lead_type, fields, pa.array(lead_ids, pa.int64()))
            self._leads = {each.id: each for each in leads}

    def _given_to_former(
        self, session: Session, place: PartPlace, rows: Sequence[Mapping[str, Any]]
    ) -> dict[int, Mapping[str, Any]]:
        """Return what memberships were given that are no more."""
        assert self._type is not None, "members have a type"
        found = {}
        for row in rows:
            lead_id = row.get("new:leadId")
            if row["what"] == What.CREATED and row["id"] not in self._stored and lead_id is not None:
                given = given_to_former(session, self._type, lead_id, row["id"], place.set_number)
                if given is not None:
                    found[row["id"]] = given
        return found

    def lines(self, row: Mapping[str, Any]) -> Iterator[Line]:
        """Yield a line for each cell of a record that was changed, and that is asked for.

        A lead that is no more has none.
        """
        lead = self._leads.get(self._lead_of(row) or 0)
        if lead is None and self._is_of_lead:
            return
        named = self._name(row, lead)
        for name, old, new in self._cells(row):
            field = field_in_lines(self._kind, self._type, name)
            if field is None or (self._viewed.fields is not None and field not in self._viewed.fields):
                continue
            number = row.get(f"row:{name}") or row["row"]
            if named is None:
                yield Line(number, "", "", field, "", "")
            else:
                yield Line(number, *named, field, self._text(name, old), self._text(name, new))

    def _cells(self, row: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
        for name in self._given if row["what"] == What.CREATED else ():
            value = self._known[row["id"]].get(name) if row["id"] in self._known else _Unknown
            if value is not None:
                yield name, None, value
        for column in row:
            if column.startswith("set:") and row[column]:
                name = column.removeprefix("set:")
                old, new = row.get(f"old:{name}"), row.get(f"new:{name}")
                if old != new:
                    yield name, old, new

    def _lead_of(self, row: Mapping[str, Any]) -> int | None:
        """Return which lead a row is about, or whose membership."""
        if self._kind in (LEAD, LIST_MEMBER):
            return int(row["id"])
        lead_id = row.get("old:leadId") or row.get("new:leadId")
        if lead_id is None and self._kind == PROGRAM_MEMBER and row["id"] in self._stored:
            lead_id = self._stored[row["id"]].values["leadId"]
        return None if lead_id is None else int(lead_id)

    def _name(self, row: Mapping[str, Any], lead: StoredRecord | None) -> tuple[str, str] | None:
        """Return by which id and key a record is known, blank once it is gone; None where it is closed."""
        if lead is not None and self._lead_type is not None:
            opened = self._viewed.open_partitions
            is_open = opened is None or lead.values[_PARTITION] in opened
            return self._id_and_key(self._lead_type, lead) if is_open else None
        found = self._stored.get(row["id"])
        return ("", "") if found is None or self._type is None else self._id_and_key(self._type, found)

    def _id_and_key(self, object_type: ObjectType, record: StoredRecord) -> tuple[str, str]:
        own_id = record.values[object_type.id_field.name]
        values = [object_type.rendered(name, record.values[name]) for name in self._key_of(object_type)]
        return str(own_id), ",".join("" if each is None else _as_text(each) for each in values)

    def _identity(self, object_type: ObjectType) -> list[str]:
        """Return the fields by which lines name a record, and those that say who may see it."""
        if object_type.name == PROGRAM_MEMBER:
            return ["leadId"]
        names = [object_type.id_name, *self._key_of(object_type)]
        return [*names, _PARTITION] if object_type.partitioned else names

    def _key_of(self, object_type: ObjectType) -> Sequence[str]:
        """Return the job's lookup field, be it the id; the dedupe fields where that is gone."""
        key = object_type.key(self._viewed.key)
        return [each.name for each in key.fields] if key else object_type.dedupe

    def _text(self, name: str, value: Any) -> str:
        if value is None:
            return ""
        if value is _Unknown:
            return _UNKNOWN
        return _as_text(value if self._type is None else self._type.rendered(name, value))


_PARTITION = "leadPartitionId"


class _Unknown:
    """Stands for a value that the log cannot tell."""


def _as_text(value: Any) -> str:
    """Return a value as JSON writes it, a text without its quotes."""
    return value if isinstance(value, str) else write_json(value)


def _fields(object_type: ObjectType, names: Collection[str]) -> list[Field]:
    found = (object_type.field(name) for name in names)
    return [each for each in found if each is not None and not each.computed]
