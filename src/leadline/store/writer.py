"""The one way to write records: what a transaction changes of them goes into its change set.

Whoever holds a `Writer` holds the writer row. Each record that is written gets the number of the change
set in `changed`. The set's header and its parts are written when the block ends, if anything was.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pyarrow as pa

from leadline.model.change_parts import Part, pack_parts
from leadline.model.changes import LIST_MEMBER, Origin, What
from leadline.schema.catalog import ObjectType
from leadline.schema.members import PROGRAM_MEMBER
from leadline.schema.types import Storage
from leadline.store import record_tables, records
from leadline.store.base import Constants, Row, Session
from leadline.store.changed_cells import new_records, one_row, typed, with_cells
from leadline.store.open_change_set import OpenChangeSet, array_of

ENDED_MEMBERSHIP = "ended_membership"
"""The table of memberships that ended, where one that comes back finds them."""

_PORTION = 50_000


Rows = Mapping[int, int | None]
"""Data rows by the ids of records."""
_NO_ROWS: Rows = {}
_ANY: Constants = {}


@contextmanager
def writing(session: Session, origin: Origin, now: int, *, keeps_log: bool) -> Iterator["Writer"]:
    """Take the writer row, which one transaction holds at a time, to write records.

    `now` is the instant of all that is written. Without a log records get 0 as their last change set.
    """
    row = session.row("take_writer")
    assert row is not None, "every subscription store has its writer row"
    writer = Writer(session, origin, now, row, keeps_log=keeps_log)
    yield writer
    writer.finish()


class Writer(OpenChangeSet):
    """Writes records in one transaction."""

    def write(
        self,
        object_type: ObjectType,
        inserts: pa.Table,
        updates: Sequence[pa.Table],
        constants: Constants,
        changes: Iterable[Part],
    ) -> None:
        """Write new records, and columns of known ones by `id`; `constants` are columns of the new ones.

        `changes` say of each of the records, once in a transaction, what is written.
        """
        stamps = {"updated_at": self.now, "changed": self.number}
        if inserts.num_rows:
            self.has_written = True
            made = {**constants, "created_at": self.now, **stamps}
            record_tables.insert(self.session, object_type, inserts, made)
        for each in updates:
            if each.num_rows:
                self.has_written = True
                record_tables.update(self.session, object_type, each, stamps)
        self.note(object_type.name, changes)

    def update(self, object_type: ObjectType, rows: pa.Table, changes: Iterable[Part]) -> None:
        """Write columns of records, found by `id`."""
        self.write(object_type, rows[:0], [rows], {}, changes)

    def put(self, object_type: ObjectType, folded: str, values: Row) -> bool:
        """Add or change one record, found by its one dedupe field; return whether anything was written.

        `values` are columns, folded keys included; the key stays as it is spelled.
        """
        key = object_type.field(object_type.dedupe[0])
        assert key is not None, "an object's dedupe fields are among its fields"
        fields = [each for each in object_type.fields if each.column in values]
        columns = dict.fromkeys(values, Storage.TEXT) | {each.column: each.type.storage for each in fields}
        found = self.stored(object_type.table, pa.array([folded], pa.string()), columns, key.key_column)
        if not found.num_rows:
            own_id = records.next_id(self.session, object_type.table)
            records.set_next_id(self.session, object_type.table, own_id + 1)
            made = one_row({"id": own_id, **values}, {"id": Storage.INTEGER, **columns})
            given = [each.name for each in fields if values[each.column] is not None]
            log = with_cells(new_records(made["id"]), What.CREATED, {})
            self.write(object_type, made, [], {}, pack_parts(log, given))
            return True
        known = found.to_pylist()[0]
        changed = [name for name in values if values[name] != known[name] and name != key.column]
        if not changed:
            return False
        wanted = {name: value for name, value in values.items() if name != key.column}
        rows = one_row({"id": known["id"], **wanted}, {"id": Storage.INTEGER, **columns})
        cells = {
            each.name: (found[each.column], rows[each.column]) for each in fields if each.column in changed
        }
        self.update(object_type, rows, pack_parts(with_cells(found, What.UPDATED, cells), ()))
        return True

    def put_back(self, object_type: ObjectType, rows: pa.Table, changes: Iterable[Part]) -> None:
        """Put memberships that ended back under their own ids; `rows` has all columns."""
        self.has_written = True
        programs = rows["program_id"].to_pylist()
        for within in set(programs):
            of_program = pa.array([each == within for each in programs], pa.bool_())
            self.take_ended(object_type.name, within, rows.filter(of_program)["lead_id"])
        self.session.insert(object_type.table, rows, {"updated_at": self.now, "changed": self.number})
        self.note(object_type.name, changes)

    def move_leads(self, lead_type: ObjectType, partitions: Mapping[int, int]) -> None:
        """Bring leads into other partitions: partition id by lead id; one that is there already stays."""
        ids = pa.array(list(partitions), pa.int64())
        found = self.stored(lead_type.table, ids, {"partition_id": Storage.INTEGER})
        wanted = [partitions[each] for each in found["id"].to_pylist()]
        moves = [a != b for a, b in zip(found["partition_id"].to_pylist(), wanted, strict=True)]
        found = found.append_column("wanted", pa.array(wanted, pa.int64())).filter(
            pa.array(moves, pa.bool_())
        )
        rows = pa.table({"id": found["id"], "partition_id": found["wanted"]})
        cells = {"leadPartitionId": (found["partition_id"], found["wanted"])}
        self.update(lead_type, rows, pack_parts(with_cells(found, What.UPDATED, cells), ()))

    def delete(self, object_type: ObjectType, ids: Sequence[int]) -> None:
        """Delete records; the log keeps that they are gone, and no value of them."""
        self._delete_stored(object_type, self.stored(object_type.table, pa.array(ids, pa.int64()), {}))

    def delete_leads(self, lead_type: ObjectType, found: pa.Table) -> None:
        """Delete leads, as `stored` has them, with their memberships.

        `merging.erasure` takes them out of the log before.
        """
        for table in (ENDED_MEMBERSHIP, LIST_MEMBER, PROGRAM_MEMBER):
            if not records.is_empty(self.session, table):
                self._delete(table, "lead_id", found["id"])
        self._delete_stored(lead_type, found)

    def _delete_stored(self, object_type: ObjectType, found: pa.Table) -> None:
        for table in object_type.written_tables:
            self._delete(table, "id", found["id"])
        self.note(object_type.name, pack_parts(with_cells(found, What.DELETED, {}), ()))

    def delete_members(self, member_type: ObjectType, ids: Sequence[int], rows: Rows = _NO_ROWS) -> None:
        """End memberships in programs; the log keeps all their values, and of an undo the data `rows`."""
        fields = [each for each in member_type.fields if not each.computed]
        columns = {each.column: each.type.storage for each in fields}
        found = self.stored(member_type.table, pa.array(ids, pa.int64()), columns)
        cells = {each.name: (found[each.column], None) for each in fields}
        self._delete(member_type.table, "id", found["id"])
        self._note_ended(member_type.name, "program_id", found, cells, rows)

    def join_list(self, list_id: int, leads: pa.Table) -> list[int]:
        """Make leads members of a static list; return those that were not yet, by ascending id.

        `leads` has `id`, each once, `row`, the data row that names the lead, null in calls, and for those
        who are put back `added_at`, since when they were members.
        """
        known = set(self._members(list_id, leads["id"])["id"].to_pylist())
        is_new = [each not in known for each in leads["id"].to_pylist()]
        new = leads.filter(pa.array(is_new, pa.bool_())).sort_by("id")
        if not new.num_rows:
            return []
        self.has_written = True
        ids: list[int] = new["id"].to_pylist()
        since = new["added_at"] if "added_at" in new.column_names else pa.repeat(self.now, len(ids))
        rows = pa.table({"lead_id": new["id"], "added_at": since})
        self.session.insert(LIST_MEMBER, rows, {"list_id": list_id, "changed": self.number})
        former = self.take_ended(LIST_MEMBER, list_id, new["id"])
        made = new_records(new["id"], new["row"], [former.get(each, (0, 0))[0] for each in ids])
        cells = {"listId": (None, pa.repeat(list_id, len(ids))), "addedAt": (None, since)}
        self.note(LIST_MEMBER, pack_parts(with_cells(made, What.CREATED, cells), list(cells)))
        return ids

    def leave_list(self, list_id: int, lead_ids: Sequence[int], rows: Rows = _NO_ROWS) -> list[int]:
        """Take leads off a static list; return those that were on it, by ascending id.

        `rows` are the data rows of an undo, by lead id.
        """
        found = self._members(list_id, pa.array(lead_ids, pa.int64()))
        ids: list[int] = found["id"].to_pylist()
        self._delete(LIST_MEMBER, "lead_id", found["id"], {"list_id": list_id})
        self._end_list_members(found, rows)
        return ids

    def delete_list(self, list_id: int) -> None:
        """Delete a static list with its memberships; its leads stay."""
        after = 0
        while found := self.session.rows("list_members", list_id=list_id, after=after, limit=_PORTION):
            after = found[-1]["id"]
            columns = {name: pa.array([row[name] for row in found], pa.int64()) for name in found[0]}
            self._end_list_members(_without_gaps(pa.table(columns)))
        self.session.run("delete_list", id=list_id)

    def take_ended(self, object_type: str, within: int, lead_ids: pa.Array) -> dict[int, tuple[int, int]]:
        """Return which set ended a membership that a lead had, and the id of that; it is no longer ended.

        By lead id, of those that had one.
        """
        if records.is_empty(self.session, ENDED_MEMBERSHIP):
            return {}
        columns = {"changed": Storage.INTEGER, "record_id": Storage.INTEGER, "object_type": Storage.TEXT}
        found = self.session.match(
            ENDED_MEMBERSHIP, "lead_id", columns, array_of(lead_ids), {"within": within}
        )
        ended = [row for row in found.to_pylist() if row["object_type"] == object_type]
        ids = pa.array([row["key"] for row in ended], pa.int64())
        self._delete(ENDED_MEMBERSHIP, "lead_id", ids, {"within": within, "object_type": object_type})
        return {row["key"]: (row["changed"], row["record_id"]) for row in ended}

    def _end_list_members(self, found: pa.Table, rows: Rows = _NO_ROWS) -> None:
        cells = {"listId": (found["list_id"], None), "addedAt": (found["added_at"], None)}
        self._note_ended(LIST_MEMBER, "list_id", found, cells, rows)

    def _note_ended(
        self,
        object_type: str,
        within: str,
        found: pa.Table,
        cells: Mapping[str, tuple[pa.Array, None]],
        rows: Rows,
    ) -> None:
        """Keep memberships that ended: in the log, and where one that comes back finds them."""
        self.has_written |= found.num_rows > 0
        if rows:
            named = pa.array([rows.get(each) for each in found["id"].to_pylist()], pa.int64())
            found = found.append_column("row", named)
        self.note(object_type, pack_parts(with_cells(found, What.DELETED, cells), ()))
        if self.number and found.num_rows:
            leads = found["lead_id"] if "lead_id" in found.column_names else found["id"]
            ended = pa.table({"within": found[within], "lead_id": leads, "record_id": found["id"]})
            self.session.insert(ENDED_MEMBERSHIP, ended, {"object_type": object_type, "changed": self.number})

    def _members(self, list_id: int, lead_ids: pa.Array) -> pa.Table:
        """Return which of the leads are members of a list."""
        columns = dict.fromkeys(("lead_id", "list_id", "added_at", "changed"), Storage.INTEGER)
        found = self.session.match(LIST_MEMBER, "lead_id", columns, array_of(lead_ids), {"list_id": list_id})
        return _without_gaps(typed(found, columns).rename_columns({"lead_id": "id"}).sort_by("id"))

    def _delete(self, table: str, column: str, ids: pa.Array, only: Constants = _ANY) -> None:
        """Delete the rows whose column is among the ids; `only` are columns that must have one value."""
        if len(ids):
            self.has_written = True
            self.session.delete(table, column, array_of(ids), only)


def _without_gaps(found: pa.Table) -> pa.Table:
    """Return memberships in lists: none is ever changed, and an undo puts it back since when it was."""
    return found.append_column("gap", pa.repeat(pa.scalar(value=False, type=pa.bool_()), found.num_rows))
