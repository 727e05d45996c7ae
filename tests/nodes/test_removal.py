"""A subscription is removed from PostgreSQL: by its owner alone, from any server, whoever uses its tables."""

import json
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import yaml

from tests.clusters import Cluster
from tests.commands import leadline
from tests.harness import LEADLINE, subscription, until
from tests.nodes.conftest import Start

MUNCHKIN_ID, SCHEMA = "123-ABC-456", "leadline_123_abc_456"
APP = f"""
CREATE ROLE remover LOGIN;
GRANT USAGE ON SCHEMA leadline_control, {SCHEMA} TO remover;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA leadline_control, {SCHEMA} TO remover;
"""


def set_up(folder: Path, url: str, **sections: Any) -> None:
    file = folder / "subscription.yaml"
    file.write_text(yaml.safe_dump(subscription(**sections)), "utf-8")
    done = leadline("setup", file, "--database", url)
    assert done.returncode == 0, done.stderr


def remove(url: str, *options: str) -> Any:
    return leadline("subscriptions", "remove", MUNCHKIN_ID, "--yes", "--database", url, *options)


def schemas(url: str) -> list[str]:
    with psycopg.connect(url) as admin:
        rows = admin.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'leadline%' ORDER BY 1")
        return [name for (name,) in rows.fetchall()]


def test_who_may_and_who_waits(cluster: Cluster, url: str, nodes: Start, tmp_path: Path) -> None:
    """The app role is told whose it is, and nothing is removed; the owner waits a moment at a time for who holds a
    table, says who that is, and ends when it is free; each node refuses its callers from the beginning on.
    """
    set_up(tmp_path, url)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(APP)
    both = [nodes(url, workers=1), nodes(url, workers=0)]
    tokens = [node.token for node in both]
    refused = remove(url.replace("postgres:", "remover:"))
    assert refused.returncode == 1
    assert f"The schema {SCHEMA} belongs to the role postgres" in refused.stderr
    assert [node.call("GET", "/rest/v1/leads/describe.json").json()["success"] for node in both] == [
        True,
        True,
    ]
    with psycopg.connect(url) as holder:
        holder.execute(f"LOCK TABLE {SCHEMA}.list IN ACCESS SHARE MODE")
        command = [LEADLINE, "subscriptions", "remove", MUNCHKIN_ID, "--yes", "--database", url]
        removal = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert removal.stderr is not None
        said = [removal.stderr.readline(), removal.stderr.readline()]
        assert f"{SCHEMA} is used by server process {holder.info.backend_pid}" in said[1], said
        for node, token in zip(both, tokens, strict=True):
            answer = node.call("GET", "/rest/v1/leads/describe.json", token).json()
            assert answer["errors"][0]["code"] == "601"
        listed = leadline("subscriptions", "list", "--json", "--database", url)
        assert [each["state"] for each in json.loads(listed.stdout)] == ["being removed"]
        assert "has not ended" in leadline("check", "--database", url).stdout
        holder.rollback()
    _, stderr = removal.communicate(timeout=60)
    assert removal.returncode == 0, stderr
    assert schemas(url) == ["leadline_control"]
    assert all(node.http.get(f"{node.address}/health/ready").status_code == 200 for node in both)
    assert not [event for node in both for event in node.events("StoreFailed")]


def test_one_on_a_server_of_its_own(cluster: Cluster, url: str, tmp_path: Path) -> None:
    """It goes from there; what refers to its tables is not dropped, and without that the same command ends."""
    own = tmp_path / "own"
    own.mkdir()
    elsewhere = cluster.new_database(own)
    set_up(tmp_path, url, store=elsewhere)
    assert schemas(elsewhere) == [SCHEMA]
    with psycopg.connect(elsewhere, autocommit=True) as admin:
        admin.execute(f"CREATE VIEW public.report AS SELECT * FROM {SCHEMA}.list")
    kept = remove(url)
    assert kept.returncode == 1
    assert "other objects depend on it" in kept.stderr
    assert kept.stderr.rstrip().endswith("again: it goes on where it stands.")
    again = leadline("setup", tmp_path / "subscription.yaml", "--database", url)
    assert again.returncode == 1
    assert f"{MUNCHKIN_ID} is being removed" in again.stderr
    with psycopg.connect(elsewhere, autocommit=True) as admin:
        admin.execute("DROP VIEW public.report")
    assert remove(url).returncode == 0
    assert (schemas(elsewhere), schemas(url)) == ([], ["leadline_control"])
    set_up(tmp_path, url)
    assert schemas(url) == [SCHEMA, "leadline_control"]


def test_one_whose_own_server_is_gone_for_good(cluster: Cluster, url: str, tmp_path: Path) -> None:
    """Its store is left only where it does not answer; then all else of it goes, also of a removal that was begun."""
    own = tmp_path / "own"
    own.mkdir()
    elsewhere = cluster.new_database(own)
    set_up(tmp_path, url, store=elsewhere)
    there = remove(url, "--leave-store")
    assert there.returncode == 1
    assert there.stderr.endswith("Remove it as well: leave out --leave-store.\n")
    with psycopg.connect(elsewhere, autocommit=True) as admin:
        admin.execute(f"CREATE VIEW public.report AS SELECT * FROM {SCHEMA}.list")
    assert remove(url).returncode == 1  # it is begun, and cannot end
    name = psycopg.conninfo.conninfo_to_dict(elsewhere)["dbname"]
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    gone = remove(url)
    assert gone.returncode == 1
    assert gone.stderr.endswith("--leave-store removes all but what lies there.\n")
    left = remove(url, "--leave-store")
    assert (left.returncode, left.stderr.count("begun at")) == (0, 1), left
    assert f"its store is left where it was, {SCHEMA}" in left.stdout
    assert leadline("check", "--database", url).returncode == 0
    set_up(tmp_path, url)
    assert remove(url).returncode == 0
    assert schemas(url) == ["leadline_control"]


def test_two_at_once(url: str, tmp_path: Path) -> None:
    """Both end, one of them maybe with the word that there is none any more."""
    set_up(tmp_path, url)
    command = [LEADLINE, "subscriptions", "remove", MUNCHKIN_ID, "--yes", "--database", url]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in "12"
    ]
    said = [(each.communicate(timeout=60)[1], each.returncode) for each in both]
    assert all(code == 0 or "There is no subscription" in text for text, code in said), said
    assert 0 in [code for _, code in said]
    until(lambda: schemas(url) == ["leadline_control"])
