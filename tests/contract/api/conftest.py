"""The API contract holds on every database."""

from collections.abc import Iterator

import pytest

from tests.clusters import KINDS
from tests.conftest import storing


@pytest.fixture(scope="module", autouse=True, params=KINDS)
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each test of a module runs on one database after the other."""
    yield from storing(request.param, in_process=True)
