"""Numbered SQL files bring a store up to date: forward only, each in its transaction.

The first one stands as version 0.2.0 had it. Those behind it only add, so that nodes of the version before go
on until they are replaced. A store remembers the format that it was made with, and a program that has
another one leaves it alone.
"""

import re
import zlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple, Protocol

from leadline.errors import OperatorError, StoreMissingError
from leadline.store.base import Database, Session
from leadline.store.tables import changing_leads

_TABLE = re.compile(r"^CREATE TABLE \{schema\}\.(\w+)", re.MULTILINE)


class VersionedDatabase(Database, Protocol):
    """A database that remembers which migrations it has seen."""

    @property
    def migrations(self) -> Sequence[str]:
        """The texts of all that this program knows; number n has index n - 1."""
        ...

    @property
    def where(self) -> str:
        """Where it is, fit to be shown."""
        ...

    def schema_version(self, session: Session) -> int:
        """Return the number of the last migration that was applied, 0 for none."""
        ...

    def schema_format(self, session: Session) -> int:
        """Return the format that the store was made with, 0 where it remembers none."""
        ...

    def begin_migration(self, session: Session) -> None:
        """Create the schema if need be, and lock it against other migrations until the transaction ends."""
        ...

    def record_version(self, session: Session, version: int) -> None:
        """Note a migration as applied, and the format of them all, in its own transaction.

        Whoever could use the tables before may use those that it has made.
        """
        ...


@cache
def load_migrations(dialect: str, kind: str) -> tuple[str, ...]:
    """Return the migrations of a kind of store in order; number n has index n - 1."""
    folder = resources.files("leadline.store").joinpath("migrations", dialect, kind)
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda f: f.name)
    return tuple(file.read_text("utf-8") for file in files)


def format_of(migrations: Sequence[str]) -> int:
    """Return the format of the stores that they make, a number of 31 bits from the first one's statements."""
    return zlib.crc32(";".join(split_statements(migrations[0])).encode()) >> 1


def tables_of(migrations: Sequence[str]) -> set[str]:
    """Return the names of the tables that they make on a server."""
    return set(_TABLE.findall("\n".join(migrations)))


class Stamp(NamedTuple):
    """What the directory remembers of a store, so that it need not be opened to be told."""

    format: int
    version: int

    def is_known(self, present: "Stamp") -> bool:
        """Whether a program may open such a store, whose own stores have the present stamp."""
        return self.format == present.format and self.version <= present.version


@cache
def present(*, is_file: bool) -> Stamp:
    """Return the stamp of the subscriptions' stores that this program makes."""
    migrations = load_migrations("sqlite" if is_file else "postgres", "subscription")
    return Stamp(format_of(migrations), len(migrations))


def format_fault(database: VersionedDatabase, session: Session) -> str | None:
    """Return why this program must not open a store, or None where it may."""
    if not database.schema_version(session):
        return None
    if database.schema_format(session) == format_of(database.migrations):
        return None
    return (
        f"{database.where} has the format of another version of Leadline: start that version, "
        "or make a new data directory or database and load the data anew."
    )


def newer_fault(database: VersionedDatabase, session: Session) -> str | None:
    """Return why a node must not start on a store of a newer program; None where it is of no newer one."""
    version, known = database.schema_version(session), len(database.migrations)
    if version <= known:
        return None
    return (
        f"The store is of a newer Leadline (schema {version}, this one knows {known}). "
        "Start the newer program, or restore a backup made with this one."
    )


def refuse_newer(database: VersionedDatabase) -> None:
    """Raise `OperatorError` for a store of a newer program, which a node that starts must not use.

    A node that runs already goes on with it, and so do the workers that it starts.
    """
    with database.read() as session:
        fault = newer_fault(database, session)
    if fault:
        raise OperatorError(fault)


def migrate(database: VersionedDatabase, *, known: bool) -> None:
    """Apply what is missing; raises `OperatorError` for a store of another format.

    A `known` store has been migrated before: when nothing is there, raises `StoreMissingError`.
    """
    migrations = database.migrations
    with database.read() as session:
        fault = format_fault(database, session)
        version = database.schema_version(session)
    if fault:
        raise OperatorError(fault)
    if version >= len(migrations):
        return
    if known and version == 0:
        raise StoreMissingError(f"{database.where} is empty. Restore it from a backup.")
    for number, text in enumerate(migrations, 1):
        with database.write() as session:
            database.begin_migration(session)
            version = database.schema_version(session)
            if version < number:
                with changing_leads(session):
                    for statement in split_statements(text):
                        session.run_built(statement, {}, takes_long=True)
                database.record_version(session, number)


def split_statements(text: str) -> list[str]:
    """Split a migration at the semicolons that end lines; comments are dropped."""
    lines = [line.split("--", 1)[0].rstrip() for line in text.splitlines()]
    return [piece.strip() for piece in "\n".join(lines).split(";\n") if piece.strip(" ;\n")]
