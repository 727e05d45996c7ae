"""The reference: the same file loaded by hand with the `sqlite3` shell.

`.import` into a staging table, then one INSERT .. SELECT .. ON CONFLICT, into the
product's own lead table with its indexes (the e-mail key made unique, since ON CONFLICT
needs that), write-ahead log and synchronous=FULL as the product.
"""

import shutil
import subprocess
import time
from importlib import resources
from pathlib import Path

LOAD = """\
PRAGMA synchronous = FULL;
CREATE TABLE stage (firstName, lastName, email, company, title, leadScore);
.import --csv --skip 1 {file} stage
INSERT INTO lead (partition_id, created_at, updated_at, f_firstname, f_lastname, f_email, f_company,
                  f_title, f_leadscore, k_email)
SELECT 1, 1, 1, firstName, lastName, email, company, title, CAST(leadScore AS INTEGER), lower(trim(email))
FROM stage WHERE true
ON CONFLICT (k_email) DO UPDATE SET
    f_firstname = excluded.f_firstname, f_lastname = excluded.f_lastname, f_email = excluded.f_email,
    f_company = excluded.f_company, f_title = excluded.f_title, f_leadscore = excluded.f_leadscore,
    updated_at = excluded.updated_at;
DROP TABLE stage;
"""


def shell() -> str | None:
    """Return the path of the `sqlite3` shell, or None."""
    return shutil.which("sqlite3")


def make_table(database: str) -> None:
    """Make the product's lead table in a fresh database."""
    folder = resources.files("leadline.store").joinpath("migrations", "sqlite", "subscription")
    schema = folder.joinpath("0001_start.sql").read_text("utf-8")
    table = schema[schema.index("CREATE TABLE lead (") :]
    plain = "CREATE INDEX lead_k_email ON lead (k_email) WHERE k_email IS NOT NULL"
    assert plain in table
    unique = table.replace(plain, "CREATE UNIQUE INDEX lead_k_email ON lead (k_email)")
    _run(database, "PRAGMA journal_mode = WAL;\n" + unique)


def load(database: str, file: Path) -> float:
    """Load a file; returns the seconds from the shell's start to its end."""
    began = time.perf_counter()
    _run(database, LOAD.format(file=file))
    return time.perf_counter() - began


def count(database: str) -> int:
    """Return how many leads there are."""
    return int(_run(database, "SELECT count(*) FROM lead;"))


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
