"""The program member: what is kept of a lead in a program (contract §9.8)."""

from leadline.schema.catalog import Field, ObjectType
from leadline.schema.types import FIELD_TYPES

NOT_IN_PROGRAM = "Not in Program"
"""The first status of every channel, step 0."""

PROGRAM_MEMBER = "program_member"
CUSTOM_FIELDS_MAX = 20
DEFAULT_FIELDS = ("leadId", "reachedSuccess", "programId", "acquiredBy", "membershipDate")
"""What a query answers when the caller names no fields."""

_STANDARD = (
    ("acquiredBy", "Acquired By", "boolean", None, "acquired_by"),
    ("nurtureCadence", "Nurture Cadence", "string", 4, None),
    ("isExhausted", "Nurture Exhausted", "boolean", None, "is_exhausted"),
    ("membershipDate", "Member Date", "datetime", None, "membership_at"),
    ("program", "Program", "string", 255, "computed"),
    ("programId", "Program Id", "integer", None, "program_id"),
    ("reachedSuccess", "Reached Success", "boolean", None, "reached_success"),
    ("reachedSuccessDate", "Reached Success Date", "datetime", None, "reached_success_at"),
    ("statusName", "Status", "string", 255, None),
    ("statusReason", "Status Reason", "string", 255, None),
    ("trackName", "Track Name", "string", 255, None),
    ("attendanceLikelihood", "Attendance Likelihood", "integer", None, None),
    ("registrationLikelihood", "Registration Likelihood", "integer", None, None),
    ("waitlistPriority", "Waitlist Priority", "integer", None, None),
    ("leadId", "Lead Id", "integer", None, "lead_id"),
    ("createdAt", "Created At", "datetime", None, "created_at"),
    ("updatedAt", "Updated At", "datetime", None, "updated_at"),
)
SEARCHABLE = ("leadId", "reachedSuccess", "statusName")
"""What members can be filtered by, beside `updatedAt` with its two instants."""

_WITH_STATUS = ("reachedSuccess", "reachedSuccessDate", "acquiredBy")


def member_type(custom_fields: tuple[Field, ...] = ()) -> ObjectType:
    """Return the program-member object type of a subscription with these custom fields."""
    return ObjectType(
        name=PROGRAM_MEMBER,
        table=PROGRAM_MEMBER,
        fields=tuple(_standard_field(*row) for row in _STANDARD) + custom_fields,
        display_name="API Program Membership",
        id_name="leadId",
        dedupe=("leadId",),
    )


def fields_told(members: ObjectType) -> tuple[Field, ...]:
    """Return the fields that files of changes have: those that somebody sets, and what goes with them."""
    return tuple(each for each in members.fields if each in members.logged or each.name in _WITH_STATUS)


def _standard_field(
    name: str, display_name: str, data_type: str, length: int | None, column: str | None
) -> Field:
    computed = column == "computed"
    return Field(
        name=name,
        display_name=display_name,
        type=FIELD_TYPES[data_type],
        length=length,
        read_only=True,
        searchable=name in SEARCHABLE,
        system_column=None if computed else column,
        computed=computed,
        default=False if data_type == "boolean" else None,
    )
