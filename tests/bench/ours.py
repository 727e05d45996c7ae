"""The product's side: a real server, driven over HTTP."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.clusters import cluster
from tests.processes import LEADLINE, ServerProcess, start_process
from tests.server import cpu_seconds, subscription
from tests.stores import store_kind

POLL_SECONDS = 0.02


class Ours:
    """A server on a store of its own."""

    def __init__(
        self,
        data: Path,
        *,
        program: Sequence[str] = (LEADLINE,),
        document: dict[str, Any] | None = None,
        env: dict[str, str] | None = None,
        upload_bytes_max: int | None = None,
    ) -> None:
        """Start it; `document` is its subscription file, what is not said is the program's own choice."""
        limits = (
            {} if upload_bytes_max is None else {"LEADLINE_LIMITS__UPLOAD_BYTES_MAX": str(upload_bytes_max)}
        )
        self.server: ServerProcess = start_process(
            data, document or subscription(), env=limits | (env or {}), program=program
        )
        self.server.wait_for("WorkerStarted")
        assert self.server.token

    def load(self, file: Path, watch: Callable[[], object] = lambda: None) -> float:
        """Import a file; returns the seconds from before the POST to the poll that says Complete.

        `watch` is called before each poll.
        """
        pause = threading.Event()
        headers = {"Authorization": f"Bearer {self.server.token}"}
        began = time.perf_counter()
        with file.open("rb") as upload:
            answer = self.server.http.post(
                f"{self.server.address}/bulk/v1/leads.json",
                headers=headers,
                files={"file": upload},
                timeout=600,
            ).json()
        batch_id = answer["result"][0]["batchId"]
        watch()
        while (status := self.server.status(batch_id))["status"] not in ("Complete", "Failed"):
            pause.wait(POLL_SECONDS)
            watch()
        seconds = time.perf_counter() - began
        assert status["status"] == "Complete", status
        assert status["numOfRowsFailed"] == 0, status
        return seconds

    def cpu_seconds(self) -> float:
        """Return the processor time that the worker has used, and a database's own processes."""
        database = cluster().cpu_seconds() if store_kind() == "postgres" else 0.0
        return cpu_seconds(*self.server.worker_pids()) + database

    def peak_memory_mb(self) -> float:
        """Return the highest resident memory any worker ever had, in MB."""
        return max(_peak_kib(pid) for pid in self.server.worker_pids()) / 1024

    def quiet(self) -> None:
        """Wait until the worker has moved the write-ahead log, so that no run pays for another."""
        threading.Event().wait(1.5)

    def stop(self) -> None:
        """End the server."""
        self.server.stop()


def _peak_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
