"""Where the servers under test run, and which database they have their stores on."""

from pathlib import Path
from typing import Any

from leadline.store.directory import Stores
from tests.clusters import url_for

_kind, _in_process = "sqlite", False


def use_store(kind: str, *, in_process: bool = False) -> None:
    """Say where the servers that are started from now on have their stores, and whether they are processes."""
    global _kind, _in_process
    _kind, _in_process = kind, in_process


def in_process() -> bool:
    """Tell whether servers are to run in threads of this process."""
    return _in_process


def store_kind() -> str:
    """Return which database the servers have now."""
    return _kind


def store_options(data: Path) -> list[str]:
    """Return the options that name a store: a directory, or the database that stands for it."""
    return ["--data", str(data)] if _kind == "sqlite" else ["--database", url_for(_kind, data)]


def store_settings(data: Path) -> dict[str, Any]:
    """Return the settings that name a store, as the options do."""
    return {"data": data} if _kind == "sqlite" else {"database": url_for(_kind, data)}


def open_stores(data: Path, url: str | None = None) -> Stores:
    """Open the stores of a server that has stopped; `url` names the database itself."""
    return Stores(data, url or (None if _kind == "sqlite" else url_for(_kind, data)))
