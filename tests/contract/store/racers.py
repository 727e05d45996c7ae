"""What other processes do in these tests; started by `multiprocessing` with the spawn method."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

from leadline import clock
from leadline.errors import OperatorError, ServiceError, StoreBusyError, StoreFaultError
from leadline.store import admission, jobs
from leadline.store.admission import SHARED_QUEUE, Queue
from leadline.store.jobs_now import count_by_status
from leadline.store.migrate import load_migrations, split_statements
from tests.contract.store.places import (
    MUNCHKIN_ID,
    NOW,
    SEATS,
    SLOTS,
    Place,
    admit,
    admit_once,
    finish,
    in_threads,
)
from tests.later import as_later

SPAWN = multiprocessing.get_context("spawn")
PATIENCE_SECONDS = 60.0


@contextmanager
def racing(target: Any, arguments: list[tuple[Any, ...]]) -> Iterator[list[Connection]]:
    """Run a function of this module in one process for each tuple; yield the pipes they talk on."""
    ends, processes = [], []
    for each in arguments:
        ours, theirs = SPAWN.Pipe()
        process = SPAWN.Process(target=target, args=(theirs, *each))
        process.start()
        theirs.close()
        ends.append(ours)
        processes.append(process)
    try:
        yield ends
    finally:
        for process in processes:
            process.kill()
            process.join()
            process.close()
        for end in ends:
            end.close()


def hear(end: Connection) -> Any:
    """Return what a racer says next."""
    assert end.poll(PATIENCE_SECONDS), "the racer said nothing"
    return end.recv()


def admit_in_rounds(tell: Connection, place: Place, rounds: int, threads: int, barrier: Barrier) -> None:
    """In each round try to admit one job on every thread; say what each try came to."""
    database = place.database()

    def one_try(number: int) -> int | str:
        try:
            return admit(database)
        except ServiceError as error:
            return error.entry.code

    for _ in range(rounds):
        barrier.wait(PATIENCE_SECONDS)
        tell.send(in_threads(threads, one_try))
        barrier.wait(PATIENCE_SECONDS)


def make_once_in_rounds(tell: Connection, place: Place, rounds: int, threads: int, barrier: Barrier) -> None:
    """In each round try on every thread to admit the job of one request key; say what each try came to."""
    database = place.database()

    def one_try(number: int, turn: int) -> tuple[int | str, bool]:
        try:
            return admit_once(database, f"key {turn}")
        except ServiceError as error:
            return error.entry.code, False

    for turn in range(rounds):
        barrier.wait(PATIENCE_SECONDS)
        tell.send(in_threads(threads, partial(one_try, turn=turn)))
        barrier.wait(PATIENCE_SECONDS)


def claim_until_empty(tell: Connection, place: Place, name: str) -> None:
    """Claim and finish jobs until none is queued.

    Says for each claim: a stamp in the order of the commits, the batch id, and how many
    jobs were being imported then.
    """
    database, claims = place.database(worker=True), []
    while True:
        with database.write() as session:
            job = jobs.claim(session, name, NOW, SLOTS)
            counts = count_by_status(session)
            session.run("take_batch_id")
            stamp = session.row("read_meta")["next_batch"]
        if job is not None:
            claims.append((stamp, job.batch_id, counts["Importing"]))
            finish(database, job)
        elif not counts.get("Queued"):
            tell.send(claims)
            return


def hold_a_job(tell: Connection, place: Place) -> None:
    """Be a worker that has claimed a job and does not get on with it; ends on any word."""
    stores = place.open(worker=True)
    stores.work.begin_worker("victim")
    with stores.subscription(MUNCHKIN_ID).write() as session:
        job = jobs.claim(session, "victim", NOW, SLOTS)
    assert job is not None
    tell.send((os.getpid(), job.batch_id))
    tell.recv()


def die_in_transaction(tell: Connection, place: Place) -> None:
    """Admit a job, and die by SIGKILL before the commit."""
    database = place.database()
    with database.write() as session:
        from tests.contract.store.places import request

        tell.send(
            admission.admit(
                session, request(), admission.Upload("u", "email", 6, 0), NOW, Queue(SHARED_QUEUE, SEATS)
            )
        )
        os.kill(os.getpid(), signal.SIGKILL)


def die_in_migration(tell: Connection, place: Place) -> None:
    """Run the first half of the first migration, and die by SIGKILL."""
    database = place.empty()
    statements = split_statements(load_migrations(place.dialect, "subscription")[0])
    with database.write() as session:
        database.begin_migration(session)
        for statement in statements[: len(statements) // 2]:
            session.run_built(statement, {})
        database.record_version(session, 1)
        tell.send(len(statements))
        os.kill(os.getpid(), signal.SIGKILL)


def die_in_upgrade(tell: Connection, place: Place) -> None:
    """Run the first half of a later program's migration, and die by SIGKILL."""
    database = as_later(place.database(), "subscription")
    statements = split_statements(database.migrations[-1])
    with database.write() as session:
        database.begin_migration(session)
        for statement in statements[: len(statements) // 2]:
            session.run_built(statement, {})
        database.record_version(session, len(database.migrations))
        tell.send(len(statements))
        os.kill(os.getpid(), signal.SIGKILL)


def prepare_all(tell: Connection, place: Place, barrier: Barrier) -> None:
    """Make or migrate the stores at the same moment as others; say how it went."""
    stores = place.open()
    barrier.wait(PATIENCE_SECONDS)
    try:
        stores.prepare()
        stores.open_at(MUNCHKIN_ID, stores.new_location(MUNCHKIN_ID))
        tell.send("ready")
    except (OperatorError, StoreBusyError, StoreFaultError, OSError) as error:
        tell.send(error)


def work_back_to_back(tell: Connection, place: Place, turn_seconds: float) -> None:
    """Be a worker that asks for the next turn as soon as it has ended one; ends on any word.

    Says how long it waited for each turn.
    """
    database, waits = place.database(worker=True), []
    tell.send("ready")
    while not tell.poll():
        asked = clock.monotonic()
        with database.write() as session:
            waits.append(clock.monotonic() - asked)
            session.run("take_batch_id")
            threading.Event().wait(turn_seconds)
    tell.send(waits)
