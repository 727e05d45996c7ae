"""Use case: how many calls a subscription may make, and how many it made (contract §9.11, §10).

Calls are counted in memory and added to the control store every second, so the limits are
exact on one node; on several, rate and concurrency hold for each node, and the daily quota
may be overrun by what the others answered within that second.
"""

import threading
import zoneinfo
from collections import deque
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from leadline import clock
from leadline.config import Settings
from leadline.errors import CONCURRENCY_REACHED, QUOTA_REACHED, RATE_EXCEEDED, ServiceError
from leadline.model import Caller
from leadline.store import usage
from leadline.store.connect import Stores
from leadline.store.usage import UsageDay

RATE_SECONDS = 20
DAYS_KEPT = 7
UNCOUNTED = frozenset({"600", "601", "602", "604", "605", "606", "607", "608", "611", "615"})
"""Answers that count in neither rate nor quota: the documented ones, and what was refused at the door."""

_DAYS_BEGIN_IN = zoneinfo.ZoneInfo("America/Chicago")


@dataclass(slots=True)
class _Meter:
    """What one subscription has used: recent calls, calls in flight, calls of the day that are stored."""

    recent: deque[float] = field(default_factory=deque)
    in_flight: int = 0
    day: date = date.min
    stored: int = 0


class Traffic:
    """Refuses calls beyond the limits of their subscription, and keeps the statistics."""

    def __init__(self, stores: Stores, settings: Settings) -> None:
        self._stores = stores
        self._limits = settings.limits
        self._meters: dict[str, _Meter] = {}
        self._pending: dict[tuple[str, date], UsageDay] = {}
        self._counting = threading.Lock()

    def enter(self, caller: Caller) -> None:
        """Let a call in, to be followed by `leave`; raises `ServiceError` 606, 607 or 615."""
        today, now = _today(), clock.monotonic()
        self._load(caller.munchkin_id, today)
        with self._counting:
            meter = self._meters[caller.munchkin_id]
            while meter.recent and now - meter.recent[0] >= RATE_SECONDS:
                meter.recent.popleft()
            limits = self._limits
            if len(meter.recent) >= limits.rate_calls_max:
                raise ServiceError(RATE_EXCEEDED, limit=limits.rate_calls_max, seconds=RATE_SECONDS)
            pending = self._pending.get((caller.munchkin_id, today))
            used = meter.stored + (pending.total if pending else 0)
            if used + meter.in_flight >= limits.daily_calls_max:
                raise ServiceError(QUOTA_REACHED)
            if meter.in_flight >= limits.concurrent_calls_max:
                raise ServiceError(CONCURRENCY_REACHED, limit=limits.concurrent_calls_max)
            meter.recent.append(now)
            meter.in_flight += 1

    def leave(self, caller: Caller, code: str | None) -> None:
        """Note the end of a call that was let in; `code` is that of its error answer, if it is one."""
        with self._counting:
            meter = self._meters[caller.munchkin_id]
            meter.in_flight -= 1
            if code in UNCOUNTED and meter.recent:
                meter.recent.pop()
            self._note(caller, code)

    def turned_away(self, caller: Caller, code: str | None) -> None:
        """Note the answer to a call of a known caller that was not let in."""
        with self._counting:
            self._note(caller, code)

    def _note(self, caller: Caller, code: str | None) -> None:
        key = (caller.munchkin_id, _today())
        day = self._pending.setdefault(key, UsageDay(key[1]))
        if code not in UNCOUNTED:
            day.users[caller.user] += 1
        if code is not None:
            day.errors[code] += 1

    def _load(self, munchkin_id: str, today: date) -> None:
        """Know what was used today before this process; asked once a day."""
        meter = self._meters.setdefault(munchkin_id, _Meter())
        if meter.day != today:
            with self._stores.control.glance() as session:
                meter.stored = usage.total(session, munchkin_id, today)
            meter.day = today

    def flush(self) -> None:
        """Add what is pending to the store; raises `StoreBusyError`, and then nothing is lost."""
        with self._counting:
            pending, self._pending = self._pending, {}
        if not pending:
            return
        try:
            with self._stores.control.write() as session:
                for (munchkin_id, _), day in pending.items():
                    usage.add(session, munchkin_id, day)
                usage.forget(session, _today() - timedelta(days=DAYS_KEPT))
                totals = {key: usage.total(session, *key) for key in pending}
        except BaseException:
            with self._counting:
                for key, day in pending.items():
                    self._pending.setdefault(key, UsageDay(key[1])).add(day)
            raise
        with self._counting:
            for (munchkin_id, day_of), total in totals.items():
                meter = self._meters.setdefault(munchkin_id, _Meter())
                if meter.day == day_of:
                    meter.stored = total

    def days(self, caller: Caller, *, last_week: bool) -> list[UsageDay]:
        """Return today's statistics, or those of the last seven days, newest first."""
        self.flush()
        today = _today()
        with self._stores.control.read() as session:
            found = usage.days(session, caller.munchkin_id, today - timedelta(days=DAYS_KEPT - 1))
        if last_week:
            return found
        return [day for day in found if day.day == today] or [UsageDay(today)]


def _today() -> date:
    return datetime.fromtimestamp(clock.now(), _DAYS_BEGIN_IN).date()
