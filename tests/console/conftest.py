"""A server on each database, and a browser that is logged into its console."""

from collections.abc import Iterator

import pytest

from tests.console.world import Console, LogIn
from tests.contract.each_database import store, world
from tests.harness import CLIENT_ID, CLIENT_SECRET, Server

__all__ = ["store", "world"]


@pytest.fixture
def console(world: Server) -> Iterator[Console]:
    """A browser that is logged in with the credential that may do everything."""
    browser = Console(world).login()
    yield browser
    browser.close()


@pytest.fixture
def log_in(world: Server) -> Iterator[LogIn]:
    """What logs a browser in with a credential by its name; one that may do everything is called `tests`."""
    opened: list[Console] = []

    def log_in(name: str) -> Console:
        secret = CLIENT_SECRET if name == CLIENT_ID else f"{name}-secret"
        opened.append(Console(world).login(name, secret))
        return opened[-1]

    yield log_in
    for each in opened:
        each.close()
