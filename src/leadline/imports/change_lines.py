"""The changed cells of one part of the change log, a line of a file each."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from leadline.imports.written_changes import Line
from leadline.merging.created_values import values_at_creation
from leadline.merging.membership_start import given_to_former
from leadline.model.change_parts import fields_among, unpack_part
from leadline.model.changes import LIST_MEMBER, What
from leadline.model.dataclass import dataclass
from leadline.schema.catalog import Field, ObjectType
from leadline.schema.exact_json import write_json
from leadline.schema.leads import LEAD
from leadline.schema.members import PROGRAM_MEMBER, fields_told
from leadline.store import catalog, change_log, objects, reading
from leadline.store.base import Session
from leadline.store.change_log import PartPlace
from leadline.store.reading import StoredRecord

LIST, PROGRAM_STATUS = "list", "programStatus"
"""What memberships are called among the fields of a lead."""
_UNKNOWN = "unknown"
"""Stands for the value that a new record was given, where the log cannot tell it any more."""


@dataclass(frozen=True, slots=True)
class Viewed:
    """What somebody may see of changes: partitions that are open to him, None for all; fields, None for all.

    `key` names the lookup field by which the lines name a record.
    """

    open_partitions: frozenset[int] | None
    fields: frozenset[str] | None
    key: str


def type_of(session: Session, name: str) -> ObjectType | None:
    """Return an object type that jobs write, None where it is gone."""
    if name == LEAD:
        return catalog.load_lead_type(session)
    if name == PROGRAM_MEMBER:
        return catalog.load_member_type(session)
    found = objects.load_object_type(session, name)
    return None if found is None else found[1]


def lines_of(session: Session, place: PartPlace, viewed: Viewed) -> list[Line]:
    """Return the lines of a part by their rows; none when it was purged meanwhile."""
    block = change_log.block_of(session, place)
    if block is None:
        return []
    table, given = unpack_part(block)
    found = list(_Part(session, place, viewed, table, given).lines())
    found.sort(key=lambda each: (each[1].row or 0, each[0]))  # of one record the fields stay in their order
    return [line for _, line in found]


def field_in_lines(kind: str, object_type: ObjectType | None, name: str) -> str | None:
    """Return what a field is called in lines, None for one that the product keeps of a membership."""
    if kind == LIST_MEMBER:
        return LIST if name == "listId" else None
    if kind == PROGRAM_MEMBER:
        if name == "statusName":
            return PROGRAM_STATUS
        told = object_type is None or name in {each.name for each in fields_told(object_type)}
        return name if told else None
    return name


class _Part:
    """A part, and what is stored today of the records that it names."""

    def __init__(
        self,
        session: Session,
        place: PartPlace,
        viewed: Viewed,
        table: pa.Table,
        given: Sequence[str],
    ) -> None:
        self._kind, self._viewed, self._table = place.object_type, viewed, table
        ids = table["id"].combine_chunks()
        about = [each for each in table.column_names if each in _OF_LEADS or not each.startswith(_OF_CELLS)]
        self._rows: Sequence[Mapping[str, Any]] = table.select(about).to_pylist()
        self._key_names: dict[str, Sequence[str]] = {}
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
                self._known = dict(self._known) | self._given_to_former(session, place)
        self._is_of_lead = self._kind in (LEAD, LIST_MEMBER, PROGRAM_MEMBER)
        self._lead_type = catalog.load_lead_type(session) if self._is_of_lead else None
        self._leads = self._stored if self._kind == LEAD else {}
        if self._lead_type is not None and self._kind != LEAD:
            lead_ids = sorted({each for row in self._rows if (each := self._lead_of(row)) is not None})
            fields = _fields(self._lead_type, self._identity(self._lead_type))
            leads = reading.stored_by_id(session, self._lead_type, fields, pa.array(lead_ids, pa.int64()))
            self._leads = {each.id: each for each in leads}

    def _given_to_former(self, session: Session, place: PartPlace) -> dict[int, Mapping[str, Any]]:
        """Return what memberships were given that are no more."""
        assert self._type is not None, "members have a type"
        found = {}
        for row in self._rows:
            lead_id = row.get("new:leadId")
            if row["what"] == What.CREATED and row["id"] not in self._stored and lead_id is not None:
                given = given_to_former(session, self._type, lead_id, row["id"], place.set_number)
                if given is not None:
                    found[row["id"]] = given
        return found

    def lines(self) -> Iterator[tuple[int, Line]]:
        """Yield a line for each cell that was changed and is asked for, behind the place of its record.

        A lead that is no more has none.
        """
        named = [self._name(row) for row in self._rows]
        for name, places, *sides in self._changed():
            field, wanted = field_in_lines(self._kind, self._type, name), self._viewed.fields
            if field is None or (wanted is not None and field not in wanted):
                continue
            old, new = (self._texts(name, side) for side in sides)
            for place, before, after in zip(places, old, new, strict=True):
                row, told = self._rows[place], named[place]
                number = row.get(f"row:{name}") or row["row"]
                if told is not None:
                    yield place, Line(number, *told, field, before, after)
                elif not self._is_gone(row):
                    yield place, Line(number, "", "", field, "", "")

    def _changed(self) -> Iterator[tuple[str, list[int], list[Any], list[Any]]]:
        """Yield of each field the places of the records in which it changed, and its old and new values."""
        made = [place for place, row in enumerate(self._rows) if row["what"] == What.CREATED]
        for name in self._given:
            ids = [self._rows[place]["id"] for place in made]
            given = [self._known[each].get(name) if each in self._known else _Unknown for each in ids]
            default = self._default(name)
            found = [
                (place, value)
                for place, value in zip(made, given, strict=True)
                if value is not None and value != default
            ]
            places, values = [place for place, _ in found], [value for _, value in found]
            yield name, places, [None] * len(places), values
        for name in fields_among(self._table.column_names):
            columns = (self._table[f"{side}:{name}"].to_pylist() for side in ("set", "old", "new"))
            cells = [
                (place, old, new)
                for place, (is_set, old, new) in enumerate(zip(*columns, strict=True))
                if is_set and old != new
            ]
            places = [place for place, _, _ in cells]
            yield name, places, [old for _, old, _ in cells], [new for _, _, new in cells]

    def _default(self, name: str) -> Any:
        """Return what a new record holds in a field whatever its row says, which is no change."""
        field = None if self._type is None else self._type.field(name)
        return None if field is None else field.default

    def _texts(self, name: str, values: Sequence[Any]) -> list[str]:
        """Return values of a field as clients see them; of a field that is gone as they were stored."""
        field = None if self._type is None else self._type.field(name)
        render = _as_it_is if field is None else field.type.render

        def text(value: Any) -> str:
            return _UNKNOWN if value is _Unknown else _as_text(render(value))

        return ["" if each is None else text(each) for each in values]

    def _lead_of(self, row: Mapping[str, Any]) -> int | None:
        """Return which lead a row is about, or whose membership."""
        if self._kind in (LEAD, LIST_MEMBER):
            return int(row["id"])
        lead_id = row.get("old:leadId") or row.get("new:leadId")
        if lead_id is None and self._kind == PROGRAM_MEMBER and row["id"] in self._stored:
            lead_id = self._stored[row["id"]].values["leadId"]
        return None if lead_id is None else int(lead_id)

    def _is_gone(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a row is about a lead that is no more."""
        return self._is_of_lead and (self._lead_of(row) or 0) not in self._leads

    def _name(self, row: Mapping[str, Any]) -> tuple[str, str] | None:
        """Return id and key of a record, blank once it is gone.

        None where it is closed, and where its lead is gone.
        """
        if self._lead_type is not None:
            lead, opened = self._leads.get(self._lead_of(row) or 0), self._viewed.open_partitions
            is_open = lead is not None and (opened is None or lead.values[_PARTITION] in opened)
            return self._id_and_key(self._lead_type, lead) if lead is not None and is_open else None
        found = self._stored.get(row["id"])
        return ("", "") if found is None or self._type is None else self._id_and_key(self._type, found)

    def _id_and_key(self, object_type: ObjectType, record: StoredRecord) -> tuple[str, str]:
        names = self._key_names.get(object_type.name)
        if names is None:
            names = self._key_names[object_type.name] = self._key_of(object_type)
        values = [object_type.rendered(name, record.values[name]) for name in names]
        own_id = record.values[object_type.id_field.name]
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


_PARTITION = "leadPartitionId"
_OF_CELLS, _OF_LEADS = ("set:", "old:", "new:"), ("old:leadId", "new:leadId")


class _Unknown:
    """Stands for a value that the log cannot tell."""


def _as_it_is(value: Any) -> Any:
    return value


def _as_text(value: Any) -> str:
    """Return a value as JSON writes it, a text without its quotes."""
    return value if isinstance(value, str) else write_json(value)


def _fields(object_type: ObjectType, names: Collection[str]) -> list[Field]:
    found = (object_type.field(name) for name in names)
    return [each for each in found if each is not None and not each.computed]
