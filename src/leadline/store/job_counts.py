"""How many jobs all subscriptions together have in each status, however many stores that are."""

from collections import Counter
from collections.abc import Hashable
from contextlib import suppress

from leadline import clock
from leadline.errors import OperatorError, StoreBusyError, StoreFaultError
from leadline.model.dataclass import dataclass
from leadline.model.jobs import Status
from leadline.store import jobs
from leadline.store.directory import Stores

_COUNTING_SECONDS = 2.0
"""So long one answer counts; then it takes what was counted before, and the next one begins there."""


@dataclass(frozen=True, slots=True)
class _Counted:
    """The jobs of a store by status, when they were counted, and the mark that its content had then."""

    at: float
    mark: Hashable
    jobs: dict[str, int]


_NEVER = _Counted(0.0, None, {})


class JobCounts:
    """Counts anew only what has changed; used by one thread at a time."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._counted: dict[str, _Counted] = {}

    def by_status(self) -> dict[str, int]:
        """Return the numbers; none until each store was counted once. A store that is down counts none."""
        before, until = self._counted, clock.monotonic() + _COUNTING_SECONDS
        known = self._stores.munchkin_ids()
        self._counted = {each: before[each] for each in known if each in before}
        for munchkin_id in sorted(known, key=lambda each: before.get(each, _NEVER).at):
            if clock.monotonic() >= until:
                break
            with self._stores.visit(munchkin_id):
                self._counted[munchkin_id] = self._count(munchkin_id)
        if len(self._counted) < len(known):
            return {}
        totals = sum((Counter(each.jobs) for each in self._counted.values()), Counter[str]())
        return {status.value: totals[status.value] for status in Status}

    def _count(self, munchkin_id: str) -> _Counted:
        last, now = self._counted.get(munchkin_id, _NEVER), clock.monotonic()
        with suppress(StoreBusyError, StoreFaultError, OperatorError):
            database = self._stores.subscription(munchkin_id)
            mark = database.content_mark()
            if mark is not None and mark == last.mark:
                return _Counted(now, mark, last.jobs)
            with database.read_once() as session:
                return _Counted(now, mark, jobs.count_by_status(session))
        return _Counted(now, None, {})
