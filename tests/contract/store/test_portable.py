"""The SQL stays within what a distributed engine can do: one schema, plain tables, values from outside."""

import re
from importlib import resources

import pytest

from leadline.errors import StoreFaultError
from leadline.store.base import Database
from leadline.store.directory import Stores
from leadline.store.directory_faults import faults_of
from leadline.store.migrate import load_migrations
from leadline.store.sql import load_queries
from tests import citus
from tests.clusters import KINDS
from tests.contract.store.places import Place, begin

FORBIDDEN = (
    r"\bTEMP(ORARY)?\b",
    r"\bSEQUENCE\b|(?i:nextval|\b(big)?serial\b|\bGENERATED\b)",
    r"(?i:create\s+trigger|advisory)",
    r"\b(LISTEN|NOTIFY|MERGE)\b",
    r"(?i:\b(now|random|clock_timestamp|statement_timestamp|gen_random_uuid)\()",
    r"\bCURRENT_(TIME|DATE|TIMESTAMP)\b",
    r"\bSET (SESSION|search_path)\b",
    r"\bDO \$\$",
)
"""What needs a coordinator, a session or a clock of the database."""


OF_THE_SERVER = {"bytes_of_schema", "end_silent_holder", "roles_let_in", "find_role", "rights_of_role"}
"""What the server knows by itself: who froze, what its roles may do, and how large a schema is."""


def _sql_of_postgres() -> dict[str, str]:
    """Return every text that may reach PostgreSQL, by file."""
    store = resources.files("leadline.store")
    texts = {f"queries: {name}": query.text for name, query in load_queries("citus").items()}
    for kind in store.joinpath("migrations", "postgres").iterdir():
        for file in kind.iterdir():
            texts[f"{kind.name}/{file.name}"] = re.sub(r"--.*", "", file.read_text("utf-8"))
    for name in (
        "postgres.py",
        "postgres_session.py",
        "postgres_connection.py",
        "postgres_pool.py",
        "postgres_statements.py",
        "records.py",
        "reading.py",
        "tables.py",
    ):
        texts[name] = store.joinpath(name).read_text("utf-8")
    return texts


@pytest.mark.parametrize("place", KINDS[1:], indirect=True)
def test_a_store_is_made_where_tables_cannot_be_altered(place: Place) -> None:
    """Some engines refuse to, and nothing that makes a store needs it; Citus itself does so beneath."""
    if place.kind == "given" and citus.URL:
        pytest.skip("Citus alters tables to spread them")
    stores = place.open()
    with stores.control.write() as session:
        for statement in _REFUSAL:
            session.run_built(statement, {})
    stores.prepare()
    begin(stores)
    with pytest.raises(StoreFaultError, match="not supported here"), stores.control.write() as session:
        session.run_built("ALTER TABLE {schema}.credential ADD COLUMN more text", {})
    assert list(faults_of(stores)) == []


_REFUSAL = (
    "CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql "
    "AS $$ BEGIN RAISE EXCEPTION 'not supported here'; END $$",
    "CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('ALTER TABLE') "
    "EXECUTE FUNCTION public.refuse()",
)
"""What makes a database one in which no table can be altered."""


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_nothing_outside_the_portable_subset(pattern: str) -> None:
    """No word of it, in queries, migrations and built SQL."""
    found = [name for name, text in _sql_of_postgres().items() if re.search(pattern, text)]
    assert found == []


def test_every_query_stays_in_its_schema(place: Place, stores: Stores, database: Database) -> None:
    """EXPLAIN of each named query: it is understood, and names tables of its own schema only."""
    if place.kind == "sqlite":
        pytest.skip("one file is one schema")
    control = set(re.findall(r"CREATE TABLE {schema}.(\w+)", "".join(load_migrations("postgres", "control"))))
    explained = 0
    queries = load_queries("citus" if place.kind == "given" and citus.URL else "postgres")
    for name, query in queries.items():
        sql = query.text
        if sql.startswith("SET LOCAL"):
            continue
        tables = set(re.findall(r"{schema}\.(\w+)", sql))
        home = stores.control if tables & control else database
        schema = home.schema
        values = dict.fromkeys(re.findall(r"(?<![:\w]):(\w+)", sql))
        with home.write() as session:
            plan = session.built_rows(f"EXPLAIN (VERBOSE) {sql}", values)
        lines = [next(iter(row.values())) for row in plan]
        schemas = set(
            re.findall(r"(?<!Function Scan )(?:on|Update|Insert|Delete)(?: on)? (\w+)\.\w+", "\n".join(lines))
        )
        assert schemas <= {schema} | ({"pg_catalog"} if name in OF_THE_SERVER else set()), (name, lines)
        explained += 1
    assert explained > 40


def test_a_percent_sign_stays_as_it_is(database: Database) -> None:
    """In a statement without values too, such as one of a migration."""
    with database.write() as session:
        session.run_built("CREATE TEMP VIEW told AS SELECT '5%' AS share", {})
        assert session.built_rows("SELECT share FROM told WHERE share LIKE '%5%'", {}) == [{"share": "5%"}]
        session.run_built("DROP VIEW told", {})
