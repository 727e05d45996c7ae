"""The reference: the same file loaded by hand with the `sqlite3` shell.

`.import` into a staging table, then one INSERT .. SELECT .. ON CONFLICT, write-ahead log and synchronous=FULL as
the product.
"""

import shutil
import subprocess
import time
from pathlib import Path

from tests.bench.hand_tables import FILE_COLUMNS, HandTable

_LOAD = f"""\
PRAGMA synchronous = FULL;
CREATE TABLE stage ({", ".join(FILE_COLUMNS)});
.import --csv --skip 1 {{file}} stage
{{insert}}
DROP TABLE stage;
"""


class ByShell:
    """A table in a file of its own, made where there is none yet."""

    def __init__(self, place: Path, table: HandTable) -> None:
        self._database = str(place)
        self._table = table
        if not place.exists():
            _run(self._database, "PRAGMA journal_mode = WAL;\n" + table.ddl)

    def load(self, file: Path) -> float:
        """Load a file; returns the seconds from the shell's start to its end."""
        began = time.perf_counter()
        _run(self._database, _LOAD.format(file=file, insert=self._table.insert))
        return time.perf_counter() - began

    def quiet(self) -> None:
        """Nothing goes on behind a load."""

    def stop(self) -> None:
        """Nothing runs."""


def shell() -> str | None:
    """Return the path of the `sqlite3` shell, or None."""
    return shutil.which("sqlite3")


def version() -> str:
    """Return the shell's SQLite version."""
    return _run(":memory:", "SELECT sqlite_version();").strip()


def _run(database: str, script: str) -> str:
    program = shell()
    assert program is not None
    done = subprocess.run(
        [program, "-bail", database], input=script, capture_output=True, text=True, check=True
    )
    return done.stdout
