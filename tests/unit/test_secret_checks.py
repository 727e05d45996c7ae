"""Checks of secrets wait in lines: one for each address, and for each client where one is named."""

import asyncio
import threading
from functools import partial

import pytest

from leadline.api.secret_checks import SecretChecks
from leadline.errors import ServiceError
from tests.server import until


class Checks:
    """Checks that go on until they are let go, and the names of those that have begun."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go_on = threading.Event()

    def check(self, name: str) -> None:
        self.begun.append(name)
        self.go_on.wait()


def first_two(*askers: tuple[str, str | None]) -> list[str]:
    """Return which two of some askers, each an address and a client, are checked side by side."""
    checks = Checks()

    async def ask() -> list[str]:
        lines = SecretChecks()
        work = [
            asyncio.create_task(lines.run(partial(checks.check, f"{address} {client}"), address, client))
            for address, client in askers
        ]
        try:
            await asyncio.to_thread(until, lambda: len(checks.begun) == 2)
            return list(checks.begun)
        finally:
            checks.go_on.set()
            await asyncio.gather(*work)

    return asyncio.run(ask())


def test_each_address_has_its_line() -> None:
    assert first_two(("a", None), ("a", None), ("b", None)) == ["a None", "b None"]


def test_each_client_that_is_named_has_one_too() -> None:
    """Whoever guesses a secret from many addresses gets one guess at a time."""
    assert first_two(("a", "one"), ("b", "one"), ("c", "two")) == ["a one", "c two"]
    assert first_two(("a", "one"), ("a", "two"), ("b", "three")) == ["a one", "b three"]


def test_who_names_a_client_too_often_is_asked_to_come_again() -> None:
    """From however many addresses; what one more asks is not checked at all."""
    checks = Checks()

    async def ask() -> None:
        lines = SecretChecks()
        work = [
            asyncio.create_task(lines.run(partial(checks.check, "one"), str(number), "one"))
            for number in range(64)
        ]
        await asyncio.sleep(0)  # each of them stands in line
        late = asyncio.create_task(lines.run(partial(checks.check, "late"), "another", "one"))
        checks.go_on.set()
        with pytest.raises(ServiceError, match="608"):
            await late
        await asyncio.gather(*work)
        assert len(checks.begun) == 64

    asyncio.run(ask())


def test_one_address_fills_no_line_of_a_client() -> None:
    """Else a stranger could keep a person whose client id he knows from logging in."""
    checks = Checks()

    async def ask() -> None:
        lines = SecretChecks()
        work = [
            asyncio.create_task(lines.run(partial(checks.check, "stranger"), "a", "one")) for _ in range(64)
        ]
        await asyncio.sleep(0)  # each of them stands in line
        own = asyncio.create_task(lines.run(partial(checks.check, "person"), "b", "one"))
        checks.go_on.set()
        await own
        assert checks.begun.index("person") <= 2
        await asyncio.gather(*work)

    asyncio.run(ask())
