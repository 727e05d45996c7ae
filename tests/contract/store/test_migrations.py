"""Bringing a store up to date: whole or not at all, by any number of processes at once."""

import re
import subprocess
from typing import Any

import pytest

from leadline.errors import OperatorError
from leadline.store import settings
from leadline.store.connect import Stores
from leadline.store.migrate import load_migrations, split_statements
from tests.contract.store.places import MUNCHKIN_ID, NOW, Place, admit, begin, in_threads, rolled_back
from tests.contract.store.racers import PATIENCE_SECONDS, SPAWN, die_in_migration, hear, prepare_all, racing
from tests.harness import LEADLINE

KINDS = ("control", "subscription")


def _shape(database: Any) -> list[tuple[str, str]]:
    """Return every table and index with its text."""
    with database.read() as session:
        found = session.built_rows("SELECT name, coalesce(sql, '') AS text FROM sqlite_master", {})
    return sorted((row["name"], row["text"]) for row in found)


def _database(stores: Stores, kind: str) -> Any:
    return stores.control if kind == "control" else stores.subscription(MUNCHKIN_ID)


@pytest.mark.parametrize("kind", KINDS)
def test_fresh_is_migrated(place: Place, stores: Stores, kind: str) -> None:
    """A store made by this program and one that came here step by step, each by another process's
    connections, are the same; migrating again changes nothing.
    """
    fresh = _shape(_database(stores, kind))
    old_place = Place(place.kind, place.folder.with_name("old"))
    (old_place.folder / "subscriptions").mkdir(parents=True)
    for number, text in enumerate(load_migrations(place.kind, kind), 1):
        old = _database(old_place.open(), kind)
        with old.write() as session:
            for statement in split_statements(text):
                session.run_built(statement, {})
            old.record_version(session, number)
        old.close()
    old = _database(old_place.open(), kind)
    old.migrate()
    assert _shape(old) == fresh
    old.close()
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
    older.close()
    assert _shape(database) == before
    with database.read() as session:
        assert database.schema_version(session) == 99


def test_serve_refuses_a_newer_store(place: Place, stores: Stores) -> None:
    """The operator sees that sentence, no traceback, and the program ends with 1."""
    with stores.control.write() as session:
        stores.control.record_version(session, 99)
    ended = subprocess.run(
        [LEADLINE, "serve", "--data", place.folder, "--port", "0"], capture_output=True, text=True, timeout=30
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
    database = first.subscription(MUNCHKIN_ID)
    assert _shape(database) == []
    with database.read() as session:
        assert database.schema_version(session) == 0
    begin(first)
    assert admit(database) > 1000
    first.close()


def test_a_failing_migration_leaves_nothing_half(stores: Stores) -> None:
    """Statements of a migration that fails half way, columns and version with them, are taken back."""
    database = stores.subscription(MUNCHKIN_ID)
    before = _shape(database)
    with rolled_back(database) as session:
        session.run_built("CREATE TABLE extra (x INTEGER)", {})
        session.run_built("ALTER TABLE lead ADD COLUMN f_extra TEXT", {})
        database.record_version(session, 2)
    assert _shape(database) == before
    with database.read() as session:
        assert database.schema_version(session) == len(load_migrations("sqlite", "subscription"))


def test_processes_start_on_nothing_at_once(place: Place) -> None:
    """Several processes make the same stores at the same moment: none fails, all have one server key."""
    place.folder.mkdir()
    (place.folder / "subscriptions").mkdir()
    barrier = SPAWN.Barrier(4)
    with racing(prepare_all, [(place, barrier)] * 4) as racers:
        keys = [hear(racer) for racer in racers]
    assert set(map(type, keys)) == {bytes}, keys
    assert len(set(keys)) == 1
    stores = place.open()
    begin(stores)
    assert list(stores.faults()) == [f"{place.folder} is open to other users. Run: chmod go= {place.folder}"]
    stores.close()


def test_the_server_key_appears_whole(place: Place) -> None:
    """Whoever asks while others make the key gets that same key: it is never there half or twice."""
    for number in range(20):
        folder = place.folder / str(number)
        folder.mkdir(parents=True)
        assert len(set(in_threads(8, lambda _, folder=folder: Stores(folder).server_key()))) == 1
        (key,) = folder.iterdir()
        assert key.stat().st_mode & 0o777 == 0o600


def test_a_damaged_key_is_named(stores: Stores) -> None:
    """A server key of another size is refused in a sentence, and never silently made anew."""
    (stores.folder / "server.key").write_bytes(b"short")
    with pytest.raises(OperatorError, match=r"server\.key is damaged\. Restore it from a backup"):
        stores.prepare()


def test_a_store_without_its_file_is_named(stores: Stores) -> None:
    """A missing or damaged store is a sentence of `check`, not an empty subscription."""
    assert list(stores.faults()) == []
    path = stores.subscription(MUNCHKIN_ID).path
    stores.close()
    path.write_bytes(re.sub(rb"(?s).{64}\Z", b"x" * 64, path.read_bytes()[:8192]))
    damaged = Stores(stores.folder)
    (fault,) = damaged.faults()
    assert fault.startswith(str(path)), fault
    damaged.close()
    path.unlink()
    missing = Stores(stores.folder)
    assert list(missing.faults()) == [
        f"The store of subscription {MUNCHKIN_ID} is missing. Restore it from a backup."
    ]
    missing.close()


def test_settings_survive_a_reopening(place: Place, stores: Stores) -> None:
    """What one process set up, another reads."""
    with stores.subscription(MUNCHKIN_ID).write() as session:
        settings.add_partition(session, "Europe")
        settings.put_list(session, 7, "Zoë's", "über", NOW)
    other = place.open()
    with other.subscription(MUNCHKIN_ID).read() as session:
        assert [(each.id, each.name) for each in settings.partitions(session)] == [
            (1, "Default"),
            (2, "Europe"),
        ]
        found = settings.find_list(session, 7)
        assert found is not None
        assert (found["name"], found["description"]) == ("Zoë's", "über")
        assert settings.is_begun(session)
    other.close()
