"""Databases that a test may stop, freeze and crowd; programs that are stopped at the end."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clusters import Cluster
from tests.crash.proof import Proof, proving
from tests.harness import Server, start_server, start_workers


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of the module's own."""
    cluster = Cluster()
    yield cluster
    cluster.close()


@pytest.fixture
def proof(request: pytest.FixtureRequest) -> Iterator[Proof]:
    """The record of a proof, written when its test has passed."""
    yield from proving(request, "postgres")


Start = Callable[..., Server]


@pytest.fixture
def url(cluster: Cluster, tmp_path: Path) -> str:
    """A fresh database on it."""
    return cluster.new_database(tmp_path)


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Start]:
    """Start API nodes, and workers with `work=True`; all are stopped at the end."""
    started: list[Server] = []

    def start(
        url: str, document: dict[str, Any] | None = None, *, work: bool = False, **options: Any
    ) -> Server:
        place = tmp_path / f"node{len(started)}"
        if work:
            started.append(start_workers(place, url, **options))
        else:
            started.append(start_server(place, document, url=url, **options))
        return started[-1]

    yield start
    for server in started:
        server.stop()
