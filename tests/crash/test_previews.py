"""A worker dies by SIGKILL while it makes a preview, and at every event of an apply."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.api.previews import applied, apply, asked, cells_of, file_of, told
from tests.crash.conftest import LIST_ID, Start, Undisturbed
from tests.crash.evidence import content_of, gather, members_of
from tests.crash.files import big_rows
from tests.forms import LONG, only_long, repeats
from tests.harness import Server

OF_PREVIEW = ("PreviewClaimed", "PreviewJudged", "PreviewFinished")
OF_APPLY = ("JobClaimed", "ChunkParsed", "ChunkDecided", "ChunkWritten", "ChunkMerged", "JobFinished")
QUICK = ("JobClaimed", "ChunkWritten", "JobFinished")
ON_ONE = (repeats, only_long("postgres", "given"))
"""Points that strike between what the database does: on one of them for each change."""
ON_SQLITE = repeats("postgres", "given")
"""What PostgreSQL does when a worker dies in a transaction, imports and undos show as well."""


def deaths(server: Server) -> list[int]:
    """Return how the workers ended."""
    return [event["exit_code"] for event in server.events("WorkerStopped")]


@pytest.mark.parametrize(
    "point",
    [pytest.param(each, marks=ON_SQLITE if each == "PreviewJudged" else ON_ONE) for each in OF_PREVIEW],
)
def test_a_preview_outlives_its_worker(
    point: str, start: Start, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    """Another one makes it, from the beginning; what it tells is what the import did elsewhere."""
    server = start(FAULTS__KILL_AT=point, FAULTS__KILL_ONCE=str(tmp_path / "dead"))
    preview_id = asked(server, "lead", content_of(big_rows()), listId=LIST_ID)
    preview = told(server, preview_id)
    server.wait_for("WorkerStarted", 2)
    assert (preview["status"], deaths(server)) == ("Ready", [-9])
    attempts = [event["attempt"] for event in server.events("PreviewClaimed")]
    assert attempts == ([1] if point == "PreviewFinished" else [1, 2])
    assert preview["rows"]["failed"] == undisturbed.evidence.status["numOfRowsFailed"]
    rows = cells_of(file_of(server, preview, "rows"))
    ledger = [line.split(",") for line in undisturbed.evidence.ledger]
    assert [[row[0], row[1], row[3]] for row in rows] == [[line[0], line[1], line[3]] for line in ledger]
    assert file_of(server, preview, "failures") == undisturbed.evidence.failures
    assert file_of(server, preview, "warnings") == undisturbed.evidence.warnings
    assert members_of(server, LIST_ID) == []


@only_long("postgres", "given")
def test_a_poisonous_preview_fails_after_three_deaths(start: Start) -> None:
    """With a sentence; the next one is made."""
    server = start(FAULTS__KILL_AT="PreviewJudged")
    preview = told(server, asked(server, "lead", "email\na@x.co\n"))
    assert (preview["status"], preview["message"]) == (
        "Failed",
        "Preview failed, its worker died 3 times while making it",
    )
    assert [event["attempt"] for event in server.events("PreviewClaimed")] == [1, 2, 3]
    server.stop()
    healed = start()
    assert told(healed, asked(healed, "lead", "email\na@x.co\n"))["status"] == "Ready"


@only_long("postgres", "given")
def test_previews_outlive_a_restart(start: Start) -> None:
    """One that waits is made afterwards, one that is ready stays so and can be applied."""
    server = start()
    ready = told(server, asked(server, "lead", "email\nready@x.co\n"))
    server.stop()
    idle = start(workers=0)
    waiting = asked(idle, "lead", "email\nwaiting@x.co\n")
    idle.stop()
    again = start()
    assert told(again, waiting)["status"] == "Ready"
    assert told(again, ready["previewId"]) == ready
    assert applied(again, ready)["status"] == "Complete"


@pytest.mark.parametrize(
    "point",
    [
        pytest.param(each, marks=ON_SQLITE if each == "ChunkWritten" else ON_ONE)
        for each in (OF_APPLY if LONG else QUICK)
    ],
)
def test_an_apply_killed_once(point: str, start: Start, undisturbed: Undisturbed, tmp_path: Path) -> None:
    """All of the file or nothing: wherever its worker dies it ends Complete, and what it leaves is what an
    undisturbed import leaves, ids included.
    """
    server = start(FAULTS__KILL_AT=point, FAULTS__KILL_ONCE=str(tmp_path / "dead"))
    preview = told(server, asked(server, "lead", content_of(big_rows()), listId=LIST_ID))
    job = applied(server, preview)
    server.wait_for("WorkerStarted", 2)
    assert (job["status"], deaths(server)) == ("Complete", [-9])
    evidence = gather(server, job["batchId"], LIST_ID)
    assert evidence == undisturbed.evidence
    assert [event["rows"] for event in server.events("ChunkMerged")] in ([len(big_rows())], [])
    assert told(server, preview["previewId"])["status"] == "Applied"
    assert apply(server, preview)["result"][0]["batchId"] == job["batchId"]


@only_long
@pytest.mark.parametrize("point", OF_APPLY)
def test_an_apply_is_cancelled_when_its_worker_dies(
    point: str, start: Start, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    """Before its only transaction or not at all; applied again it leaves what an undisturbed import leaves."""
    server = start(FAULTS__KILL_AT=point, FAULTS__KILL_ONCE=str(tmp_path / "dead"))
    preview = told(server, asked(server, "lead", content_of(big_rows()), listId=LIST_ID))
    batch_id = apply(server, preview)["result"][0]["batchId"]
    server.wait_for("WorkerStopped")
    done = server.call("POST", f"/leadline/v1/jobs/{batch_id}/cancel.json").json()["result"][0]
    is_written = point in ("ChunkMerged", "JobFinished")
    assert (done["cancelled"], done["status"]) == ((False, "Complete") if is_written else (True, "Failed"))
    assert bool(members_of(server, LIST_ID)) is is_written
    server.wait_for("WorkerStarted", 2)
    job = applied(server, preview)
    assert (job["status"], job["batchId"] == batch_id) == ("Complete", is_written)
    evidence = gather(server, job["batchId"], LIST_ID)
    wanted = undisturbed.evidence
    numbers = {name: wanted.status[name] for name in ("batchId", "importId")}
    assert replace(evidence, status=evidence.status | numbers) == wanted


@repeats
@only_long("postgres", "given")
def test_an_apply_that_drifts_is_killed(start: Start, tmp_path: Path) -> None:
    """It fails for the drift all the same, once, and leaves nothing."""
    server = start(FAULTS__KILL_AT="ChunkDecided:2", FAULTS__KILL_ONCE=str(tmp_path / "dead"))
    preview = told(server, asked(server, "lead", "email,firstName\na@x.co,A\n", listId=LIST_ID))
    server.run_import("email,firstName\na@x.co,B\n")
    job = applied(server, preview)
    assert (job["status"], deaths(server)) == ("Failed", [-9])
    assert job["message"] == "Import failed, the preview is out of date: 1 row would act differently"
    assert len(cells_of(file_of(server, preview, "drift"))) == 2
    assert members_of(server, LIST_ID) == []
