"""A later version of the program, as far as a store can tell: it knows one migration more, which only adds."""

import sys
from pathlib import Path

from leadline.store import credentials
from leadline.store.directory import Stores
from leadline.store.migrate import Stamp, VersionedDatabase, format_of

STEPS = {
    "control": "ALTER TABLE {schema}.credential ADD COLUMN newer text;\n"
    "CREATE TABLE {schema}.newer (id bigint PRIMARY KEY);\n",
    "subscription": "ALTER TABLE {schema}.lead_seldom ADD COLUMN newer text;\n"
    "ALTER TABLE {schema}.job ADD COLUMN newer bigint DEFAULT 0 NOT NULL;\n"
    "CREATE INDEX lead_newer ON {schema}.lead_seldom (newer) WHERE newer IS NOT NULL;\n"
    "CREATE TABLE {schema}.newer (id bigint PRIMARY KEY);\n",
}


def as_later(database: VersionedDatabase, kind: str) -> VersionedDatabase:
    """Let a store be seen by the later program."""
    database.migrations = (*database.migrations, STEPS[kind])
    return database


def bring_up_to_date(stores: Stores) -> None:
    """Do what the later program's set-up does to every store."""
    as_later(stores.control, "control").migrate()
    for munchkin_id in stores.munchkin_ids():
        database = as_later(stores.subscription(munchkin_id), "subscription")
        database.migrate()
        with stores.control.write() as session:
            stamp = Stamp(format_of(database.migrations), len(database.migrations))
            credentials.note_version(session, munchkin_id, stamp)


if __name__ == "__main__":
    found = Stores(Path(sys.argv[1]))
    bring_up_to_date(found)
    found.close()
