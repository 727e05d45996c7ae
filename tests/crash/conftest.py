"""Stores to crash on: copies of one that already holds people."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.clusters import KINDS, copy_store
from tests.conftest import storing
from tests.crash.evidence import Evidence, content_of, gather
from tests.crash.files import base_rows, big_rows
from tests.crash.proof import Proof, proving
from tests.harness import Server, start_server, subscription
from tests.leftovers import scratch_folder

LIST_ID = 1001


@pytest.fixture(scope="module", autouse=True, params=KINDS)
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    """Crashes must do no harm on any database."""
    yield from storing(request.param)


@pytest.fixture
def proof(store: str, request: pytest.FixtureRequest) -> Iterator[Proof]:
    """The record of a proof, written when its test has passed; pytest shows the seed of one that fails."""
    yield from proving(request, store)


@pytest.fixture(scope="module")
def template(store: str) -> Path:
    """The data directory of a stopped server that holds the base people; tests take copies."""
    return _template_on(store)


@cache
def _template_on(kind: str) -> Path:
    """Make it for the first module that asks for it on a database."""
    data = scratch_folder() / "data"
    server = start_server(data, subscription())
    try:
        assert server.run_import(content_of(base_rows()))["status"] == "Complete"
    finally:
        assert server.stop() == 0
    return data


Start = Callable[..., Server]


@pytest.fixture
def start(store: str, template: Path, tmp_path: Path) -> Iterator[Start]:
    """Start servers on a copy of the template; all are stopped at the end."""
    data = tmp_path / "data"
    copy_store(store, template, data)
    started: list[Server] = []

    def start_on_copy(*, workers: int = 1, **environment: str) -> Server:
        env = {f"LEADLINE_{name}": value for name, value in environment.items()}
        started.append(start_server(data, workers=workers, env=env))
        return started[-1]

    yield start_on_copy
    for server in started:
        server.stop()


@dataclass(frozen=True)
class Undisturbed:
    """The big file imported while nobody died: the evidence, and how many chunks it took."""

    evidence: Evidence
    chunks: int


@pytest.fixture(scope="module")
def undisturbed(store: str) -> Undisturbed:
    """What every disturbed import of the big file must come to."""
    return _undisturbed_on(store)


@cache
def _undisturbed_on(kind: str) -> Undisturbed:
    """Import it for the first module that asks for it on a database."""
    data = scratch_folder() / "data"
    copy_store(kind, _template_on(kind), data)
    server = start_server(data)
    try:
        batch_id = server.run_import(content_of(big_rows()), listId=LIST_ID)["batchId"]
        server.wait_for("JobFinished")
        return Undisturbed(gather(server, batch_id, LIST_ID), len(server.events("ChunkMerged")))
    finally:
        server.stop()
