"""One sandbox for the tests of a module, from which the fixture `leadline` gives each a subscription."""

from collections.abc import Iterator

import pytest

from leadline.testing.server import Server, StartedServer


@pytest.fixture(scope="module")
def leadline_server() -> Iterator[Server]:
    server = StartedServer()
    yield server
    server.stop()
