"""Who watches a node: what is unknown is absent, answers come though the database hangs, workers answer too."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.clusters import Cluster
from tests.contract.api.test_metrics import Samples, metrics_of, sample
from tests.forms import repeats
from tests.harness import Server, subscription, until
from tests.nodes.conftest import Start
from tests.nodes.test_weather import Weather, down, frozen, is_ready
from tests.processes import LEADLINE
from tests.server import CLIENT_ID, CLIENT_SECRET

OF_STORES = ("jobs", "oldest_queued_seconds", "upload_bytes", "subscriptions", "subscriptions_unreadable")
ANSWER_SECONDS = 3.0
"""One, and more for a machine that is busy with other things."""


def known_of_stores(found: Samples) -> set[str]:
    names = {name.removeprefix("leadline_") for name, _ in found}
    return names & set(OF_STORES)


@pytest.mark.parametrize("weather", [pytest.param(down, marks=repeats), frozen])
def test_what_is_unknown_is_absent(cluster: Cluster, url: str, nodes: Start, weather: Weather) -> None:
    """While the database is away, `store_up` and `ready` are 0 and the stores' gauges are gone; the log says why."""
    api = nodes(url, subscription(), workers=1)
    until(lambda: is_ready(api))
    found = metrics_of(api)
    assert known_of_stores(found) == set(OF_STORES)
    assert sample(found, "leadline_store_up") == sample(found, "leadline_ready") == 1
    assert sample(found, "leadline_workers_alive") == 1
    assert (sample(found, "leadline_worker_resident_memory_bytes", worker="0") or 0) > 1e6
    assert (sample(found, "leadline_worker_cpu_seconds_total", worker="0") or 0) > 0
    with weather(cluster):
        gone = until(lambda: sample(new := metrics_of(api), "leadline_store_up") == 0 and new)
        assert known_of_stores(gone) == set()
        assert sample(gone, "leadline_ready") == 0
        assert sample(gone, "leadline_workers_alive") == 1

        def asked(_: int) -> float:
            began = time.monotonic()
            assert api.http.get(f"{api.address}/metrics").status_code == 200
            return time.monotonic() - began

        with ThreadPoolExecutor(20) as many:
            assert max(many.map(asked, range(60))) < ANSWER_SECONDS
        said = api.wait_for("StoreDown")
        assert said["level"] == "error"
        assert said["why"]
    back = until(
        lambda: sample(new := metrics_of(api), "leadline_store_up") == 1 and known_of_stores(new) and new
    )
    assert known_of_stores(back) == set(OF_STORES)
    assert (sample(back, "leadline_store_troubles_total", reason="down") or 0) >= 1


@pytest.mark.parametrize("who", ["for a token", "to log in", "for a page"])
def test_whoever_meets_a_lost_store_has_it_told(url: str, cluster: Cluster, nodes: Start, who: str) -> None:
    """Those who ask for a token or for the console, as callers do."""
    api = nodes(url, subscription(), workers=0)
    login = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    with httpx.Client(base_url=api.address, headers={"Origin": api.address}, timeout=60) as browser:
        assert browser.post("/console/login", data=login).status_code == 303
        with down(cluster):
            assert api.events("StoreDown") == []
            if who == "for a token":
                query = login | {"grant_type": "client_credentials"}
                answer = browser.get("/identity/oauth/token", params=query)
            elif who == "to log in":
                answer = browser.post("/console/login", data=login)
            else:
                answer = browser.get("/console/")
            assert answer.status_code == 503
            until(lambda: api.events("StoreDown"), 5)


@pytest.fixture
def workers(url: str, nodes: Start, tmp_path: Path) -> Iterator[Server]:
    """Workers with a port of their own, of a database that a server has set up."""
    nodes(url, subscription(), workers=0).stop()
    command = [LEADLINE, "work", "--database", url, "--workers", "1", "--metrics-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            server = Server(tmp_path, process.stdout.readline().split()[-1])
            yield server
            server.http.close()
            process.terminate()
            assert process.wait(30) == 0
        finally:
            process.kill()


def test_workers_without_an_api_answer_for_themselves(cluster: Cluster, workers: Server) -> None:
    """Ready with a warm worker and the database; the metrics have what a server's have, but for the stores'."""
    get = workers.http.get
    until(lambda: is_ready(workers))
    assert get(f"{workers.address}/health/live").json() == {"status": "live"}
    found = metrics_of(workers)
    assert sample(found, "leadline_workers_alive") == sample(found, "leadline_ready") == 1
    assert sample(found, "leadline_worker_exits_total", reason="killed") == 0
    assert {name for name, _ in found} >= {"leadline_build_info", "leadline_worker_cpu_seconds_total"}
    assert known_of_stores(found) == set(), "each server that serves the API tells these"
    assert get(f"{workers.address}/rest/v1/leads.json").status_code == 404
    assert workers.http.post(f"{workers.address}/metrics").status_code == 405
    with frozen(cluster):
        answer = get(f"{workers.address}/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (503, "the store does not answer")
        assert get(f"{workers.address}/health/live").status_code == 200
        until(lambda: sample(metrics_of(workers), "leadline_store_up") == 0)
    until(lambda: is_ready(workers))


def test_a_port_that_is_taken_is_one_sentence(workers: Server, url: str) -> None:
    port = workers.address.rpartition(":")[2]
    command = [LEADLINE, "work", "--database", url, "--metrics-port", port]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"leadline: Cannot listen on 127.0.0.1 port {port}: Address already in use. "
        "Choose another with --metrics-host or --metrics-port.\n"
    )


def test_workers_load_nothing_of_the_api() -> None:
    code = "import sys, leadline.cli.work, leadline.cli.monitoring_server; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "leadline.http.server" in loaded.split()
    unwanted = (
        "leadline.api",
        "leadline.lead_database",
        "leadline.imports.submit",
        "leadline.console",
        "polars",
    )
    assert [name for name in loaded.split() if name.startswith(unwanted)] == []
