"""The nodes that Citus has behind a server: each keeps what it has answered, and takes schemas of others."""

import json
from collections.abc import Iterator, Mapping

from leadline.store.base import Session
from leadline.store.postgres_connection import Connection
from leadline.store.postgres_statements import Statement

_OF_CITUS = {
    "max_prepared_transactions": ("0", "Citus could not commit on several nodes", "max_connections at least"),
    "citus.recover_2pc_interval": ("-1", "rows of a commit that a crash cut off would stay locked", "60000"),
}
"""By setting the value that it must not have, what would happen, and what to set it to."""

_EACH_NODE: Statement = (
    b"SELECT coalesce(n.nodename || ':' || n.nodeport, 'coordinator') AS node, r.success, r.result "
    b"FROM pg_catalog.run_command_on_all_nodes("
    b"'SELECT json_object_agg(name, setting) FROM pg_catalog.pg_settings') r "
    b"LEFT JOIN pg_catalog.pg_dist_node n USING (nodeid) ORDER BY 1",
    (),
)
_IMMOVABLE = """
SELECT quote_ident(c.relname) AS name FROM pg_class c
WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind = 'r' AND c.relreplident = 'd'
  AND to_regproc('pg_catalog.citus_version') IS NOT NULL
  AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)
"""
_ADVICE = "Start it, or let {role} log in there from the coordinator, whose log says what is in the way."
NodeSettings = Mapping[str, str]


def settings_of_nodes(connection: Connection) -> list[tuple[str, NodeSettings | str]]:
    """Return for each node its address, and its settings or why it cannot be asked for them, with what to do.

    Citus says of a node that it failed to connect to it, and why in the log of the coordinator alone.

    Raises `StoreFaultError` for a Citus that is older than 11, which spreads no schemas.
    """
    (rows,) = connection.ask(_EACH_NODE)
    advice = _ADVICE.format(role=connection.info.user)
    return [
        (
            row["node"],
            json.loads(row["result"]) if row["success"] else f"{' '.join(row['result'].split())}. {advice}",
        )
        for row in rows
    ]


def let_be_moved(session: Session, schema: str) -> None:
    """Let Citus move a schema to another node while rows are written: a table without a key stops that."""
    for table in session.built_rows(_IMMOVABLE, {"schema": schema}):
        session.run_built(f"ALTER TABLE {{schema}}.{table['name']} REPLICA IDENTITY FULL", {})


def faults_for_citus(where: str, found: NodeSettings) -> Iterator[str]:
    """Yield a sentence for each setting of a node with which Citus would not end its transactions."""
    for name, (wrong, why, wanted) in _OF_CITUS.items():
        if found.get(name) == wrong:
            yield f"{where}: {name} is {wrong}, {why}; set it to {wanted}."
