"""Which record errors say what is wrong with a row: in files, and in calls by their object type."""

from collections.abc import Callable

from leadline.model.dataclass import dataclass
from leadline.schema import record_errors as errors
from leadline.schema.catalog import Link, ObjectType
from leadline.schema.leads import LEAD, SALES_PERSON
from leadline.schema.members import PROGRAM_MEMBER
from leadline.schema.record_errors import RecordError


def _missing_target(link: Link) -> RecordError:
    return link.missing


def _missing_target_of_object(link: Link) -> RecordError:
    """Return the error of a record of a custom object or a company whose link finds nothing."""
    if link.table == SALES_PERSON:
        return link.missing
    return errors.LEAD_NOT_FOUND if link.table == LEAD else errors.OBJECT_NOT_FOUND


@dataclass(frozen=True, slots=True)
class Wording:
    """The errors that files and calls, or calls of several object types, do not have in common.

    `invalid_value`: a cell is not of its field's type. `not_found`: the key finds nothing and may not
    make a record. `exists`: it finds a record and may not. `missing_target`: a link finds nothing.
    `repeated`: a row before has the key, None where rows may share one. `past_status`: a member has
    the status already, None where that fails no row.
    """

    invalid_value: RecordError = errors.INVALID_VALUE
    not_found: RecordError = errors.LEAD_NOT_FOUND
    exists: RecordError = errors.LEAD_EXISTS
    missing_target: Callable[[Link], RecordError] = _missing_target
    repeated: RecordError | None = None
    past_status: RecordError | None = None


FILE = Wording(invalid_value=errors.INVALID_TYPE)
_LEAD_CALL = Wording()
_OBJECT_CALL = Wording(
    not_found=errors.OBJECT_NOT_FOUND,
    exists=errors.OBJECT_EXISTS,
    missing_target=_missing_target_of_object,
    repeated=errors.REPEATED_RECORD,
)
_MEMBER_CALL = Wording(not_found=errors.MEMBERSHIP_NOT_FOUND, past_status=errors.PAST_STATUS)


def wording_of_call(object_type: ObjectType) -> Wording:
    """Return the wording of calls that write records of an object type."""
    return {LEAD: _LEAD_CALL, PROGRAM_MEMBER: _MEMBER_CALL}.get(object_type.table, _OBJECT_CALL)
