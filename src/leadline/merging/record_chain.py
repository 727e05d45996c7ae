"""The chain of one record: what the change log says of it, from its last change back."""

from collections.abc import Iterator, Mapping

from leadline.model.changes import ChangeSet, What
from leadline.model.dataclass import dataclass
from leadline.model.record_changes import RecordChange, find_by, find_record
from leadline.store import change_log
from leadline.store.base import Session

_IDS_END = 2**62
_SETS_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class ChainLink:
    """What one change set did to the record."""

    change_set: ChangeSet
    change: RecordChange


@dataclass(frozen=True, slots=True)
class ChainStart:
    """Where a chain begins: the record's type and id, and the set that wrote it last.

    `at` is the instant of its last change that the record itself keeps, None where it keeps none: a list's
    member does not, and a membership that ended.
    A membership in a program that came back has an id of its own: `also_known_by` are the fields by which
    the former one is found.
    """

    object_type: str
    id: int
    changed: int
    at: int | None
    also_known_by: Mapping[str, int]


def chain_of(session: Session, start: ChainStart) -> Iterator[ChainLink]:
    """Yield what the log knows of a record, newest first.

    It ends with the record's creation, or where the log knows no more: a set that is purged, or a
    writer that does not know the log, which has left another instant with the record or a gap.
    """
    ahead = _ReadAhead(session, start.object_type)
    number, record_id = start.changed, start.id
    while number:
        link = ahead.link_of(number, record_id) if record_id else _former(session, number, start)
        if link is None or (number == start.changed and start.at not in (None, link.change_set.at)):
            return
        yield link
        change = link.change
        if change.gap:
            return
        was_made = change.what is What.CREATED and start.also_known_by
        number, record_id = change.prev, 0 if was_made else change.id


def _former(session: Session, number: int, start: ChainStart) -> ChainLink | None:
    """Return how a set ended the membership that was there before one that came back."""
    sets = change_log.sets_with_blocks(session, number, number, start.object_type, 0, _IDS_END)
    for change_set, blocks in sets.values():
        for block in blocks:
            change = find_by(block, start.also_known_by)
            if change is not None:
                return ChainLink(change_set, change)
    return None


class _ReadAhead:
    """Reads sets of a chain, several at once while each of them is found to belong to it."""

    def __init__(self, session: Session, object_type: str) -> None:
        self._session = session
        self._object_type = object_type
        self._read: dict[int, tuple[ChangeSet, list[bytes]]] = {}
        self._at_once = 1

    def link_of(self, number: int, record_id: int) -> ChainLink | None:
        """Return what a set did to the record, None when the log does not have it."""
        if number not in self._read:
            self._at_once = 1 if self._read else min(2 * self._at_once, _SETS_AT_ONCE)
            first = number - self._at_once + 1
            self._read = change_log.sets_with_blocks(
                self._session, first, number, self._object_type, record_id, record_id
            )
        change_set, blocks = self._read.pop(number, (None, []))
        for block in blocks:
            change = find_record(block, record_id)
            if change is not None and change_set is not None:
                return ChainLink(change_set, change)
        return None
