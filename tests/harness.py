"""What tests drive: the real program over HTTP, on a store of their own.

It runs as real processes; or in threads of the test's own process where `tests/stores.py` says so,
which starts ten times as fast.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.processes import LEADLINE, ServerProcess, start_process, start_workers
from tests.server import (
    CLIENT_ID,
    CLIENT_SECRET,
    DEADLINE_SECONDS,
    UNLIMITED,
    Server,
    cpu_seconds,
    subscription,
    until,
)
from tests.stores import in_process

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "DEADLINE_SECONDS",
    "LEADLINE",
    "UNLIMITED",
    "Server",
    "ServerProcess",
    "cpu_seconds",
    "running",
    "start_server",
    "start_workers",
    "subscription",
    "until",
]


def start_server(
    data: Path,
    document: dict[str, Any] | None = None,
    *options: str,
    workers: int = 1,
    env: dict[str, str] | None = None,
    url: str | None = None,
    under: Sequence[str] = (),
) -> Server:
    """Start a server on a free port and wait until it is ready; `url` names the database itself.

    `options` are for the command line; `under` is a command that runs it, such as one that
    takes something from it: both need a process.
    """
    if in_process() and not (options or under or url):
        from tests.in_process import is_possible, start_in_process  # the program, which few tests need here

        if is_possible(env or {}):
            return start_in_process(data, document, workers=workers, env=env or {})
    return start_process(data, document, *options, workers=workers, env=env, url=url, under=under)


def running(*arguments: Any, **options: Any) -> Iterator[Server]:
    """Yield a server and stop it afterwards; for fixtures."""
    server = start_server(*arguments, **options)
    try:
        yield server
    finally:
        server.stop()
