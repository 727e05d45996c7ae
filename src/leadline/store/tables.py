"""Tables that grow with the catalogue: columns of custom fields, tables of custom objects.

And the view that makes one of the tables of leads.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from leadline.schema.catalog import COMPOUND_COLUMN, Field, ObjectType
from leadline.schema.leads import CUSTOM, LEAD, OFTEN, SELDOM
from leadline.schema.types import Storage
from leadline.store.base import Session
from leadline.store.sql import located, quoted

_NAME_MAX = 63


@contextmanager
def changing_leads(session: Session) -> Iterator[None]:
    """Let the tables of leads get other columns, and make the view `lead` of all columns anew.

    It is made of the tables alone, so a node that knows fewer fields loses none. The view goes first: whoever
    reads has locked it before the tables.
    """
    session.run_built(f"DROP VIEW IF EXISTS {located(LEAD)}", {})
    yield
    columns = [f"o.{quoted(name)}" for name in session.columns(OFTEN)]
    if not columns:
        return  # a store of another kind
    joined = f"{located(OFTEN)} o"
    for alias, table in (("s", SELDOM), ("c", CUSTOM)):
        joined += f" LEFT JOIN {located(table)} {alias} ON {alias}.id = o.id"
        own = [each for each in session.columns(table).items() if each[0] != "id"]
        columns += [_read_apart(alias, quoted(name), default) for name, default in own]
    view = f"CREATE VIEW {located(LEAD)} AS SELECT {', '.join(columns)} FROM {joined}"
    session.run_built(view, {})


def _read_apart(table: str, column: str, default: str | None) -> str:
    """Return a column of a table that may have no row; a row may have null instead of the default."""
    own = f"{table}.{column}"
    if default is None:
        return own
    return f"CASE WHEN {table}.id IS NULL THEN {default} ELSE {own} END AS {column}"


def add_column(session: Session, table: str, field: Field) -> None:
    """Add the columns of a field, and the index that finds records by it."""
    for name, definition in _columns(session, field):
        session.run_built(
            f"ALTER TABLE {located(table)} ADD COLUMN {quoted(name)} {definition}", {}, takes_long=True
        )
    if field.searchable:
        _add_index(session, table, field.key_column)


def drop_column(session: Session, table: str, field: Field) -> None:
    """Drop the columns of a field, with their values."""
    if field.searchable:
        session.run_built(f"DROP INDEX {located(_index_name(table, field.key_column))}", {}, takes_long=True)
    for name, _ in _columns(session, field):
        session.run_built(f"ALTER TABLE {located(table)} DROP COLUMN {quoted(name)}", {}, takes_long=True)


def create_table(session: Session, object_type: ObjectType) -> None:
    """Create the table of a custom object; its dedupe key is unique."""
    whole, text = session.column_type(Storage.INTEGER), session.column_type(Storage.TEXT, is_key=True)
    columns = [
        f"id {whole} PRIMARY KEY",
        f"guid {text} NOT NULL UNIQUE",
        f"created_at {whole} NOT NULL",
        f"updated_at {whole} NOT NULL",
        f"changed {whole} NOT NULL DEFAULT 0",
    ]
    own = [field for field in object_type.fields if not field.system]
    columns += [f"{quoted(name)} {kind}" for field in own for name, kind in _columns(session, field)]
    key = object_type.key("dedupeFields")
    if key is not None and key.compound:
        columns.append(f"{quoted(COMPOUND_COLUMN)} {text}")
    session.run_built(f"CREATE TABLE {located(object_type.table)} ({', '.join(columns)})", {})
    if key is not None:
        _add_index(session, object_type.table, key.column, unique=True)
    for field in own:
        if field.searchable and (key is None or field.key_column != key.column):
            _add_index(session, object_type.table, field.key_column)
    session.run("add_counter", name=object_type.table)


def drop_table(session: Session, object_type: ObjectType) -> None:
    """Drop the table of a custom object, with its records."""
    session.run_built(f"DROP TABLE {located(object_type.table)}", {}, takes_long=True)
    session.run("delete_counter", name=object_type.table)


def _columns(session: Session, field: Field) -> list[tuple[str, str]]:
    """Return name and definition of each column that a field has."""
    default = " DEFAULT 0" if field.is_boolean else ""
    columns = [(field.column, session.column_type(field.type.storage) + default)]
    if field.has_key:
        columns.append((field.key_column, session.column_type(Storage.TEXT, is_key=True)))
    return columns


def _add_index(session: Session, table: str, column: str, *, unique: bool = False) -> None:
    kind, name, key = (
        "UNIQUE INDEX" if unique else "INDEX",
        quoted(_index_name(table, column)),
        quoted(column),
    )
    sql = f"CREATE {kind} {name} ON {located(table)} ({key}) WHERE {key} IS NOT NULL"
    session.run_built(sql, {}, takes_long=True)


def _index_name(table: str, column: str) -> str:
    """Return the name of a column's index; what is too long for a name ends in a checksum instead."""
    name = f"{table}_{column}"
    return name if len(name) <= _NAME_MAX else f"{name[:54]}_{zlib.crc32(name.encode()):08x}"
