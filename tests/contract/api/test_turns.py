"""Queue §8: who gives way has got on before; the job that is to have its turn is claimed first, by one worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from leadline.clock import MachineTime
from leadline.config import load_settings
from leadline.events import ChunkMerged, Event, JobReleased
from leadline.model.job_gate import JobGate
from leadline.model.jobs import Job
from leadline.worker.turns import Turns
from leadline.worker.worker import Worker
from tests.harness import Server, running, subscription, until
from tests.stores import open_stores

MUNCHKIN = "123-ABC-456"
ROWS = 80_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("turns")
    yield from running(folder / "data", subscription(), workers=0)


@pytest.fixture(scope="module")
def told(server: Server) -> list[Event]:
    """What the worker of a server tells."""
    return []


@pytest.fixture(scope="module")
def worker(server: Server, told: list[Event]) -> Iterator[Worker]:
    stores = open_stores(server.data)
    settings = load_settings({})
    yield Worker(stores, MachineTime(), settings, told.append, "w", lambda seconds: False, JobGate())
    stores.close()


def claimed(server: Server, worker: Worker, rows: int = 1) -> Job:
    """Submit a file and claim its job."""
    content = "email\n" + "".join(f"person{number:06}@example.com\n" for number in range(rows))
    batch_id, job = server.submit(content), worker.claim(MUNCHKIN, 2)
    assert job is not None
    assert job.batch_id == batch_id
    return job


def test_each_turn_brings_a_job_a_chunk_further(server: Server, worker: Worker, told: list[Event]) -> None:
    """However often others wait: a job that gave way before its first chunk would never end."""
    job: Job | None = claimed(server, worker, ROWS)
    batch_id, turns = job.batch_id if job else 0, 0
    while job is not None:
        stood_at = job.next_row
        worker.import_job(MUNCHKIN, job, lambda: True)
        turns += 1
        job = worker.claim(MUNCHKIN, 2)
        assert job is None or job.next_row > stood_at
    assert server.status(batch_id)["status"] == "Complete"
    assert server.status(batch_id)["numOfLeadsProcessed"] == ROWS
    assert 2 < turns == sum(isinstance(each, ChunkMerged) for each in told)
    assert turns == 1 + sum(isinstance(each, JobReleased) for each in told)


def test_the_job_of_another_is_claimed_once(server: Server, worker: Worker) -> None:
    """Two workers with jobs of A look for others: one of them finds B's job and gives way, nobody to A."""
    waiting, asked = [claimed(server, worker)], {"first": list[str](), "second": list[str]()}

    def turns_of(who: str) -> Turns:
        def claim(whose: str) -> Job | None:
            asked[who].append(whose)
            return waiting.pop() if waiting else None

        made = Turns(lambda: ["A", "B"], claim)
        made.begin()
        return made

    first, second = turns_of("first"), turns_of("second")
    assert not first.is_over("A"), "a job that has just begun goes on"
    until(lambda: first.is_over("A"))
    until(lambda: second.is_over("A") or asked["second"])
    assert first.is_over("A")
    assert not second.is_over("A")
    owner, job = first.take() or ("", None)
    assert (owner, job and job.next_row) == ("B", 1)
    assert (first.take(), second.take()) == (None, None)
    assert asked["first"] == ["B"]
    assert set(asked["second"]) == {"B"}
