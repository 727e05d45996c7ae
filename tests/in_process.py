"""The whole product in threads of the test's own process: the same code, without the starts of processes.

The application, its HTTP server and its stores are built as `leadline serve` builds them; workers
are threads around the same loop. What only a process has is proved elsewhere: signals, its death,
its memory, its output.
"""

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from leadline.cli.options import settings_from
from leadline.cli.whole_server import WholeServer
from leadline.clock import MachineTime
from leadline.config import Settings
from leadline.events import Emit
from leadline.store.secret_hash import hash_generated
from leadline.subscriptions.file import parse_subscription
from leadline.worker.loop import WorkerLoop
from leadline.worker.threads import WorkerThreads
from tests.server import UNLIMITED, Server, until
from tests.stores import store_settings

ENDING_SECONDS = 30.0


def is_possible(env: dict[str, str]) -> bool:
    """Tell whether a server can run here in such an environment: settings alone, none of which kills it."""
    return all(name.startswith("LEADLINE_") and "FAULTS" not in name for name in env)


def worker_threads(settings: Settings, emit: Emit) -> WorkerThreads:
    """Return the workers of one server."""
    return WorkerThreads(
        settings.workers,
        emit,
        lambda worker_id, pause: WorkerLoop(settings, MachineTime(), emit, worker_id, pause),
    )


@dataclass(kw_only=True)
class ServerInProcess(Server):
    """A server that runs in threads."""

    whole: WholeServer
    thread: threading.Thread
    reader: threading.Thread

    def stop(self) -> int:
        """End it as SIGTERM ends a process; return the exit code that a process would have."""
        self.http.close()
        self.whole.leave()
        self.thread.join(ENDING_SECONDS)
        assert not self.thread.is_alive(), "the server does not end"
        self.reader.join()
        assert not self.events("ProcessFailed"), self.events("ProcessFailed")
        return 0


def start_in_process(
    data: Path, document: dict[str, Any] | None, *, workers: int, env: dict[str, str]
) -> ServerInProcess:
    """Start a server on a free port and wait until it is ready."""
    with patch.dict(os.environ, {**UNLIMITED, **env}):
        settings = settings_from(**store_settings(data), port=0, workers=workers)
    reading, writing = os.pipe()
    log = os.fdopen(writing, "w")
    before = os.umask(0o077)
    try:
        whole = WholeServer(settings, worker_threads, log)
        file = parse_subscription(document) if document is not None else None
        whole.set_up(file, hash_generated)  # the slow hash took a fifth of the time of all API tests
    finally:
        os.umask(before)

    def run() -> None:
        with log:
            whole.run(lambda address: None, lambda: None)

    def read() -> None:
        with os.fdopen(reading) as lines:
            server.hear(lines)

    thread, reader = threading.Thread(target=run), threading.Thread(target=read)
    server = ServerInProcess(data=data, whole=whole, thread=thread, reader=reader, address=whole.address)
    thread.start()
    reader.start()
    until(lambda: server.events("ServerReady") or not thread.is_alive())
    assert thread.is_alive(), "".join(server.log)
    return server
