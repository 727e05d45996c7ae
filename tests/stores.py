"""Which database the servers under test have their stores on."""

from pathlib import Path

from leadline.store.connect import Stores
from tests.clusters import url_for

_kind = "sqlite"


def use_store(kind: str) -> None:
    """Say where the servers that are started from now on have their stores."""
    global _kind
    _kind = kind


def store_kind() -> str:
    """Return which database the servers have now."""
    return _kind


def store_options(data: Path) -> list[str]:
    """Return the options that name a store: a directory, or the database that stands for it."""
    return ["--data", str(data)] if _kind == "sqlite" else ["--database", url_for(_kind, data)]


def open_stores(data: Path, url: str | None = None) -> Stores:
    """Open the stores of a server that has stopped; `url` names the database itself."""
    return Stores(data, url or (None if _kind == "sqlite" else url_for(_kind, data)))
