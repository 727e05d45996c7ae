"""Which records a chunk's keys find: looked up ahead, confirmed under the writer lock.

The writer row counts every change of records. When nothing but this worker's
last chunks was written since the look-up, only the keys of those are looked up again.
"""

from collections.abc import Sequence

import pyarrow as pa

from leadline.model.dataclass import dataclass
from leadline.schema.catalog import Field, Key, ObjectType
from leadline.store import records
from leadline.store.base import Session


@dataclass(frozen=True, slots=True)
class Matches:
    """The records that the distinct `keys` found when the store's records stood at `version`."""

    version: int
    keys: pa.Array
    table: pa.Table


@dataclass(frozen=True, slots=True)
class OwnChange:
    """This worker's last change of records: the versions around it, and the keys it may have written."""

    before: int
    after: int
    keys: pa.Array


def look_up(
    session: Session, object_type: ObjectType, key: Key, fields: Sequence[Field], keys: pa.Array
) -> Matches:
    """Look up a chunk's keys."""
    version = records.version(session)
    wanted = keys[:0] if records.is_empty(session, object_type.table) else keys
    return Matches(version, keys, records.match(session, object_type, key, fields, wanted))


def confirm(
    session: Session,
    object_type: ObjectType,
    key: Key,
    fields: Sequence[Field],
    found: Matches,
    own: Sequence[OwnChange],
) -> pa.Table:
    """Return what the keys find now; the caller holds the writer row.

    It is `found.table` itself when that still stands. `own` are the last changes, oldest first.
    """
    version = records.version(session)
    if version == found.version:
        return found.table
    written = _written_between(own, found.version, version)
    if written is None:
        return look_up(session, object_type, key, fields, found.keys).table
    import pyarrow.compute as pc  # 30 ms, which the start of a server need not wait for

    shared = found.keys.filter(pc.is_in(found.keys, value_set=written))
    if not len(shared):
        return found.table
    again = records.match(session, object_type, key, fields, shared)
    if not found.table.num_rows:
        return again
    kept = found.table.filter(pc.invert(pc.is_in(found.table["key"], value_set=written)))
    return pa.concat_tables([kept, again], promote_options="permissive")


def _written_between(own: Sequence[OwnChange], before: int, after: int) -> pa.Array | None:
    """Return the keys of the own changes that lead from one version to another, or None for others'."""
    keys = []
    for change in reversed(own):
        if change.after != after:
            return None
        keys.append(change.keys)
        after = change.before
        if after == before:
            return pa.concat_arrays(keys)
    return None
