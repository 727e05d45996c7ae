"""One sandbox for the tests of a module."""

from collections.abc import Iterator

import pytest

from tests.sandbox.server import SandboxProcess, Subscription, sandbox_process


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with sandbox_process() as running:
        yield running
        assert running.stop() == 0


@pytest.fixture
def mine(sandbox: SandboxProcess) -> Iterator[Subscription]:
    """A subscription of the test's own."""
    made = sandbox.make()
    yield made
    made.control("DELETE")
