"""Failed and warned rows of a job by reason and column, added chunk by chunk.

All functions run inside a transaction that the caller opened.
"""

import json
from collections.abc import Sequence

from leadline.model.jobs import IssueKind, ReasonCount
from leadline.store.base import Session


def add(session: Session, batch_id: int, counts: Sequence[ReasonCount]) -> None:
    """Add a chunk's counts, in one statement."""
    if counts:
        groups = [
            {
                "kind": each.kind.value,
                "reason": each.reason,
                "column_name": each.column or "",
                "rows": each.rows,
                "first_row": each.first_row,
            }
            for each in counts
        ]
        session.run("add_reasons", batch_id=batch_id, groups=json.dumps(groups))


def of_job(session: Session, batch_id: int) -> list[ReasonCount]:
    """Return what was counted: failures first, the reason of most rows first."""
    return [
        ReasonCount(
            IssueKind(row["kind"]), row["reason"], row["column_name"] or None, row["rows"], row["first_row"]
        )
        for row in session.rows("reasons_of_job", batch_id=batch_id)
    ]
