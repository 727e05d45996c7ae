"""What the store asks of a database: `Database` and `Session`, which both dialects implement."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import pyarrow as pa

from leadline.model.dataclass import dataclass
from leadline.schema.catalog import ObjectType
from leadline.schema.types import Storage
from leadline.store.upload_files import UploadFiles

Row = dict[str, Any]
Constants = Mapping[str, int | str | None]
"""Columns that are the same in all rows of a bulk statement."""


class LostJobError(Exception):
    """Another worker has the job; nothing of this one may be committed."""


Question = tuple[str, Mapping[str, object]]
"""A named query and its values."""


@dataclass(frozen=True, slots=True)
class Granted:
    """Who was let into a store, and the statements that only its owner may run."""

    roles: Sequence[str] = ()
    left: Sequence[str] = ()


KnownTypes = dict[str, tuple[int, ObjectType]]
"""Object types of a store by name, each with the version of the custom fields that it was built from.

All sessions of a store share them; an entry is replaced as a whole, never changed.
"""


class Session(Protocol):
    """Statements inside one transaction, or one snapshot for reading."""

    known_types: KnownTypes
    upload_files: UploadFiles | None
    """See `Database.upload_files`."""

    files_to_remove: list[str]
    """The names of those of them that are removed once this transaction has committed."""

    def rows(self, query: str, /, **values: object) -> list[Row]:
        """Run a named query and return its rows."""
        ...

    def row(self, query: str, /, **values: object) -> Row | None:
        """Run a named query and return its first row, or None."""
        ...

    def run(self, query: str, /, **values: object) -> None:
        """Run a named statement that returns nothing."""
        ...

    def run_many(self, query: str, rows: Sequence[Row], /) -> None:
        """Run a named statement once for each row of values, in one round trip."""
        ...

    def built_rows(self, sql: str, values: dict[str, object], *, takes_long: bool = False) -> list[Row]:
        """Run built SQL, whose tables stand behind `{schema}.`, and return its rows; see `run_built`."""
        ...

    def run_built(self, sql: str, values: dict[str, object], *, takes_long: bool = False) -> None:
        """Run a built statement; one that `takes_long` may go through very many rows."""
        ...

    def match(
        self,
        table: str,
        key_column: str,
        columns: Mapping[str, Storage],
        keys: pa.Array,
        only: Mapping[str, int],
    ) -> pa.Table:
        """Return `key` and the columns of all rows whose key column is among the keys.

        `keys` are distinct int64 or strings; `columns` names what is wanted and how it is
        stored; `only` are columns that must have one value.
        """
        ...

    def insert(self, table: str, rows: pa.Table, constants: Constants) -> None:
        """Insert rows in bulk; the Arrow columns name the table's, `constants` are the same in each."""
        ...

    def insert_missing(self, table: str, rows: pa.Table) -> None:
        """Insert rows in bulk; those that are there already stay as they are."""
        ...

    def update(self, table: str, rows: pa.Table, constants: Constants) -> None:
        """Write columns of rows that exist, found by the `id` column; `constants` go into each."""
        ...

    def upsert(self, table: str, rows: pa.Table) -> None:
        """Insert rows in bulk; of those whose `id` is there already their columns are written."""
        ...

    def delete(self, table: str, column: str, keys: pa.Array, only: Constants) -> None:
        """Delete the rows whose column is among some int64; `only` are columns that must have one value."""
        ...

    def columns(self, table: str) -> dict[str, str | None]:
        """Return the default of each column of a table or view, in their order; none where there is none."""
        ...

    def column_type(self, storage: Storage, *, is_key: bool = False) -> str:
        """Return the SQL type of a column; keys compare byte by byte."""
        ...


class Database(Protocol):
    """One store: its transactions and its maintenance."""

    @property
    def upload_files(self) -> UploadFiles | None:
        """Where large uploads are kept as files, None where all are in the database."""
        ...

    def read(self) -> AbstractContextManager[Session]:
        """Open one snapshot for reading."""
        ...

    def read_once(self) -> AbstractContextManager[Session]:
        """Open a session for a single question, which needs no snapshot and so costs less."""
        ...

    def rows_beside(
        self, question: Question, other: "Database", other_question: Question
    ) -> tuple[list[Row], list[Row]] | None:
        """Ask this store and another one in one round trip; None where they are not on one server."""
        ...

    def write(self) -> AbstractContextManager[Session]:
        """Open a transaction for writing; it commits when the block ends, else rolls back."""
        ...

    def roles(self) -> Sequence[str]:
        """Return the roles beside the owner that may read and write the rows; a file has none."""
        ...

    def unknown_roles(self, roles: Sequence[str]) -> Sequence[str]:
        """Return those that the server does not have; a file needs none."""
        ...

    def let_in(self, roles: Sequence[str]) -> Granted:
        """Let those roles which the server has read and write the rows of all tables, those to come too."""
        ...

    def migrate(self, *, known: bool = False) -> None:
        """Bring the schema up to date, or refuse with `OperatorError`.

        A `known` store has existed before: when it is not there, nothing is created and
        `StoreMissingError` is raised. The store of a newer program stays as it is.
        """
        ...

    @property
    def is_open(self) -> bool:
        """Whether it has files open in this process, which `release_idle` closes."""
        ...

    def content_mark(self) -> Hashable:
        """Return what is another value whenever the content has changed, None where only reading can tell."""
        ...

    def checkpoint(self, *, only_when_due: bool) -> None:
        """Move the write-ahead log into the store; `only_when_due` does so only when the log is very long."""
        ...

    def release_idle(self) -> None:
        """Close the connections that are kept for the next transactions."""
        ...

    def release_memory(self) -> None:
        """Give back the memory that connections hold for the next transactions; they stay as they are."""
        ...

    def erase_deleted(self) -> None:
        """Erase what was deleted from the files of the store, where the database lets a program do so."""
        ...

    def faults(self) -> Iterator[str]:
        """Yield a sentence for each fault of settings or contents."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...
