"""A cluster of Citus that `LEADLINE_TEST_CITUS` names: a URL of any database on its coordinator, as a superuser.

That database must have the extension and know its nodes, which must be reachable under the addresses that
`pg_dist_node` has. Each new database is made on all of them, and knows them too.
"""

import os

import psycopg
from psycopg.conninfo import make_conninfo

URL = os.environ.get("LEADLINE_TEST_CITUS")


def new_database(name: str) -> None:
    """Make a database on all nodes, whose schemas are spread.

    One at a time: each tells the nodes the roles of the server, and two at once are refused.
    """
    assert URL is not None
    with psycopg.connect(URL, autocommit=True) as given:
        given.execute("SELECT pg_advisory_lock(1)")
        sql = "SELECT nodename, nodeport, groupid FROM pg_dist_node WHERE isactive ORDER BY groupid"
        nodes = given.execute(sql).fetchall()
        coordinator = make_conninfo(URL, dbname=name)
        for host, port, group in nodes:
            if group:
                _make(make_conninfo(URL, host=host, port=port), name)
        _make(URL, name)
        with psycopg.connect(coordinator, autocommit=True) as made:
            for host, port, group in nodes:
                call = "citus_add_node" if group else "citus_set_coordinator_host"
                made.execute(f"SELECT {call}(%s, %s)", [host, port])
            made.execute(f'ALTER DATABASE "{name}" SET citus.enable_schema_based_sharding = on')


def _make(server: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as owner:
        owner.execute("SET citus.enable_create_database_propagation = off")
        owner.execute(f'CREATE DATABASE "{name}"')
    with psycopg.connect(make_conninfo(server, dbname=name), autocommit=True) as owner:
        owner.execute("CREATE EXTENSION citus")
