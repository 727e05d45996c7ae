"""What a request names beside its rows: a key, a partition, a program's status.

Imports and calls check them alike.
"""

from leadline.errors import (
    FIELD_NOT_SUPPORTED,
    LOOKUP_FIELD_NOT_FOUND,
    PARTITION_DENIED,
    PARTITION_NEEDED,
    PROGRAM_STATUS_NOT_FOUND,
    ServiceError,
)
from leadline.model.callers import Caller, Partition, PartitionScope
from leadline.schema.catalog import Key, ObjectType
from leadline.schema.members import NOT_IN_PROGRAM
from leadline.schema.programs import Program, ProgramStatus
from leadline.store import catalog, programs
from leadline.store.base import Session


def find_status(session: Session, program: Program, name: str) -> ProgramStatus:
    """Return a status that members of a program may be brought to; raises `ServiceError` 1025."""
    status = programs.channel_of(session, program).status(name)
    if status is None or status.name == NOT_IN_PROGRAM:
        raise ServiceError(PROGRAM_STATUS_NOT_FOUND)
    return status


def lookup_key(object_type: ObjectType, name: str) -> Key:
    """Return the key that a lookup parameter names; raises `ServiceError` 1006 or 1011."""
    field = object_type.field(name)
    if field is None:
        raise ServiceError(LOOKUP_FIELD_NOT_FOUND, name=name)
    if not object_type.may_look_up(field):
        raise ServiceError(FIELD_NOT_SUPPORTED, name=name)
    key = object_type.key(field.name)
    assert key is not None, "a searchable field is a key"
    return key


def open_partitions(caller: Caller, partitions: list[Partition]) -> frozenset[int] | None:
    """Return the ids of the partitions that a credential may touch, None for all."""
    if caller.partitions is None:
        return None
    opened = {name.lower() for name in caller.partitions}
    return frozenset(each.id for each in partitions if each.name.lower() in opened)


def choose_partition(
    session: Session, caller: Caller, name: str | None, *, creates: bool = True
) -> PartitionScope:
    """Return where new leads go, if there can be any, and which leads may be touched (contract §4.6).

    Raises `ServiceError` 1008 or 1009.
    """
    partitions = catalog.partitions(session)
    opened = open_partitions(caller, partitions)
    allowed = [each for each in partitions if opened is None or each.id in opened]
    if name:
        for each in allowed:
            if each.name.lower() == name.lower():
                return PartitionScope(each.id, True, opened)
        raise ServiceError(PARTITION_DENIED, name=name)
    if creates and not (allowed and (allowed[0].id == partitions[0].id or len(allowed) == 1)):
        raise ServiceError(PARTITION_NEEDED)
    return PartitionScope(allowed[0].id if allowed else partitions[0].id, False, opened)
