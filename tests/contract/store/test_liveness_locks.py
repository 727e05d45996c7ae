"""Embedded stores: a worker lives as long as its process holds a file locked."""

import os
import signal
import threading

import pytest

from leadline.clock import MachineTime
from leadline.config import load_settings
from leadline.events import Event, JobRescued
from leadline.model.jobs import Status
from leadline.store import claimed_jobs
from leadline.store.base import Database
from leadline.store.claimed_jobs import ClaimedJob
from leadline.store.directory import Stores
from leadline.worker.janitor import Janitor
from tests.contract.store.places import MUNCHKIN_ID, Place, admit, find, in_threads
from tests.contract.store.racers import hear, hold_a_job, racing
from tests.harness import until


@pytest.fixture
def place(embedded_place: Place) -> Place:
    """A place for embedded stores alone."""
    return embedded_place


@pytest.fixture
def stores(stores: Stores) -> Stores:
    """Stores that know their directory, as a worker's do after its first round."""
    stores.directory()
    return stores


def lives(stores: Stores, worker: str) -> bool:
    """Tell whether a worker lives, by a job that it would hold."""
    return not stores.is_abandoned(MUNCHKIN_ID, ClaimedJob(1001, 1, 1, worker, 0), 30.0)


def rescue_all(janitor: Janitor, database: Database) -> None:
    """Do what a worker does in each round."""
    with database.read() as session:
        suspects = claimed_jobs.claimed(session)
    janitor.rescue(MUNCHKIN_ID, suspects)


def test_only_the_dead_are_rescued(place: Place, stores: Stores, database: Database) -> None:
    """P2: a worker's liveness lock is a file lock that the kernel frees: a worker that works or is frozen keeps
    its job, one that was killed by SIGKILL loses it at the next look, without any clock.
    """
    batch_id = admit(database)
    told: list[Event] = []
    janitor = Janitor(stores, MachineTime(), load_settings({"data": place.folder}), told.append)
    with racing(hold_a_job, [(place,)]) as (racer,):
        pid, claimed = hear(racer)
        assert claimed == batch_id
        rescue_all(janitor, database)
        os.kill(pid, signal.SIGSTOP)
        rescue_all(janitor, database)
        assert (told, find(database, batch_id).status) == ([], Status.IMPORTING)
        os.kill(pid, signal.SIGKILL)
        until(lambda: not lives(stores, "victim"))
    rescue_all(janitor, database)
    rescue_all(janitor, database)
    assert told == [JobRescued(MUNCHKIN_ID, batch_id, "Queued")]
    assert find(database, batch_id).status is Status.QUEUED


def test_a_worker_without_a_sign_is_dead(stores: Stores, database: Database) -> None:
    """P2: after a restart of the machine no sign of life is locked, whatever files are left."""
    assert not lives(stores, "never seen")
    sign = stores.work.begin_worker("w")
    assert lives(stores, "w")
    os.close(sign)
    assert not lives(stores, "w")
    assert not lives(stores, "w")


def test_signs_of_the_dead_are_swept(stores: Stores) -> None:
    """Workers that died without a job leave no file for ever; the signs of the living stay."""
    for number in range(5):
        os.close(stores.work.begin_worker(f"dead{number}"))
    sign = stores.work.begin_worker("alive")
    stores.prepare()
    assert [file.name for file in (stores.folder / "workers").iterdir()] == ["alive.lock"]
    assert lives(stores, "alive")
    os.close(sign)


def test_a_sign_is_not_swept_while_it_is_taken(stores: Stores) -> None:
    """The race of a new worker and those who look whether it lives and would sweep its sign: a worker
    that has begun is seen alive.
    """
    done = threading.Event()

    def look(number: int) -> bool:
        while not done.is_set():
            lives(stores, "w")
        return True

    def begin_and_end(number: int) -> bool:
        seen = []
        for _ in range(300):
            sign = stores.work.begin_worker("w")
            seen.append(lives(stores, "w"))
            os.close(sign)
        done.set()
        return all(seen)

    assert all(in_threads(4, lambda number: (look if number else begin_and_end)(number)))
