"""Seats: how many unfinished jobs a subscription may have, whoever races for the last one."""

from collections import Counter

import pytest

from leadline.errors import LIST_BUSY, QUEUE_FULL, ServiceError
from leadline.model.callers import PartitionScope
from leadline.model.jobs import Status
from leadline.store import jobs
from leadline.store.base import Database
from leadline.store.directory import Stores
from tests.contract.store.places import (
    MUNCHKIN_ID,
    NOW,
    SEATS,
    Place,
    admit,
    find,
    finish,
    in_threads,
    must_claim,
    request,
)
from tests.contract.store.racers import (
    PATIENCE_SECONDS,
    SPAWN,
    admit_in_rounds,
    die_in_transaction,
    hear,
    racing,
)
from tests.forms import repeats


def _try_to_admit(database: Database, **changes: object) -> int | str:
    try:
        return admit(database, **changes)
    except ServiceError as error:
        return error.entry.code


def test_the_eleventh_is_refused(database: Database) -> None:
    """P4: ten unfinished jobs and no more; importing ones keep their seat, finished ones leave it."""
    for _ in range(SEATS):
        admit(database)
    with pytest.raises(ServiceError, match="There are 10 imports currently being processed") as refused:
        admit(database)
    assert refused.value.entry is QUEUE_FULL
    job = must_claim(database)
    assert _try_to_admit(database) == QUEUE_FULL.code
    finish(database, job)
    assert isinstance(_try_to_admit(database), int)
    assert _try_to_admit(database) == QUEUE_FULL.code


def test_threads_race_for_the_seats(database: Database) -> None:
    """P4: 32 calls on threads of one process at once: exactly ten get a seat, each a number of its own."""
    answers = in_threads(32, lambda _: _try_to_admit(database))
    assert Counter(map(type, answers)) == {int: SEATS, str: 32 - SEATS}
    accepted = sorted(answer for answer in answers if isinstance(answer, int))
    assert accepted == list(range(accepted[0], accepted[0] + SEATS))


@pytest.mark.parametrize("free", [pytest.param(1, marks=repeats), 2])
def test_processes_race_for_the_last_seats(place: Place, database: Database, free: int) -> None:
    """P4: two API nodes take the 10th and 11th seat together: the lock is taken first, then counted,
    so of all tries in a round exactly as many are accepted as seats were free.
    """
    processes, threads, rounds = 3, 3, 15
    for _ in range(SEATS - free):
        admit(database)
    barrier = SPAWN.Barrier(processes + 1)
    with racing(admit_in_rounds, [(place, rounds, threads, barrier)] * processes) as racers:
        for _ in range(rounds):
            barrier.wait(PATIENCE_SECONDS)
            answers = [answer for racer in racers for answer in hear(racer)]
            accepted = [answer for answer in answers if isinstance(answer, int)]
            assert len(accepted) == len(set(accepted)) == free, answers
            assert answers.count(QUEUE_FULL.code) == processes * threads - free, answers
            for _ in accepted:
                finish(database, must_claim(database))
            barrier.wait(PATIENCE_SECONDS)


def test_a_call_that_dies_takes_no_seat(place: Place, database: Database) -> None:
    """P1: what was not committed was not accepted: a process killed before its commit leaves no job,
    no seat and no lock behind.
    """
    with racing(die_in_transaction, [(place,)]) as (racer,):
        hear(racer)
        assert racer.poll(PATIENCE_SECONDS)
        with pytest.raises((EOFError, OSError)):
            racer.recv()
        for _ in range(SEATS):
            admit(database)


def test_a_list_is_imported_by_one_job_at_a_time(database: Database) -> None:
    """1019 while an unfinished job has the list, before 1016; other lists and no list are free."""
    admit(database, list_id=1001)
    assert _try_to_admit(database, list_id=1001) == LIST_BUSY.code
    assert isinstance(_try_to_admit(database, list_id=1002), int)
    assert isinstance(_try_to_admit(database), int)
    job = must_claim(database)
    assert _try_to_admit(database, list_id=1001) == LIST_BUSY.code
    assert _try_to_admit(database, list_id=1001, limit=3) == LIST_BUSY.code
    finish(database, job, Status.FAILED)
    assert isinstance(_try_to_admit(database, list_id=1001), int)


def test_threads_race_for_a_list(database: Database) -> None:
    """Of 16 calls for one list at once exactly one is accepted, the rest hear 1019."""
    answers = in_threads(16, lambda _: _try_to_admit(database, list_id=1001))
    assert Counter(map(type, answers)) == {int: 1, str: 15}
    assert answers.count(LIST_BUSY.code) == 15


def test_a_lowered_limit_drains(database: Database) -> None:
    """A limit lowered below the present use: nobody is admitted until fewer than that are left."""
    for _ in range(8):
        admit(database)
    assert _try_to_admit(database, limit=5) == QUEUE_FULL.code
    for _ in range(3):
        finish(database, must_claim(database))
        assert _try_to_admit(database, limit=5) == QUEUE_FULL.code
    finish(database, must_claim(database))
    assert isinstance(_try_to_admit(database, limit=5), int)


def test_subscriptions_have_seats_of_their_own(stores: Stores, database: Database) -> None:
    """P7: one subscription's full queue takes no seat of another."""
    from leadline.store import catalog

    other = stores.open_at("987-XYZ-654", stores.new_location("987-XYZ-654"))
    with other.write() as session:
        catalog.begin(session, "987-XYZ-654")
        catalog.add_partition(session, "Default")
    for _ in range(SEATS):
        admit(database)
    assert _try_to_admit(database) == QUEUE_FULL.code
    assert isinstance(_try_to_admit(other), int)


def test_a_job_keeps_what_was_asked(place: Place, database: Database) -> None:
    """P1: what the commit accepted is what another process reads."""
    from leadline.model.jobs import FileFormat

    changes = {
        "file_format": FileFormat.SSV,
        "key": "sfdcLeadId",
        "partition_scope": PartitionScope(2, True, frozenset({1, 2})),
    }
    batch_id = admit(database, list_id=1002, **changes)
    job = find(place.open().subscription(MUNCHKIN_ID), batch_id)
    assert job.request == request(1002, **changes)
    assert (job.status, job.created_at, job.file_bytes) == (Status.QUEUED, NOW, 6)
    assert (job.attempt, job.next_row, job.done_bytes, job.started_at, job.message) == (0, 1, 0, None, None)
    with database.read() as session:
        assert jobs.header_of(session, batch_id) == "email"


def test_who_is_refused_has_kept_nothing(database: Database) -> None:
    """The file of a call that finds no seat, or whose list is busy, goes with its transaction."""
    admit(database, list_id=1001)
    before = _parts(database)
    assert before == 1
    assert _try_to_admit(database, list_id=1001) == LIST_BUSY.code
    assert _try_to_admit(database, limit=1) == QUEUE_FULL.code
    assert _parts(database) == before


def _parts(database: Database) -> int:
    with database.read() as session:
        return int(session.built_rows("SELECT count(*) AS parts FROM {schema}.job_file", {})[0]["parts"])
