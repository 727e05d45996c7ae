"""A schema of a PostgreSQL server as a whole: whose it is, how large, and its removal, some tables at a time.

One statement for all would take a lock for each table and index there is, for which the server may lack
room, and would wait for whoever uses any of them.
"""

from leadline.errors import OperatorError, StoreBusyError
from leadline.store.base import Database, Session
from leadline.store.sql import quoted

_TABLES_AT_ONCE = 8

_OWNER_TO_BE = """
SELECT pg_get_userbyid(o.owner) AS name FROM (
    SELECT n.nspowner AS owner FROM pg_namespace n WHERE n.nspname = :schema
    UNION SELECT c.relowner FROM pg_class c WHERE c.relnamespace = to_regnamespace(:schema)
) o WHERE NOT pg_has_role(o.owner, 'USAGE') ORDER BY 1 LIMIT 1
"""
_EXISTS = "SELECT 1 FROM pg_namespace WHERE nspname = :schema"
_VIEWS = """
SELECT quote_ident(c.relname) AS name
FROM pg_class c WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind = 'v'
"""
_TABLES = """
SELECT quote_ident(c.relname) AS name FROM pg_class c
WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND NOT EXISTS (
    SELECT FROM pg_constraint f WHERE f.confrelid = c.oid AND f.contype = 'f' AND f.conrelid <> c.oid)
ORDER BY c.relname LIMIT :limit
"""
"""Those that no foreign key points to any more."""

_WAIT_BRIEFLY = "SET LOCAL lock_timeout = '1s'"
"""Calls of others would wait behind whoever waits for a table."""

_USERS = """
SELECT DISTINCT l.pid FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
WHERE c.relnamespace = to_regnamespace(:schema) AND l.granted AND l.pid <> pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1
"""
_SCHEMAS = (
    "SELECT nspname AS name FROM pg_namespace "
    "WHERE nspname ~ '^leadline_[0-9a-z]{3}_[0-9a-z]{3}_[0-9a-z]{3}$' ORDER BY 1"
)


def refuse_others(session: Session, schema: str) -> None:
    """Raise `OperatorError` for a role that may not drop all of a schema."""
    owners = session.built_rows(_OWNER_TO_BE, {"schema": schema})
    if owners:
        raise OperatorError(
            f"The schema {schema} belongs to the role {owners[0]['name']}, which alone may drop it. Run the "
            "command as that role: name it in the URL of --database."
        )


def bytes_of(session: Session, schema: str) -> int:
    """Return how many bytes the tables of a schema take, with their indexes."""
    (found,) = session.rows("bytes_of_schema", schema=schema)
    return int(found["bytes"])


def schemas_of_subscriptions(session: Session) -> list[str]:
    """Return the schemas that are named as those of subscriptions are."""
    return [row["name"] for row in session.built_rows(_SCHEMAS, {})]


def drop_next(database: Database, schema: str) -> bool:
    """Drop the next tables of a schema, or the empty schema; return whether there is more to drop.

    Raises `StoreBusyError` while others use them.
    """
    try:
        with database.write() as session:
            return _drop_next(session, schema)
    except StoreBusyError as error:
        with database.read_once() as session:
            users = [str(row["pid"]) for row in session.built_rows(_USERS, {"schema": schema})]
        if not users:
            raise
        raise StoreBusyError(f"{schema} is used by server process {', '.join(users)}") from error


def _drop_next(session: Session, schema: str) -> bool:
    named: dict[str, object] = {"schema": schema}
    session.built_rows(_WAIT_BRIEFLY, {})
    if not session.built_rows(_EXISTS, named):
        return False
    views = session.built_rows(_VIEWS, named)
    tables = [] if views else session.built_rows(_TABLES, named | {"limit": _TABLES_AT_ONCE})
    for each in views:
        session.run_built(f"DROP VIEW {{schema}}.{each['name']}", {}, takes_long=True)
    for each in tables:
        session.run_built(f"DROP TABLE {{schema}}.{each['name']}", {}, takes_long=True)
    if not (views or tables):
        session.run_built(f"DROP SCHEMA {quoted(schema)}", {})
    return bool(views or tables)
