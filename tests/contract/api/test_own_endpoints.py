"""Beside the Marketo surface: jobs, ledger, health, metrics, OpenAPI; and the envelope (§0)."""

import re
import socket
from urllib.parse import urlsplit

from openapi_spec_validator import validate

from leadline.api.app import ENDPOINTS
from tests.harness import Server, until


def test_jobs_and_ledger(server: Server) -> None:
    """Newest first, counts that add up, one outcome for each row."""
    first = server.submit("email\nj1@example.com\nj1 at example\nNULL\n")
    second = server.submit("email,leadScore\nj1@example.com,5\nj2@example.com,x\n", listId="1001")
    server.finish(second)
    server.finish(first)
    jobs = server.get("/leadline/v1/jobs.json")["result"]
    assert [job["batchId"] for job in jobs][:2] == [second, first]
    (job,) = server.get(f"/leadline/v1/jobs/{second}.json")["result"]
    assert job == jobs[0]
    assert (job["kind"], job["status"], job["listId"], job["remaining"]) == ("lead", "Complete", 1001, 0)
    assert (job["processed"], job["failed"], job["updated"], job["created"]) == (1, 1, 1, 0)
    assert job["processed"] == job["created"] + job["updated"] + job["unchanged"]
    answer = server.call("GET", f"/leadline/v1/jobs/{first}/ledger.csv")
    assert answer.headers["content-type"] == "text/csv;charset=UTF-8"
    lines = answer.text.split("\n")
    assert lines[0] == "row,outcome,id,reason"
    assert re.fullmatch(r"1,created,\d+,", lines[1])
    assert re.fullmatch(r"2,created,\d+,Invalid email address", lines[2])
    assert lines[3:] == ["3,failed,,Value for lookup field 'email' not found", ""]
    for path in ("999.json", "abc.json"):
        assert server.get(f"/leadline/v1/jobs/{path}")["success"] is False
    assert server.call("GET", "/leadline/v1/jobs/999/ledger.csv").status_code == 404
    reader = server.new_token("reader", "reader-secret")
    for path in ("jobs.json", f"jobs/{first}.json", f"jobs/{first}/ledger.csv"):
        assert server.call("GET", f"/leadline/v1/{path}", reader).json()["errors"][0]["code"] == "603"


def test_pages_of_jobs(server: Server) -> None:
    """Each job stands on one page, newest first, and a token opens the list of no other subscription."""
    made = [server.submit(f"email\npage{number}@example.com\n") for number in range(3)]
    seen, token = list[int](), None
    while token is not None or not seen:
        params = {"batchSize": 2} | ({"nextPageToken": token} if token else {})
        answer = server.get("/leadline/v1/jobs.json", params=params)
        assert len(answer["result"]) <= 2
        seen += [job["batchId"] for job in answer["result"]]
        token = answer.get("nextPageToken")
    assert seen[:3] == made[::-1]
    assert seen == sorted(set(seen), reverse=True)
    wrong = server.get("/leadline/v1/jobs.json", params={"nextPageToken": "ABC"})
    assert wrong["errors"][0]["code"] == "1003"


def test_counters_grow_while_importing(server: Server) -> None:
    """§2.5: a big file shows Importing with counters so far."""
    rows = "".join(f"grow{n}@example.com,{'x' * 200}\n" for n in range(43_000))
    batch_id = server.submit("email,notes\n" + rows)

    def importing() -> bool:
        status = server.status(batch_id)
        seen = status["status"] == "Importing" and 0 < status["numOfLeadsProcessed"] < 43_000
        return seen or status["status"] == "Complete"

    until(importing)
    chunks = server.events("ChunkMerged")
    assert server.finish(batch_id)["numOfLeadsProcessed"] == 43_000
    assert len([event for event in server.events("ChunkMerged") if event["batch_id"] == batch_id]) >= 3, (
        chunks
    )


def test_request_ids(server: Server) -> None:
    """§0.2: the shape, and unique."""
    ids = [server.get("/rest/v1/leads/partitions.json")["requestId"] for _ in range(20)]
    assert len(set(ids)) == 20
    for request_id in ids:
        assert re.fullmatch(r"[0-9a-f]{1,5}#[0-9a-f]{11}", request_id)


def test_paths(server: Server) -> None:
    """§0.1, §13: doubled slashes, dot segments, unknown parameters, unknown paths, long addresses, big bodies."""
    parts = urlsplit(server.address)
    for path in ("//rest//v1/leads/partitions.json", "/rest/../rest/v1/./leads/partitions.json?unknown=1"):
        with socket.create_connection((parts.hostname or "", parts.port or 0)) as raw:
            raw.sendall(
                f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\nConnection: close\r\n\r\n".encode()
            )
            answer = b"".join(iter(lambda raw=raw: raw.recv(65536), b""))
        assert b'"success":true' in answer
    assert server.get("/rest/v1/nothing.json")["errors"] == [
        {"code": "610", "message": "Requested resource not found"}
    ]
    long = server.call("GET", "/rest/v1/leads.json", params={"filterType": "id", "filterValues": "1" * 8300})
    assert (long.status_code, long.json()["errors"][0]["code"]) == (414, "414")
    big = server.call("POST", "/rest/v1/leads.json", content=b"x" * 1_100_000)
    assert (big.status_code, big.json()["errors"][0]["code"]) == (413, "413")


def test_openapi_tells_the_truth(server: Server) -> None:
    """Valid OpenAPI 3.1, and every route is in it."""
    document = server.http.get(f"{server.address}/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    validate(document)
    for endpoint in ENDPOINTS:
        assert endpoint.method.lower() in document["paths"][endpoint.path]


def test_operator_endpoints(server: Server) -> None:
    """Health and metrics need no token."""
    for name in ("live", "ready"):
        health = server.http.get(f"{server.address}/health/{name}")
        assert (health.status_code, health.json()) == (200, {"status": name})
        assert health.headers["content-type"] == "application/json;charset=UTF-8", "§0.4"
    metrics = server.http.get(f"{server.address}/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert 'leadline_jobs{status="Complete"}' in metrics.text
    assert 'leadline_rows_total{outcome="processed"}' in metrics.text
