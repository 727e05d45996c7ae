"""Who wrote what, and what an undo does about it: a subscription's records and their log in plain Python.

Nothing of the engine or the store is used here. A record is known by its kind and its key: a lead by its
address, a car by its number, a membership by its lead and what it is in. Each cell has a `State`: a write
leads to a new one, an undo back to the very one that was before. So a cell may be taken back exactly where
it is still in the state to which the write has led.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

Key = tuple[str, ...]
Cells = Mapping[str, Any]
LEAD, CAR, LISTED, MEMBER = "lead", "car", "list", "member"
GONE = "gone"
"""Stands in the key of a record that was deleted and of which the log still has changes."""
_numbers = count(1)


@dataclass(frozen=True, eq=False)
class State:
    """A cell's value, and the write that led to it; None for what was there before all writes."""

    value: Any = None


@dataclass(eq=False)
class Write:
    """What one change set did to a cell."""

    change: "Change"
    key: Key
    field: str
    before: State
    after: State
    row: int | None
    makes_record: bool = False
    undoes: "Write | None" = None

    @property
    def is_seen(self) -> bool:
        return bool(self.before.value != self.after.value)


@dataclass(eq=False)
class Change:
    """A change set: what made it, and its writes."""

    kind: str
    batch_id: int | None = None
    number: int = field(default_factory=lambda: next(_numbers))
    writes: dict[tuple[Key, str], Write] = field(default_factory=dict)
    after: dict[Key, dict[str, State]] = field(default_factory=dict)
    """The states of the cells of each record that it made, as it left them."""

    def of_records(self) -> dict[Key, list[Write]]:
        found: dict[Key, list[Write]] = {}
        for (key, _), write in self.writes.items():
            found.setdefault(key, []).append(write)
        return found


@dataclass(frozen=True, order=True)
class Entry:
    """A line of a history."""

    number: int
    field: str
    old: str
    new: str
    kind: str
    batch_id: int
    row: int
    undone: bool


@dataclass
class Model:
    """All records that exist, and the log of them that do."""

    states: dict[Key, dict[str, State]] = field(default_factory=dict)
    left: dict[Key, dict[str, State]] = field(default_factory=dict)
    log: list[Change] = field(default_factory=list)

    def value(self, key: Key, name: str) -> Any:
        return self.states[key][name].value if name in self.states.get(key, {}) else None

    def values(self, key: Key) -> dict[str, Any]:
        return {name: each.value for name, each in self.states[key].items() if each.value is not None}

    def keep(self, change: Change) -> None:
        """Put a change set into the log, if it wrote anything."""
        if change.writes:
            self.log.append(change)
            change.after = {key: dict(self.states[key]) for key, _ in change.writes if key in self.states}

    def put(self, change: Change, key: Key, cells: Cells, row: int | None = None) -> str:
        """Make a record, or write the cells that differ; return what became of it."""
        is_new = key not in self.states
        known = self.states.setdefault(key, dict(self.left.pop(key, {})))
        written = {name: value for name, value in cells.items() if is_new or value != self.value(key, name)}
        for name, value in written.items():
            before = known.get(name, State())
            first = change.writes.get((key, name))
            known[name] = State(value)
            change.writes[key, name] = Write(
                change,
                key,
                name,
                first.before if first else before,
                known[name],
                row,
                first.makes_record if first else is_new,
            )
        return "created" if is_new else "updated" if written else "unchanged"

    def end(self, change: Change, key: Key, row: int | None = None) -> None:
        """End a membership; what it was stays in the log."""
        for name, before in self.states.pop(key).items():
            after = State()
            change.writes[key, name] = Write(change, key, name, before, after, row)
            self.left.setdefault(key, {})[name] = after

    def delete(self, keys: Iterable[Key], now: Sequence[Change] = ()) -> None:
        """Delete leads or cars: of a lead and its memberships no write stays, a car's lose its name.

        `now` are changes that are not in the log yet.
        """
        for gone in keys:
            erased = [gone] if gone[0] == LEAD else []
            if gone[0] == LEAD:
                erased += [
                    key
                    for key in (*self.states, *self.left)
                    if key[0] in (LISTED, MEMBER) and key[1] == gone[1]
                ]
            for key in (gone, *erased):
                self.states.pop(key, None)
                self.left.pop(key, None)
            nameless = (*gone, GONE, str(next(_numbers)))
            for change in (*self.log, *now):
                for key, name in [each for each in change.writes if each[0] in (gone, *erased)]:
                    write = change.writes.pop((key, name))
                    if key not in erased:
                        write.key = nameless
                        change.writes[nameless, name] = write
        self.log = [each for each in self.log if each.writes]

    def take_back(self, target: Change, undo: Change) -> list[tuple[int | None, str]]:
        """Take a change set back; return for each piece of it its row, and what became of it.

        Memberships come first: a person who is listed or enrolled by somebody else stays.
        """
        told: list[tuple[int | None, str]] = []
        records = target.of_records()
        for key in sorted(records, key=lambda key: key[0] not in (LISTED, MEMBER)):
            writes = records[key]
            is_there, is_membership = key in self.states, key[0] in (LISTED, MEMBER)
            ended = not writes[0].makes_record and all(each.after.value is None for each in writes)
            if GONE in key:
                told += [(row_of(writes), "gone")]
            elif writes[0].makes_record or (is_membership and ended and key not in target.after):
                told += [(row_of(writes), self._take_whole_back(target, undo, key, writes))]
            elif not is_there:
                told += [(row_of(writes), "kept" if is_membership else "gone")]
            else:
                told += [(each.row, self._take_cell_back(undo, each)) for each in writes]
        return told

    def _take_cell_back(self, undo: Change, write: Write) -> str:
        if not self.is_in_force(write):
            return "settled"
        if self.states[write.key][write.field] is not write.after:
            return "kept"
        self._lead_back(undo, write, self.states[write.key], write.row)
        return "back"

    def _lead_back(self, undo: Change, write: Write, states: dict[str, State], row: int | None) -> None:
        states[write.field] = write.before
        undo.writes[write.key, write.field] = Write(
            undo, write.key, write.field, write.after, write.before, row, undoes=write
        )

    def _take_whole_back(self, target: Change, undo: Change, key: Key, writes: Sequence[Write]) -> str:
        """Take back that a record was made, or that a membership ended."""
        made, is_there = writes[0].makes_record, key in self.states
        if not any(map(self.is_in_force, writes)):
            return "settled"
        if made != is_there:
            return "kept"
        now = self.states[key] if is_there else self.left[key]
        if (
            any(now[each.field] is not each.after for each in writes)
            or (made and any(now[name] is not state for name, state in target.after[key].items()))
            or (made and set(now) != set(target.after[key]))
        ):
            return "kept"
        if key[0] in (LISTED, MEMBER):
            for each in writes:
                self._lead_back(undo, each, now, row_of(writes))
            if made:
                self.left[key] = self.states.pop(key)
            else:
                self.states[key] = self.left.pop(key)
            return "back"
        if key[0] == LEAD and any(each[0] in (LISTED, MEMBER) and each[1] == key[1] for each in self.states):
            return "kept"
        self.delete([key], [undo])
        return "deleted"

    def writes_of(self, key: Key) -> list[Write]:
        """Return the writes of a record, newest first."""
        return [
            write for change in reversed(self.log) for (own, _), write in change.writes.items() if own == key
        ]

    def is_in_force(self, write: Write) -> bool:
        """Tell whether no write that is itself in force takes it back."""
        return not any(
            each.undoes is write and self.is_in_force(each)
            for change in self.log
            for each in change.writes.values()
        )

    def history(self, keys: Sequence[Key], names: Mapping[str, str] = {}) -> list[Entry]:
        """Return the history of a record or of several together, newest first; `names` are shown for others."""
        found = [write for key in keys for write in self.writes_of(key) if write.is_seen]
        entries = [
            Entry(
                -write.change.number,
                names.get(write.field, write.field),
                repr(write.before.value),
                repr(write.after.value),
                write.change.kind,
                write.change.batch_id or 0,
                write.row or 0,
                not self.is_in_force(write),
            )
            for write in found
        ]
        return sorted(entries)

    def source(self, key: Key, name: str) -> tuple[Write | None, Write | None]:
        """Return the write whose value a cell has, and the one that brought it back, if one did."""
        state = self.states[key][name]
        back = None
        for write in self.writes_of(key):
            if write.field != name or not self.is_in_force(write):
                continue
            if write.undoes is not None:
                back = back or write
            else:
                assert write.after is state or back is not None
                return write, back
        return None, back


def row_of(writes: Sequence[Write]) -> int | None:
    """Return the data row of a record: the last that wrote it."""
    return max((each.row for each in writes if each.row is not None), default=None)


def outcome_of(pieces: Sequence[str]) -> str:
    """Return what became of a row of an undone job."""
    known = set(pieces)
    if "gone" in known or not known:
        return "gone"
    if "kept" in known:
        return "partly" if known - {"kept"} else "kept"
    return "deleted" if "deleted" in known else "reverted"
