"""Which records a chunk's keys find: looked up ahead, confirmed under the writer lock.

The writer row counts every change of records. When nothing but this worker's last chunks was
written since the look-up, only the keys that these share with it are looked up again.
"""

from collections.abc import Sequence

import pyarrow as pa

from leadline.model.dataclass import dataclass
from leadline.schema.catalog import Field, Key, ObjectType
from leadline.store import records
from leadline.store.base import Session

_FEW_KEYS = 300
"""So few keys are as soon looked up as it is asked whether there is any record."""


@dataclass(frozen=True, slots=True)
class Matches:
    """The records that the distinct `keys` found when the store's records stood at `version`."""

    version: int
    keys: pa.Array
    table: pa.Table


@dataclass(frozen=True, slots=True)
class OwnChange:
    """A change of records that this worker made with one of its last chunks: the versions around it."""

    before: int
    after: int


def look_up(
    session: Session, object_type: ObjectType, key: Key, fields: Sequence[Field], keys: pa.Array
) -> Matches:
    """Look up a chunk's keys."""
    version = records.version(session)
    is_to_ask = len(keys) <= _FEW_KEYS or not records.is_empty(session, object_type.table)
    wanted = keys if is_to_ask else keys[:0]
    return Matches(version, keys, records.match(session, object_type, key, fields, wanted))


def confirm(
    session: Session,
    object_type: ObjectType,
    key: Key,
    fields: Sequence[Field],
    found: Matches,
    version: int,
    own: Sequence[OwnChange],
    shared: pa.Array,
) -> pa.Table:
    """Return what the keys find now that the records stand at `version`; the caller holds the writer row.

    It is `found.table` itself when that still stands. `own` are the last changes, oldest first, and
    `shared` all keys that these may have written and that may be among the keys.
    """
    if version == found.version:
        return found.table
    if not _are_own(own, found.version, version):
        return look_up(session, object_type, key, fields, found.keys).table
    if not len(shared):
        return found.table
    import pyarrow.compute as pc  # 30 ms, which the start of a server need not wait for

    again = records.match(session, object_type, key, fields, shared)
    if not found.table.num_rows:
        return again
    kept = found.table.filter(pc.invert(pc.is_in(found.table["key"], value_set=shared)))
    return pa.concat_tables([kept, again], promote_options="permissive")


def _are_own(own: Sequence[OwnChange], before: int, after: int) -> bool:
    """Tell whether own changes alone lead from one version to another."""
    for change in reversed(own):
        if change.after != after:
            return False
        after = change.before
        if after == before:
            return True
    return False
