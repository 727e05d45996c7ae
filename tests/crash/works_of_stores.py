"""Stores are made, and brought up to date by a later program."""

import subprocess
import sys
from pathlib import Path

import yaml

from leadline.store import catalog, jobs, lists
from leadline.store.migrate import load_migrations
from tests.contract.store.places import admit
from tests.crash.audit import MUNCHKIN_ID
from tests.crash.calls import Watched
from tests.crash.machine import check
from tests.crash.work import Under, Work
from tests.harness import LEADLINE, start_server, subscription
from tests.later import STEPS
from tests.stores import open_stores

_MEMBER = "INSERT INTO {schema}.list_member (list_id, lead_id, added_at) VALUES (1001, 7, 0)"


class SetUp(Work):
    """A first start: both stores are made, and a subscription in them."""

    def prepare(self, data: Path) -> None:
        """There is nothing before."""

    def run(self, data: Path, under: Under) -> bool:
        """Apply the file."""
        data.parent.mkdir(exist_ok=True)
        file = data.with_suffix(".yaml")
        file.write_text(yaml.safe_dump(subscription()), "utf-8")
        command = [*under, LEADLINE, "setup", str(file), "--data", str(data)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode == 0

    def faults(self, data: Path) -> list[str]:
        """Apply it again: all is there, whatever was before."""
        assert self.run(data, ())
        check(data)
        stores = open_stores(data)
        with stores.subscription(MUNCHKIN_ID).read() as session:
            found = [(each.id, each.name) for each in lists.lists(session)]
            partitions = [each.name for each in catalog.partitions(session)]
        stores.close()
        expected = [(1001, "Newsletter"), (1002, "Webinar")], ["Default", "Europe"]
        return [] if (found, partitions) == expected else [f"set up: {found}, {partitions}"]


class SetUpControl(SetUp):
    """The same, where the control store's writes are struck."""

    watched = Watched.CONTROL


class Migrate(Work):
    """A later program brings a store up to date; a job waits in it."""

    def prepare(self, data: Path) -> None:
        """Make a store as this program leaves it."""
        assert start_server(data, subscription(), workers=0).stop() == 0
        stores = open_stores(data)
        database = stores.subscription(MUNCHKIN_ID)
        admit(database)
        with database.write() as session:
            session.run_built(_MEMBER, {})
        stores.close()

    def run(self, data: Path, under: Under) -> bool:
        """Let the later program migrate every store."""
        command = [*under, sys.executable, "-m", "tests.later", str(data)]
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0

    def faults(self, data: Path) -> list[str]:
        """Migrating again ends well, and what was in the store still is."""
        assert self.run(data, ())
        check(data)
        stores = open_stores(data)
        databases = (stores.control, stores.subscription(MUNCHKIN_ID))
        versions = []
        for database in databases:
            with database.read() as session:
                versions.append(database.schema_version(session))
        with databases[1].write() as session:
            job = jobs.claim(session, "w", 0, 2)
            members = lists.members_among(session, 1001, [7, 8])
            newer = session.built_rows("SELECT newer FROM {schema}.job", {})
        stores.close()
        found = versions, job and job.batch_id, members, newer
        later = [len(load_migrations("sqlite", kind)) + 1 for kind in STEPS]
        return [] if found == (later, 1001, {7}, [{"newer": 0}]) else [f"migrated: {found}"]


class MigrateControl(Migrate):
    """The same, where the control store's writes are struck."""

    watched = Watched.CONTROL
