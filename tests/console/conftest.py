"""A server on each database, and a browser that is logged into its console."""

from collections.abc import Iterator

import pytest

from tests.console.world import Console
from tests.contract.each_database import store, world
from tests.harness import Server

__all__ = ["store", "world"]


@pytest.fixture
def console(world: Server) -> Iterator[Console]:
    """A browser that is logged in with the credential that may do everything."""
    browser = Console(world).login()
    yield browser
    browser.close()
