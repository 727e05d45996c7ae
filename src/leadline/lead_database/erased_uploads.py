"""What else goes when a lead is deleted: kept uploads of jobs that ended early, where they may name it."""

from collections.abc import Collection

import pyarrow as pa

from leadline.store import uploads
from leadline.store.base import Session


def erase_uploads(session: Session, lead_ids: Collection[int], addresses: Collection[str]) -> None:
    """Drop the kept uploads that may name one of the leads, by its id or its folded address."""
    if uploads.any_beyond(session):
        from leadline.engine.erase import mark_of_id, marks_of

        named = {*map(mark_of_id, lead_ids), *marks_of(addresses).to_pylist()}
        uploads.drop_marked(session, pa.array(sorted(named), pa.string()))
