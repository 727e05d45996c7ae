"""A store whose first migration was another one is left alone, with a sentence that says what to do."""

from pathlib import Path

import pytest
import yaml

from leadline.store import credentials
from leadline.store.directory import Stores
from leadline.store.migrate import Stamp, format_of, load_migrations
from tests.commands import leadline
from tests.contract.store.places import MUNCHKIN_ID, Place
from tests.harness import subscription

ADVICE = (
    "has the format of another version of Leadline: start that version, "
    "or make a new data directory or database and load the data anew.\n"
)


def _forget_format(stores: Stores, kind: str, version: int) -> None:
    """Make a store look as those did that remembered no format."""
    database = stores.control if kind == "control" else stores.subscription(MUNCHKIN_ID)
    with database.write() as session:
        database.record_version(session, version)
        if type(session).__name__ == "SqliteSession":
            session.run_built("PRAGMA application_id = 0", {})
        else:
            session.run_built("ALTER TABLE {schema}.schema_version DROP COLUMN format", {})
    if kind == "subscription":
        _note(stores, Stamp(0, version))


def _another_format(stores: Stores, kind: str, version: int) -> None:
    """Make a store as a program does whose first migration makes another table."""
    database = stores.control if kind == "control" else stores.subscription(MUNCHKIN_ID)
    first, *further = database.migrations
    database.migrations = (f"{first}CREATE TABLE other (x INTEGER);\n", *further)
    with database.write() as session:
        database.record_version(session, version)
    if kind == "subscription":
        _note(stores, Stamp(format_of(database.migrations), version))


def _note(stores: Stores, stamp: Stamp) -> None:
    """Let the directory say so, too: a start does not open a store that is as its program makes them."""
    with stores.control.write() as session:
        credentials.note_version(session, MUNCHKIN_ID, stamp)


def _content(place: Place, stores: Stores) -> list[object]:
    """Return all that a program could have touched."""
    if place.url is None:
        return [path.read_bytes() for path in sorted(place.folder.rglob("*.db"))]
    found: list[object] = []
    for database in (stores.control, stores.subscription(MUNCHKIN_ID)):
        with database.read() as session:
            found += session.built_rows(
                "SELECT c.oid, c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
                "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = :schema ORDER BY 2, 3",
                {"schema": database.schema},
            )
            found += session.built_rows("SELECT to_jsonb(v) AS v FROM {schema}.schema_version v", {})
    return found


@pytest.mark.parametrize("change", [_forget_format, _another_format])
@pytest.mark.parametrize("kind", ["control", "subscription"])
@pytest.mark.parametrize("version", [1, 3])
def test_another_format_is_refused(
    place: Place, stores: Stores, tmp_path: Path, kind: str, change: object, version: int
) -> None:
    """`serve`, `work`, `setup` and `check` say one sentence that names the store, and touch nothing."""
    change(stores, kind, version)
    if place.url is None:
        stores.close()
    before = _content(place, stores)
    file = tmp_path / "subscription.yaml"
    file.write_text(yaml.safe_dump(subscription()), "utf-8")
    commands = [["serve", "--port", "0"], ["setup", str(file)], ["check"]]
    for command in [*commands, ["work"]] if place.url else commands:
        ended = leadline(*command, *place.options)
        said = (ended.stdout + ended.stderr).removeprefix("leadline: ")
        assert ended.returncode == 1, (command, said)
        assert said.endswith(ADVICE), (command, said)
        assert said.count("\n") == 1, (command, said)
        where = place.folder / (
            "control.db" if kind == "control" else f"subscriptions/{MUNCHKIN_ID.lower()}.db"
        )
        assert said.startswith(f"{where} " if place.url is None else "The schema leadline_"), (command, said)
    assert _content(place, stores) == before


def test_comments_are_no_format() -> None:
    """Another word in a comment changes no table, another column does; the number fits SQLite's 31 bits."""
    first = load_migrations("sqlite", "control")[0]
    assert format_of([f"-- more\n{first}"]) == format_of([first, "CREATE TABLE later (x INTEGER);\n"])
    assert format_of([first.replace("created_at", "made_at")]) != format_of([first])
    assert 0 < format_of([first]) < 2**31
