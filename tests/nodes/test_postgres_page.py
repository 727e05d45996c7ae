"""The commands of docs/how-to/run-on-postgresql.md, in the order in which a reader runs them."""

import getpass
import os
import re
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.clusters import BIN, Cluster
from tests.commands import leadline
from tests.docs.demo import ROOT, Started
from tests.harness import LEADLINE

PAGE = (ROOT / "docs" / "how-to" / "run-on-postgresql.md").read_text("utf-8")
_SUDO = 'sudo() { shift 2; PGUSER=postgres "$@"; }\n'
"""The superuser of the server under test is no user of the system."""


def section(title: str) -> list[str]:
    """Return the blocks of commands of a section, in order."""
    text = re.split(r"^##+ ", PAGE, flags=re.MULTILINE)
    (found,) = [each for each in text if each.startswith(f"{title}\n")]
    return [
        textwrap.dedent(block)
        for block in re.findall(r"^ *```\n(.*?)^ *```", found, re.DOTALL | re.MULTILINE)
    ]


class Reader:
    """Somebody who runs the page's commands at a shell; what serves is left running."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.started: list[Started] = []
        (home / "examples").symlink_to(ROOT / "examples")

    def run(self, block: str) -> str:
        """Run a block's commands; return what the last one printed, or what a server said when it was ready."""
        said = ""
        for command in re.split(r"^(?=\.venv)", block, flags=re.MULTILINE):
            words = command.replace("@db.example.com/", "@/").split()
            if words[:2] in ([".venv/bin/leadline", "serve"], [".venv/bin/leadline", "work"]):
                said = self._start(words[1:])
            elif command.strip():
                text = _SUDO + command.replace(".venv/bin/leadline", LEADLINE).replace(
                    "@db.example.com/", "@/"
                )
                text = text.replace("db.example.com:5432", f"{os.environ['PGHOST']}:*")
                said = subprocess.run(
                    ["bash", "-euc", text],
                    cwd=self.home,
                    check=True,
                    capture_output=True,
                    text=True,
                    timeout=60,
                ).stdout
        return said

    def _start(self, words: list[str]) -> str:
        serves = words[0] == "serve"
        ready, options = (
            ("is ready at", ("--port", "0")) if serves else ('"WorkerStarted"', ("--workers", "1"))
        )
        self.started.append(Started(self.home, *words, *options, until=ready))
        return self.started[-1].text


@pytest.fixture
def reader(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Reader]:
    """The cluster is the one that libpq finds by itself, as on a machine of one's own."""
    parts = psycopg.conninfo.conninfo_to_dict(cluster.url())
    monkeypatch.setenv("PGHOST", str(parts["host"]))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USER", getpass.getuser())
    monkeypatch.setenv("PATH", f"{BIN}:{os.environ['PATH']}")
    reader = Reader(tmp_path)
    yield reader
    for each in reader.started:
        assert each.stop() == 0
    cluster.run("DROP DATABASE IF EXISTS leadline WITH (FORCE)")


def ask_for_passwords(cluster: Cluster) -> None:
    """Let the server take the roles of the page by their passwords alone, as a server elsewhere does."""
    rules = cluster.folder / "data" / "pg_hba.conf"
    line = "local leadline leadline_owner,leadline_app scram-sha-256\n"
    rules.write_text(line + rules.read_text("utf-8"), "utf-8")
    cluster.run("SELECT pg_reload_conf()")


def test_the_first_commands_work(reader: Reader) -> None:
    (block,) = section("Start it")
    said = reader.run(block)
    (secrets,) = reader.home.glob("client-secrets-*")
    assert f"client id and secret are in {secrets}" in said, said
    with psycopg.connect(dbname="leadline", user="postgres") as connection:
        schemas = connection.execute("SELECT nspname FROM pg_namespace").fetchall()
    assert ("leadline_123_abc_456",) in schemas


def test_two_roles(reader: Reader, cluster: Cluster) -> None:
    """The numbered steps; then the statements that the page says `--grant-to` is worth, which change nothing."""
    ask_for_passwords(cluster)
    roles, passwords, setup, check, nodes = section("Two roles")
    reader.run(roles)
    denied = leadline("check", "--database", "postgresql://leadline_app@/leadline")
    assert "no password supplied" in denied.stdout
    assert "~/.pgpass" in denied.stdout
    reader.run(passwords)
    assert "role leadline_app may use subscription 123-ABC-456" in reader.run(setup)
    assert reader.run(check).startswith("No fault found")
    reader.run(nodes)
    assert len(reader.started) == 2
    (granted,) = re.findall(r"^```sql\n(GRANT USAGE.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    with psycopg.connect(dbname="leadline", user="postgres", autocommit=True) as connection:
        rights = (
            "SELECT nspacl::text, relacl::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
        )
        rights += "WHERE nspname = 'leadline_control' ORDER BY relname"
        before = connection.execute(rights).fetchall()
        connection.execute("SET ROLE leadline_owner")
        connection.execute(granted)
        assert connection.execute(rights).fetchall() == before
