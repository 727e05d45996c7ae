"""Use case: what a subscription is set to, for people who look: credentials without secrets, and settings."""

import json
from collections import Counter
from datetime import date

from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.rules import Section
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import credentials
from leadline.store.directory import Stores
from leadline.subscriptions.call_limits import CallLimits


@dataclass(frozen=True, slots=True)
class ShownCredential:
    """A credential as people may see it; `permissions` and `partitions` are None for all.

    `secrets` are the instants when each that holds was made, and when it ends, None for no end. `week_calls`
    are the calls of its user in the last seven days, `last_day` the last day of them with any.
    """

    name: str
    client_id: str
    user: str
    permissions: tuple[str, ...] | None
    partitions: tuple[str, ...] | None
    secrets: tuple[tuple[int, int | None], ...]
    week_calls: int
    last_day: date | None


@dataclass(frozen=True, slots=True)
class SettingInEffect:
    """A limit or rule that holds for a subscription; `is_own` where its file has set it, not the server."""

    section: str
    name: str
    value: int | str | bool | None
    description: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class ErrorOfWeek:
    """How often answers of the last seven days were an error: in all, and on each of the days."""

    code: str
    total: int
    by_day: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ErrorsOfWeek:
    """The days of the last seven with any call, newest first, and their errors, the most frequent first."""

    days: tuple[date, ...]
    errors: tuple[ErrorOfWeek, ...]


class Overview:
    """Tells of each subscription what its operator has set."""

    def __init__(self, stores: Stores, call_limits: CallLimits, time: SubscriptionTime) -> None:
        self._stores = stores
        self._time = time
        self._call_limits = call_limits

    def credentials(self, caller: Caller) -> list[ShownCredential]:
        """Return the credentials by name; who has not all permissions sees the own one alone."""
        week = self._call_limits.days(caller, last_week=True)
        now = self._time.now(caller.munchkin_id)
        with self._stores.control.read_once() as session:
            found = credentials.credentials_of(session, caller.munchkin_id).values()
        return [
            ShownCredential(
                each.name,
                each.client_id,
                each.user,
                each.permissions,
                each.partitions,
                tuple((secret.created_at, secret.ends_at) for secret in each.holding(now).values()),
                sum(day.users[each.user] for day in week),
                max((day.day for day in week if day.users[each.user]), default=None),
            )
            for each in found
            if caller.permissions is None or each.client_id == caller.client_id
        ]

    def errors_of_week(self, caller: Caller) -> ErrorsOfWeek:
        """Return how often answers were which error."""
        week, totals = self._call_limits.days(caller, last_week=True), Counter[str]()
        for day in week:
            totals += day.errors
        found = [
            ErrorOfWeek(code, total, tuple(day.errors[code] for day in week))
            for code, total in sorted(totals.items(), key=lambda each: (-each[1], each[0]))
        ]
        return ErrorsOfWeek(tuple(day.day for day in week), tuple(found))

    def settings(self, caller: Caller) -> list[SettingInEffect]:
        """Return the limits and rules that hold, in the order in which the reference has them."""
        with self._stores.control.read_once() as session:
            own = credentials.own_policy(session, caller.munchkin_id)
        return [
            *_in_effect("limits", caller.limits, own.limits),
            *_in_effect("rules", caller.rules, own.rules),
        ]


def _in_effect(name: str, section: Section, own: str) -> list[SettingInEffect]:
    set_by_file = json.loads(own)
    return [
        SettingInEffect(name, each, getattr(section, each), field.description or "", each in set_by_file)
        for each, field in type(section).model_fields.items()
    ]
