"""`/metrics`: what there is from the first answer on, what an import adds, and labels of few values."""

import shutil
import subprocess
from functools import partial
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from leadline import __version__
from leadline.api.app import ENDPOINTS
from tests.harness import Server, running, subscription, until

FILE = "email,leadScore\na@example.com,1\nb@example.com,x\n"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def metrics_of(server: Server) -> Samples:
    """Return each sample of an answer, by its name and labels."""
    text = server.http.get(f"{server.address}/metrics").text
    return {
        (each.name, frozenset(each.labels.items())): each.value
        for family in text_string_to_metric_families(text)
        for each in family.samples
    }


def sample(found: Samples, name: str, **labels: str) -> float | None:
    return found.get((name, frozenset(labels.items())))


def values_of(found: Samples, name: str, label: str) -> set[str]:
    return {dict(labels)[label] for each, labels in found if each == name}


def test_all_counters_stand_at_zero_from_the_beginning(tmp_path: Path) -> None:
    """So that a rate shows the first of each, and an alert need not tell "none" from "unknown"."""
    for server in running(tmp_path / "data", subscription(), workers=0):
        found = metrics_of(server)
        for name, label, values in (
            ("leadline_jobs_finished_total", "status", {"Complete", "Failed"}),
            ("leadline_jobs_rescued_total", "status", {"Queued", "Failed"}),
            ("leadline_rows_total", "outcome", {"processed", "failed"}),
            ("leadline_worker_exits_total", "reason", {"stopped", "failed", "killed"}),
            (
                "leadline_connections_ended_total",
                "reason",
                {"head", "body", "answer", "leaving", "connections"},
            ),
            (
                "leadline_store_troubles_total",
                "reason",
                {"busy", "held", "down", "rights", "files", "full", "failed"},
            ),
        ):
            assert values_of(found, name, label) == values
            assert all(value == 0 for (each, _), value in found.items() if each == name)
        for each in ENDPOINTS:
            labels = {"route": each.path, "method": each.method, "http_status": "200", "code": ""}
            assert sample(found, "leadline_requests_total", **labels) is not None, each.path
        for name in ("jobs_queued_total", "received_bytes_total", "faults_total", "log_lines_lost_total"):
            assert sample(found, f"leadline_{name}") == 0
        (build,) = (dict(labels) for name, labels in found if name == "leadline_build_info")
        assert build["version"] == __version__
        assert build["store"] in ("sqlite", "postgresql")
        assert (sample(found, "process_resident_memory_bytes") or 0) > 1e6
        assert sample(found, "leadline_workers") == sample(found, "leadline_workers_alive") == 0
        assert sample(found, "leadline_ready") == sample(found, "leadline_store_up") == 1
        assert sample(found, "leadline_oldest_queued_seconds") == 0
        assert (sample(found, "leadline_disk_bytes") is None) is (build["store"] == "postgresql")


def test_a_job_that_waits_is_seen_with_its_age_and_its_bytes(tmp_path: Path) -> None:
    for server in running(tmp_path / "data", subscription(), workers=0):
        server.submit(FILE)
        found = metrics_of(server)
        assert sample(found, "leadline_jobs", status="Queued") == 1
        assert sample(found, "leadline_jobs", status="Complete") == 0
        assert sample(found, "leadline_upload_bytes") == len(FILE)
        assert sample(found, "leadline_received_bytes_total") == len(FILE)
        assert sample(found, "leadline_subscriptions") == 1
        assert sample(found, "leadline_subscriptions_unreadable") == 0
        age = sample(found, "leadline_oldest_queued_seconds")
        assert age is not None
        assert 0 <= age < 60
        until(partial(_is_older, server, age))


def _is_older(server: Server, age: float) -> bool:
    return (sample(metrics_of(server), "leadline_oldest_queued_seconds") or 0) > age


def test_what_calls_and_an_import_add(server: Server) -> None:
    """A code is an error's and never an HTTP status; methods and paths of strangers share one value each."""
    before = metrics_of(server)
    assert server.run_import(FILE)["status"] == "Complete"
    server.call("GET", "/rest/v1/leads.json", token="nonsense")
    for method in ("PURGE", "MKCOL", "SEARCH"):
        server.call(method, "/rest/v1/leads.json")
    for path in ("/strange", "/strange/2", "/rest/v1/strange.json"):
        server.call("GET", path)

    def added(name: str, **labels: str) -> float:
        return (sample(found, name, **labels) or 0) - (sample(before, name, **labels) or 0)

    wanted = {"route": "unknown", "method": "GET", "http_status": "200", "code": "610"}
    found = until(lambda: sample(new := metrics_of(server), "leadline_requests_total", **wanted) and new)
    assert added("leadline_rows_total", outcome="processed") == 1
    assert added("leadline_rows_total", outcome="failed") == 1
    assert added("leadline_jobs_finished_total", status="Complete") == 1
    refused = {"route": "/rest/v1/leads.json", "method": "GET", "http_status": "200", "code": "601"}
    assert added("leadline_requests_total", **refused) == 1
    assert values_of(found, "leadline_requests_total", "code") <= {"", "601", "605", "610"}
    assert values_of(found, "leadline_requests_total", "method") == {"GET", "POST", "DELETE", "other"}
    assert values_of(found, "leadline_requests_total", "route") == {
        *(each.path for each in ENDPOINTS),
        "unknown",
    }


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed (Debian: prometheus)")
def test_promtool_finds_nothing_to_mend(server: Server) -> None:
    text = server.http.get(f"{server.address}/metrics").text
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
