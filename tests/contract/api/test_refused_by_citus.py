"""A whole subscription on a database that refuses what Citus does, by a role that may use one schema alone.

`tests/refusals.py` says what that is. So a subscription may be spread: no statement of its life is refused, and
none names another schema, which may be on another machine.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from leadline.errors import OperatorError
from leadline.store.directory import Stores
from leadline.store.migrate import VersionedDatabase
from tests.commands import leadline
from tests.conftest import storing
from tests.contract.api.previews import applied, seen
from tests.contract.api.undos import undone
from tests.contract.api.world import import_members, import_objects, post, sync, whole_subscription
from tests.harness import Server, start_server
from tests.later import as_later
from tests.refusals import confined, refusing
from tests.stores import open_stores, store_options

SCHEMA = "leadline_123_abc_456"
ALTER, VIEW = "ALTER TABLE leadline_a.one", "CREATE VIEW leadline_a.shown AS SELECT * FROM leadline_a.one"
REFUSED = [
    (f"{ALTER} ALTER COLUMN bytes SET STORAGE EXTERNAL", "alter table command is currently unsupported"),
    (f"{ALTER} ALTER bytes SET STATISTICS 10", "alter table command is currently unsupported"),
    (f"{ALTER} ADD COLUMN more text, CLUSTER ON one_pkey", "alter table command is currently unsupported"),
    (f"{ALTER} RENAME CONSTRAINT one_pkey TO key", "renaming constraints belonging to distributed tables"),
    (
        f"{ALTER} ADD CONSTRAINT c CHECK (id > 0), ADD COLUMN more text",
        "cannot execute ADD CONSTRAINT command",
    ),
    (f"{ALTER} ADD COLUMN more bigserial", "ADD COLUMN commands involving serial pseudotypes"),
    (
        f"{ALTER} ADD COLUMN m bigint GENERATED ALWAYS AS IDENTITY",
        "ADD COLUMN commands involving identity columns",
    ),
    ("CREATE TABLE leadline_a.two () INHERITS (leadline_a.one)", "cannot inherit or be inherited"),
    ("CREATE TABLE leadline_a.two OF leadline_a.shape", "using CREATE TABLE OF syntax"),
    (
        "CREATE TABLE leadline_a.two (one bigint REFERENCES leadline_b.one)",
        "foreign keys from distributed schemas",
    ),
    (
        "CREATE SCHEMA leadline_c CREATE TABLE one (id bigint)",
        "distributed schema and table in a single statement",
    ),
    (
        "CREATE INDEX ON leadline_a.one (bytes) TABLESPACE pg_default",
        "specifying tablespaces with CREATE INDEX",
    ),
    ("DROP INDEX leadline_a.first, leadline_a.second", "cannot drop multiple distributed objects"),
    (f"{VIEW}; INSERT INTO leadline_a.shown VALUES (1)", "cannot modify views when the query contains citus"),
    (
        "INSERT INTO leadline_a.one VALUES ((SELECT max(id) FROM leadline_a.one))",
        "subqueries are not supported within INSERT queries",
    ),
    (
        "UPDATE leadline_a.one SET id = 1 WHERE set_config('jit', 'off', true) = 'off'",
        "modification queries on distributed tables must not be VOLATILE",
    ),
]
TAKEN = [
    f"{ALTER} ADD COLUMN more text, ADD COLUMN again bigint DEFAULT 0 NOT NULL",
    f"{ALTER} DROP COLUMN bytes",
    f"{ALTER} ALTER COLUMN bytes SET NOT NULL",
    f"{ALTER} ALTER COLUMN bytes TYPE text",
    f"{ALTER} ADD CONSTRAINT positive CHECK (id > 0)",
    f"{ALTER} SET (autovacuum_vacuum_cost_delay = 0)",
    "CREATE TABLE leadline_a.two (one bigint REFERENCES leadline_a.one ON DELETE CASCADE)",
    "CREATE UNIQUE INDEX ON leadline_a.one (bytes) WHERE id > 1",
    "DROP INDEX leadline_a.first",
    f"{VIEW}; SELECT * FROM leadline_a.shown",
    "INSERT INTO leadline_a.one (id) VALUES (1), (2)",
    "UPDATE leadline_a.one SET id = (SELECT max(id) FROM leadline_a.one) WHERE id = 1",
]
TABLES = """
CREATE SCHEMA leadline_a; CREATE SCHEMA leadline_b; CREATE TYPE leadline_a.shape AS (id bigint);
CREATE TABLE leadline_a.one (id bigint PRIMARY KEY, bytes bytea); CREATE TABLE leadline_b.one (id bigint PRIMARY KEY);
CREATE INDEX first ON leadline_a.one (id); CREATE INDEX second ON leadline_a.one (id);
"""


@pytest.fixture(scope="module", autouse=True)
def store() -> Iterator[str]:
    """What Citus refuses concerns one database alone."""
    yield from storing("postgres", in_process=True)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("refusals") / "data"


@pytest.fixture(scope="module")
def confined_url(place: Path) -> Iterator[str]:
    """The URL by which a role works that sees the subscription's schema alone."""
    with confined(refusing(place), SCHEMA, "tenant") as url:
        yield url


@pytest.fixture(scope="module")
def world(place: Path, confined_url: str) -> Iterator[Server]:
    server = start_server(place, whole_subscription(store=confined_url))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(refusing(tmp_path_factory.mktemp("double")), autocommit=True) as connection:
        for statement in TABLES.split(";"):
            connection.execute(statement)
        yield connection


@pytest.mark.parametrize(("statement", "sentence"), REFUSED)
def test_the_double_refuses(tables: psycopg.Connection[Any], statement: str, sentence: str) -> None:
    """Each with the sentence of Citus; else the tests below would show nothing."""
    with pytest.raises(psycopg.DatabaseError, match=sentence), tables.transaction(force_rollback=True):
        tables.execute(statement)


@pytest.mark.parametrize("statement", TAKEN)
def test_the_double_takes(tables: psycopg.Connection[Any], statement: str) -> None:
    with tables.transaction(force_rollback=True):
        tables.execute(statement)


def test_a_refused_migration_is_told_with_the_sentence_of_the_server(tmp_path: Path) -> None:
    """The line that Citus refused, as the first stores had it: a fault of the set-up, not a busy store."""
    stores = Stores(tmp_path, refusing(tmp_path))
    database: Any = stores.database_at(stores.new_location("123-ABC-456"), "subscription")
    line = "ALTER TABLE {schema}.job_file ALTER COLUMN bytes SET STORAGE EXTERNAL;\n"
    database.migrations = (database.migrations[0] + line,)
    with pytest.raises(
        OperatorError, match=r"does not support .* alter table command is currently unsupported"
    ):
        database.migrate()
    stores.close()


def test_a_role_sees_its_schema_alone(confined_url: str, world: Server) -> None:
    with psycopg.connect(confined_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT 1 FROM leadline_control.credential")


def test_the_life_of_a_subscription(world: Server) -> None:
    """Imports of each kind, a preview and its apply, undos, a cancel, deletions: none of it is refused."""
    server = world
    first = server.submit("email,firstName,customerNumber\na@x.com,Ann,1\nb@x.com,Bob,2\nbad\n", listId=1001)
    assert server.finish(first)["numOfLeadsProcessed"] == 3
    second = server.submit("email,firstName,cookies\na@x.com,Anna,c1\nc@x.com,Cid,\n")
    assert server.finish(second)["numOfLeadsProcessed"] == 2
    import_members(server, "email,webinarQuestion\na@x.com,Why?\nd@x.com,How?\n", "Invited")
    for name, rows in (
        ("car_c", "vin,color\nv1,red\n"),
        ("trip_c", "car,day,driver\nv1,2026-01-02,a@x.com\n"),
    ):
        assert import_objects(server, name, rows)["numOfObjectsProcessed"] == 1
    sync(server, "/rest/v1/companies.json", {"externalCompanyId": "new", "company": "New"})
    sync(server, "/rest/v1/leads.json", {"email": "e@x.com", "leadRole": "Buyer"})
    preview = seen(server, "lead", "email,lastName\na@x.com,Archer\nf@x.com,Fay\n")
    assert applied(server, preview)["status"] == "Complete"
    assert undone(server, second)["status"] == "Complete"
    (ann,) = server.lead("email", "a@x.com", "id,firstName,lastName")
    assert (ann["firstName"], ann["lastName"]) == ("Ann", "Archer")
    assert server.get(f"/leadline/v1/jobs/{first}.json")["success"]
    assert post(server, "/rest/v1/leads/delete.json", {"input": [{"id": ann["id"]}]})["success"]
    assert server.lead("email", "a@x.com", "id") == []
    assert not server.events("FaultCaught"), server.events("FaultCaught")
    assert not server.events("StoreFailed"), server.events("StoreFailed")


def test_tables_that_grow(world: Server) -> None:
    """Fields and types that calls make are columns and tables of the schema."""
    field = {"name": "extra", "displayName": "Extra", "dataType": "string"}
    assert post(world, "/rest/v1/leads/schema/fields.json", {"input": [field]})["success"]
    kind = {"apiName": "boat_c", "displayName": "Boat", "action": "createOnly"}
    assert post(world, "/rest/v1/customobjects/schema.json", kind)["success"]
    column = {"name": "hull", "displayName": "Hull", "dataType": "string", "isDedupeField": True}
    assert post(world, "/rest/v1/customobjects/schema/boat_c/addField.json", {"input": [column]})["success"]
    assert post(world, "/rest/v1/customobjects/schema/boat_c/approve.json", {})["success"]
    assert import_objects(world, "boat_c", "hull\nh1\n")["numOfObjectsProcessed"] == 1
    assert post(world, "/rest/v1/customobjects/schema/boat_c/delete.json", {})["success"]


def test_each_table_can_be_moved_to_another_node(confined_url: str, world: Server) -> None:
    """Citus moves a schema under load only where each table has a key or another replica identity."""
    immovable = """
        SELECT relname FROM pg_class c WHERE relnamespace = 'leadline_123_abc_456'::regnamespace AND relkind = 'r'
        AND relreplident = 'd' AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND indisprimary)"""
    with psycopg.connect(confined_url) as connection:
        assert connection.execute(immovable).fetchall() == []


def test_what_comes_after_the_life(world: Server, place: Path) -> None:
    """`leadline check`, and a later program's migration."""
    checked = leadline("check", *store_options(place))
    assert checked.returncode == 0, checked.stdout
    stores = open_stores(place)
    later: VersionedDatabase = as_later(stores.subscription("123-ABC-456"), "subscription")
    later.migrate()
    with later.read() as session:
        assert later.schema_version(session) == 2
    stores.close()
