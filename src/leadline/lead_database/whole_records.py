"""Use case: one person or record as a whole: all values, whose they are, and the records that link to it."""

from collections.abc import Iterator
from typing import Any

from leadline.errors import LEAD_NOT_FOUND, OBJECT_NOT_FOUND, ServiceError
from leadline.lead_database.cell_history import Provenance, provenance_of
from leadline.lead_database.leads import open_partition_ids
from leadline.lead_database.objects import load_type
from leadline.merging.record_chain import ChainStart, chain_of
from leadline.model.callers import Caller
from leadline.model.changes import What
from leadline.model.dataclass import dataclass
from leadline.model.record_changes import find_record
from leadline.model.records import Values
from leadline.schema.accounts import ACCOUNTS
from leadline.schema.catalog import Field, Link, ObjectType
from leadline.schema.folding import fold_value
from leadline.schema.leads import LEAD
from leadline.store import catalog, change_log, objects, reading
from leadline.store.base import Session
from leadline.store.directory import Stores
from leadline.store.reading import Scope, StoredRecord


@dataclass(frozen=True, slots=True)
class KnownValue:
    """A field's value as reads give it, None where somebody took it away.

    `provenance` says whose it is, None where no log tells. `is_default`: nobody gave it, every new record has
    it. `hides` is the record's own value where a linked company shows another one.
    """

    field: Field
    value: Any
    provenance: Provenance | None
    is_default: bool = False
    hides: Any = None
    from_company: bool = False


@dataclass(frozen=True, slots=True)
class LinkedRecords:
    """Records of an object type that link to a record by a field; `has_more` where there are others."""

    object_type: ObjectType
    field: Field
    records: list[Values]
    has_more: bool


@dataclass(frozen=True, slots=True)
class WholeRecord:
    """A record: by which id clients know it, what the product keeps of it, and its other values."""

    object_type: ObjectType
    known_by: int | str
    kept: Values
    values: list[KnownValue]
    partition: str | None


class WholeRecords:
    """Single people and records; people in closed partitions do not exist for the caller, as in each read."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def lead(self, caller: Caller, lead_id: int, *, with_sources: bool = True) -> WholeRecord:
        """Return a person, with the sources of all values or with none; raises `ServiceError` 1004."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            object_type = catalog.load_lead_type(session)
            found = _whole(
                session,
                object_type,
                _of_lead(session, caller, lead_id),
                with_sources and caller.limits.keeps_log,
            )
        if found is None:
            raise ServiceError(LEAD_NOT_FOUND, id=lead_id)
        return found

    def record(
        self, caller: Caller, name: str, known_by: int | str, *, with_sources: bool = True
    ) -> WholeRecord:
        """Return the record of an object type that is no lead; raises `ServiceError` 1013."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            object_type = load_type(session, name)
            scope = reading.having(object_type.id_field.column, [known_by])
            found = _whole(session, object_type, scope, with_sources and caller.limits.keeps_log)
        if found is None:
            raise ServiceError(OBJECT_NOT_FOUND)
        return found

    def linked_to_lead(self, caller: Caller, lead_id: int, limit: int) -> list[LinkedRecords]:
        """Return the records that link to a person, so many for each link; none where there is no person."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            object_type = catalog.load_lead_type(session)
            return _linked(session, caller, object_type, _of_lead(session, caller, lead_id), limit)

    def linked_to_record(
        self, caller: Caller, name: str, known_by: int | str, limit: int
    ) -> list[LinkedRecords]:
        """Return the same of a record that is no lead; raises `ServiceError` 1013 for an unknown type."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            object_type = load_type(session, name)
            scope = reading.having(object_type.id_field.column, [known_by])
            return _linked(session, caller, object_type, scope, limit)

    def lead_deleted_at(self, caller: Caller, lead_id: int) -> int | None:
        """Return when a person was deleted, None where the log does not know of it."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            for change_set, block in change_log.deletions_around(session, LEAD, lead_id):
                change = find_record(block, lead_id)
                if change is not None and change.what is What.DELETED:
                    return change_set.at
        return None


def _of_lead(session: Session, caller: Caller, lead_id: int) -> Scope:
    return reading.having("id", [lead_id]).within(open_partition_ids(session, caller))


def _whole(session: Session, object_type: ObjectType, scope: Scope, with_sources: bool) -> WholeRecord | None:
    shown = reading.read(session, object_type, object_type.fields, scope, 0, 1)
    own = reading.read_stored(session, object_type, object_type.logged, scope, 1)
    if not shown or not own:
        return None
    values, logged = shown[0].values, [each for each in object_type.logged if each.system_column is None]
    sources = _sources(session, object_type, own[0]) if with_sources else {}
    known = [
        _known(object_type, each, values[each.name], own[0].values[each.name], sources.get(each.name))
        for each in logged
    ]
    partition = own[0].values.get("leadPartitionId")
    named = (each.name for each in catalog.partitions(session) if each.id == partition)
    return WholeRecord(
        object_type,
        values[object_type.id_name],
        {name: value for name, value in values.items() if name not in {each.name for each in logged}},
        [each for each in known if _is_told(each)],
        next(named, None),
    )


def _sources(session: Session, object_type: ObjectType, own: StoredRecord) -> dict[str, Provenance]:
    start = ChainStart(object_type.name, own.id, own.changed, own.updated_at, {})
    return provenance_of(chain_of(session, start), own.values, own.updated_at)


def _known(
    object_type: ObjectType, field: Field, value: Any, stored: Any, provenance: Provenance | None
) -> KnownValue:
    own = object_type.rendered(field.name, stored)
    is_default = own is not None and own == object_type.rendered(field.name, field.default)
    return KnownValue(
        field,
        value,
        provenance,
        is_default=is_default and not _was_written(provenance),
        hides=own if own != value else None,
        from_company=own != value,
    )


def _was_written(provenance: Provenance | None) -> bool:
    """Tell whether a later change is known to have given a value, not the record's creation."""
    return provenance is not None and provenance.write is not None and provenance.write.old is not None


def _is_told(known: KnownValue) -> bool:
    """Tell whether a page shows a field: it has a value, or somebody is known to have taken one away."""
    restored = known.provenance is not None and known.provenance.restored_by is not None
    return known.value is not None or known.hides is not None or _was_written(known.provenance) or restored


def _linked(
    session: Session, caller: Caller, target: ObjectType, scope: Scope, limit: int
) -> list[LinkedRecords]:
    found = []
    for referring, field, link in _links_to(session, target):
        own = target.field(link.field_name)
        stored = reading.read_stored(session, target, [own] if own else [], scope, 1)
        value = stored[0].values[own.name] if stored and own else None
        if value is None or own is None:
            continue
        by_key = fold_value(str(value), field.type) if field.searchable else value
        within = reading.having(field.key_column if field.searchable else field.column, [by_key or ""])
        if referring.partitioned:
            within = within.within(open_partition_ids(session, caller))
        fields = list({each.name: each for each in (*referring.identity, field)}.values())
        records = reading.read(session, referring, fields, within, 0, limit + 1)
        if records:
            shown = [each.values for each in records[:limit]]
            found.append(LinkedRecords(referring, field, shown, len(records) > limit))
    return found


def _links_to(session: Session, target: ObjectType) -> Iterator[tuple[ObjectType, Field, Link]]:
    """Yield the fields of all object types that may link to records of one."""
    customs = [each for each in objects.custom_objects(session) if each.approved is not None]
    referring = [
        catalog.load_lead_type(session),
        *(account() for account in ACCOUNTS.values()),
        *(objects.type_of(session, each, each.approved) for each in customs if each.approved is not None),
    ]
    for each in referring:
        for field in each.fields:
            if field.link is not None and field.link.table == target.table:
                yield each, field, field.link
