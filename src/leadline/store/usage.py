"""The control store: how many calls each subscription made on each day."""

from collections import Counter
from dataclasses import field
from datetime import date

from leadline.model.dataclass import dataclass
from leadline.store.base import Session


@dataclass(slots=True)
class UsageDay:
    """A day's calls by user, and error answers by code."""

    day: date
    users: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """How many calls counted."""
        return self.users.total()

    def add(self, other: "UsageDay") -> None:
        """Add the counts of the same day."""
        self.users.update(other.users)
        self.errors.update(other.errors)


def add(session: Session, munchkin_id: str, day: UsageDay) -> None:
    """Add counts to a day."""
    key = {"munchkin_id": munchkin_id, "day": day.day.isoformat()}
    for user, calls in sorted(day.users.items()):
        session.run("add_calls", **key, user_name=user, calls=calls)
    for code, calls in sorted(day.errors.items()):
        session.run("add_errors", **key, code=code, calls=calls)


def total(session: Session, munchkin_id: str, day: date) -> int:
    """Return how many calls of a day counted."""
    row = session.row("calls_of_day", munchkin_id=munchkin_id, day=day.isoformat())
    return int(row["calls"]) if row else 0


def days(session: Session, munchkin_id: str, since: date) -> list[UsageDay]:
    """Return the days from one on that have any call, newest first."""
    found: dict[str, UsageDay] = {}
    for query, part in (("calls_since", "users"), ("errors_since", "errors")):
        for row in session.rows(query, munchkin_id=munchkin_id, since=since.isoformat()):
            day = found.setdefault(row["day"], UsageDay(date.fromisoformat(row["day"])))
            getattr(day, part)[row["name"]] += row["calls"]
    return [found[day] for day in sorted(found, reverse=True)]


def erase_until(session: Session, munchkin_id: str, day: date) -> None:
    """Delete a subscription's days up to and with one."""
    session.run("erase_calls", munchkin_id=munchkin_id, until=day.isoformat())
    session.run("erase_errors", munchkin_id=munchkin_id, until=day.isoformat())


def erase_all(session: Session, munchkin_id: str) -> None:
    """Delete all counts of a subscription."""
    session.run("remove_call_counts", munchkin_id=munchkin_id)
    session.run("remove_error_counts", munchkin_id=munchkin_id)
