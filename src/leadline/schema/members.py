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
    ("acquiredBy", "boolean", None, "acquired_by"),
    ("attendanceLikelihood", "integer", None, None),
    ("createdAt", "datetime", None, "created_at"),
    ("isExhausted", "boolean", None, "is_exhausted"),
    ("leadId", "integer", None, "lead_id"),
    ("membershipDate", "datetime", None, "membership_at"),
    ("nurtureCadence", "string", 4, None),
    ("program", "string", 255, "computed"),
    ("programId", "integer", None, "program_id"),
    ("reachedSuccess", "boolean", None, "reached_success"),
    ("reachedSuccessDate", "datetime", None, "reached_success_at"),
    ("registrationLikelihood", "integer", None, None),
    ("statusName", "string", 255, None),
    ("statusReason", "string", 255, None),
    ("trackName", "string", 255, None),
    ("updatedAt", "datetime", None, "updated_at"),
    ("waitlistPriority", "integer", None, None),
)
SEARCHABLE = ("leadId", "reachedSuccess", "statusName")
"""What members can be filtered by, beside `updatedAt` with its two instants."""


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


def _standard_field(name: str, data_type: str, length: int | None, column: str | None) -> Field:
    computed = column == "computed"
    return Field(
        name=name,
        display_name=name,
        type=FIELD_TYPES[data_type],
        length=length,
        read_only=True,
        searchable=name in SEARCHABLE,
        system_column=None if computed else column,
        computed=computed,
        default=False if data_type == "boolean" else None,
    )
