"""Limits on calls, and the statistics of usage and errors (contract §9.11, §10)."""

import contextlib
import datetime
import socket
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.api.calls import FILE, error_of
from tests.harness import Server, running, start_server, subscription
from tests.sockets import answer_of, connect, head

PATH = "/rest/v1/leads/describe.json"
READER = {
    "name": "reader",
    "client_id": "reader",
    "client_secret": "reader-secret",
    "user": "reader@example.com",
    "permissions": ["Read-Only Assets"],
}
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nemail\r\n'
BODY = PART + b"a@example.com\r\n--b--\r\n"


def limits(**values: int) -> dict[str, str]:
    return {f"LEADLINE_LIMITS__{name.upper()}": str(value) for name, value in values.items()}


def error(body: dict[str, Any]) -> tuple[str, str]:
    return body["errors"][0]["code"], body["errors"][0]["message"]


def test_the_rate(tmp_path: Path) -> None:
    """§10: so many calls in 20 seconds, the next is 606; identity, 601 and 605 do not count; another
    subscription has its own rate; a call more is let in only when an old one has left the window.
    """
    for server in running(tmp_path / "data", subscription(), workers=0, env=limits(rate_calls_max=12)):
        for _ in range(5):
            server.new_token("tests", "s3cret-of-the-tests")
            assert error(server.call("GET", PATH, "unknown").json())[0] == "601"
            assert error(server.call("PUT", PATH).json())[0] == "605"
        assert all(server.get(PATH)["success"] for _ in range(11))
        assert error(server.call("GET", "/rest/v1/lead/999.json").json())[0] == "1004", "failed calls count"
        for _ in range(3):
            assert error(server.get(PATH)) == ("606", "Max rate limit '12' exceeded with in '20' secs")
        assert error(server.post_file(FILE).json())[0] == "606"
        assert error(server.call("PUT", PATH).json())[0] == "606", "§4.2: the verb comes after the limits"


def open_upload(server: Server, raw: socket.socket, body: bytes) -> None:
    """Begin an upload; being asked for its body says that it was let in."""
    lines = ("Content-Type: multipart/form-data; boundary=b", f"Content-Length: {len(body)}")
    raw.sendall(head(server, *lines, "Expect: 100-continue", "Connection: close"))
    assert raw.recv(65_536).startswith(b"HTTP/1.1 100 ")


def test_the_documented_limits(tmp_path: Path) -> None:
    """§10: the eleventh call in flight is 615, the 101st in 20 seconds 606, each with its own words.

    Whatever a known caller is answered counts, but for what the contract lists: 603 and 615 do, 606 does not.
    """
    env = limits(rate_calls_max=100, concurrent_calls_max=10)
    for server in running(tmp_path / "data", subscription(credentials=[READER]), workers=0, env=env):
        other = server.new_token("reader", "reader-secret")
        with contextlib.ExitStack() as stack:
            crowd = [stack.enter_context(connect(server)) for _ in range(10)]
            for raw in crowd:
                open_upload(server, raw, BODY)
            assert error(server.get(PATH)) == ("615", "Concurrent access limit '10' reached")
            assert error(server.call("GET", PATH, other).json()) == ("603", "Access denied")
            for raw in crowd:
                raw.sendall(BODY)
                assert b'"success":true' in answer_of(raw)
        assert all(server.get(PATH)["success"] for _ in range(100 - 12))
        for _ in range(3):
            assert error(server.get(PATH)) == ("606", "Max rate limit '100' exceeded with in '20' secs")


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Server]:
    """A server that lets two calls in at once."""
    yield from running(tmp_path / "data", subscription(), workers=0, env=limits(concurrent_calls_max=2))


def test_calls_in_flight(door: Server) -> None:
    """§10: so many at once; an upload that is not ended yet is one, and frees its place when it ends."""
    with connect(door) as first, connect(door) as second:
        for upload in (first, second):
            open_upload(door, upload, BODY)
        assert error(door.get(PATH)) == ("615", "Concurrent access limit '2' reached")
        for upload in (first, second):
            upload.sendall(BODY)
            assert b'"success":true' in answer_of(upload)
    assert door.get(PATH)["success"]


def test_the_daily_quota_outlives_the_server(tmp_path: Path) -> None:
    """§10: 607 beyond it, also after a restart; what was refused does count then, though nobody is let in."""
    data = tmp_path / "data"
    first = start_server(data, subscription(), workers=0, env=limits(daily_calls_max=8))
    assert all(first.get(PATH)["success"] for _ in range(5))
    assert first.stop() == 0
    for server in running(data, workers=0, env=limits(daily_calls_max=8)):
        assert [server.get(PATH)["success"] for _ in range(5)] == [True] * 3 + [False] * 2
        assert error(server.get(PATH)) == ("607", "Daily quota reached")


def test_usage_and_errors(tmp_path: Path) -> None:
    """§9.11: today and the last seven days, by user and by code; days begin in US Central time."""
    for server in running(tmp_path / "data", subscription(credentials=[READER]), workers=0):
        other = server.new_token("reader", "reader-secret")
        assert error(server.call("GET", PATH, other).json())[0] == "603"
        for _ in range(3):
            assert server.get(PATH)["success"]
            assert error(server.get("/rest/v1/lead/5.json"))[0] == "1004"
        error_of(server.call("PUT", PATH))
        today = datetime.datetime.now(zoneinfo.ZoneInfo("America/Chicago")).date().isoformat()
        users = [{"userId": "reader@example.com", "count": 1}, {"userId": "tests@example.com", "count": 6}]
        expected = {"date": today, "total": 7, "users": users}
        assert server.get("/rest/v1/stats/usage.json")["result"] == [expected]
        expected["total"], users[1]["count"] = 8, 7
        assert server.call("GET", "/rest/v1/stats/usage/last7days.json").json()["result"] == [expected]
        codes = [{"errorCode": code, "count": count} for code, count in (("1004", 3), ("603", 1), ("605", 1))]
        for path in ("errors", "errors/last7days"):
            body = server.call("GET", f"/rest/v1/stats/{path}.json", other).json()
            assert body["result"] == [{"date": today, "total": 5, "errors": codes}]


def test_no_calls_yet(tmp_path: Path) -> None:
    """§9.11: a day without calls has its line, too."""
    for server in running(tmp_path / "data", subscription(), workers=0):
        (day,) = server.get("/rest/v1/stats/usage.json")["result"]
        assert (day["total"], day["users"]) == (0, [])
        assert server.get("/rest/v1/stats/errors.json")["result"][0]["total"] == 0


@pytest.mark.parametrize("path", ["usage", "errors"])
def test_subscriptions_count_for_themselves(server: Server, path: str) -> None:
    """§9.11: the answer has the shape that OpenAPI tells, and only this subscription's calls."""
    document = server.http.get(server.address + "/openapi.json").json()
    schema = document["components"]["schemas"]["UsageDay" if path == "usage" else "ErrorDay"]
    for day in server.get(f"/rest/v1/stats/{path}/last7days.json")["result"]:
        assert set(day) == set(schema["required"])
