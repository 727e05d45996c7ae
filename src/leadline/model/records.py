"""What may be done to a record, and what became of one (contract §9.3)."""

from enum import StrEnum
from typing import Any

Values = dict[str, Any]
"""A record's values as JSON has them, by the API names of its fields."""


class Action(StrEnum):
    """What a sync call may do (contract §9.3); imports create or update."""

    CREATE_OR_UPDATE = "createOrUpdate"
    CREATE_ONLY = "createOnly"
    UPDATE_ONLY = "updateOnly"
    CREATE_DUPLICATE = "createDuplicate"


class UndoOutcome(StrEnum):
    """What became of one data row of a job that was taken back.

    A row is `partly` reverted where some of what it wrote was kept; it is `gone` where its record is.
    """

    REVERTED = "reverted"
    PARTLY = "partly"
    KEPT = "kept"
    DELETED = "deleted"
    GONE = "gone"


class Outcome(StrEnum):
    """What became of one data row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


WRITING_OUTCOMES = frozenset(
    each.value
    for each in (
        *(Outcome.CREATED, Outcome.UPDATED),
        *(UndoOutcome.REVERTED, UndoOutcome.PARTLY, UndoOutcome.DELETED),
    )
)
"""The outcomes of rows that wrote something, be it of an import or of an undo."""
