"""Bringing a store up to date: whole or not at all, by any number of processes at once."""

import re
import subprocess
from typing import Any

import pytest

from leadline.errors import OperatorError
from leadline.model import JobKind
from leadline.schema.accounts import company_type
from leadline.store import jobs, lists, records, settings
from leadline.store.connect import Stores
from leadline.store.migrate import load_migrations, split_statements
from tests.contract.store.places import MUNCHKIN_ID, NOW, Place, admit, begin, beside, rolled_back
from tests.contract.store.racers import PATIENCE_SECONDS, SPAWN, die_in_migration, hear, prepare_all, racing
from tests.harness import LEADLINE

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


def _database(stores: Stores, kind: str) -> Any:
    return stores.control if kind == "control" else stores.subscription(MUNCHKIN_ID)


@pytest.mark.parametrize("kind", KINDS)
def test_fresh_is_migrated(place: Place, stores: Stores, kind: str) -> None:
    """A store made by this program and one that came here step by step, each by another process's
    connections, are the same; migrating again changes nothing.
    """
    fresh = _shape(_database(stores, kind))
    old_place = beside(place, "old")
    for number, text in enumerate(load_migrations(place.dialect, kind), 1):
        old = old_place.empty(kind)
        with old.write() as session:
            old.begin_migration(session)
            for statement in split_statements(text):
                session.run_built(statement, {})
            old.record_version(session, number)
    old = old_place.empty(kind)
    old.migrate()
    assert _shape(old) == fresh
    _database(stores, kind).migrate()
    assert _shape(_database(stores, kind)) == fresh


def test_statements_are_split_at_line_ends() -> None:
    """A migration is a list of statements; comments and blank pieces are none."""
    text = "-- first\nCREATE TABLE a (x TEXT); -- why\n\nCREATE INDEX i\n    ON a (x);\n-- end\n"
    assert split_statements(text) == ["CREATE TABLE a (x TEXT)", "CREATE INDEX i\n    ON a (x)"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_newer_store_is_refused(place: Place, stores: Stores, kind: str) -> None:
    """An older program does not touch a store of a newer one, and says in a sentence what to do."""
    database = _database(stores, kind)
    with database.write() as session:
        database.record_version(session, 99)
    before = _shape(database)
    older = place.open()
    with pytest.raises(OperatorError, match=r"^The store is of a newer Leadline \(schema 99, this one"):
        older.prepare()
    assert _shape(database) == before
    with database.read() as session:
        assert database.schema_version(session) == 99


def test_serve_refuses_a_newer_store(place: Place, stores: Stores) -> None:
    """The operator sees that sentence, no traceback, and the program ends with 1."""
    with stores.control.write() as session:
        stores.control.record_version(session, 99)
    ended = subprocess.run(
        [LEADLINE, "serve", *place.options, "--port", "0"], capture_output=True, text=True, timeout=30
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("leadline: The store is of a newer Leadline (schema 99")
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
        session.run_built("CREATE TABLE extra (x INTEGER)", {})
        session.run_built("ALTER TABLE lead ADD COLUMN f_extra TEXT", {})
        database.record_version(session, 98)
    assert _shape(database) == before
    with database.read() as session:
        newest = len(load_migrations(place.dialect, "subscription"))
        assert database.schema_version(session) == newest


def test_processes_start_on_nothing_at_once(place: Place) -> None:
    """Several processes make the same stores at the same moment: none fails."""
    barrier = SPAWN.Barrier(4)
    with racing(prepare_all, [(place, barrier)] * 4) as racers:
        assert [hear(racer) for racer in racers] == ["ready"] * 4
    stores = place.open()
    begin(stores)
    assert list(stores.faults()) == []


def test_a_store_without_its_file_is_named(place: Place, stores: Stores) -> None:
    """A missing or damaged store is a sentence of `check`, not an empty subscription."""
    if place.url:
        with stores.control.write() as session:
            session.run_built("ALTER SCHEMA leadline_123_abc_456 RENAME TO moved", {})
        (fault,) = stores.faults()
        assert fault.startswith("The schema leadline_123_abc_456 in "), fault
        return
    assert list(stores.faults()) == []
    path = stores.subscription(MUNCHKIN_ID).path
    stores.close()
    path.write_bytes(re.sub(rb"(?s).{64}\Z", b"x" * 64, path.read_bytes()[:8192]))
    damaged = place.open()
    (fault,) = damaged.faults()
    assert fault.startswith(str(path)), fault
    path.unlink()
    missing = place.open()
    assert list(missing.faults()) == [
        f"The store of subscription {MUNCHKIN_ID} is missing. Restore it from a backup."
    ]


def test_settings_survive_a_reopening(place: Place, stores: Stores) -> None:
    """What one process set up, another reads."""
    with stores.subscription(MUNCHKIN_ID).write() as session:
        settings.add_partition(session, "Europe")
        lists.put_list(session, 7, "Zoë's", "über", NOW)
    other = place.open()
    with other.subscription(MUNCHKIN_ID).read() as session:
        assert [(each.id, each.name) for each in settings.partitions(session)] == [
            (1, "Default"),
            (2, "Europe"),
        ]
        found = lists.find_list(session, 7)
        assert found is not None
        assert (found["name"], found["description"]) == ("Zoë's", "über")
        assert settings.is_begun(session)


def test_a_store_of_the_first_version_keeps_what_it_holds(place: Place) -> None:
    """Ids go on, lists and companies are found by their names, a job that waited is claimed."""
    old = place.empty()
    first, *_ = load_migrations(place.dialect, "subscription")
    with old.write() as session:
        old.begin_migration(session)
        for statement in split_statements(first):
            session.run_built(statement, {})
        old.record_version(session, 1)
        for statement in _OF_VERSION_1:
            session.run_built(statement, {})
    old.migrate()
    with old.write() as session:
        assert [records.next_id(session, name) for name in ("lead", "company", "list")] == [8, 5, 1002]
        (found,) = lists.find_lists(session, "NEWS")
        assert (found["id"], found["folder_type"], found["folder_id"]) == (1001, "Folder", lists.GROUP_LISTS)
        assert lists.find_list_at(session, ("Folder", lists.GROUP_LISTS), "news") is not None
        assert lists.members_among(session, 1001, [7, 8]) == {7}
        known = {"f_externalcompanyid": "Acme", "k_externalcompanyid": "acme", "f_company": "Acme Inc"}
        assert not records.put(session, company_type(), "acme", known, NOW)
        found_job = jobs.claim(session, "w", NOW, 2)
        assert found_job is not None
        assert (found_job.batch_id, found_job.request.kind) == (1001, JobKind.LEAD)


_OF_VERSION_1 = (
    "INSERT INTO meta (one, munchkin_id, next_batch) VALUES (1, '123-ABC-456', 1002)",
    "UPDATE writer SET next_id = 8 WHERE one = 1",
    "INSERT INTO list (id, name, k_name, created_at, updated_at) VALUES (1001, 'News', 'news', 0, 0)",
    "INSERT INTO list_member (list_id, lead_id) VALUES (1001, 7)",
    "INSERT INTO company (id, external_id, k_external_id, f_company) VALUES (4, 'Acme', 'acme', 'Acme Inc')",
    "INSERT INTO job (batch_id, object_type, format, lookup_field, partition_id, partition_fixed, header, "
    "upload, status, seat, file_bytes, created_at) "
    "VALUES (1001, 'lead', 'csv', 'email', 1, 0, 'email', 'u', 'Queued', 0, 6, 0)",
)
