"""A connection to an SQLite file through ADBC: the one file that knows this driver.

Never let a second SQLite library open the same file in the same process: the two would
delete each other's write-ahead log. A connection keeps its statements prepared, for most are run
again; one that was not read to its end is closed, since it would go on where it was left.
"""

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import adbc_driver_manager as adbc
import adbc_driver_sqlite
import pyarrow as pa

from leadline.errors import StoreBusyError, StoreFaultError, StoreFilesError, StoreFullError
from leadline.store.open_files import descriptors_max

_TYPES = {
    type(None): pa.null(),
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    str: pa.string(),
    bytes: pa.binary(),
}
"""The Arrow type of a bound value by its Python type; Arrow takes ten times as long to find it out."""

_TYPES_FROM_ROWS = "adbc.sqlite.query.batch_rows"
_FEW_ROWS, _MANY_ROWS = 512, 1 << 22
"""A column's type is found from so many rows, for which memory is taken at once."""

_KEPT_MAX = 48
"""So many prepared statements are kept by a connection; a job takes about twenty."""


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise the driver's errors as those of `leadline.errors`, without what could hold cell values."""
    try:
        yield
    except UnicodeDecodeError as error:  # its text would hold the cell
        raise StoreFaultError("a stored text is damaged") from error
    except (adbc.Error, pa.ArrowException, OSError) as error:  # Arrow's when rows are read
        text = str(error).partition("\nquery:")[0]  # behind which a value may stand
        if "locked" in text or "busy" in text:
            raise StoreBusyError(text) from error
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            raise StoreFilesError(text, descriptors_max()) from error
        if "disk is full" in text:
            raise StoreFullError(text) from error
        raise StoreFaultError(text) from error


class SqliteFile:
    """An SQLite file that exists; connections to it are made here."""

    def __init__(self, path: Path) -> None:
        with translated_errors():
            uri = f"file:{quote(str(path))}?mode=rw"
            self._database = adbc.AdbcDatabase(driver=adbc_driver_sqlite._driver_path(), uri=uri)

    def connect(self) -> "SqliteConnection":
        """Return a new connection, set as the library sets it."""
        with translated_errors():
            return SqliteConnection(adbc.AdbcConnection(self._database))

    def close(self) -> None:
        """Close the file."""
        self._database.close()


class SqliteConnection:
    """Statements as texts with `?` or `?1` for each value."""

    def __init__(self, connection: adbc.AdbcConnection) -> None:
        self._connection = connection
        self._kept: dict[str, adbc.AdbcStatement] = {}

    def close(self) -> None:
        """Close the connection; what was not committed is undone."""
        for statement in self._kept.values():
            statement.close()
        self._connection.close()

    def run(self, sql: str, values: Sequence[object]) -> None:
        """Run SQL that returns nothing."""
        with self._statement(sql) as statement:
            _bind(statement, values)
            statement.execute_update()

    def write_many(self, sql: str, rows: pa.Table) -> None:
        """Run SQL once for each row, whose values it takes in their order."""
        if rows.num_rows:
            with self._statement(sql) as statement:
                statement.bind_stream(rows.to_reader())
                statement.execute_update()

    def few_or_all(self, sql: str, values: Sequence[object]) -> pa.Table:
        """Return the rows of a query that most often finds few; when it finds more, it is run again."""
        with self._statement(sql) as statement, _result(statement, values, _FEW_ROWS) as reader:
            few = next(iter(reader), None)
            if few is None:
                return reader.schema.empty_table()
        if few.num_rows < _FEW_ROWS:
            return pa.Table.from_batches([few])
        self._kept.pop(sql).close()  # it may have more rows, and would go on with these
        return self.all(sql, values)

    def all(self, sql: str, values: Sequence[object]) -> pa.Table:
        """Return the rows of a query that may find many."""
        with self._statement(sql) as statement, _result(statement, values, _MANY_ROWS) as reader:
            return reader.read_all()

    @contextmanager
    def _statement(self, sql: str) -> Iterator[adbc.AdbcStatement]:
        """Lend a prepared statement; one that failed is not kept."""
        with translated_errors():
            statement = self._kept.pop(sql, None)
            try:
                if statement is None:
                    statement = adbc.AdbcStatement(self._connection)
                    statement.set_sql_query(sql)
                    statement.prepare()
                yield statement
            except BaseException:
                if statement is not None:
                    statement.close()
                raise
            self._kept[sql] = statement
            if len(self._kept) > _KEPT_MAX:
                self._kept.pop(next(iter(self._kept))).close()


@contextmanager
def _result(
    statement: adbc.AdbcStatement, values: Sequence[object], rows_max: int
) -> Iterator[pa.RecordBatchReader]:
    statement.set_options(**{_TYPES_FROM_ROWS: str(rows_max)})
    _bind(statement, values)
    stream, _ = statement.execute_query()
    with pa.RecordBatchReader._import_from_c(stream.address) as reader:
        yield reader


def _bind(statement: adbc.AdbcStatement, values: Sequence[object]) -> None:
    if values:
        row = pa.array([tuple(values)], _row_type(tuple(map(type, values))))
        statement.bind(pa.RecordBatch.from_struct_array(row))


def column(values: Sequence[object]) -> pa.Array:
    """Return values of one type, and nulls, as Arrow holds them, which would look for a type for long."""
    kinds = {type(each) for each in values} - {type(None)} or {type(None)}
    return pa.array(values, _TYPES[kinds.pop()])


@lru_cache(maxsize=1024)
def _row_type(types: tuple[type, ...]) -> pa.DataType:
    return pa.struct([(str(number), _TYPES[each]) for number, each in enumerate(types)])
