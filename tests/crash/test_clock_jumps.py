"""The wall clock jumps by hours and days, there and back."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.crash import audit
from tests.crash.clock import WallClock
from tests.crash.evidence import Model, content_of, faults_of, gather
from tests.crash.files import own_rows
from tests.crash.proof import Proof
from tests.forms import only_long, repeats, times
from tests.harness import CLIENT_ID, CLIENT_SECRET, Server, start_server, subscription

HOUR, DAY = 3600, 86_400
JUMPS = (HOUR, -HOUR, DAY, -DAY) * times(1, 25)
ROWS = 700
"""About 2.8 MB: three chunks."""


def _list_of(file: int) -> int:
    return 2000 + file


@pytest.fixture
def wall(tmp_path: Path) -> WallClock:
    return WallClock(tmp_path / "clock")


@pytest.fixture
def server(store: str, data: Path, wall: WallClock) -> Iterator[Server]:
    """A server with two workers whose clock the test sets, and an audit."""
    lists = [{"id": _list_of(file), "name": f"File {file}"} for file in range(len(JUMPS))]
    assert start_server(data, subscription(lists=lists), workers=0).stop() == 0
    audit.install(data)
    started = start_server(data, workers=2, env=wall.env)
    yield started
    started.stop()


def _grant(server: Server) -> dict[str, Any]:
    params = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    found: dict[str, Any] = server.http.get(f"{server.address}/identity/oauth/token", params=params).json()
    return found


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@repeats("postgres", "given")
def test_jumps_while_files_are_imported(server: Server, wall: WallClock, data: Path, proof: Proof) -> None:
    """P2, P3: the clock jumps in the middle of each job, and back after it: no lease is lost, no row is applied
    twice, nothing takes a negative time.
    """
    jobs: dict[int, int] = {}
    for file, seconds in enumerate(JUMPS):
        wall.shift(0)
        server._token = None
        batch_id = server.submit(content_of(own_rows(file, ROWS)), listId=_list_of(file))
        jobs[batch_id] = file
        server.wait_for("JobClaimed", file + 1)
        wall.shift(seconds)
        server._token = None
        server.finish(batch_id)
    wall.shift(0)
    server._token = None
    for batch_id, file in jobs.items():
        rows = own_rows(file, ROWS)
        assert faults_of(gather(server, batch_id, _list_of(file)), Model().fates(rows), rows) == []
    for job in server.get("/leadline/v1/jobs.json")["result"]:
        assert _instant(job["createdAt"]) <= _instant(job["startedAt"]) <= _instant(job["finishedAt"]), job
    assert (
        server.events("JobRescued") == server.events("WorkerStopped") == server.events("JobReassigned") == []
    )
    assert {event["attempt"] for event in server.events("JobClaimed")} == {1}
    durations = [event["duration_ms"] for event in server.events() if "duration_ms" in event]
    assert len(durations) > 3 * len(JUMPS)
    assert min(durations) >= 0
    assert server.stop() == 0
    assert audit.faults_of_chunks(data, dict.fromkeys(jobs, ROWS)) == []
    proof.note(jumps=len(JUMPS), jobs=len(jobs), lost=0, doubled=0, rescued=0)


@only_long("postgres", "given")
def test_tokens_and_days(server: Server, wall: WallClock) -> None:
    """A token ends by the wall clock and never promises more than its life; the statistics and the quota's day
    follow the clock; a batch id is answered for its seven days.
    """
    noon = (18 - datetime.now(UTC).hour) % 24 * HOUR  # in US Central, where the day of the statistics ends
    wall.shift(noon)
    batch_id = server.run_import("email\na@example.com\n")["batchId"]
    first = _grant(server)
    assert 3500 < first["expires_in"] <= 3600
    wall.shift(noon - HOUR)
    assert _grant(server) == first | {"expires_in": 3600}
    assert server.status(batch_id)["status"] == "Complete"
    wall.shift(noon + HOUR + 60)
    body = server.get(f"/bulk/v1/leads/batch/{batch_id}.json")
    assert body["errors"][0]["code"] == "602"
    second = _grant(server)
    assert second["access_token"] != first["access_token"]
    server._token = second["access_token"]
    assert server.status(batch_id)["status"] == "Complete"
    used = _used_today(server)
    assert used >= 3
    wall.shift(noon + 2 * DAY)
    server._token = None
    assert _used_today(server) < used
    wall.shift(noon + 6 * DAY)
    server._token = None
    assert server.status(batch_id)["status"] == "Complete"
    wall.shift(noon)
    server._token = None
    assert _used_today(server) >= used - 3, "the day before is found again"


def _used_today(server: Server) -> int:
    return int(server.get("/rest/v1/stats/usage.json")["result"][0]["total"])
