"""The merge: checked rows against the stored records, inside a transaction that the caller opened.

Imports come here chunk by chunk, calls with their records: find, decide, write. What is only to
be foreseen is found and decided, and not written. Whoever writes holds the writer row.
"""

from collections.abc import Mapping, Sequence

import polars as pl
import pyarrow as pa

from leadline.engine.bands import Band
from leadline.engine.decide import Decision, decide
from leadline.engine.match_rules import MergeContext
from leadline.engine.pipeline import keys_of, links_of
from leadline.engine.plan import MergePlan
from leadline.model.callers import PartitionScope
from leadline.model.records import Action
from leadline.store import catalog, records
from leadline.store.base import Constants, Session


def find_records(
    session: Session, plan: MergePlan, rows: pl.DataFrame, within: Mapping[str, int] | None = None
) -> pa.Table:
    """Return the stored records that the rows' keys find; `within` are columns that they must have."""
    keys = keys_of(rows)
    asked = keys[:0] if plan.action is Action.CREATE_DUPLICATE else keys
    return records.match(session, plan.object_type, plan.key, plan.stored_fields, asked, within)


def decide_rows(
    session: Session,
    plan: MergePlan,
    rows: pl.DataFrame,
    stored: pa.Table,
    scope: PartitionScope,
    bands: Sequence[tuple[Band, pa.Table]] = (),
) -> Decision:
    """Decide what rows do to the records that they found; nothing is written."""
    return decide(rows, stored, plan, merge_context(session, plan, rows, scope), bands)


def merge_context(
    session: Session, plan: MergePlan, rows: pl.DataFrame, scope: PartitionScope
) -> MergeContext:
    """Return what the store holds beside the records that the rows find."""
    partitioned = plan.object_type.partitioned
    links = links_of(rows, plan)
    return MergeContext(
        next_id=records.next_id(session, plan.object_type.table),
        partition_names={each.id: each.name for each in catalog.partitions(session)} if partitioned else {},
        scope=scope,
        links={
            each.column: records.link_targets(session, each.link, links[each.column])
            for each in plan.links
            if each.link is not None
        },
        guid_seed=catalog.guid_seed(session) if plan.has_guid else None,
    )


def write(session: Session, table: str, decision: Decision, constants: Constants, now: int) -> None:
    """Write new and changed records, and note which id comes next; `constants` are columns of new ones."""
    records.insert(session, table, decision.inserts, {**constants, "created_at": now, "updated_at": now})
    for updates in decision.updates:
        records.update(session, table, updates, now)
    if decision.inserts.num_rows:
        records.set_next_id(session, table, decision.next_id)
