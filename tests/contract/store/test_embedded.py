"""What only the embedded store promises: its settings on every connection, its fair turns."""

import json
import os
import threading
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from statistics import median

import pytest

from leadline import clock
from leadline.errors import StoreFaultError
from leadline.store import credentials, jobs
from leadline.store.base import Database, Row
from leadline.store.directory import Stores
from tests.contract.store.places import MUNCHKIN_ID, NOW, Place, admit, in_threads
from tests.contract.store.racers import hear, racing, work_back_to_back
from tests.harness import until

TURN_SECONDS = 0.12


@pytest.fixture
def place(embedded_place: Place) -> Place:
    """A place for embedded stores alone."""
    return embedded_place


PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "busy_timeout": 5000,
    "foreign_keys": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "wal_autocheckpoint": 0,
}
"""What durability and soundness rest on; synchronous 2 is FULL."""


@pytest.mark.parametrize("worker", [False, True])
@pytest.mark.parametrize("kind", ["control", "subscription"])
def test_every_connection_has_its_settings(place: Place, stores: Stores, worker: bool, kind: str) -> None:
    """P1: a commit is durable only with these; they are a connection's own, so each one is asked,
    the writing one, four reading at once, and those that are taken again from the pool.
    """
    opened = place.open(worker=worker)
    database = opened.control if kind == "control" else opened.subscription(MUNCHKIN_ID)
    for _ in range(2):
        with ExitStack() as stack:
            sessions = [stack.enter_context(database.write())]
            sessions += [stack.enter_context(database.read()) for _ in range(4)]
            for session in sessions:
                found = {
                    name: next(iter(session.built_rows(f"PRAGMA {name}", {})[0].values())) for name in PRAGMAS
                }
                assert found == PRAGMAS
    opened.close()


def test_the_library_is_sound(database: Database) -> None:
    """SQLite before 3.51.3 can corrupt a file that two connections write; ours is newer."""
    with database.read() as session:
        version = session.built_rows("SELECT sqlite_version() AS version", {})[0]["version"]
    assert tuple(map(int, version.split("."))) >= (3, 51, 3)


def test_readers_do_not_wait_for_a_writer(place: Place, database: Database) -> None:
    """P7: a poll is answered while a chunk is being merged."""
    batch_id = admit(database)
    with place.database(worker=True).write() as session:
        session.run("take_batch_id")
        with database.read() as reader:
            assert jobs.find(reader, batch_id, -1) is not None


def test_a_failed_statement_rolls_all_back(database: Database) -> None:
    """After a fault the transaction is gone and the store goes on working."""

    def spoil() -> None:
        with database.write() as session:
            session.run("take_batch_id")
            session.run_built("INSERT INTO {schema}.partition (id, name, k_name) VALUES (1, 'a', 'a')", {})

    with pytest.raises(StoreFaultError):
        spoil()
    assert admit(database) == 1001


def test_a_fault_among_the_rows_is_named(database: Database) -> None:
    """A fault that shows only while rows are read is the store's fault too, and costs its connection."""
    sql = "SELECT abs(x) AS y FROM (SELECT 1 AS x UNION ALL SELECT -9223372036854775807 - 1)"

    def read() -> None:
        with database.read() as session:
            session.built_rows(sql, {})

    with pytest.raises(StoreFaultError, match="integer overflow"):
        read()
    assert admit(database) == 1001


@pytest.mark.parametrize("is_bound", [False, True])
def test_a_query_asked_again_returns_all_its_rows(database: Database, is_bound: bool) -> None:
    """Statements are kept prepared; one that was not read to its end would return the rest, unless
    binding a value began it anew.
    """
    sql = "SELECT value AS number FROM json_each(:numbers)"
    with database.read_once() as session:
        for count in (3, 511, 512, 513, 2000, 3, 0, 512, 2000, 1):
            numbers = json.dumps(list(range(count)))
            text, values = (
                (sql, {"numbers": numbers}) if is_bound else (sql.replace(":numbers", f"'{numbers}'"), {})
            )
            for _ in range(2):
                rows = session.built_rows(text, dict[str, object](values))
                assert [row["number"] for row in rows] == list(range(count))


@pytest.mark.parametrize("ends_in", ["few rows", "many rows", "a fault"])
def test_what_is_kept_prepared_holds_no_snapshot(
    place: Place, database: Database, stores: Stores, ends_in: str
) -> None:
    """Else what others write would stay unseen, and what is erased would stay in the log."""
    count = {"few rows": 3, "many rows": 600, "a fault": 600}[ends_in]
    numbers = json.dumps(list(range(count)) + ([2**70] if ends_in == "a fault" else []))
    sql = f"SELECT key, j.value, next_batch FROM json_each('{numbers}') j, {{schema}}.meta"
    others = place.open(worker=True)
    other, rounds = others.subscription(MUNCHKIN_ID), 3
    for number in range(rounds):
        with suppress(StoreFaultError), database.read_once() as session:
            rows = session.built_rows(sql, {})
            assert {row["next_batch"] for row in rows} == {1001 + number}
        with other.write() as session:
            session.run("take_batch_id")
        other.erase_deleted()
        log = place.folder / "subscriptions" / f"{MUNCHKIN_ID.lower()}.db-wal"
        assert log.stat().st_size == 0, f"round {number}"
    others.close()


def test_what_is_kept_prepared_follows_the_schema(place: Place, database: Database) -> None:
    """Tables and columns come and go, while connections know statements on them."""
    others = place.open()
    other = others.subscription(MUNCHKIN_ID)

    def change(*statements: str) -> None:
        with database.write() as session:
            for each in statements:
                session.run_built(each.replace("moving", "{schema}.moving"), {})

    def seen(columns: str) -> list[list[Row]]:
        found = []
        for each in (database, other):
            with each.read_once() as session:
                found.append(session.built_rows(f"SELECT {columns} FROM {{schema}}.moving", {}))
        return found

    change("CREATE TABLE moving (a INTEGER)", "INSERT INTO moving (a) VALUES (1)")
    for _ in range(2):
        assert seen("a") == [[{"a": 1}]] * 2
        change("ALTER TABLE moving ADD COLUMN b TEXT DEFAULT 'x'")
        assert seen("a") == [[{"a": 1}]] * 2
        assert seen("a, b") == [[{"a": 1, "b": "x"}]] * 2
        change("ALTER TABLE moving DROP COLUMN b")
        with pytest.raises(StoreFaultError, match="no such column"):
            seen("a, b")
        change("DROP TABLE moving", "CREATE TABLE moving (a TEXT)", "INSERT INTO moving (a) VALUES ('1')")
        assert seen("a") == [[{"a": "1"}]] * 2
        change("DROP TABLE moving", "CREATE TABLE moving (a INTEGER)", "INSERT INTO moving (a) VALUES (1)")
    others.close()


def test_more_statements_than_are_kept(database: Database) -> None:
    """The oldest go, and come back when they are asked for."""
    with database.read_once() as session:
        for _ in range(2):
            for number in range(200):
                assert session.built_rows(f"SELECT {number} AS n, :a AS a", {"a": "x"}) == [
                    {"n": number, "a": "x"}
                ]


@pytest.mark.parametrize("count", [0, 1, 511, 512, 513, 3000])
def test_late_values_keep_their_type(database: Database, count: int) -> None:
    """However many rows a question finds, the last is there, and a column that begins empty is not lost."""
    sql = (
        "WITH RECURSIVE n(i) AS (SELECT 1 WHERE :count > 0 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
        "SELECT i, CASE WHEN i = :count THEN 'last' END AS said FROM n"
    )
    with database.read() as session:
        found = session.built_rows(sql, {"count": count})
    assert [row["i"] for row in found] == list(range(1, count + 1))
    assert [row["said"] for row in found] == [None] * (count - 1) + ["last"] * min(count, 1)


def test_a_call_waits_about_one_turn(place: Place, database: Database) -> None:
    """P7: behind two workers that ask for the next turn as soon as they have ended one, a call waits for
    the turn that is on and the one that waits already, not for many.
    """
    waits: list[float] = []
    with racing(work_back_to_back, [(place, TURN_SECONDS)] * 2) as racers:
        assert [hear(racer) for racer in racers] == ["ready"] * 2
        for _ in range(10):
            asked = clock.monotonic()
            with database.write() as session:
                waits.append(clock.monotonic() - asked)
                session.row("take_writer")
        for racer in racers:
            racer.send("stop")
        worker_waits = [hear(racer) for racer in racers]
    assert median(waits) < 3.5 * TURN_SECONDS, waits  # one that is long shows a busy machine
    assert all(worker_waits), "both workers had turns of their own"


def test_a_worker_is_not_starved_by_calls(place: Place, database: Database) -> None:
    """P2: twelve callers that write without pause hold up a worker for a few of their turns, not for
    as long as they go on.
    """
    done = threading.Event()
    written = [0] * 12

    def call(number: int) -> None:
        while not done.is_set():
            with database.write() as session:
                session.row("take_writer")
            written[number] += 1

    threads = [threading.Thread(target=call, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: sum(written) > 100)
        with racing(work_back_to_back, [(place, 0.01)]) as (racer,):
            hear(racer)
            before, began = sum(written), clock.monotonic()
            until(lambda: sum(written) > before + 1500)
            racer.send("stop")
            waits = hear(racer)
            took = clock.monotonic() - began
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert len(waits) >= 10, waits
    assert max(waits) < max(1.0, took / 4), waits


def _open_files() -> Counter[str]:
    """Return the paths of this process's open files, each with how often it is open."""
    return Counter(os.readlink(each) for each in Path("/proc/self/fd").iterdir() if each.exists())


def test_few_stores_are_kept_warm(place: Place, stores: Stores) -> None:
    """A worker lets go of the connections to all but the last stores it had, and opens them anew."""
    names = [f"{number:03}-AAA-AAA" for number in range(4)]
    for name in names:
        stores.open_at(name, stores.new_location(name))
    with stores.control.write() as session:
        for name in names:
            credentials.add_subscription(session, name, stores.new_location(name), NOW)
    worker, before = place.open(worker=True), _open_files()
    for name in names:
        with worker.subscription(name).read():
            pass
        worker.note_import(name)
    more = " ".join((_open_files() - before).elements())
    assert [name for name in names if f"{name.lower()}.db-wal" in more] == names[-2:], more
    with worker.subscription(names[0]).read():
        pass


def test_a_crowd_leaves_few_connections(place: Place, database: Database) -> None:
    """As many transactions as there are at once have a connection each; most are closed when they are over.

    Their logs tell: SQLite keeps the descriptors of the file itself for those that come later.
    """
    log = next(iter(place.folder.rglob("123-abc-456.db"))).with_suffix(".db-wal")
    with ExitStack() as crowd:
        for _ in range(20):
            session = crowd.enter_context(database.read())
            assert session.row("read_meta")
        assert _open_files()[str(log)] >= 20
    assert 1 <= _open_files()[str(log)] <= 8


def test_turns_exclude_each_other(place: Place, database: Database) -> None:
    """Threads, connections and kinds of writers: one transaction writes at a time, none is lost."""

    def add(number: int) -> None:
        own = place.database(worker=number % 2 == 0) if number % 3 else database
        for _ in range(25):
            with own.write() as session:
                seen = session.row("read_meta")["next_batch"]
                session.run("take_batch_id")
                assert session.row("read_meta")["next_batch"] == seen + 1
        if own is not database:
            own.close()

    in_threads(8, add)
    assert admit(database) == 1001 + 8 * 25
