"""How a call writes records: in one transaction, under the writer row, with its change set."""

from collections.abc import Iterator
from contextlib import contextmanager

from leadline.model.callers import Caller
from leadline.model.changes import ChangeKind, Origin
from leadline.model.subscription_time import SubscriptionTime
from leadline.store.directory import Stores
from leadline.store.writer import Writer, writing


@contextmanager
def writing_for(
    stores: Stores, time: SubscriptionTime, caller: Caller, kind: ChangeKind = ChangeKind.CALL
) -> Iterator[Writer]:
    """Open a transaction in which a caller writes records; it commits when the block ends."""
    with stores.subscription(caller.munchkin_id).write() as session:
        origin, now = Origin.of_call(caller, kind), time.now(caller.munchkin_id)
        with writing(session, origin, now, keeps_log=caller.limits.keeps_log) as writer:
            yield writer
