"""PgBouncer between the nodes and PostgreSQL, of the version that is installed; docs/how-to/run-behind-pgbouncer.md."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.commands import leadline
from tests.docs.page_blocks import block
from tests.harness import LEADLINE, Server, subscription, until
from tests.nodes.conftest import Start
from tests.sockets import free_port

PAGE = "docs/how-to/run-behind-pgbouncer.md"
PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="PgBouncer is not installed (Debian: apt install pgbouncer)."
)
LOSING = {"max_prepared_statements": "0"}
"""What makes a newer one lose them; an older one knows no such setting."""

LOST = (
    r"leadline: The database cannot be used: 127\.0\.0\.1:\d+/\w+: prepared statement .*: "
    r"what pools connections loses prepared statements; use PgBouncer 1\.21 or newer .* pool_mode = session\.\n"
)


def keeps_statements() -> bool:
    """Return whether the installed one can keep prepared statements in transaction mode."""
    said = subprocess.run([str(PROGRAM), "--version"], check=True, capture_output=True, text=True).stdout
    major, minor = re.findall(r"\d+", said)[:2]
    return (int(major), int(minor)) >= (1, 21)


class Pooler:
    """The pooler of the page's example before a database, with some settings changed."""

    def __init__(self, folder: Path, url: str, **settings: str) -> None:
        server = psycopg.conninfo.conninfo_to_dict(url)
        self.port = free_port()
        self._file, sockets = folder / "pgbouncer.ini", Path(server["host"])
        self._user = sockets.owner() if os.getuid() == 0 else None  # it may enter that directory
        changed = {"listen_port": str(self.port), "auth_type": "any", "unix_socket_dir": "", **settings}
        if not keeps_statements():
            changed["max_prepared_statements"] = ""
        text = block(PAGE, "[databases]").replace("auth_file = /etc/pgbouncer/userlist.txt\n", "")
        text = re.sub(r"^leadline = .*$", f"* = host={sockets} user=postgres", text, flags=re.MULTILINE)
        for name, value in changed.items():
            text = re.sub(rf"^{name} = .*\n", "", text, flags=re.MULTILINE)
            text += f"{name} = {value}\n" if value or name == "unix_socket_dir" else ""
        self._file.write_text(text, "utf-8")
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/{server['dbname']}"
        self.start()

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        user = ["-u", self._user] if self._user else []
        command = [str(PROGRAM), "-q", *user, str(self._file)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self._answers)

    def _answers(self) -> bool:
        assert self._process.poll() is None, "PgBouncer has ended"
        try:
            psycopg.connect(self.url).close()
        except psycopg.OperationalError:
            return False
        return True

    def open_to_server(self, count: int) -> None:
        """Let it have so many connections to the server, which nobody uses."""
        with ExitStack() as clients:
            for _ in range(count):
                client = clients.enter_context(psycopg.connect(self.url))
                client.execute("SELECT 1")  # in a transaction, which keeps it

    def stop(self) -> None:
        """End it at once, with all its connections."""
        self._process.kill()
        self._process.wait()


@pytest.fixture
def pooler(tmp_path: Path, url: str) -> Iterator[Callable[..., Pooler]]:
    """Start poolers before a fresh database."""
    started: list[Pooler] = []

    def start(**settings: str) -> Pooler:
        started.append(Pooler(tmp_path, url, **settings))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.mark.parametrize(("size", "round_robin"), [(1, 0), (20, 0), (20, 1)])
def test_lost_statements_are_found(pooler: Callable[..., Pooler], size: int, round_robin: int) -> None:
    """Whichever connection the pooler hands out next: the only one, the last one, the next in a circle."""
    old = pooler(**LOSING, default_pool_size=str(size), server_round_robin=str(round_robin))
    old.open_to_server(min(size, 3))
    checked = leadline("check", "--database", old.url)
    assert checked.returncode == 1
    assert "loses prepared statements" in checked.stdout


def test_a_start_is_refused(pooler: Callable[..., Pooler]) -> None:
    """In one sentence that says what to use instead."""
    command = [LEADLINE, "serve", "--port", "0", "--database", pooler(**LOSING).url]
    served = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert served.returncode == 1
    assert re.fullmatch(LOST, served.stderr), served.stderr


def is_told(node: Server, batch_id: int) -> bool:
    """Return whether a node tells a job's state."""
    return bool(node.get(f"/bulk/v1/leads/batch/{batch_id}.json")["success"])


def serves_through(pooler: Pooler, nodes: Start) -> None:
    """Import through it, and again after it has lost all its connections; the page's command finds no fault."""
    node = nodes(pooler.url, subscription())
    for email in ("a@x.com", "b@x.com"):
        batch_id = node.submit(f"email\n{email}\n")
        assert node.finish(batch_id)["numOfLeadsProcessed"] == 1
        for _ in range(10):  # by then the statements of a poll are prepared
            assert node.status(batch_id)["status"] == "Complete"
        pooler.stop()
        pooler.start()
        until(partial(is_told, node, batch_id))
    words = block(PAGE, ".venv/bin/leadline check").split()
    assert words[-1].startswith("postgresql://leadline_app@127.0.0.1:6432/")
    assert leadline(*words[1:-1], pooler.url).returncode == 0
    assert not node.events("FaultCaught"), node.events("FaultCaught")


def test_session_mode_serves(pooler: Callable[..., Pooler], nodes: Start) -> None:
    serves_through(pooler(pool_mode="session", default_pool_size="40"), nodes)


def test_transaction_mode_serves(pooler: Callable[..., Pooler], nodes: Start) -> None:
    if not keeps_statements():
        pytest.skip("This PgBouncer is older than 1.21, which transaction mode needs.")
    serves_through(pooler(), nodes)
