"""§10, §13: a call that the store keeps waiting is answered in the end."""

import io
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.requests import Request

from leadline.api.app import ENDPOINTS
from leadline.api.checks import CheckedPath
from leadline.cli.opening import build_monitoring
from leadline.cli.wiring import build_call_limits, build_services
from leadline.clock import MachineTime
from leadline.config import Settings, Times
from leadline.store.directory import Stores
from leadline.store.write_turn import turn
from leadline.telemetry.subscriber import Telemetry
from tests.contract.api.calls import error_of
from tests.harness import Server, running, subscription, until

PATIENT = {
    "name": "patient",
    "client_id": "patient",
    "client_secret": "patient-secret",
    "user": "patient@example.com",
    "permissions": "all",
}


@pytest.fixture
def brisk(tmp_path: Path) -> Iterator[Server]:
    """A server that answers within four seconds."""
    env = {"LEADLINE_TIMES__ANSWER_SECONDS": "4"}
    yield from running(tmp_path / "data", subscription(credentials=[PATIENT]), workers=0, env=env)


def test_a_call_behind_a_writer_that_never_ends(brisk: Server) -> None:
    """604 after the time that is set, not counted; a sync of leads has three times of it, and is still waited for."""
    (store,) = (brisk.data / "subscriptions").glob("*.db")
    token = brisk.new_token("patient", "patient-secret")
    body = {"input": [{"email": "a@x.com"}]}
    with ThreadPoolExecutor() as pool:
        began = time.monotonic()
        with turn(store, worker=False):
            sync = pool.submit(brisk.call, "POST", "/rest/v1/leads.json", json=body)
            answer = brisk.call("POST", "/rest/v1/lists/1001/leads.json?id=1", token)
            assert not sync.done()
        assert error_of(answer) == ("604", "Request timed out")
        assert 3.5 < time.monotonic() - began < 25, "the usual time is 30"
        assert sync.result().json()["result"] == [{"id": 1, "status": "created"}]
    assert brisk.get("/rest/v1/leads/partitions.json")["success"]

    def day_of(kind: str) -> dict[str, object]:
        day: dict[str, object] = brisk.get(f"/rest/v1/stats/{kind}.json")["result"][0]
        return day

    until(lambda: day_of("errors")["errors"] == [{"errorCode": "604", "count": 1}])
    assert "patient@example.com" not in str(day_of("usage")["users"])


def test_a_get_in_a_post_has_the_time_of_a_get(tmp_path: Path) -> None:
    """§0.3: `_method=GET` is known from the head, so the call waits no longer than the GET would."""
    stores, telemetry = Stores(tmp_path / "data"), Telemetry(io.StringIO())
    stores.prepare()
    call_limits = build_call_limits(stores, MachineTime())
    monitoring = build_monitoring(Settings(), stores, telemetry, dict)
    services = build_services(
        Settings(), stores, call_limits, telemetry, telemetry.emit, MachineTime(), monitoring
    )
    path = CheckedPath(
        {each.method: each for each in ENDPOINTS if each.path == "/rest/v1/leads.json"}, services
    )
    for query, patience in (("", 3), ("_method=GET", 2), ("_method=get&fields=id", 2), ("_method=PUT", 3)):
        scope = {"type": "http", "method": "POST", "query_string": query.encode(), "headers": []}
        endpoint, _ = path._known_before(Request(scope))
        assert endpoint is not None
        assert (query, endpoint.patience) == (query, patience)
    stores.close()


def test_how_long_each_call_may_take() -> None:
    """§10: the slow calls in seconds, all others 30."""
    usual = Times().answer_seconds
    slow = {f"{each.method} {each.path}": usual * each.patience for each in ENDPOINTS if each.patience > 1}
    assert usual == 30
    assert slow == {
        "POST /rest/v1/leads.json": 90,
        "GET /rest/v1/leads.json": 60,
        "GET /rest/v1/lists/{listId}/leads.json": 60,
        "GET /rest/v1/list/{listId}/leads.json": 60,
        "POST /rest/v1/leads/partitions.json": 60,
        "POST /rest/v1/customobjects/{apiName}.json": 120,
        "POST /rest/v1/customobjects/{apiName}/delete.json": 60,
        "POST /rest/v1/companies.json": 60,
        "POST /rest/v1/companies/delete.json": 60,
        "POST /rest/v1/salespersons.json": 60,
        "POST /rest/v1/salespersons/delete.json": 60,
    }
