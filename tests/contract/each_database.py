"""The fixtures by which a suite of the contract holds on every database, and a server that most modules want."""

from collections.abc import Iterator

import pytest

from tests.clusters import KINDS
from tests.conftest import storing
from tests.contract.api.world import whole_subscription
from tests.harness import Server, running


@pytest.fixture(scope="module", autouse=True, params=KINDS)
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each test of a module runs on one database after the other; its servers run in the test's process.

    Modules marked `processes` have real ones.
    """
    in_process = request.node.get_closest_marker("processes") is None
    yield from storing(request.param, in_process=in_process)


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the module's own with something of everything."""
    yield from running(tmp_path_factory.mktemp("world") / "data", whole_subscription())
