"""What a server with nodes of Citus behind it is told and asked, on the double that `tests/refusals.py` is."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import yaml

from leadline.errors import OperatorError, StoreDownError
from leadline.store.directory import Stores
from leadline.store.signs_of_work import SignsOfWork
from leadline.store.whole_stores import bytes_of
from tests.clusters import cluster
from tests.commands import leadline
from tests.contract.store.places import MUNCHKIN_ID, begin
from tests.harness import subscription
from tests.refusals import refusing, set_node

SET = r"SET LOCAL (\S+) = '(\w+)'"


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The double."""
    return refusing(tmp_path)


@pytest.fixture
def stores(url: str, tmp_path: Path) -> Iterator[Stores]:
    stores = Stores(tmp_path, url)
    yield stores
    stores.close()


def statements_of_a_write(url: str, folder: Path) -> list[str]:
    """Return the statements with which the control store begins a transaction, as the server logs them."""
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(f"ALTER DATABASE {owner.info.dbname} SET log_statement = 'all'")
    log = cluster().folder / "data" / "log"
    before = log.stat().st_size
    stores = Stores(folder, url)
    with stores.control.write() as session:
        limit, timeout = session.built_rows(
            "SELECT name, setting FROM pg_settings WHERE name IN ('lock_timeout', 'idle_in_transaction_session_timeout')"
            " ORDER BY name DESC",
            {},
        )
    stores.close()
    assert (limit["setting"], timeout["setting"]) == ("3000", "10000")
    logged = re.findall(r"execute \S+: (.*)$", log.read_bytes()[before:].decode(), re.MULTILINE)
    return logged[logged.index("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE") + 1 : -2]


def test_settings_of_a_transaction_go_to_the_nodes(url: str, tmp_path: Path) -> None:
    """Citus passes on what is SET LOCAL, once it was told to, and nothing that `set_config` sets."""
    plain = tmp_path / "plain"
    (at_once,) = statements_of_a_write(cluster().new_database(plain), plain)
    expected = re.findall(r"set_config\('(\w+)', '(\w+)', true\)", at_once)
    assert len(expected) > 2
    told, *others = (re.fullmatch(SET, each) for each in statements_of_a_write(url, tmp_path))
    assert told is not None
    assert told.groups() == ("citus.propagate_set_commands", "local")
    assert [each.groups() for each in others if each] == expected


def test_a_new_job_is_hinted_at(stores: Stores) -> None:
    """What cannot be hinted at is found later, which no error tells."""
    stores.prepare()
    begin(stores)
    signs = SignsOfWork(stores.control, None)
    told = [signs.hints()]
    for _ in range(2):
        signs.hint(MUNCHKIN_ID)
        told.append(signs.hints())
    assert len({each[MUNCHKIN_ID] for each in told}) == 3


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("fsync", "off", "fsync is off, a power cut would lose"),
        ("full_page_writes", "off", "full_page_writes is off"),
        ("synchronous_commit", "off", "synchronous_commit is off, what was answered could be lost"),
        ("data_sync_retry", "on", "data_sync_retry is on"),
        ("max_prepared_transactions", "0", "max_prepared_transactions is 0, Citus could not commit"),
        ("citus.recover_2pc_interval", "-1", "citus.recover_2pc_interval is -1, rows of a commit"),
    ],
)
def test_a_node_that_could_lose_data_is_named(
    url: str, stores: Stores, name: str, value: str, sentence: str
) -> None:
    """At the start, which is refused, and by `leadline check`."""
    stores.check_server(url)
    set_node(url, 2, **{name: value})
    with pytest.raises(OperatorError, match=f"cannot be used: .*, node node2:5432: {re.escape(sentence)}"):
        stores.check_server(url)
    checked = leadline("check", "--database", url)
    assert checked.returncode == 1
    assert f"node node2:5432: {sentence}" in checked.stdout
    assert "node1" not in checked.stdout


def test_a_lost_node_is_told_and_refuses_no_start(url: str, stores: Stores) -> None:
    stores.prepare()
    assert leadline("check", "--database", url).stdout.startswith("No fault found")
    set_node(url, 1, answers=False)
    stores.check_server(url)
    checked = leadline("check", "--database", url)
    assert checked.returncode == 1
    assert (
        "node node1:5432 cannot be asked for its settings: failed to connect to node1:5432. "
        "Start it, or let postgres log in there from the coordinator" in checked.stdout
    )


def test_a_node_out_of_reach_is_told_in_one_line(stores: Stores) -> None:
    """Citus says what its driver said, in two; messages and the log have sentences."""
    said = r"connection to the remote node a@node1:5432 failed: Connection refused\n\tIs the server running"
    told = pytest.raises(
        StoreDownError, match=r"^connection to the remote node \S+ failed: Connection refused$"
    )
    with told, stores.control.write() as session:
        session.run_built(f"DO $$ BEGIN RAISE EXCEPTION E'{said}' USING ERRCODE = '08006'; END $$", {})


def test_a_table_that_a_restore_left_out_is_named(url: str, stores: Stores) -> None:
    """`pg_restore` goes on after an error, and makes some tables in a way that Citus refuses."""
    stores.prepare()
    begin(stores)
    assert leadline("check", "--database", url).stdout.startswith("No fault found")
    schema = stores.directory()[MUNCHKIN_ID].location.name
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(f"DROP TABLE {schema}.report_mark, {schema}.job_hour")
    checked = leadline("check", "--database", url)
    assert checked.returncode == 1
    assert f"The schema {schema} in " in checked.stdout
    assert " lacks tables: job_hour, report_mark. Restore it from a backup.\n" in checked.stdout


def test_a_subscription_is_as_large_as_on_its_node(stores: Stores) -> None:
    """The double says of each table on a node that it has a megabyte; at the coordinator it has next to nothing."""
    stores.prepare()
    begin(stores)
    assert bytes_of(stores, stores.directory()[MUNCHKIN_ID].location) > 37_000_000


def test_a_server_is_told_once(url: str, tmp_path: Path) -> None:
    """However many stores are there: each look goes to every node."""
    for munchkin_id in ("123-ABC-456", "555-XYZ-777"):
        document = subscription(munchkin_id=munchkin_id, store=url)
        document["credentials"][0]["client_id"] = munchkin_id
        file = tmp_path / "subscription.yaml"
        file.write_text(yaml.safe_dump(document))
        assert leadline("setup", str(file), "--data", str(tmp_path / "data")).returncode == 0
    set_node(url, 1, answers=False)
    checked = leadline("check", "--data", str(tmp_path / "data"))
    assert checked.stdout.count("node node1:5432") == 1, checked.stdout
