"""Stores as files: how the one of a version is kept, and how it comes back."""

import json
import lzma
import subprocess
import zipfile
from pathlib import Path
from typing import Any

from leadline.store.migrate import format_of, load_migrations
from tests.clusters import BIN

VERSIONS = Path(__file__).parent
SCHEMAS = ("leadline_control", "leadline_123_abc_456")
_EMBEDDED, _POSTGRES, _TOLD, _FORMATS = "embedded.zip", "postgres.sql.xz", "told.json", "formats.json"
_NO_BACKUP = (".gate", ".lock", ".door", ".db-wal", ".db-shm", ".yaml")


def formats() -> dict[str, int]:
    """Return the format of each kind of store that this program makes, by database and kind."""
    kinds = [(dialect, kind) for dialect in ("sqlite", "postgres") for kind in ("control", "subscription")]
    return {f"{dialect}/{kind}": format_of(load_migrations(dialect, kind)) for dialect, kind in kinds}


def kept_formats(version: str) -> dict[str, int]:
    """Return the formats that a version made."""
    found: dict[str, int] = json.loads((VERSIONS / version / _FORMATS).read_text("utf-8"))
    return found


def keep_formats(version: str) -> None:
    """Write down what this program makes as the formats of a version."""
    _write_json(VERSIONS / version / _FORMATS, formats())


def told_of(version: str, kind: str) -> Any:
    """Return what the server of a version told of its store on a database."""
    return json.loads((VERSIONS / version / _TOLD).read_text("utf-8"))[
        "postgres" if kind != "sqlite" else kind
    ]


def keep_told(version: str, told: dict[str, Any]) -> None:
    """Write down what the server of a version told, by database."""
    _write_json(VERSIONS / version / _TOLD, told)


def keep_embedded(version: str, data: Path) -> None:
    """Keep a data directory of which no server is running."""
    with zipfile.ZipFile(VERSIONS / version / _EMBEDDED, "w", zipfile.ZIP_LZMA) as archive:
        for path in sorted(data.rglob("*")):
            if path.is_file() and path.suffix not in _NO_BACKUP:
                archive.write(path, path.relative_to(data))


def bring_back_embedded(version: str, data: Path) -> None:
    """Make a data directory that holds the store of a version."""
    data.mkdir(mode=0o700)
    with zipfile.ZipFile(VERSIONS / version / _EMBEDDED) as archive:
        archive.extractall(data)
    for path in [data, *data.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)


def keep_postgres(version: str, url: str, pg_dump: Path) -> None:
    """Keep a database as SQL that any PostgreSQL from 15 on takes; `pg_dump` is that of the server's version."""
    options = ["--no-owner", "--no-privileges", "--rows-per-insert=100"]
    dumped = subprocess.run(
        [pg_dump, *options, *(f"--schema={each}" for each in SCHEMAS), url], check=True, capture_output=True
    ).stdout.decode()
    lines = [line for line in dumped.splitlines() if not line.startswith(("SET ", "\\", "--")) and line]
    (VERSIONS / version / _POSTGRES).write_bytes(lzma.compress("\n".join(lines).encode(), preset=9))


def bring_back_postgres(version: str, url: str) -> None:
    """Fill an empty database with the store of a version, a statement at a time, as Citus wants it."""
    sql = lzma.decompress((VERSIONS / version / _POSTGRES).read_bytes())
    options = ["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--dbname={url}"]
    subprocess.run([BIN / "psql", *options], input=sql, check=True, stdout=subprocess.DEVNULL)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")
