"""What an operator of PostgreSQL relies on: settings are checked, roles are enough, the crowd of nodes agrees."""

import threading
from collections import Counter
from pathlib import Path

import psycopg
import pytest
import yaml

from tests.clusters import Cluster
from tests.commands import leadline
from tests.harness import subscription, until
from tests.nodes.conftest import Start


@pytest.mark.parametrize(
    ("setting", "value", "word"),
    [
        ("fsync", "off", "fsync is off"),
        ("full_page_writes", "off", "full_page_writes is off"),
        ("synchronous_commit", "off", "synchronous_commit is off"),
        ("default_transaction_read_only", "on", "is read-only"),
    ],
)
def test_dangerous_settings_are_refused(
    cluster: Cluster, url: str, setting: str, value: str, word: str
) -> None:
    """P1: a server that could lose what was answered is refused in one plain sentence."""
    cluster.run(f"ALTER SYSTEM SET {setting} = {value}")
    cluster.run("SELECT pg_reload_conf()")
    try:
        until(lambda: _is_set(url, setting, value))
        refused = leadline("serve", "--database", url, "--port", 0)
        assert refused.returncode == 1
        assert refused.stderr.startswith("leadline: The database cannot be used: "), refused.stderr
        assert word in refused.stderr
        assert refused.stderr.count("\n") == 1
    finally:
        _reset(cluster, setting)


def _is_set(url: str, setting: str, value: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute(f"SHOW {setting}").fetchone() == (value,)


def _reset(cluster: Cluster, setting: str) -> None:
    with psycopg.connect(
        cluster.url(), autocommit=True, options="-c default_transaction_read_only=off"
    ) as admin:
        admin.execute(f"ALTER SYSTEM RESET {setting}")
        admin.execute("SELECT pg_reload_conf()")


@pytest.mark.parametrize("command", ["serve", "check", "work"])
def test_no_server_is_one_sentence(command: str) -> None:
    """Nobody listens: exit code 1, one sentence, no traceback, and no secret of the URL."""
    done = leadline(command, "--database", "postgresql://me:s3cret@127.0.0.1:1/none")
    assert done.returncode == 1
    assert "127.0.0.1:1/none" in done.stdout + done.stderr
    assert len((done.stdout + done.stderr).splitlines()) == 1, done
    assert "s3cret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://me:s3cret@127.0.0.1:nan/none", 1),
        ("postgresql://me:s3cret@127.0.0.1:1,127.0.0.1:2/none", 1),
        ("postgresql://me:s3cret@[::1/none", 1),
        ("postgresql://me:s3cret@/none?host=/nowhere&unknown=1", 1),
        ("postgresql://me:s3cret@127.0.0.1:99999/none", 1),
        ("mysql://me:s3cret@127.0.0.1/none", 2),
        ("127.0.0.1", 2),
    ],
)
def test_a_wrong_url_is_one_sentence(url: str, code: int) -> None:
    """Whatever is wrong with it: a sentence, 1 where nothing answers there, 2 for another scheme, and no secret."""
    done = leadline("check", "--database", url)
    assert done.returncode == code
    assert "s3cret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert len((done.stdout + done.stderr).splitlines()) == 1, done


def test_access_ends_with_the_next_call_on_every_node(url: str, nodes: Start, tmp_path: Path) -> None:
    """ASVS 8.3.2: a permission taken away, then a changed secret, count at once on nodes that know the token."""
    document = subscription()
    both = [nodes(url, document, workers=0), nodes(url, workers=0)]
    token = both[0].token
    assert both[1].token == token

    def codes() -> list[str]:
        answers = [node.call("GET", "/rest/v1/leads/describe.json", token).json() for node in both]
        return ["" if each["success"] else each["errors"][0]["code"] for each in answers]

    def set_up() -> None:
        (tmp_path / "again.yaml").write_text(yaml.safe_dump(document), "utf-8")
        assert leadline("setup", tmp_path / "again.yaml", "--database", url).returncode == 0

    assert codes() == ["", ""]
    document["credentials"][0]["permissions"] = ["Read-Only Assets"]
    set_up()
    assert codes() == ["603", "603"]
    document["credentials"][0]["client_secret"] = "another secret of the tests"
    set_up()
    assert codes() == ["601", "601"]


def test_seats_over_two_nodes(url: str, nodes: Start) -> None:
    """P4: two API nodes and 32 threads each, rounds without any worker: exactly ten are accepted, in the end."""
    first = nodes(url, subscription(), workers=0)
    second = nodes(url, workers=0)
    tokens = [first.token, second.token]
    answers: Counter[str] = Counter()

    def post(number: int) -> None:
        node = (first, second)[number % 2]
        body = node.post_file("email\na@example.com\n", tokens[number % 2]).json()
        answers["accepted" if body["success"] else body["errors"][0]["code"]] += 1

    threads = [threading.Thread(target=post, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {"accepted": 10, "1016": 54}


def test_two_workers_create_no_key_twice(url: str, nodes: Start) -> None:
    """P3: two jobs with the same new people, one from either end, imported at once by workers of two nodes:
    each person is there once, and every row has its outcome.
    """
    api = nodes(url, subscription(), workers=0)
    people = [f"p{number}@example.com,{number}\n" for number in range(20_000)]
    ids = [api.submit("email,leadScore\n" + "".join(each)) for each in (people, reversed(people))]
    for _ in range(2):
        nodes(url, work=True, workers=1)
    statuses = [api.finish(batch_id, 60) for batch_id in ids]
    assert [status["numOfLeadsProcessed"] for status in statuses] == [20_000, 20_000]
    outcomes = Counter(line.split(",")[1] for batch_id in ids for line in api.ledger(batch_id))
    assert outcomes == {"created": 20_000, "unchanged": 20_000}
