"""All operations that are described, one line a subject."""

from tests.contract.reference import (
    accounts,
    activities,
    bulk,
    channels,
    fields,
    folders,
    identity,
    leads,
    lists,
    member_fields,
    members,
    object_types,
    objects,
    programs,
    static_lists,
    usage,
)
from tests.contract.reference.operations import Operation

SUBJECTS = (
    identity,
    bulk,
    static_lists,
    folders,
    programs,
    channels,
    activities,
    usage,
    leads,
    lists,
    fields,
    accounts,
    member_fields,
    members,
    object_types,
    objects,
)

DESCRIBED: dict[str, Operation] = {
    call: operation for subject in SUBJECTS for operation in subject.OPERATIONS for call in operation.calls
}
