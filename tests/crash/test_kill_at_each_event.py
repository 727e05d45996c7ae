"""A worker dies by SIGKILL at every event of a job."""

from pathlib import Path
from typing import Any

import pytest

from leadline.model.rules import Rules
from leadline.schema.leads import lead_type
from tests.crash.conftest import LIST_ID, Start, Undisturbed
from tests.crash.evidence import HEADER, Model, Row, changes_of, content_of, faults_of, gather, members_of
from tests.crash.files import base_rows, big_rows, own_rows
from tests.forms import LONG, only_long, repeats
from tests.harness import Server
from tests.oracle import Import, World
from tests.oracle_cells import Row as RecordOfFile

BEFORE_THE_COMMIT = ("ChunkParsed", "ChunkDecided", "ChunkWritten")
POINTS = [
    "JobClaimed",
    *(f"{name}:{chunk}" for chunk in (1, 2) for name in (*BEFORE_THE_COMMIT, "ChunkMerged")),
    "ChunkWritten:3",
    "ChunkMerged:3",
    "JobFinished",
]
QUICK = ["JobClaimed", "ChunkDecided:1", "ChunkWritten:2", "ChunkMerged:2", "JobFinished"]
"""One of each kind, early and late; the long proof takes all."""

ALWAYS = ("JobClaimed", "ChunkWritten:2", "JobFinished")
"""Before the first chunk, before a commit and after the last one; the others strike between what the database does."""
ON_BOTH = "ChunkWritten:2"
ON_ONE = only_long("postgres", "given")


def _of_job(server: Server, batch_id: int) -> list[dict[str, Any]]:
    return [event for event in server.events() if event.get("batch_id") == batch_id]


def _deaths(server: Server) -> list[int]:
    return [event["exit_code"] for event in server.events("WorkerStopped")]


def _merged(events: list[dict[str, Any]]) -> list[int]:
    return [event["rows"] for event in events if event["event"] == "ChunkMerged"]


def _merged_before_death(point: str, chunks: int) -> int:
    name, _, chunk = point.partition(":")
    if name in BEFORE_THE_COMMIT:
        return int(chunk) - 1
    return {"JobClaimed": 0, "JobFinished": chunks}.get(name) or int(chunk or 0)


def test_undisturbed(undisturbed: Undisturbed) -> None:
    """What the crash tests compare with is itself as the oracle and the proof's own model say, line by
    line and ids included; it has every outcome and takes several chunks.
    """
    model, rows = Model(), big_rows()
    model.fates(base_rows())
    assert faults_of(undisturbed.evidence, model.fates(rows), rows) == []
    world = World(people={}, next_id=1)
    _import_by_oracle(base_rows(), world)
    assert undisturbed.evidence.ledger == _import_by_oracle(rows, world)
    outcomes = {line.split(",")[1] for line in undisturbed.evidence.ledger}
    changed = {record_id for record_id, _ in undisturbed.evidence.changes}
    wrote = {
        line.split(",")[2]
        for line in undisturbed.evidence.ledger
        if line.split(",")[1] in ("created", "updated")
    }
    assert wrote <= changed, "the change log names each person whom the ledger does"
    assert outcomes == {"created", "updated", "unchanged", "failed"}
    assert undisturbed.chunks >= 3


def _import_by_oracle(rows: list[Row], world: World) -> list[str]:
    """Return the ledger that the oracle writes for a file."""
    lead = lead_type()
    lookup = lead.field("email")
    assert lookup is not None
    records = [RecordOfFile(row.line.split(",")) for row in rows]
    results = Import(lead, lookup, Rules.model_validate({}), HEADER.split(","), world).run(records)
    return [
        f"{each.row},{each.outcome},{each.id or ''},{each.reason or each.warning or ''}" for each in results
    ]


@pytest.mark.parametrize(
    "point",
    [
        pytest.param(
            point,
            marks=() if point == ON_BOTH else ON_ONE if point in ALWAYS else (repeats, ON_ONE),
        )
        for point in (POINTS if LONG else QUICK)
    ],
)
def test_killed_once(point: str, start: Start, undisturbed: Undisturbed, tmp_path: Path) -> None:
    """P2, P3, P5: wherever the worker dies, the job ends Complete under its own number; what was
    committed is not done again, what was not is done once; the result is that of an undisturbed import
    to the byte, ids included; the same file again changes nothing.
    """
    server = start(FAULTS__KILL_AT=point, FAULTS__KILL_ONCE=str(tmp_path / "dead"))
    rows = big_rows()
    batch_id = server.submit(content_of(rows), listId=LIST_ID)
    assert batch_id == undisturbed.evidence.status["batchId"]
    server.finish(batch_id)
    server.wait_for("WorkerStarted", 2)
    assert _deaths(server) == [-9]
    assert gather(server, batch_id, LIST_ID) == undisturbed.evidence

    events, done = _of_job(server, batch_id), _merged_before_death(point, undisturbed.chunks)
    attempts = [event["attempt"] for event in events if event["event"] == "JobClaimed"]
    rescued = [number for number, event in enumerate(events) if event["event"] == "JobRescued"]
    if done == undisturbed.chunks:
        assert (attempts, rescued) == ([1], [])
    else:
        assert attempts == [1, 2]
        assert len(rescued) == 1
        assert len(_merged(events[: rescued[0]])) == done, "the chunks before the death are committed"
    assert sum(_merged(events)) == len(rows), "no chunk was merged twice"

    again = server.run_import(content_of(rows), listId=LIST_ID)
    outcomes = [line.split(",")[1] for line in server.ledger(again["batchId"])]
    assert outcomes == ["failed" if not row.email else "unchanged" for row in rows]
    assert changes_of(server, again["batchId"]) == {}
    assert members_of(server, LIST_ID) == undisturbed.evidence.members


@repeats
@ON_ONE
def test_a_job_that_gets_on_outlives_any_number_of_deaths(start: Start) -> None:
    """P2, P3: its worker dies after each chunk, as often as a poisonous file is tried."""
    server = start(FAULTS__KILL_AT="ChunkMerged")
    rows = 200_000
    status = server.finish(server.submit("email\n" + "".join(f"{n}\n" for n in range(rows))), 90)
    assert len(_deaths(server)) >= 3
    assert (status["status"], status["numOfLeadsProcessed"]) == ("Complete", rows)


@ON_ONE
def test_poison_fails_after_three_deaths(start: Start) -> None:
    """P2: a file that kills each worker that touches it is Failed after the third, with a message;
    its seat and slot are free, nothing of it is stored, and the next job runs.
    """
    server = start(FAULTS__KILL_AT="ChunkDecided", LIMITS__JOBS_QUEUED_MAX="3")
    rows = own_rows(1, 10)
    poison = server.submit(content_of(rows), listId=LIST_ID)
    undecodable = server.submit(b"email\n\xc3\x28@example.com\n")
    behind = [server.submit(content_of(own_rows(2, 10)))]
    assert server.post_file("email\n").json()["errors"][0]["code"] == "1016"
    status = server.finish(poison)
    assert status["status"] == "Failed"
    assert status["message"] == "Import failed, its worker died 3 times while importing it"
    claims = [event["attempt"] for event in _of_job(server, poison) if event["event"] == "JobClaimed"]
    assert claims == [1, 2, 3]
    assert server.finish(undecodable)["message"].startswith("Import failed, the file is not valid UTF-8")
    behind += [server.submit(content_of(own_rows(number, 10))) for number in (3, 4)]
    assert server.post_file("email\n").json()["errors"][0]["code"] == "1016"
    assert (server.ledger(poison), members_of(server, LIST_ID)) == ([], [])
    server.stop()

    healed = start()
    for batch_id in behind:
        assert healed.finish(batch_id)["numOfLeadsProcessed"] == 10
    again = healed.run_import(content_of(rows), listId=LIST_ID)
    assert faults_of(gather(healed, again["batchId"], LIST_ID), Model().fates(rows), rows) == []
