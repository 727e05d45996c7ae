"""§10, §13: a call that the store keeps waiting is answered in the end."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadline.store.gate import turn
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
    """604 after the time that is set, not counted; the next call is answered as if nothing had been."""
    (store,) = (brisk.data / "subscriptions").glob("*.db")
    token = brisk.new_token("patient", "patient-secret")
    began = time.monotonic()
    with turn(store, worker=False):
        answer = brisk.call("POST", "/rest/v1/leads.json", token, json={"input": [{"email": "a@x.com"}]})
    assert error_of(answer) == ("604", "Request timed out")
    assert 3.5 < time.monotonic() - began < 15
    assert brisk.get("/rest/v1/leads/partitions.json")["success"]

    def day_of(kind: str) -> dict[str, object]:
        day: dict[str, object] = brisk.get(f"/rest/v1/stats/{kind}.json")["result"][0]
        return day

    until(lambda: day_of("errors")["errors"] == [{"errorCode": "604", "count": 1}])
    assert "patient@example.com" not in str(day_of("usage")["users"])
