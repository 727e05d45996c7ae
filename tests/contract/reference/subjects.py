"""All operations that are described, one line a subject."""

from tests.contract.reference import (
    channels,
    folders,
    identity,
    programs,
    static_lists,
)
from tests.contract.reference.operations import Operation

SUBJECTS = (
    identity,
    static_lists,
    folders,
    programs,
    channels,
)

DESCRIBED: dict[str, Operation] = {
    call: operation for subject in SUBJECTS for operation in subject.OPERATIONS for call in operation.calls
}
