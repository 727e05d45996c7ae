"""Every answer that a contract test gets is one that the OpenAPI document describes."""

from collections.abc import Iterator

import pytest

from tests.contract.answers import check
from tests.server import listeners


@pytest.fixture(scope="module", autouse=True)
def documented_answers() -> Iterator[None]:
    """Hold each answer to its schema, and its error to those that the operation declares."""
    listeners.append(check)
    yield
    listeners.remove(check)
