"""Sync calls: up to 300 records, created or updated by the same merge that imports use (contract §9.3, §9.9).

The engine is loaded by the first call, so that the API is ready without it.
"""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from leadline.errors import SALES_PERSON_NOT_FOUND, ServiceError
from leadline.model import instants
from leadline.model.callers import EVERYWHERE, PartitionScope
from leadline.model.dataclass import dataclass
from leadline.model.records import Action, Outcome
from leadline.model.rules import Rules
from leadline.schema.catalog import Key, ObjectType
from leadline.schema.record_errors import Reason
from leadline.store.base import Constants
from leadline.store.writer import Writer


@dataclass(frozen=True, slots=True)
class Synced:
    """What became of one record: its id and outcome, and the reason where it was not written."""

    id: int | str | None
    outcome: Outcome
    reason: Reason | None = None

    @property
    def status(self) -> Literal["created", "updated"]:
        """The word that clients see of a record that has no reason; raises ValueError where it has one."""
        match self.outcome:
            case Outcome.CREATED:
                return "created"
            case Outcome.UPDATED | Outcome.UNCHANGED:
                return "updated"
            case Outcome.FAILED:
                raise ValueError("a record that failed has a reason")


def load_engine() -> None:
    """Load the engine before the writer's turn is taken: the first time costs some tenths of a second."""
    importlib.import_module("leadline.merging.memberships")


def sync_records(
    writer: Writer,
    object_type: ObjectType,
    key: Key,
    action: Action,
    items: Sequence[dict[str, Any]],
    rules: Rules,
    constants: Constants,
    scope: PartitionScope = EVERYWHERE,
    within: Mapping[str, int] | None = None,
) -> list[Synced]:
    """Create or update records for a caller that holds the writer row; returns one result an item.

    `constants` are columns of new records, `within` columns that matched ones must have. Raises
    `ServiceError` 718 when one is to be linked to a sales person that is not there.
    """
    from leadline.engine.from_json import plan_and_rows
    from leadline.merging.merge import decide_rows, find_records, write

    session, today = writer.session, instants.local_day(writer.now, rules.time_zone)
    plan, rows = plan_and_rows(items, object_type, key, rules, today, action)
    stored = find_records(session, plan, rows, within)
    decision = decide_rows(session, plan, rows, stored, scope)
    results = [synced(row) for row in decision.rows.iter_rows(named=True)]
    if any(each.reason and each.reason.code == SALES_PERSON_NOT_FOUND.code for each in results):
        raise ServiceError(SALES_PERSON_NOT_FOUND)
    write(writer, object_type, decision, constants)
    return results


def synced(row: Mapping[str, Any]) -> Synced:
    """Return the result of a decided row of a call."""
    reason = None if row["reason"] is None else Reason(row["code"], row["reason"])
    return Synced(row["id"], Outcome(row["outcome"]), reason)
