"""All operations that are described, one line a subject."""

from tests.contract.reference import (
    channels,
    identity,
)
from tests.contract.reference.operations import Operation

SUBJECTS = (
    identity,
    channels,
)

DESCRIBED: dict[str, Operation] = {
    call: operation for subject in SUBJECTS for operation in subject.OPERATIONS for call in operation.calls
}
