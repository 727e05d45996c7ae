"""Server stores: a worker is taken for dead when its job's heartbeat has stood still for too long."""

import os
import signal
from multiprocessing.connection import Connection

from leadline.model.jobs import IssueKind
from leadline.model.records import Outcome
from leadline.store import jobs
from leadline.store.base import Database
from leadline.store.heartbeats import Heartbeats, has_ended, name_worker
from leadline.store.jobs import Progress
from tests.contract.store.places import MUNCHKIN_ID, admit, held, must_claim, rescue
from tests.contract.store.racers import hear, racing
from tests.harness import until

LEASE_SECONDS = 30.0
WORKER = "another-machine.4026531836.1.1"
NOTHING = Progress(0, 1, dict.fromkeys(Outcome, 0), 0, 0, dict.fromkeys(IssueKind, 0))


def test_a_beating_heart_is_never_taken_for_dead(database: Database) -> None:
    """P2: each chunk moves the heartbeat, and the observer's patience begins anew, however long the job takes."""
    heartbeats, batch_id = Heartbeats(), admit(database)
    job, now = must_claim(database, WORKER), 1000.0
    for _ in range(10):
        with database.write() as session:
            jobs.advance(session, job, NOTHING)
        with database.read() as session:
            assert not heartbeats.have_ceased(MUNCHKIN_ID, held(session, batch_id), now, LEASE_SECONDS)
        now += LEASE_SECONDS - 1
    with database.read() as session:
        assert not heartbeats.have_ceased(MUNCHKIN_ID, held(session, batch_id), now, LEASE_SECONDS)


def test_a_still_heart_is_dead_after_its_time(database: Database) -> None:
    """P2: measured by the observer's own clock from its first look, so no clock of another machine counts."""
    heartbeats, batch_id = Heartbeats(), admit(database)
    must_claim(database, WORKER)
    with database.read() as session:
        assert not heartbeats.have_ceased(MUNCHKIN_ID, held(session, batch_id), 0, LEASE_SECONDS)
        assert not heartbeats.have_ceased(
            MUNCHKIN_ID, held(session, batch_id), LEASE_SECONDS - 1, LEASE_SECONDS
        )
        assert heartbeats.have_ceased(MUNCHKIN_ID, held(session, batch_id), LEASE_SECONDS, LEASE_SECONDS)


def test_a_new_claim_has_its_own_time(database: Database) -> None:
    """A job that was rescued and claimed again is another's: the token tells."""
    heartbeats, batch_id = Heartbeats(), admit(database)
    must_claim(database, WORKER)
    with database.read() as session:
        heartbeats.have_ceased(MUNCHKIN_ID, held(session, batch_id), 0, LEASE_SECONDS)
    rescue(database, batch_id)
    must_claim(database, WORKER)
    with database.read() as session:
        assert not heartbeats.have_ceased(MUNCHKIN_ID, held(session, batch_id), LEASE_SECONDS, LEASE_SECONDS)


def sleep_for_ever(tell: Connection) -> None:
    """Be a worker that does nothing."""
    tell.send(name_worker())
    tell.recv()


def test_an_ended_process_of_this_machine_is_dead_at_once() -> None:
    """P2: killed, and also when nobody has fetched its end yet; a frozen one lives, as this process does."""
    assert not has_ended(name_worker())
    assert not has_ended("another-machine.4026531836.1.1")
    with racing(sleep_for_ever, [()]) as (racer,):
        worker = hear(racer)
        pid = int(worker.split(".")[-2])
        os.kill(pid, signal.SIGSTOP)
        assert not has_ended(worker)
        os.kill(pid, signal.SIGKILL)
        until(lambda: has_ended(worker))
    assert has_ended(worker)
