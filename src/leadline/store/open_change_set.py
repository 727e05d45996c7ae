"""The change set of a transaction that is not committed: what it will say of the records written so far."""

from collections.abc import Iterable, Mapping

import pyarrow as pa

from leadline.model.change_parts import Part
from leadline.model.changes import Origin
from leadline.schema.types import Storage
from leadline.store import change_log
from leadline.store.base import Row, Session
from leadline.store.changed_cells import typed


class OpenChangeSet:
    """The change set of one transaction; `number` is its number, 0 where no log is kept.

    `version` is that of the records before it, `has_written` says whether anything was written.
    """

    def __init__(self, session: Session, origin: Origin, now: int, row: Row, *, keeps_log: bool) -> None:
        """`row` is the writer row."""
        self.session = session
        self.origin = origin
        self.now = now
        self.version: int = row["version"]
        self._last: int = row["change_set"]
        self.number = self._last + 1 if keeps_log else 0
        self.has_written = False
        self._parts: list[tuple[str, Part]] = []

    @property
    def version_after(self) -> int:
        """The records' version once what was written by now is committed."""
        return self.version + self.has_written

    def note(self, object_type: str, changes: Iterable[Part]) -> None:
        """Keep what a part of the log says of records of a type."""
        if self.number:
            self._parts += [(object_type, each) for each in changes]

    def stored(
        self, table: str, keys: pa.Array, columns: Mapping[str, Storage], key_column: str = "id"
    ) -> pa.Table:
        """Return records by ascending id, with what the log must know of them, and columns."""
        wanted = dict.fromkeys(("id", "updated_at", "changed"), Storage.INTEGER) | dict(columns)
        found = typed(self.session.match(table, key_column, wanted, array_of(keys), {}), wanted)
        gaps = change_log.gaps(self.session, found["changed"], found["updated_at"])
        return found.append_column("gap", gaps).sort_by("id")

    def finish(self) -> None:
        """Write the change set, if anything was written."""
        if not self.has_written:
            return
        self.session.run("end_write", change_set=self.number or self._last)
        if self.number:
            change_log.add(self.session, self.number, self.now, self.origin, self._parts)


def array_of(values: pa.Array) -> pa.Array:
    """Return a column as one array."""
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
