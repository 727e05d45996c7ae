"""What the tests of whole pushes share: a file, a clock in a hurry, a push and all that it told."""

import asyncio
import csv
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from leadline.client import Login, Pace, PushOptions, Report, push
from leadline.client.ended import State
from leadline.client.events import Event, Listener
from leadline.client.manifest.journal import read_manifest
from leadline.client.manifest.lines import PieceLine, read_line
from leadline.testing.subscription import Subscription

SPEED = 100.0
SMALL = Pace(piece_mb=0.001, poll=0.5)
"""Pieces of a thousand bytes."""

ROOMY = {"rate_calls_max": 100_000}
original = pytest.mark.leadline(original=True, limits=ROOMY)
ours = pytest.mark.leadline(limits=ROOMY)


class FastClock:
    """A clock that goes so many times as fast as that of the machine."""

    def __init__(self, speed: float = SPEED) -> None:
        self._speed = speed
        self._begun, self._begun_at = time.monotonic(), time.time()

    def now(self) -> float:
        return self._begun_at + self.monotonic()

    def monotonic(self) -> float:
        return (time.monotonic() - self._begun) * self._speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)


@dataclass
class Told:
    """A listener that keeps what it was told."""

    events: list[Event] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type[Any]) -> list[Any]:
        return [each for each in self.events if isinstance(each, kind)]


def login_of(one: Subscription) -> Login:
    return Login(one.url, one.client_id, one.client_secret)


def run(one: Subscription, options: PushOptions, told: Listener | None = None, **more: Any) -> Report:
    more.setdefault("clock", FastClock())
    return push(options, login_of(one), told or Told(), **more)


def make_file(folder: Path, rows: list[dict[str, str]], name: str = "crm.csv") -> Path:
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def people(count: int, **more: str) -> list[dict[str, str]]:
    """Return rows of so many people, each as long as the others."""
    return [
        {
            "email": f"p{number:06}@example.com",
            "firstName": f"First {number:06}",
            "lastName": "L" * 30,
            **more,
        }
        for number in range(1, count + 1)
    ]


def states(manifest: Path) -> list[tuple[int, State]]:
    """Return the states in a manifest, in order, without its plan."""
    lines = map(read_line, manifest.read_text("ascii").splitlines())
    return [(line.piece, line.state) for line in lines if isinstance(line, PieceLine)]


def state_of(manifest: Path, piece: int) -> State:
    return read_manifest(manifest).piece(piece).state


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def creates(one: Subscription, name: str = "bulk.leads.create") -> list[dict[str, Any]]:
    """Return the create calls that came."""
    return [call for call in one.calls if call["operation"] == name]


def hold_rows(one: Subscription, rows: list[dict[str, str]]) -> None:
    """Hold that the store has just these people, with the values of the last row of each."""
    last = {row["email"]: row for row in rows}
    if len(last) < MANY:
        one.assert_leads("email", last.values(), others="none")
        return
    found = [person for addresses in batched(list(last), 300) for person in people_with(one, addresses)]
    assert len(found) == len(last)
    assert max(int(person.pop("id")) for person in found) == len(last), "nobody else was ever made"
    assert {person["email"]: person for person in found} == last


MANY = 10_000
"""So many are asked for, instead of the whole state at once."""


def batched(values: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def people_with(one: Subscription, addresses: list[str]) -> list[dict[str, Any]]:
    login = {
        "grant_type": "client_credentials",
        "client_id": one.client_id,
        "client_secret": one.client_secret,
    }
    with httpx.Client(base_url=one.url, timeout=60.0) as http:
        token = http.post("/identity/oauth/token", data=login).json()["access_token"]
        answer = http.post(
            "/rest/v1/leads.json",
            params={"_method": "GET"},
            data={
                "filterType": "email",
                "filterValues": ",".join(addresses),
                "fields": "email,firstName,lastName,company",
            },
            headers={"Authorization": f"Bearer {token}"},
        ).json()
    found: list[dict[str, Any]] = answer["result"]
    return found


def push_of(tmp_path: Path, rows: int = 60, **more: Any) -> tuple[list[dict[str, str]], PushOptions]:
    people_of = people(rows)
    return people_of, replace(PushOptions(make_file(tmp_path, people_of), pace=SMALL), **more)


def hold_each_row_once(options: PushOptions, report: Report) -> None:
    """Hold that the result files and the counts tell of each row of the file once."""
    counts = report.counts
    assert counts.rows == counts.imported + counts.failed + counts.not_imported
    told = Counter(
        row["Source Row"]
        for name in ("failures", "not-imported")
        for row in read_rows(options.out_folder / f"{name}.csv")
    )
    assert set(told.values()) <= {1}
    assert len(told) == counts.failed + counts.not_imported


def sends(options: PushOptions) -> Counter[int]:
    return Counter(piece for piece, state in states(options.manifest_path) if state is State.SENDING)
