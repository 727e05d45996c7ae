"""What all subscriptions have together: their jobs and uploads, however many stores that are."""

import shutil
from collections import Counter
from collections.abc import Callable, Hashable
from contextlib import suppress

from leadline.errors import OperatorError, StoreBusyError, StoreFaultError
from leadline.events.server_state import DiskSpace, StoreFigures
from leadline.model.dataclass import dataclass
from leadline.model.jobs import Status
from leadline.store import credentials
from leadline.store.directory import Stores
from leadline.store.jobs_now import JobsNow, jobs_now

_COUNTING_SECONDS = 2.0
"""So long one answer counts; then it takes what was counted before, and the next one begins there."""


@dataclass(frozen=True, slots=True)
class _Counted:
    """What a store had when it was counted, None where it could not be, and the mark of its content then."""

    at: float
    mark: Hashable
    jobs: JobsNow | None


_NEVER = _Counted(0.0, None, None)


class FiguresOfStores:
    """Counts anew only what has changed; used by one thread at a time."""

    def __init__(self, stores: Stores, seconds: Callable[[], float]) -> None:
        """`seconds` is a clock that never jumps."""
        self._stores = stores
        self._seconds = seconds
        self._counted: dict[str, _Counted] = {}

    def ask_control_store(self) -> bool:
        """Tell whether the control store answers.

        One subscription whose server is down does not make the others unready.
        """
        try:
            with self._stores.control.read_once() as session:
                credentials.find_credential(session, "")
        except (StoreBusyError, StoreFaultError):
            return False
        return True

    def read(self) -> StoreFigures | None:
        """Return the figures; None until each store was counted once, and while the control store is down."""
        before, until = self._counted, self._seconds() + _COUNTING_SECONDS
        if not self.ask_control_store():
            return None
        try:
            known = self._stores.munchkin_ids()
        except (StoreBusyError, StoreFaultError):  # it has gone since
            return None
        self._counted = {each: before[each] for each in known if each in before}
        for munchkin_id in sorted(known, key=lambda each: before.get(each, _NEVER).at):
            if self._seconds() >= until:
                break
            with self._stores.visit(munchkin_id):
                self._counted[munchkin_id] = self._count(munchkin_id)
        return self._sum() if len(self._counted) == len(known) else None

    def _sum(self) -> StoreFigures:
        found = [each.jobs for each in self._counted.values() if each.jobs is not None]
        totals = sum((Counter(each.by_status) for each in found), Counter[str]())
        waiting = [each.oldest_queued_at for each in found if each.oldest_queued_at is not None]
        return StoreFigures(
            jobs={status.value: totals[status.value] for status in Status},
            oldest_queued_at=min(waiting, default=None),
            upload_bytes=sum(each.upload_bytes for each in found),
            subscriptions=len(self._counted),
            unreadable=len(self._counted) - len(found),
            disk=self._disk(),
        )

    def _disk(self) -> DiskSpace | None:
        if self._stores.is_embedded:
            with suppress(OSError):
                usage = shutil.disk_usage(self._stores.folder)
                return DiskSpace(usage.total, usage.free)
        return None

    def _count(self, munchkin_id: str) -> _Counted:
        last, now = self._counted.get(munchkin_id, _NEVER), self._seconds()
        with suppress(StoreBusyError, StoreFaultError, OperatorError):
            database = self._stores.subscription(munchkin_id)
            mark = database.content_mark()
            if mark is not None and mark == last.mark and last.jobs is not None:
                return _Counted(now, mark, last.jobs)
            with database.read_once() as session:
                return _Counted(now, mark, jobs_now(session))
        return _Counted(now, None, None)
