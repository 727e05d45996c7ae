"""A platform engineer's whole path, with the wheel alone, on PostgreSQL: from the roles to the end of a subscription.

Two nodes with TLS, workers of their own, a push, a rotation with overlap, a backup that is restored, a rolling restart
under load, a store of the version before, a removal; logs and metrics are looked at on the way.
"""

import json
import re
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg
import pytest
import yaml

from tests.clusters import Cluster
from tests.docs.page_blocks import block
from tests.install.bare import ROOT, build_wheel, make_environment
from tests.install.platform import CERT, Node, Platform
from tests.kept.stores import bring_back_postgres, told_of
from tests.kept.subscription import WAITING
from tests.kept.subscription import document as kept_document
from tests.server import until
from tests.sockets import free_port

MANY = "email,firstName\n" + "".join(f"p{number}@example.com,P\n" for number in range(40_000))
MINE, OTHER = "123-ABC-456", "777-AAA-777"
LET_IN = ("--grant-to", "leadline_app")


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    programs = make_environment(tmp_path / "bare", build_wheel(tmp_path / "dist"))
    with ExitStack() as around:
        cluster = Cluster()
        around.callback(cluster.close)
        http = httpx.Client(verify=ssl.create_default_context(cafile=CERT), timeout=60)
        yield Platform(tmp_path, programs, cluster, around, around.enter_context(http))


def set_up(platform: Platform) -> None:
    """Roles, a database, two subscriptions by the owner, who lets the app in with the first."""
    for role in ("leadline_owner", "leadline_app"):
        platform.cluster.run(f"CREATE ROLE {role} LOGIN")
    for database in ("leadline", "restored", "kept"):
        platform.cluster.run(
            f"CREATE DATABASE {database} OWNER leadline_owner ENCODING 'UTF8' TEMPLATE template0"
        )
    for munchkin_id in (MINE, OTHER):
        credential = {"name": "crm", "user": "crm@example.com", "permissions": "all"}
        document = {"munchkin_id": munchkin_id, "credentials": [credential]}
        (platform.folder / "s.yaml").write_text(yaml.safe_dump(document), "utf-8")
        where = ("--database", platform.url("leadline_owner"), "--secret-file", f"{munchkin_id}.jsonl")
        platform.run("leadline", "setup", "s.yaml", *where, *(LET_IN if munchkin_id == MINE else ()))
        platform.secrets[munchkin_id] = platform.take_secret(f"{munchkin_id}.jsonl")
    told = platform.run("leadline", "check", "--database", platform.url("leadline_app"))
    assert "No fault found" in told.stdout
    told = platform.run("leadline", "settings", "--database", platform.url("leadline_app"), "--json")
    assert {each["variable"] for each in json.loads(told.stdout)} >= {
        "LEADLINE_DATABASE",
        "LEADLINE_TLS_CERT",
    }


def start_workers(platform: Platform) -> tuple[Node, str]:
    """Workers without an API, as docs/how-to/watch-it.md starts them; return where they tell their metrics."""
    _, *words = block("docs/how-to/watch-it.md", "leadline work").split()
    port = free_port()
    words[words.index("--metrics-port") + 1] = str(port)
    at = words.index("--database")
    return platform.serve(*words[:at], *words[at + 2 :]), f"http://localhost:{port}/metrics"


def push(platform: Platform, node: Node) -> None:
    """A CRM's export, over TLS; one of its rows is wrong."""
    client_id, secret = platform.secrets[MINE]
    (platform.folder / "me.json").touch(0o600)
    (platform.folder / "me.json").write_text(json.dumps({"client_id": client_id, "client_secret": secret}))
    (platform.folder / "crm.csv").write_bytes((ROOT / "examples/crm.csv").read_bytes())
    words = ("leadline", "push", "crm.csv", "--to", node.address, "--credentials", "me.json", "--yes")
    done = platform.run(*words, code=1)
    assert re.search(r"^imported +5$", done.stdout, re.MULTILINE), done.stdout


def rotate(platform: Platform, first: Node, second: Node) -> None:
    """Both secrets hold on both nodes until the overlap ends; then the new one alone."""
    before = platform.secrets[MINE]
    old = platform.token(first, before)
    assert old is not None
    where = ("--subscription", MINE, "--database", platform.url("leadline_owner"))
    platform.run(
        "leadline", "credentials", "rotate", "crm", "--keep", "1", "--secret-file", "new.jsonl", *where
    )
    after = platform.secrets[MINE] = platform.take_secret("new.jsonl")
    assert after[0] == before[0]
    for node in (first, second):
        assert platform.token(node, before)
        assert platform.token(node, after)
        assert platform.people(node, old, "lise@example.com")
    platform.run("leadline", "credentials", "rotate", "crm", "--secret-file", "newer.jsonl", *where)
    platform.secrets[MINE] = platform.take_secret("newer.jsonl")
    for node in (first, second):
        until(lambda node=node: platform.token(node, before) is None)
        assert platform.token(node, after) is None
        assert platform.token(node, platform.secrets[MINE])
    listed = platform.run("leadline", "credentials", "list", *where)
    assert "crm" in listed.stdout


def back_up_and_restore(platform: Platform) -> None:
    """By PostgreSQL's own tools; a node on what was restored tells the same."""
    platform.run("pg_dump", "-Fc", "-f", "leadline.dump", "-d", platform.url("postgres"))
    platform.run("pg_restore", "--exit-on-error", "-d", platform.url("postgres", "restored"), "leadline.dump")
    told = platform.run("leadline", "check", "--database", platform.url("leadline_app", "restored"))
    assert "No fault found" in told.stdout
    node = platform.serve(database="restored")
    token = platform.token(node, platform.secrets[MINE])
    assert token is not None
    assert [each["firstName"] for each in platform.people(node, token, "lise@example.com")] == ["Lise"]
    node.stop()


def restart_one_by_one(platform: Platform, nodes: list[Node]) -> list[Node]:
    """While a large file is imported and calls are answered: nothing is lost, and some node always answers."""
    token = platform.token(nodes[0], platform.secrets[MINE])
    assert token is not None
    headers, files = {"Authorization": f"Bearer {token}"}, {"file": ("many.csv", MANY.encode(), "text/csv")}
    posted = platform.http.post(f"{nodes[0].address}/bulk/v1/leads.json", headers=headers, files=files).json()
    batch_id = posted["result"][0]["batchId"]
    after = []
    for index, node in enumerate(nodes):
        node.stop()
        answering = nodes[1] if index == 0 else after[0]
        assert platform.people(answering, token, "lise@example.com")
        after.append(platform.serve())
        assert after[-1].address
    status = f"/bulk/v1/leads/batch/{batch_id}.json"
    ended = until(
        lambda: (job := platform.get(after[0], status, token)["result"][0])["status"] == "Complete" and job
    )
    assert ended["numOfLeadsProcessed"] == MANY.count("\n") - 1
    return after


def bring_a_kept_store_up_to_date(platform: Platform) -> None:
    """A store as 0.2.0 left it, by `leadline setup` of this version as the owner; its waiting job ends."""
    bring_back_postgres("0.2.0", platform.url("leadline_owner", "kept"))
    (platform.folder / "kept.yaml").write_text(yaml.safe_dump(kept_document()), "utf-8")
    where = ("--database", platform.url("leadline_owner", "kept"))
    platform.run("leadline", "setup", "kept.yaml", *where, *LET_IN)
    node, kept = platform.serve(database="kept"), told_of("0.2.0", "postgres")
    status = f"/bulk/v1/leads/batch/{kept['waiting']}.json"
    ended = until(
        lambda: (
            (job := platform.get(node, status, kept["token"])["result"][0])["status"] == "Complete" and job
        )
    )
    assert ended["numOfLeadsProcessed"] == WAITING.count("\n") - 1
    node.stop()


def remove_the_other(platform: Platform, node: Node) -> None:
    """From then on nobody can call it, its schema is gone, and the first subscription goes on."""
    token = platform.token(node, platform.secrets[OTHER])
    assert token is not None
    where = ("--database", platform.url("leadline_owner"))
    assert OTHER in platform.run("leadline", "subscriptions", "list", *where).stdout
    platform.run("leadline", "subscriptions", "remove", OTHER, "--yes", *where)
    assert OTHER not in platform.run("leadline", "subscriptions", "list", *where).stdout
    until(lambda: platform.token(node, platform.secrets[OTHER]) is None)
    refused = platform.get(node, "/rest/v1/leads/partitions.json", token)
    assert (refused["success"], refused["errors"][0]["code"]) == (False, "601")
    with psycopg.connect(platform.url("postgres")) as connection:
        schemas = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'leadline%'"
        ).fetchall()
    assert sorted(schemas) == [("leadline_123_abc_456",), ("leadline_control",)]
    assert platform.token(node, platform.secrets[MINE])


def look_at(platform: Platform, nodes: list[Node]) -> None:
    """Each node tells its metrics; no log has a secret, an address of a person or a fault of the program."""
    for node in nodes:
        assert "\nleadline_" in platform.http.get(f"{node.address}/metrics").text
        assert platform.http.get(f"{node.address}/health/ready").status_code == 200
    for node in platform.nodes:
        assert not node.events("FaultCaught") + node.events("ProcessFailed")
        log = node.log.read_text("utf-8")
        assert "@example.com" not in log
        assert not [secret for _, secret in platform.secrets.values() if secret in log]


def test_the_whole_path(platform: Platform) -> None:
    set_up(platform)
    first, second = platform.serve(), platform.serve()
    workers, metrics = start_workers(platform)
    push(platform, first)
    rotate(platform, first, second)
    back_up_and_restore(platform)
    first, second = restart_one_by_one(platform, [first, second])
    bring_a_kept_store_up_to_date(platform)
    remove_the_other(platform, second)
    until(lambda: platform.http.get(f"{second.address}/health/ready").status_code == 200)
    look_at(platform, [first, second])
    assert "\nleadline_" in platform.http.get(metrics).text
    for node in (first, second, workers):
        node.stop()
