"""Use case: the changes and deletions of leads, told as activities from an instant on (contract §9.2).

They are read from the change log in its order. A call reads a bounded part of the log: it may find
fewer activities than it could answer and still say that there are more.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from leadline.errors import FIELD_NOT_FOUND, HISTORY_OFF, OBJECT_NOT_FOUND, ServiceError
from leadline.lead_database.leads import open_partition_ids
from leadline.lead_database.paging import (
    PAGE_RECORDS_MAX,
    StreamPosition,
    Window,
    begin_of_stream,
    stream_token,
)
from leadline.model.activity_parts import LeadChange, changes_in, deleted_in
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.schema.catalog import Field, ObjectType
from leadline.schema.leads import LEAD
from leadline.store import catalog, change_log, lists, records
from leadline.store.base import Session
from leadline.store.change_log import TimedPart
from leadline.store.directory import Stores

_PARTS_MAX = 100
_IDS_END = 2**32
"""An activity's number is its set's times this, and the id of the lead."""
_SOURCE = "originalSourceType"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that was changed: its number in describe, and its values as texts."""

    number: int
    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class LeadActivity:
    """What happened to a lead: it is new and comes from `source`, fields were changed, or it was deleted."""

    id: int
    lead_id: int
    at: int
    fields: tuple[FieldChange, ...] = ()
    is_new: bool = False
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """Some activities, the token that goes on behind them, and whether there are more by now."""

    items: list[LeadActivity]
    next_page_token: str
    has_more: bool


class LeadActivities:
    """Reads activities of leads; those of closed partitions do not exist for a caller."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    @contextmanager
    def _read(self, caller: Caller) -> Iterator[Session]:
        if not caller.limits.keeps_log:
            raise ServiceError(HISTORY_OFF)
        with self._stores.subscription(caller.munchkin_id).read() as session:
            yield session

    def changes(
        self,
        caller: Caller,
        names: Sequence[str],
        lead_ids: Collection[int] | None,
        list_id: int | None,
        window: Window,
    ) -> Stream:
        """Return new leads and changes of the named fields; raises `ServiceError` 1003, 1006 or 1013.

        `lead_ids` and `list_id` say whose activities are wanted, None for all.
        """
        with self._read(caller) as session:
            asked = _Asked(session, caller, names, lead_ids, list_id)

            def read(part: TimedPart, block: bytes, after: int) -> list[LeadActivity]:
                found = [each for each in changes_in(block, asked.names) if each.lead_id > after]
                return asked.visible(part, found)

            return _stream(session, caller, window, read, change_log.parts_of_type_from)

    def deletions(self, caller: Caller, window: Window) -> Stream:
        """Return which leads were deleted, and when; raises `ServiceError` 1003."""
        with self._read(caller) as session:

            def read(part: TimedPart, block: bytes, after: int) -> list[LeadActivity]:
                gone = [each for each in deleted_in(block) if each > after]
                return [LeadActivity(_activity_id(part, each), each, part.at) for each in gone]

            return _stream(session, caller, window, read, change_log.parts_with_deletions_from)


class _Asked:
    """What a caller wants to know of changes, and which leads he may see."""

    def __init__(
        self,
        session: Session,
        caller: Caller,
        names: Sequence[str],
        lead_ids: Collection[int] | None,
        list_id: int | None,
    ) -> None:
        self._session = session
        self._type = catalog.load_lead_type(session)
        self._numbers = {each.name: number for number, each in enumerate(self._type.fields, 1)}
        self._fields = {each.name: each for each in _named(self._type, names)}
        if list_id is not None and lists.find_list(session, list_id) is None:
            raise ServiceError(OBJECT_NOT_FOUND)
        self._opened = open_partition_ids(session, caller)
        self._lead_ids, self._list_id = lead_ids, list_id

    @property
    def names(self) -> list[str]:
        """The fields whose changes are wanted, by their API names."""
        return list(self._fields)

    def visible(self, part: TimedPart, found: Sequence[LeadChange]) -> list[LeadActivity]:
        """Return the activities of those leads that are wanted, that exist, and that the caller may see."""
        wanted = [each for each in found if self._lead_ids is None or each.lead_id in self._lead_ids]
        sources = self._sources([each.lead_id for each in wanted])
        return [
            LeadActivity(
                _activity_id(part, each.lead_id),
                each.lead_id,
                part.at,
                tuple(self._change(name, *values) for name, values in each.values.items()),
                each.created,
                sources[each.lead_id],
            )
            for each in wanted
            if each.lead_id in sources
        ]

    def _sources(self, ids: Sequence[int]) -> dict[int, str | None]:
        """Return for each lead that the caller may see where it came from."""
        if not ids:
            return {}
        key, source = self._type.key("id"), self._type.field(_SOURCE)
        assert key is not None, "leads have an id"
        assert source is not None, "leads have a source"
        found = records.match(self._session, self._type, key, [source], pa.array(ids, pa.int64())).to_pylist()
        listed = (
            None if self._list_id is None else lists.members_among(self._session, self._list_id, list(ids))
        )
        return {
            row["id"]: row[source.column]
            for row in found
            if (self._opened is None or row["partition_id"] in self._opened)
            and (listed is None or row["id"] in listed)
        }

    def _change(self, name: str, old: Any, new: Any) -> FieldChange:
        field = self._fields[name]
        return FieldChange(self._numbers[name], name, _text(field, old), _text(field, new))


def _named(object_type: ObjectType, names: Sequence[str]) -> Iterator[Field]:
    for name in names:
        field = object_type.field(name)
        if field is None:
            raise ServiceError(FIELD_NOT_FOUND, name=name)
        yield field


def _text(field: Field, value: Any) -> str | None:
    """Return a stored value as the original's activities show it: every value is a text there."""
    return None if value is None else str(field.type.render(value))


def _activity_id(part: TimedPart, lead_id: int) -> int:
    return part.place.set_number * _IDS_END + lead_id


def _stream(
    session: Session,
    caller: Caller,
    window: Window,
    read: Callable[[TimedPart, bytes, int], list[LeadActivity]],
    parts_from: Callable[[Session, str, int, int], list[TimedPart]],
) -> Stream:
    """Return so many activities behind a token, which names an instant or a position."""
    binding = (caller.munchkin_id, "activities")
    after = _begin(session, begin_of_stream(window.token or "", binding))
    size = min(max(window.batch_size, 1), PAGE_RECORDS_MAX)
    found: list[LeadActivity] = []
    parts = parts_from(session, LEAD, after[0], _PARTS_MAX + 1)
    for part in parts[:_PARTS_MAX]:
        at = part.place.set_number, part.place.part
        if at < after[:2]:
            continue
        block = change_log.block_of(session, part.place)
        activities = read(part, block, after[2] if at == after[:2] else 0) if block is not None else []
        left = size - len(found)
        found += activities[:left]
        if len(activities) > left:
            last = found[-1].lead_id if left else 0
            return Stream(found, stream_token((*at, last), binding), has_more=True)
        after = (*at, part.place.last_id)
    return Stream(found, stream_token(after, binding), has_more=len(parts) > _PARTS_MAX)


def _begin(session: Session, begin: int | StreamPosition) -> StreamPosition:
    if not isinstance(begin, int):
        return begin
    first = change_log.first_set_since(session, begin)
    return (change_log.last_number(session) + 1, 0, 0) if first is None else (first, 0, 0)
