"""A worker dies by SIGKILL at every event of an undo; undos meet each other, and imports of the same people."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.crash.audit import MUNCHKIN_ID
from tests.crash.conftest import LIST_ID, Start
from tests.crash.evidence import content_of
from tests.crash.files import big_rows
from tests.forms import LONG, only_long, repeats
from tests.harness import Server, until
from tests.stores import open_stores

BEFORE_THE_COMMIT = ("ChunkParsed", "ChunkDecided", "ChunkWritten")
POINTS = [
    "JobClaimed",
    *(f"{name}:{chunk}" for chunk in (1, 2, 3) for name in (*BEFORE_THE_COMMIT, "ChunkMerged")),
    "JobFinished",
]
QUICK = ["ChunkWritten:2", "ChunkMerged:2", "JobFinished"]
"""One of each kind; the long proof takes all."""

ON_BOTH = "ChunkWritten:2"
ON_ONE = (repeats, only_long("postgres", "given"))
"""The other points strike between what the database does."""


def people(data: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the people and who is on the list, as they lie in the store; updates and change sets do not count."""
    stores = open_stores(data)
    columns = "id, created_at, k_email, f_email, f_firstname, f_mktopersonnotes, f_company"
    members = (
        f"SELECT lead_id, added_at FROM {{schema}}.list_member WHERE list_id = {LIST_ID} ORDER BY lead_id"
    )
    with stores.subscription(MUNCHKIN_ID).read() as session:
        found = session.built_rows(f"SELECT {columns} FROM {{schema}}.lead ORDER BY id", {})
        listed = session.built_rows(members, {})
    stores.close()
    return found, listed


def undo(server: Server, batch_id: int) -> int:
    answer = server.call("POST", f"/leadline/v1/jobs/{batch_id}/undo.json", json={}).json()
    assert answer["success"], answer
    return int(answer["result"][0]["batchId"])


def finished(server: Server, batch_id: int) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        job: dict[str, Any] = server.get(f"/leadline/v1/jobs/{batch_id}.json")["result"][0]
        return job if job["status"] in ("Complete", "Failed") else None

    return until(look, 90)


def rows_that_wrote(ledger: list[str]) -> set[str]:
    """Return the rows that changed a person, or brought one onto the list: the first row of each does that."""
    seen, wrote = set[str](), set[str]()
    for row, outcome, lead_id, *_ in (line.split(",") for line in ledger):
        if outcome in ("created", "updated") or (outcome == "unchanged" and lead_id not in seen):
            wrote.add(row)
        seen.add(lead_id)
    return wrote


@pytest.mark.parametrize(
    "point",
    [pytest.param(point, marks=() if point == ON_BOTH else ON_ONE) for point in (POINTS if LONG else QUICK)],
)
def test_killed_once(point: str, start: Start, tmp_path: Path) -> None:
    """Wherever the worker dies, the undo ends Complete, takes nothing back twice, and leaves what was before."""
    data, rows = tmp_path / "data", big_rows()
    server = start()
    before = people(data)
    batch_id = int(server.run_import(content_of(rows), listId=LIST_ID)["batchId"])
    wrote = rows_that_wrote(server.ledger(batch_id))
    after = people(data)
    server.stop()

    server = start(FAULTS__KILL_AT=point, FAULTS__KILL_ONCE=str(tmp_path / "dead"))
    job = finished(server, undo(server, batch_id))
    server.wait_for("WorkerStarted", 2)
    assert [event["exit_code"] for event in server.events("WorkerStopped")] == [-9]
    assert (job["status"], job["kept"], job["partly"], job["gone"]) == ("Complete", 0, 0, 0)
    assert people(data) == before
    outcomes = [line.split(",")[:2] for line in server.ledger(job["batchId"])]
    assert len(outcomes) == job["processed"] == len({row for row, _ in outcomes})
    assert {row for row, _ in outcomes} == wrote
    merged = [each for each in server.events("ChunkMerged") if each["batch_id"] == job["batchId"]]
    assert sum(each["rows"] for each in merged) == job["processed"], "no change set was taken back twice"
    assert after != before


@only_long
@pytest.mark.parametrize("point", POINTS if LONG else QUICK)
def test_cancelled_when_the_worker_dies(point: str, start: Start, tmp_path: Path) -> None:
    """A cancel that answers is final, whatever the worker had done; the rest is taken back when it is asked again."""
    data = tmp_path / "data"
    server = start()
    before = people(data)
    batch_id = int(server.run_import(content_of(big_rows()), listId=LIST_ID)["batchId"])
    server.stop()
    server = start(FAULTS__KILL_AT=point, FAULTS__KILL_ONCE=str(tmp_path / "dead"))
    undo_id = undo(server, batch_id)
    server.wait_for("WorkerStopped")
    path = f"/leadline/v1/jobs/{undo_id}"
    done = server.call("POST", f"{path}/cancel.json").json()["result"][0]
    (job,) = server.get(f"{path}.json")["result"]
    assert (done["cancelled"], done["status"]) == (job["cancelled"], job["status"])
    assert done["cancelled"] is (point != "JobFinished")
    assert len(server.ledger(undo_id)) == job["processed"]
    server.wait_for("WorkerStarted", 2)
    again = undo(server, batch_id)
    assert (again == undo_id) is not done["cancelled"]
    assert finished(server, again)["status"] == "Complete"
    assert people(data) == before
    told = server.get(f"{path}.json")["result"][0]
    assert {name: told[name] for name in ("status", "message", "processed")} == {
        name: job[name] for name in ("status", "message", "processed")
    }, "no row comes behind the answer"


@repeats("postgres", "given")
def test_two_undos_at_once_are_one(start: Start, tmp_path: Path) -> None:
    """Who asks at the same moment is answered the same job."""
    data = tmp_path / "data"
    server = start(workers=2)
    before = people(data)
    batch_id = int(server.run_import(content_of(big_rows()))["batchId"])
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(lambda _: undo(server, batch_id), range(8)))
    assert len(made) == 1
    assert finished(server, made.pop())["kept"] == 0
    assert people(data)[0] == before[0]


@repeats("postgres", "given")
def test_an_undo_while_the_same_people_are_imported(start: Start, tmp_path: Path) -> None:
    """Each row of the undo is taken back or kept, and who was imported meanwhile has what that import wrote."""
    server = start(workers=2)
    rows = big_rows()
    batch_id = int(server.run_import(content_of(rows))["batchId"])
    other = "email,title\n" + "".join(f"{row.email},Later\n" for row in rows if row.email)
    later = server.submit(other)
    job = finished(server, undo(server, batch_id))
    assert server.finish(later)["status"] == "Complete"
    assert job["status"] == "Complete"
    counted = [line.split(",")[1] for line in server.ledger(job["batchId"])]
    assert len(counted) == job["processed"]
    ids = [int(line.split(",")[2]) for line in server.ledger(later)]
    asked = ",".join(map(str, sorted(set(ids))[:300]))
    found = server.get(f"/rest/v1/leads.json?filterType=id&filterValues={asked}&fields=title")["result"]
    kept = [each for each in found if each["title"] == "Later"]
    assert len(kept) == len(found), "what was imported meanwhile stays"
