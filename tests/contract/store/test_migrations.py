"""Bringing a store up to date: whole or not at all, by any number of processes at once."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from leadline.errors import OperatorError
from leadline.store import catalog, lists
from leadline.store.directory import Stores
from leadline.store.directory_faults import faults_of
from leadline.store.migrate import format_of, load_migrations, split_statements
from tests.commands import leadline
from tests.contract.store.places import MUNCHKIN_ID, NOW, Place, admit, begin, beside, claim, rolled_back
from tests.contract.store.racers import PATIENCE_SECONDS, SPAWN, die_in_migration, hear, prepare_all, racing
from tests.harness import until
from tests.later import as_later, bring_up_to_date

KINDS = ("control", "subscription")


def _shape(database: Any) -> list[tuple[str, str]]:
    """Return every table and index with its text."""
    with database.read() as session:
        found = session.built_rows(
            _SHAPE[type(session).__name__], {"schema": getattr(database, "schema", "")}
        )
    return sorted((row["name"], row["text"]) for row in found)


_SHAPE = {
    "SqliteSession": "SELECT name, coalesce(sql, '') AS text FROM sqlite_master",
    "PostgresSession": "SELECT table_name || '.' || column_name AS name, concat(data_type, ' ', collation_name, "
    "' ', is_nullable, ' ', column_default) AS text FROM information_schema.columns "
    "WHERE table_schema = :schema UNION ALL "
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = :schema",
}


def _known(place: Place, kind: str) -> int:
    """Return how many migrations this program knows."""
    return len(load_migrations(place.dialect, kind))


def _database(stores: Stores, kind: str) -> Any:
    return stores.control if kind == "control" else stores.subscription(MUNCHKIN_ID)


@pytest.mark.parametrize("kind", KINDS)
def test_fresh_is_migrated(place: Place, stores: Stores, kind: str) -> None:
    """A store made by a later program and one that came there from this one are the same; migrating again
    changes nothing.
    """
    before = _shape(_database(stores, kind))
    fresh = as_later(beside(place, "fresh").empty(kind), kind)
    fresh.migrate()
    bring_up_to_date(stores)
    brought = _database(stores, kind)
    assert _shape(brought) == _shape(fresh) != before
    with brought.read() as session:
        assert brought.schema_version(session) == _known(place, kind) + 1
        assert brought.schema_format(session) == format_of(brought.migrations)
    brought.migrate()
    assert _shape(brought) == _shape(fresh)


def test_a_store_keeps_what_it_holds(place: Place, stores: Stores) -> None:
    """What was in it before a migration is there behind it: lists, members, a job that waited is claimed."""
    batch_id = admit(stores.subscription(MUNCHKIN_ID), list_id=1001)
    bring_up_to_date(stores)
    later = place.open()
    with later.subscription(MUNCHKIN_ID).read() as session:
        assert [each.name for each in lists.find_lists(session, "LIST 1002")] == ["List 1002"]
        assert [row["newer"] for row in session.built_rows("SELECT newer FROM {schema}.job", {})] == [0]
    job = claim(later.subscription(MUNCHKIN_ID))
    assert job is not None
    assert (job.batch_id, job.request.list_id) == (batch_id, 1001)


def test_statements_are_split_at_line_ends() -> None:
    """A migration is a list of statements; comments and blank pieces are none."""
    text = "-- first\nCREATE TABLE a (x TEXT); -- why\n\nCREATE INDEX i\n    ON a (x);\n-- end\n"
    assert split_statements(text) == ["CREATE TABLE a (x TEXT)", "CREATE INDEX i\n    ON a (x)"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_newer_store_is_refused(place: Place, stores: Stores, kind: str) -> None:
    """An older program does not touch a store of a newer one, and says in a sentence what to do."""
    bring_up_to_date(stores)
    database = _database(stores, kind)
    before = _shape(database)
    known = _known(place, "control")
    with pytest.raises(
        OperatorError,
        match=rf"^The store is of a newer Leadline \(schema {known + 1}, this one knows {known}",
    ):
        place.open().prepare()
    assert _shape(database) == before
    with database.read() as session:
        assert database.schema_version(session) == _known(place, kind) + 1


@pytest.mark.parametrize("kind", KINDS)
def test_check_tells_a_newer_store(place: Place, stores: Stores, kind: str) -> None:
    """What a start refuses, `check` does not call good."""
    as_later(_database(stores, kind), kind).migrate()
    stores.close()
    ended = leadline("check", *place.options)
    assert ended.returncode == 1
    (where, says) = ended.stdout.splitlines()[-1].split(": The store is of a newer Leadline ")
    known = _known(place, kind)
    assert says.startswith(f"(schema {known + 1}, this one knows {known}). Start the newer program"), says
    assert ("control" in where) == (kind == "control")


def test_check_tells_a_schema_that_waits_for_its_owner(place: Place, stores: Stores) -> None:
    """On PostgreSQL, where nodes may not change tables; a file is brought up to date when it is used."""
    as_later(stores.control, "control")
    told = [fault for fault in faults_of(stores) if "an older Leadline" in fault]
    assert len(told) == (1 if place.url else 0)
    assert all(each.endswith("Run `leadline setup` as its owner.") for each in told)


def test_serve_refuses_a_newer_store(place: Place, stores: Stores) -> None:
    """The operator sees that sentence, no traceback, and the program ends with 1."""
    bring_up_to_date(stores)
    ended = leadline("serve", *place.options, "--port", "0")
    assert (ended.returncode, ended.stdout) == (1, "")
    newer = _known(place, "control") + 1
    assert ended.stderr.startswith(f"leadline: The store is of a newer Leadline (schema {newer}")
    assert ended.stderr.count("\n") == 1


def test_a_kill_in_a_migration_leaves_nothing_half(place: Place) -> None:
    """A process killed in the middle of a migration: the next one finds the store as it was before, and
    brings it up to date.
    """
    first = place.open()
    first.prepare()
    with racing(die_in_migration, [(place,)]) as (racer,):
        assert hear(racer) > 2
        assert racer.poll(PATIENCE_SECONDS)
        with pytest.raises((EOFError, OSError)):
            racer.recv()
    database = place.empty()
    assert _shape(database) == []
    with database.read() as session:
        assert database.schema_version(session) == 0
    begin(first)
    assert admit(database) > 1000


def test_a_failing_migration_leaves_nothing_half(place: Place, stores: Stores) -> None:
    """Statements of a migration that fails half way, columns and version with them, are taken back."""
    database = stores.subscription(MUNCHKIN_ID)
    before = _shape(database)
    with rolled_back(database) as session:
        session.run_built("CREATE TABLE {schema}.extra (x INTEGER)", {})
        session.run_built("ALTER TABLE {schema}.lead_custom ADD COLUMN f_extra TEXT", {})
        database.record_version(session, 98)
    assert _shape(database) == before
    with database.read() as session:
        assert database.schema_version(session) == 1


def test_processes_start_on_nothing_at_once(place: Place) -> None:
    """Several processes make the same stores at the same moment: none fails."""
    barrier = SPAWN.Barrier(4)
    with racing(prepare_all, [(place, barrier)] * 4) as racers:
        assert [hear(racer) for racer in racers] == ["ready"] * 4
    stores = place.open()
    begin(stores)
    assert list(faults_of(stores)) == []


def test_who_comes_while_a_store_is_made_waits_for_it(place: Place) -> None:
    """Longer than for any other lock: an engine that spreads tables needs seconds for them."""
    if place.url is None:
        pytest.skip("one process alone makes a file")
    waiting = "SELECT query_start FROM pg_stat_activity WHERE query LIKE 'CREATE SCHEMA%' AND wait_event_type = 'Lock'"
    with (
        ThreadPoolExecutor(1) as pool,
        psycopg.connect(place.url, autocommit=True) as looker,
        psycopg.connect(place.url) as other,
    ):
        other.execute("CREATE SCHEMA leadline_control")
        coming = pool.submit(place.open().prepare)
        first = until(lambda: looker.execute(waiting).fetchone())
        until(lambda: coming.done() or looker.execute(waiting).fetchone() not in (None, first))
        other.rollback()
        coming.result()


def test_a_store_without_its_file_is_named(place: Place, stores: Stores) -> None:
    """A missing or damaged store is a sentence of `check`, not an empty subscription."""
    if place.url:
        with stores.control.write() as session:
            session.run_built("ALTER SCHEMA leadline_123_abc_456 RENAME TO moved", {})
        (fault,) = faults_of(stores)
        assert fault.startswith("The schema leadline_123_abc_456 in "), fault
        return
    assert list(faults_of(stores)) == []
    path = stores.subscription(MUNCHKIN_ID).path
    stores.close()
    path.write_bytes(re.sub(rb"(?s).{64}\Z", b"x" * 64, path.read_bytes()[:8192]))
    damaged = place.open()
    (fault,) = faults_of(damaged)
    assert fault.startswith(str(path)), fault
    path.unlink()
    missing = place.open()
    assert list(faults_of(missing)) == [
        f"The store of subscription {MUNCHKIN_ID} is missing. Restore it from a backup."
    ]


def test_settings_survive_a_reopening(place: Place, stores: Stores) -> None:
    """What one process set up, another reads."""
    with stores.subscription(MUNCHKIN_ID).write() as session:
        catalog.add_partition(session, "Europe")
        lists.put_list(session, 7, "Zoë's", "über", NOW)
    other = place.open()
    with other.subscription(MUNCHKIN_ID).read() as session:
        assert [(each.id, each.name) for each in catalog.partitions(session)] == [
            (1, "Default"),
            (2, "Europe"),
        ]
        found = lists.find_list(session, 7)
        assert found is not None
        assert (found.name, found.description) == ("Zoë's", "über")
        assert catalog.is_begun(session)
