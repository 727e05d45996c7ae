"""Servers as operators start them: real processes."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.leftovers import children_of
from tests.server import UNLIMITED, Server, until
from tests.stores import store_options

LEADLINE = str(Path(sys.executable).parent / "leadline")
ENDING_SECONDS = 30.0

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # where it is set, each start compiles the whole program anew


@dataclass(kw_only=True)
class ServerProcess(Server):
    """A running `leadline serve`, or `leadline work`."""

    process: subprocess.Popen[str]
    stdout: list[str] = field(default_factory=list)
    readers: list[threading.Thread] = field(default_factory=list)

    def worker_pids(self) -> list[int]:
        """Return the process ids of the workers that live."""
        ended = {event["pid"] for event in self.events("WorkerStopped")}
        return [event["pid"] for event in self.events("WorkerStarted") if event["pid"] not in ended]

    def stop(self) -> int:
        """End the server with SIGTERM; return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill_all()
            raise
        finally:
            self._let_go()

    def kill(self) -> None:
        """End the server with SIGKILL; workers notice and end by themselves."""
        self.process.kill()
        self.process.wait()
        self._let_go()

    def kill_all(self) -> None:
        """End the server and everything it has started at the same moment."""
        children = children_of(self.process.pid)
        self.process.kill()
        for pid in children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.kill()

    def _let_go(self) -> None:
        self.http.close()
        for reader in self.readers:
            reader.join()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


def start_process(
    data: Path,
    document: dict[str, Any] | None = None,
    *options: str,
    workers: int = 1,
    env: dict[str, str] | None = None,
    url: str | None = None,
    under: Sequence[str] = (),
    program: Sequence[str] = (LEADLINE,),
) -> ServerProcess:
    """Start `leadline serve` on a free port and wait until it is ready; `url` names the database itself.

    `under` is a command that runs it, such as one that takes something from it; `program` is the one of
    another checkout.
    """
    where = ["--database", url] if url else store_options(data)
    arguments = [*program, "serve", *where, "--port", "0", "--workers", str(workers), *options]
    if document is not None:
        file = data.with_suffix(".yaml")
        file.write_text(yaml.safe_dump(document), "utf-8")
        arguments += ["--setup", str(file)]
    server = _start([*under, *arguments], data, env)
    with _ended_on_failure(server):
        until(lambda: server.events("ServerReady") or server.process.poll() is not None)
        assert server.process.poll() is None, "".join(server.log)
    server.address = server.events("ServerReady")[0]["address"]
    return server


def start_workers(data: Path, url: str, workers: int = 1, env: dict[str, str] | None = None) -> ServerProcess:
    """Start `leadline work` and wait until its workers are up; it has no address to call."""
    server = _start([LEADLINE, "work", "--database", url, "--workers", str(workers)], data, env)
    with _ended_on_failure(server):
        server.wait_for("WorkerStarted", workers)
    return server


@contextmanager
def _ended_on_failure(server: ServerProcess) -> Iterator[None]:
    try:
        yield
    except BaseException:
        server.kill_all()
        raise


def _start(arguments: list[str], data: Path, env: dict[str, str] | None) -> ServerProcess:
    process = subprocess.Popen(
        arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=data.parent,
        env={**os.environ, **UNLIMITED, **(env or {})},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    server = ServerProcess(process=process, data=data)
    for hear, lines in ((server.hear, process.stderr), (server.stdout.extend, process.stdout)):
        reader = threading.Thread(target=hear, args=(lines,), daemon=True)
        server.readers.append(reader)
        reader.start()
    return server
