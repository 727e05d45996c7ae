"""Use case: how many calls a subscription may make, and how many it made (contract §9.11, §10).

Calls are counted in memory and added to the control store every second, so the limits are
exact on one node; on several, rate and concurrency hold for each node, and the daily quota
may be overrun by what the others answered within that second.
"""

import bisect
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from datetime import date, timedelta

from leadline.errors import CONCURRENCY_REACHED, QUOTA_REACHED, RATE_EXCEEDED, Entry, ServiceError
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import usage
from leadline.store.directory import Stores
from leadline.store.usage import UsageDay

RATE_SECONDS = 20
DAYS_KEPT = 7
_DAYS_BEGIN_IN = "America/Chicago"


class RecentCalls:
    """The calls of the last 20 seconds; times are monotonic seconds and never fall."""

    def __init__(self) -> None:
        self._when: deque[float] = deque()

    def count(self, now: float) -> int:
        """Return how many calls the window holds that ends now."""
        while self._when and now - self._when[0] >= RATE_SECONDS:
            self._when.popleft()
        return len(self._when)

    def note(self, when: float) -> None:
        """Take a call into the window."""
        self._when.append(when)

    def take_back(self, when: float) -> None:
        """Remove a call that does not count after all, if it is still in the window."""
        index = bisect.bisect_left(self._when, when)
        if index < len(self._when) and self._when[index] == when:
            del self._when[index]


@dataclass(slots=True)
class _Meter:
    """What one subscription has used: recent calls, calls in flight, calls of the day that are stored."""

    recent: RecentCalls = field(default_factory=RecentCalls)
    in_flight: int = 0
    day: date = date.min
    stored: int = 0


class CallLimits:
    """Refuses calls beyond the limits of their subscription, and keeps the statistics."""

    def __init__(self, stores: Stores, time: SubscriptionTime) -> None:
        self._stores = stores
        self._time = time
        self._meters: dict[str, _Meter] = {}
        self._pending: dict[tuple[str, date], UsageDay] = {}
        self._flushing: dict[tuple[str, date], UsageDay] = {}
        self._lock = threading.Lock()
        self._flush_lock = threading.Lock()

    def enter(self, caller: Caller) -> float:
        """Let a call in and return when, for `leave`; raises `ServiceError` 606, 607 or 615."""
        today = self._today(caller.munchkin_id)
        self._load(caller.munchkin_id, today)
        with self._lock:
            now = self._time.elapsed(caller.munchkin_id)
            meter = self._meters[caller.munchkin_id]
            limits = caller.limits
            if meter.recent.count(now) >= limits.rate_calls_max:
                raise ServiceError(RATE_EXCEEDED, limit=limits.rate_calls_max, seconds=RATE_SECONDS)
            unstored = (days.get((caller.munchkin_id, today)) for days in (self._pending, self._flushing))
            used = meter.stored + sum(day.total for day in unstored if day)
            if used + meter.in_flight >= limits.daily_calls_max:
                raise ServiceError(QUOTA_REACHED)
            if meter.in_flight >= limits.concurrent_calls_max:
                raise ServiceError(CONCURRENCY_REACHED, limit=limits.concurrent_calls_max)
            meter.recent.note(now)
            meter.in_flight += 1
            return now

    def leave(self, caller: Caller, entered: float, refusal: Entry | None) -> None:
        """Note the end of a call that was let in, and with which error it was answered, if with one."""
        with self._lock:
            meter = self._meters[caller.munchkin_id]
            meter.in_flight -= 1
            if refusal and not refusal.counted:
                meter.recent.take_back(entered)
            self._note(caller, refusal)

    @contextmanager
    def in_flight(self, munchkin_id: str) -> Iterator[None]:
        """Count a call as one in flight beside its work, such as while its answer is still being sent."""
        with self._lock:
            self._meters.setdefault(munchkin_id, _Meter()).in_flight += 1
        try:
            yield
        finally:
            with self._lock:  # the meter may be another by now, and has taken the count over
                self._meters[munchkin_id].in_flight -= 1

    def turned_away(self, caller: Caller, refusal: Entry) -> None:
        """Note the answer to a call of a known caller that was not let in; it counts like any other."""
        with self._lock:
            if refusal.counted:
                now = self._time.elapsed(caller.munchkin_id)
                recent = self._meters.setdefault(caller.munchkin_id, _Meter()).recent
                recent.count(now)
                recent.note(now)
            self._note(caller, refusal)

    def _note(self, caller: Caller, refusal: Entry | None) -> None:
        key = (caller.munchkin_id, self._today(caller.munchkin_id))
        day = self._pending.setdefault(key, UsageDay(key[1]))
        if refusal is None or refusal.counted:
            day.users[caller.user] += 1
        if refusal is not None:
            day.errors[refusal.code] += 1

    def _load(self, munchkin_id: str, today: date) -> None:
        """Read what was used today before this process started, once a day."""
        meter = self._meters.setdefault(munchkin_id, _Meter())
        if meter.day != today:
            with self._stores.control.read_once() as session:
                meter.stored = usage.total(session, munchkin_id, today)
            meter.day = today

    def flush(self) -> None:
        """Add what is pending to the store; raises `StoreBusyError`, and then nothing is lost."""
        with self._flush_lock:
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            pending, self._pending = self._pending, {}
            self._flushing = pending
        if not pending:
            return
        try:
            with self._stores.control.write() as session:
                for (munchkin_id, _), day in pending.items():
                    usage.add(session, munchkin_id, day)
                    oldest = self._today(munchkin_id) - timedelta(days=DAYS_KEPT)
                    usage.erase_until(session, munchkin_id, oldest)
                totals = {key: usage.total(session, *key) for key in pending}
        except BaseException:
            with self._lock:
                for key, day in pending.items():
                    self._pending.setdefault(key, UsageDay(key[1])).add(day)
                self._flushing = {}
            raise
        with self._lock:
            self._flushing = {}
            for (munchkin_id, day_of), total in totals.items():
                meter = self._meters.setdefault(munchkin_id, _Meter())
                if meter.day == day_of:
                    meter.stored = total

    def forget(self, munchkin_id: str) -> None:
        """Let a subscription's windows, quota and statistics begin anew; calls in flight stay so."""
        with self._flush_lock:
            with self._lock:
                for key in [key for key in self._pending if key[0] == munchkin_id]:
                    del self._pending[key]
                in_flight = self._meters.setdefault(munchkin_id, _Meter()).in_flight
                self._meters[munchkin_id] = _Meter(in_flight=in_flight)
            with self._stores.control.write() as session:
                usage.erase_all(session, munchkin_id)

    def days(self, caller: Caller, *, last_week: bool) -> list[UsageDay]:
        """Return today's statistics, or those of the last seven days, newest first."""
        self.flush()
        today = self._today(caller.munchkin_id)
        with self._stores.control.read() as session:
            found = usage.days(session, caller.munchkin_id, today - timedelta(days=DAYS_KEPT - 1))
        if last_week:
            return found
        return [day for day in found if day.day == today] or [UsageDay(today)]

    def _today(self, munchkin_id: str) -> date:
        return self._time.today(munchkin_id, _DAYS_BEGIN_IN)
