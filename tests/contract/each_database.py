"""The fixture by which a suite of the contract holds on every database."""

from collections.abc import Iterator

import pytest

from tests.clusters import KINDS
from tests.conftest import storing


@pytest.fixture(scope="module", autouse=True, params=KINDS)
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each test of a module runs on one database after the other; its servers run in the test's process.

    Modules marked `processes` have real ones.
    """
    in_process = request.node.get_closest_marker("processes") is None
    yield from storing(request.param, in_process=in_process)
