"""A request key makes one thing, whoever races for it; it goes with what it made, and with a call that fails."""

import pytest

from leadline.errors import ServiceError
from leadline.imports.resubmission import made_before
from leadline.model.jobs import Status
from leadline.store import job_purge
from leadline.store.base import Database
from leadline.store.jobs_now import count_by_status
from leadline.store.request_keys import RequestKey
from tests.contract.store.places import NOW, Place, admit_once, finish, must_claim, rolled_back
from tests.contract.store.racers import PATIENCE_SECONDS, SPAWN, hear, make_once_in_rounds, racing

KEY = RequestKey("client", "k")


def test_processes_race_for_a_key(place: Place, database: Database) -> None:
    """Of all tries at once, on threads of two processes, one makes the job and the others get its number."""
    rounds, threads = 8, 3
    barrier = SPAWN.Barrier(3)
    with racing(make_once_in_rounds, [(place, rounds, threads, barrier)] * 2) as racers:
        for _ in range(rounds):
            barrier.wait(PATIENCE_SECONDS)
            answers = [answer for racer in racers for answer in hear(racer)]
            assert len({made for made, _ in answers}) == 1, answers
            assert [is_new for _, is_new in answers].count(True) == 1, answers
            assert all(isinstance(made, int) for made, _ in answers), answers
            barrier.wait(PATIENCE_SECONDS)
    with database.read() as session:
        assert count_by_status(session) == {"Queued": rounds}


def test_the_list_that_the_first_one_holds_refuses_no_second(database: Database) -> None:
    """The key is looked at before list and seats are."""
    made, is_new = admit_once(database, "k", list_id=1001)
    assert is_new
    assert admit_once(database, "k", list_id=1001) == (made, False)


def test_a_refused_request_leaves_its_key_free(database: Database) -> None:
    admit_once(database, "first", list_id=1001)
    with pytest.raises(ServiceError, match="1019"):
        admit_once(database, "k", list_id=1001)
    with rolled_back(database) as session:
        session.run("take_key", client_id="client", key_hash="k", fingerprint="f")
    with database.read() as session:
        assert made_before(session, KEY) is None
    assert admit_once(database, "k")[1]


def test_a_key_goes_with_its_job(database: Database) -> None:
    """As long as the job is kept, whatever became of it; then the key is free."""
    made, _ = admit_once(database, "k")
    finish(database, must_claim(database), Status.FAILED)
    assert admit_once(database, "k") == (made, False)
    with database.write() as session:
        assert job_purge.purge(session, NOW, 10) == 1
    again, is_new = admit_once(database, "k")
    assert is_new
    assert again != made
