"""A double of Citus: a PostgreSQL database that refuses what Citus refuses of schemas that it spreads.

Citus itself is not here. What it refuses of tables in a distributed schema is read from its sources
(`src/backend/distributed/commands/table.c`, `index.c`, `schema.c`, `schema_based_sharding.c`, `rename.c`,
`planner/multi_router_planner.c`), as are its sentences and states; an event trigger says the same. A schema of a
subscription lies on one node, so it can see no other: who works there has a role that may use that schema alone.
Its two nodes are rows of `pg_dist_node` that say what they are set to (`run_command_on_all_nodes/latest.sql`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.types.json import Jsonb

from tests.clusters import cluster

_COMMANDS = Path(__file__).with_suffix(".sql")


def refusing(place: Path) -> str:
    """Make a database that refuses what Citus does; return its URL."""
    url = cluster().new_database(place)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(_COMMANDS.read_bytes())
    return url


def set_node(url: str, node: int, *, answers: bool = True, **settings: str) -> None:
    """Let a node, 1 or 2, be set otherwise than it is, or be lost."""
    sql = "UPDATE pg_dist_node SET settings = settings || %s, answers = %s WHERE nodeid = %s"
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(sql, [Jsonb(settings), answers, node])


@contextmanager
def confined(url: str, schema: str, role: str) -> Iterator[str]:
    """Make a schema and a role that may use that schema alone; give the URL by which the role works there."""
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {role} LOGIN")
        owner.execute(f"CREATE SCHEMA {schema} AUTHORIZATION {role}")
        try:
            yield url.replace("postgres:", f"{role}:").replace("user=postgres", f"user={role}")
        finally:
            owner.execute(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")
