"""A job is cancelled while its worker dies: what was committed stays, nothing is done twice, the rest is kept."""

from pathlib import Path
from typing import Any

import pytest

from tests.crash.conftest import LIST_ID, Start, Undisturbed
from tests.crash.evidence import content_of, members_of
from tests.crash.files import big_rows
from tests.forms import LONG, only_long, repeats
from tests.harness import Server

POINTS = ["JobClaimed", "ChunkParsed:1", "ChunkDecided:1", "ChunkWritten:1", "ChunkMerged:1"]
POINTS += [
    "ChunkParsed:2",
    "ChunkDecided:2",
    "ChunkWritten:2",
    "ChunkMerged:2",
    "ChunkWritten:3",
    "JobFinished",
]
QUICK = ["JobClaimed", "ChunkWritten:2", "JobFinished"]
WITHIN = "ChunkWritten:2"
ON_ONE = (repeats, only_long("postgres", "given"))
"""The other points strike between what the database does."""
ON_SQLITE = repeats("postgres", "given")
"""What PostgreSQL does when a worker dies in a transaction, imports and undos show as well."""


def _cancel(server: Server, batch_id: int) -> dict[str, Any]:
    item: dict[str, Any] = server.call("POST", f"/leadline/v1/jobs/{batch_id}/cancel.json").json()["result"][
        0
    ]
    return item


def _check(server: Server, batch_id: int, undisturbed: Undisturbed, rows: list[str]) -> dict[str, Any]:
    """Hold a job that ended early to the undisturbed import of its file, as far as it came."""
    job: dict[str, Any] = server.get(f"/leadline/v1/jobs/{batch_id}.json")["result"][0]
    reached = job["processed"] + job["failed"]
    assert server.ledger(batch_id) == undisturbed.evidence.ledger[:reached]
    if job["status"] == "Failed":
        text = server.call("GET", f"/leadline/v1/jobs/{batch_id}/unreached.csv").text
        assert text.splitlines()[1:] == rows[reached:]
    imported = {line.split(",")[2] for line in undisturbed.evidence.ledger[:reached]} - {""}
    assert {str(lead_id) for lead_id, _, _ in members_of(server, LIST_ID)} == imported
    return job


@pytest.mark.parametrize(
    "point",
    [
        pytest.param(each, marks=ON_SQLITE if each == WITHIN else ON_ONE)
        for each in (POINTS if LONG else QUICK)
    ],
)
def test_cancelled_when_the_worker_dies(
    point: str, start: Start, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    """P2, P3: wherever the worker dies, a cancel that answers is final; the file again imports all."""
    server = start(FAULTS__KILL_AT=point, FAULTS__KILL_ONCE=str(tmp_path / "dead"))
    content = content_of(big_rows())
    batch_id = server.submit(content, listId=LIST_ID)
    server.wait_for("WorkerStopped")
    done = _cancel(server, batch_id)
    job = _check(server, batch_id, undisturbed, content.splitlines()[1:])
    assert (done["cancelled"], done["status"]) == (job["cancelled"], job["status"])
    if point == "JobFinished":
        assert (done["cancelled"], done["status"]) == (False, "Complete")
    server.wait_for("WorkerStarted", 2)
    again = server.run_import(content, listId=LIST_ID)
    assert again["status"] == "Complete", "seat, slot and list are free"
    assert members_of(server, LIST_ID) == undisturbed.evidence.members
    assert server.get(f"/leadline/v1/jobs/{batch_id}.json")["result"] == [job], (
        "no row comes behind the answer"
    )
    assert _cancel(server, batch_id) == done


@only_long("postgres", "given")
def test_what_a_job_has_not_reached_that_failed_after_three_deaths(
    start: Start, undisturbed: Undisturbed
) -> None:
    """P2: all its rows can be read back, for it died at its first chunk each time."""
    server = start(FAULTS__KILL_AT="ChunkWritten")
    content = content_of(big_rows())
    batch_id = server.submit(content, listId=LIST_ID)
    assert server.finish(batch_id)["message"] == "Import failed, its worker died 3 times while importing it"
    job = _check(server, batch_id, undisturbed, content.splitlines()[1:])
    assert (job["status"], job["cancelled"], job["processed"]) == ("Failed", False, 0)
