"""Use case: who changed the values of a person or record, and whose value each field has."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from leadline.errors import HISTORY_OFF, LEAD_NOT_FOUND, OBJECT_NOT_FOUND, ServiceError
from leadline.lead_database.cell_history import Provenance, provenance_of, writes_of
from leadline.lead_database.leads import open_partition_ids
from leadline.lead_database.membership_history import MembershipWrite, membership_writes
from leadline.lead_database.objects import load_type
from leadline.lead_database.paging import Page, Window, page_of
from leadline.merging.record_chain import ChainStart, chain_of
from leadline.model.callers import Caller
from leadline.model.changes import ChangeSet
from leadline.model.dataclass import dataclass
from leadline.schema.catalog import ObjectType
from leadline.store import catalog, reading
from leadline.store.base import Session
from leadline.store.directory import Stores
from leadline.store.reading import Scope, StoredRecord

_SETS_END, _ENTRIES_MAX = 2**42, 2**20
"""Pages go up, set numbers down: an entry stands at `_SETS_END` less its set, then at its place in it."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A change of one cell, as clients see its values."""

    change_set: ChangeSet
    field: str
    old: Any
    new: Any
    row: int | None
    undone: bool
    program_id: int | None = None


@dataclass(frozen=True, slots=True)
class ValueSource:
    """A field's value as clients see it, and where it comes from."""

    field: str
    value: Any
    provenance: Provenance


class History:
    """What the change log says of single people and records.

    People in closed partitions do not exist for the caller, as in every read.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    @contextmanager
    def _read(self, caller: Caller) -> Iterator[Session]:
        if not caller.limits.keeps_log:
            raise ServiceError(HISTORY_OFF)
        with self._stores.subscription(caller.munchkin_id).read() as session:
            yield session

    def of_lead(self, caller: Caller, lead_id: int, window: Window) -> Page[HistoryEntry]:
        """Return a page of a lead's changes, newest first; raises `ServiceError` 1003 or 1004."""
        with self._read(caller) as session:
            object_type = catalog.load_lead_type(session)
            record = _lead(session, caller, object_type, lead_id)
            memberships = [_of_membership(each) for each in membership_writes(session, lead_id)]
            streams = [_own(session, object_type, record), *memberships]
            return _page(caller, object_type, record, window, streams)

    def of_record(self, caller: Caller, name: str, known_by: str | int, window: Window) -> Page[HistoryEntry]:
        """Return a page of the changes of an object's record; raises `ServiceError` 1003 or 1013."""
        with self._read(caller) as session:
            object_type = load_type(session, name)
            record = _record(session, object_type, known_by)
            return _page(caller, object_type, record, window, [_own(session, object_type, record)])

    def sources_of_lead(self, caller: Caller, lead_id: int) -> list[ValueSource]:
        """Return where each value of a lead comes from; raises `ServiceError` 1003 or 1004."""
        with self._read(caller) as session:
            object_type = catalog.load_lead_type(session)
            return _sources(session, object_type, _lead(session, caller, object_type, lead_id))

    def sources_of_record(self, caller: Caller, name: str, known_by: str | int) -> list[ValueSource]:
        """Return where each value of an object's record comes from; raises `ServiceError` 1003 or 1013."""
        with self._read(caller) as session:
            object_type = load_type(session, name)
            return _sources(session, object_type, _record(session, object_type, known_by))


def _lead(session: Session, caller: Caller, object_type: ObjectType, lead_id: int) -> StoredRecord:
    scope = reading.having("id", [lead_id]).within(open_partition_ids(session, caller))
    found = _one(session, object_type, scope)
    if found is None:
        raise ServiceError(LEAD_NOT_FOUND, id=lead_id)
    return found


def _record(session: Session, object_type: ObjectType, known_by: str | int) -> StoredRecord:
    found = _one(session, object_type, reading.having(object_type.id_field.column, [known_by]))
    if found is None:
        raise ServiceError(OBJECT_NOT_FOUND)
    return found


def _one(session: Session, object_type: ObjectType, scope: Scope) -> StoredRecord | None:
    found = reading.read_stored(session, object_type, object_type.logged, scope, 1)
    return found[0] if found else None


def _page(
    caller: Caller,
    object_type: ObjectType,
    record: StoredRecord,
    window: Window,
    streams: Sequence[Iterator[HistoryEntry]],
) -> Page[HistoryEntry]:
    def read(after: int, limit: int) -> list[tuple[int, HistoryEntry]]:
        entries = heapq.merge(*streams, key=lambda entry: -entry.change_set.number)
        behind = (each for each in _placed(entries) if each[0] > after)
        return list(islice(behind, limit))

    return page_of(window, (caller.munchkin_id, "history", object_type.name, record.id), read)


def _placed(entries: Iterable[HistoryEntry]) -> Iterator[tuple[int, HistoryEntry]]:
    """Yield entries with their positions, which stay when more is written."""
    number = place = 0
    for entry in entries:
        place = place + 1 if entry.change_set.number == number else 0
        number = entry.change_set.number
        yield (_SETS_END - number) * _ENTRIES_MAX + place, entry


def _start(object_type: ObjectType, record: StoredRecord) -> ChainStart:
    return ChainStart(object_type.name, record.id, record.changed, record.updated_at, {})


def _own(session: Session, object_type: ObjectType, record: StoredRecord) -> Iterator[HistoryEntry]:
    for write in writes_of(chain_of(session, _start(object_type, record)), record.values):
        if write.old != write.new:
            old, new = (object_type.rendered(write.field, value) for value in (write.old, write.new))
            yield HistoryEntry(write.change_set, write.field, old, new, write.row, write.undone)


def _of_membership(changes: Iterator[MembershipWrite]) -> Iterator[HistoryEntry]:
    for each in changes:
        if each.old != each.new:
            write = each.write
            yield HistoryEntry(
                write.change_set, each.field, each.old, each.new, write.row, write.undone, each.program_id
            )


def _sources(session: Session, object_type: ObjectType, record: StoredRecord) -> list[ValueSource]:
    """Return the sources of all values, and of those that somebody is known to have taken away."""
    links = chain_of(session, _start(object_type, record))
    found = provenance_of(links, record.values, record.updated_at)
    return [
        ValueSource(each.name, object_type.rendered(each.name, record.values[each.name]), found[each.name])
        for each in object_type.logged
        if record.values[each.name] is not None or _was_cleared(found[each.name])
    ]


def _was_cleared(provenance: Provenance) -> bool:
    """Tell whether somebody is known to have taken a value away."""
    return provenance.restored_by is not None or (
        provenance.write is not None and provenance.write.old is not None
    )
