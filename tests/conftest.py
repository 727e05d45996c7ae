"""Fixtures: servers to drive."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests import clusters, forms, leftovers, progress
from tests.harness import Server, running, subscription
from tests.leftovers import nothing_is_left, pytest_sessionfinish
from tests.stores import use_store

__all__ = ["nothing_is_left", "pytest_sessionfinish"]

CUSTOM_FIELDS = [
    {"name": "favoriteColor", "displayName": "Favorite Color", "dataType": "string"},
    {"name": "customerNumber", "displayName": "Customer Number", "dataType": "integer"},
    {"name": "workEmail", "displayName": "Work Email", "dataType": "email"},
    {"name": "discount", "displayName": "Discount", "dataType": "percent"},
    {"name": "balance", "displayName": "Balance", "dataType": "currency"},
    {"name": "ratio", "displayName": "Ratio", "dataType": "float"},
    {"name": "vip", "displayName": "Vip", "dataType": "boolean"},
    {"name": "birthday", "displayName": "Birthday", "dataType": "date"},
    {"name": "lastPurchase", "displayName": "Last Purchase", "dataType": "datetime"},
    {"name": "notes", "displayName": "Notes", "dataType": "text"},
    {"name": "homepage", "displayName": "Homepage", "dataType": "url"},
    {"name": "points", "displayName": "Points", "dataType": "score"},
    {"name": "hidden", "displayName": "Hidden", "dataType": "string", "searchable": False},
]


hypothesis.settings.register_profile("busy machine", deadline=None)
hypothesis.settings.load_profile("busy machine")


def pytest_configure(config: pytest.Config) -> None:
    """Prepare what all tests go through."""
    for part in (leftovers, forms, progress):
        part.pytest_configure(config)
    config.addinivalue_line("markers", "processes: the servers of the module are real processes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the form does not take; begin with the longest modules."""
    forms.pytest_collection_modifyitems(config, items)
    progress.pytest_collection_modifyitems(items)


def pytest_collection() -> None:
    """Collect without looking for garbage, of which thousands of tests make none: a seventh of that time."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Look for garbage again, but no more among what was collected."""
    gc.freeze()
    gc.enable()


def pytest_xdist_auto_num_workers() -> int:
    """Return how many test processes run side by side: two more than there are cores, since tests wait a lot."""
    return (os.cpu_count() or 1) + 2


@pytest.fixture(scope="session", autouse=True)
def shared_cluster() -> Iterator[None]:
    """Stop the database's server that the tests of this process share, where one was started."""
    yield
    if clusters.cluster.cache_info().currsize:
        clusters.cluster().close()


@pytest.fixture(scope="module", autouse=True)
def databases_are_dropped() -> Iterator[None]:
    """Drop the databases of a module behind it: they may lie in memory."""
    yield
    if clusters.cluster.cache_info().currsize:
        clusters.cluster().drop_databases()


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """Where the servers of a module have their stores; suites that both databases must pass override it."""
    yield from storing("sqlite")


def storing(kind: str, *, in_process: bool = False) -> Iterator[str]:
    """Let servers have their stores on a database until the end, and run in this process or in their own."""
    use_store(kind, in_process=in_process)
    yield kind
    use_store("sqlite")


@pytest.fixture(scope="module")
def server(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that the tests of a module share."""
    data = tmp_path_factory.mktemp("server") / "data"
    document = subscription(
        lead_fields=CUSTOM_FIELDS,
        companies=[{"externalCompanyId": "acme", "company": "Acme Inc", "industry": "Anvils"}],
        sales_persons=[{"externalSalesPersonId": "sp1", "email": "rep@example.com"}],
        credentials=[
            {
                "name": "reader",
                "client_id": "reader",
                "client_secret": "reader-secret",
                "user": "reader@example.com",
                "permissions": ["Read-Only Lead"],
            },
            {
                "name": "european",
                "client_id": "european",
                "client_secret": "european-secret",
                "user": "european@example.com",
                "permissions": ["Read-Write Lead"],
                "partitions": ["europe"],
            },
        ],
    )
    yield from running(data, document)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A directory for a store of the test's own."""
    return tmp_path / "data"
