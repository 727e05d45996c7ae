"""Many subscriptions import at once: nothing dies here, but everything competes."""

from pathlib import Path
from typing import Any

from tests.crash.proof import Proof
from tests.forms import repeats, times
from tests.harness import CLIENT_SECRET, Server, start_server, subscription

pytestmark = repeats("postgres", "given")

SUBSCRIPTIONS = times(2, 10)
JOBS = times(4, 10)
ROWS = times(200, 10_000)
WORKERS = times(2, 3)


def _document(number: int) -> dict[str, Any]:
    document = subscription(munchkin_id=f"{number:03}-MNY-{number:03}")
    document["credentials"][0] |= {"client_id": f"client{number}"}
    return document


def _content(owner: int, job: int) -> str:
    """Return a file whose people are in no other of its subscription, though in the others' files."""
    return "\n".join(
        ["email,firstName", *(f"p{row}@j{job}.example.com,of {owner}" for row in range(ROWS)), ""]
    )


def _jobs(server: Server, token: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.call("GET", "/leadline/v1/jobs.json", token).json()["result"]
    return sorted(found, key=lambda job: int(job["batchId"]))


def _watch(server: Server, tokens: list[str]) -> int:
    """Look at the queues until all is done; return how often. No look may find a limit broken."""
    looks, unfinished = 0, True
    while unfinished:
        unfinished = False
        for token in tokens:
            looks += 1
            found = [job["status"] for job in _jobs(server, token)]
            assert found.count("Importing") <= 2
            assert found.count("Importing") + found.count("Queued") <= 10
            unfinished = unfinished or found.count("Complete") < JOBS
            assert "Failed" not in found
    return looks


def test_many_subscriptions_at_once(store: str, tmp_path: Path, proof: Proof) -> None:
    """P2, P3, P4, P7: each posts its jobs at once, all with people of the same addresses. Every job ends
    `Complete`, begun in the order accepted and never more than two of a subscription at a time; each row has made
    one lead, and no subscription has another's.
    """
    data = tmp_path / "data"
    for number in range(SUBSCRIPTIONS):
        assert start_server(data, _document(number), workers=0).stop() == 0
    server = start_server(data, workers=WORKERS)
    tokens = [server.new_token(f"client{number}", CLIENT_SECRET) for number in range(SUBSCRIPTIONS)]
    for job in range(JOBS):
        for number, token in enumerate(tokens):
            assert server.post_file(_content(number, job), token).json()["success"]
    looks = _watch(server, tokens)
    for number, token in enumerate(tokens):
        leads, jobs = set[str](), _jobs(server, token)
        assert [job["startedAt"] for job in jobs] == sorted(job["startedAt"] for job in jobs)
        for job in jobs:
            text = server.call("GET", f"/leadline/v1/jobs/{job['batchId']}/ledger.csv", token).text
            lines = [line.split(",") for line in text.splitlines()[1:]]
            assert [line[:2] for line in lines] == [[str(row), "created"] for row in range(1, ROWS + 1)]
            leads.update(line[2] for line in lines)
        assert len(leads) == JOBS * ROWS
        query = {"filterType": "email", "filterValues": "p0@j0.example.com", "fields": "firstName"}
        found = server.call("GET", "/rest/v1/leads.json", token, params=query).json()["result"]
        assert [lead["firstName"] for lead in found] == [f"of {number}"]
    assert server.stop() == 0
    proof.note(
        subscriptions=SUBSCRIPTIONS, jobs=SUBSCRIPTIONS * JOBS, rows=SUBSCRIPTIONS * JOBS * ROWS, looks=looks
    )
