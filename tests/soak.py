"""Full load for some minutes, while the wall clock runs fast: does anything grow that should not?

    python -m tests.soak [--minutes 20] [--database sqlite|postgres]

Two clients post files as fast as the queue takes them, two poll. The clock of the server runs
600 times as fast, so tokens expire all the time and jobs are past their one day after minutes.
After a quarter of the time everything must be level: the table shows each figure's slope.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.clusters import url_for
from tests.crash.clock import WallClock
from tests.harness import CLIENT_ID, CLIENT_SECRET, Server, start_server, subscription
from tests.stores import use_store

SPEED = 600
SAMPLE_SECONDS = 10.0
SLOPE_MAX = 0.01
"""Of a figure's mean, a minute."""
ROWS = 20_000
ENV = {
    "LEADLINE_LIMITS__RETENTION_DAYS": "1",
    "LEADLINE_TIMES__UPKEEP_SECONDS": "10",
}


class Client:
    """A caller whose tokens expire every few seconds."""

    def __init__(self, server: Server, counts: dict[str, int]) -> None:
        self._server = server
        self._http = httpx.Client(timeout=60.0, base_url=server.address)
        self._token = "none"
        self.counts = counts

    def call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """Make a call; a token that has expired is renewed."""
        while True:
            headers = {"Authorization": f"Bearer {self._token}"}
            body: dict[str, Any] = self._http.request(method, path, headers=headers, **options).json()
            code = "" if body["success"] else body["errors"][0]["code"]
            self.counts[code] = self.counts.get(code, 0) + 1
            if code not in ("601", "602"):
                return body
            grant = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
            params = {"grant_type": "client_credentials", **grant}
            self._token = self._http.get("/identity/oauth/token", params=params).json()["access_token"]


def _post(client: Client, number: int, ended: threading.Event) -> None:
    """Send the same people again and again, each time with other values."""
    turn = 0
    while not ended.is_set():
        turn += 1
        lines = [f"p{row}@c{number}.example.com,n{turn},{row + turn}" for row in range(ROWS)]
        content = "\n".join(["email,firstName,leadScore", *lines, ""])
        files = {"file": ("leads.csv", content.encode(), "text/csv")}
        while not ended.is_set():
            body = client.call("POST", "/bulk/v1/leads.json", files=files)
            if body["success"]:
                break
            ended.wait(0.2)


def _poll(client: Client, ended: threading.Event) -> None:
    while not ended.is_set():
        for job in client.call("GET", "/leadline/v1/jobs.json").get("result", [])[:10]:
            client.call("GET", f"/bulk/v1/leads/batch/{job['batchId']}.json")
        client.call("GET", "/rest/v1/lists.json")


def _status(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    return 0


def _measure(server: Server, size: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Return what may grow, now."""
    workers = server.worker_pids()
    return {
        "server MB": _status(server.process.pid, "VmRSS") / 1024,
        "workers MB": sum(_status(pid, "VmRSS") for pid in workers) / 1024,
        "files open": sum(
            len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in (server.process.pid, *workers)
        ),
        "threads": sum(_status(pid, "Threads") for pid in (server.process.pid, *workers)),
        **size(),
    }


def _size_of(kind: str, data: Path) -> Callable[[], dict[str, float]]:
    def files() -> dict[str, float]:
        stores = [*data.rglob("*.db"), *data.rglob("*.db-wal")]
        sizes = {path.name: path.stat().st_size / 2**20 for path in stores}
        log = sum(size for name, size in sizes.items() if name.endswith("-wal"))
        return {"store MB": sum(sizes.values()) - log, "log MB": log}

    def database() -> dict[str, float]:
        with psycopg.connect(url_for(kind, data), autocommit=True) as admin:
            row = admin.execute("SELECT pg_database_size(current_database())").fetchone()
        return {"store MB": row[0] / 2**20 if row else 0.0}

    return files if kind == "sqlite" else database


def slope(samples: list[tuple[float, float]]) -> float:
    """Return how much of its mean a figure grows a minute, by the straight line through the samples."""
    times, values = [at for at, _ in samples], [value for _, value in samples]
    middle, mean = sum(times) / len(times), sum(values) / len(values)
    spread = sum((at - middle) ** 2 for at in times)
    rise = sum((at - middle) * (value - mean) for at, value in samples) / spread if spread else 0.0
    return rise * 60 / mean if mean else 0.0


def soak(kind: str, minutes: float) -> bool:
    """Load a server for so long, print the table; tell whether everything was level."""
    use_store(kind)
    folder = Path(tempfile.mkdtemp(prefix="leadline-soak-"))
    wall, data, counts = WallClock(folder / "clock"), folder / "data", dict[str, int]()
    server = start_server(data, subscription(), workers=2, env={**wall.env, **ENV})
    ended, size = threading.Event(), _size_of(kind, data)
    clients = [threading.Thread(target=_post, args=(Client(server, counts), n, ended)) for n in range(2)]
    clients += [threading.Thread(target=_poll, args=(Client(server, counts), ended)) for _ in range(2)]
    for client in clients:
        client.start()
    began, samples = time.monotonic(), list[tuple[float, dict[str, float]]]()
    try:
        while (now := time.monotonic() - began) < minutes * 60:
            wall.shift(int(now * (SPEED - 1)))
            if now >= len(samples) * SAMPLE_SECONDS:
                samples.append((now, _measure(server, size)))
            ended.wait(0.5)
    finally:
        ended.set()
        for client in clients:
            client.join()
        jobs, deaths = len(server.events("JobFinished")), len(server.events("WorkerStopped"))
        server.stop()
    return _report(kind, minutes, samples, counts, jobs) and deaths == 0


def _report(
    kind: str,
    minutes: float,
    samples: list[tuple[float, dict[str, float]]],
    counts: dict[str, int],
    jobs: int,
) -> bool:
    level = [(at, figures) for at, figures in samples if at >= minutes * 15]
    print(f"{kind}, {minutes:g} minutes: {jobs} jobs of {ROWS} rows, calls by code {counts}")
    print(f"{'':12}{'start':>10}{'quarter':>10}{'end':>10}{'largest':>10}{'% a minute':>12}")
    is_level = True
    for name in samples[0][1]:
        values = [(at, figures[name]) for at, figures in level]
        rise = slope(values)
        figures = (samples[0][1][name], values[0][1], values[-1][1], max(value for _, value in values))
        print(f"{name:12}" + "".join(f"{value:10.1f}" for value in figures) + f"{rise * 100:12.2f}")
        is_level = is_level and (rise < SLOPE_MAX or name == "log MB")
    return is_level


def main() -> None:
    """Read the options, load, exit with 1 when something has grown."""
    options = argparse.ArgumentParser(description="Full load; does anything grow?")
    options.add_argument("--minutes", type=float, default=20)
    options.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    chosen = options.parse_args()
    sys.exit(0 if soak(chosen.database, chosen.minutes) else 1)


if __name__ == "__main__":
    main()
