"""The merge: checked rows against the stored records, inside a transaction that the caller opened.

Imports come here chunk by chunk, calls with their records: find, decide, write. What is only to
be foreseen is found and decided, and not written. Whoever writes holds the writer row.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl
import pyarrow as pa

from leadline.engine.bands import Band
from leadline.engine.decide import Decision, decide
from leadline.engine.match_rules import MergeContext
from leadline.engine.pipeline import keys_of, links_of
from leadline.engine.plan import MergePlan
from leadline.model.callers import PartitionScope
from leadline.model.change_parts import Part
from leadline.model.records import Action
from leadline.schema.catalog import ObjectType
from leadline.store import catalog, records
from leadline.store.base import Constants, Session
from leadline.store.writer import Writer


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
    closes_any = plan.object_type.partitioned and scope.opened is not None
    links = links_of(rows, plan)
    return MergeContext(
        next_id=records.next_id(session, plan.object_type.table),
        partition_names={each.id: each.name for each in catalog.partitions(session)} if closes_any else {},
        scope=scope,
        links={
            each.column: records.link_targets(session, each.link, links[each.column])
            for each in plan.links
            if each.link is not None
        },
        guid_seed=catalog.guid_seed(session) if plan.has_guid else None,
    )


def write(
    writer: Writer,
    object_type: ObjectType,
    decision: Decision,
    constants: Constants,
    parts: Iterable[Part] | None = None,
) -> None:
    """Write new and changed records, and note which id comes next; `constants` are columns of new ones.

    `parts` are the decision's changes, where they are packed already.
    """
    changes = parts_of(decision, object_type, constants) if parts is None else parts
    writer.write(object_type, decision.inserts, decision.updates, constants, changes)
    if decision.inserts.num_rows:
        records.set_next_id(writer.session, object_type.table, decision.next_id)


def parts_of(decision: Decision, object_type: ObjectType, constants: Constants) -> Iterator[Part]:
    """Return the changes of a decision as the log keeps them; `constants` are columns of new records."""
    given = [each.name for each in object_type.fields if constants.get(each.column) is not None]
    return decision.changes.parts(given)
