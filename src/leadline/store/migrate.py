"""Numbered SQL files bring a store up to date: forward only, each in its transaction.

Those behind the first release only add, so that nodes of the version before go on until they are replaced.
"""

from importlib import resources
from typing import Protocol

from leadline.errors import OperatorError, StoreMissingError
from leadline.store.base import Database, Session


class VersionedDatabase(Database, Protocol):
    """A database that remembers which migrations it has seen."""

    @property
    def migrations(self) -> list[str]:
        """The texts of all that this program knows; number n is at place n - 1."""
        ...

    @property
    def where(self) -> str:
        """Where it is, fit to be shown."""
        ...

    def schema_version(self, session: Session) -> int:
        """Return the number of the last migration that was applied, 0 for none."""
        ...

    def begin_migration(self, session: Session) -> None:
        """Make room for the first migration, and let nobody else migrate until the transaction ends."""
        ...

    def record_version(self, session: Session, version: int) -> None:
        """Note a migration as applied, in its own transaction."""
        ...


def load_migrations(dialect: str, kind: str) -> list[str]:
    """Return the migrations of a kind of store in order; number n is at place n - 1."""
    folder = resources.files("leadline.store").joinpath("migrations", dialect, kind)
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda f: f.name)
    return [file.read_text("utf-8") for file in files]


def refuse_newer(database: VersionedDatabase) -> None:
    """Raise `OperatorError` for a store of a newer program: a node that starts lets it alone.

    One that runs goes on with it, and so do the workers that it replaces.
    """
    known = len(database.migrations)
    with database.read() as session:
        version = database.schema_version(session)
    if version > known:
        raise OperatorError(
            f"The store is of a newer Leadline (schema {version}, this one knows {known}). "
            "Start the newer program, or restore a backup made with this one."
        )


def migrate(database: VersionedDatabase, *, known: bool) -> None:
    """Apply what is missing.

    A `known` store has been migrated before: when nothing is there, `StoreMissingError`.
    """
    migrations = database.migrations
    with database.read() as session:
        version = database.schema_version(session)
    if version >= len(migrations):
        return
    if known and version == 0:
        raise StoreMissingError(f"{database.where} is empty. Restore it from a backup.")
    for number, text in enumerate(migrations, 1):
        with database.write() as session:
            database.begin_migration(session)
            version = database.schema_version(session)
            if version < number:
                for statement in split_statements(text):
                    session.run_built(statement, {})
                database.record_version(session, number)


def split_statements(text: str) -> list[str]:
    """Split a migration at the semicolons that end lines; comments are dropped."""
    lines = [line.split("--", 1)[0].rstrip() for line in text.splitlines()]
    return [piece.strip() for piece in "\n".join(lines).split(";\n") if piece.strip(" ;\n")]
