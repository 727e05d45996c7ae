"""The disk of a store is full, to the last block or nearly: nothing half, nothing lost, on with it later."""

import random
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.console.world import OWN, Console, shown
from tests.contract.api.previews import WAY_OF, applied, asked, told
from tests.crash.disks import Disk, disk_of
from tests.crash.evidence import content_of
from tests.crash.files import own_rows
from tests.crash.machine import PATIENCE_SECONDS, Machine, check, job_faults, small_rows
from tests.crash.proof import Proof
from tests.forms import only_long, repeats, times
from tests.harness import Server, start_server, subscription, until

ROWS = 400
"""About 1.6 MB; job and rows need three times as much."""
ENOUGH_TO_CLAIM_KIB = 256
LEVELS = times(2, 20)
KIB_MAX = 8 * 1024
MIB = {"sqlite": 128, "postgres": 512}
FULL = {"sqlite": {"713"}, "postgres": {"713", "608"}}
"""PostgreSQL's server ends when its log cannot be written."""


@pytest.fixture
def disk(store: str) -> Iterator[Disk]:
    """A small disk."""
    if store not in MIB:
        pytest.skip("the disk of a given server is not ours to fill")
    yield from disk_of(MIB[store])


@pytest.fixture
def machine(disk: Disk) -> Iterator[Machine]:
    """A machine on that disk."""
    machine = Machine(disk)
    yield machine
    machine.close()


def _levels(proof: Proof) -> list[int]:
    """Return how much is left each time: nothing at first, then by chance or by even steps."""
    steps = [KIB_MAX * step // 19 for step in range(1, 20)]
    return [0, *sorted(proof.chance.sample(steps, LEVELS - 1))]


def _ended(server: Server, batch_id: int, store: str) -> bool:
    """Ask for a job once; while the disk is full the answer may be that the store cannot be reached now."""
    body = server.get(f"/bulk/v1/leads/batch/{batch_id}.json")
    if body["success"]:
        return "message" in body["result"][0]
    assert body["errors"][0]["code"] in FULL[store], body
    return False


def _settled(machine: Machine, server: Server, batch_id: int, store: str, told_before: int) -> bool:
    """Wait until a job has ended, or its worker has told that the disk is full, or the database's server has
    ended for that reason; tell whether the job ended.
    """
    ended = partial(_ended, server, batch_id, store)
    until(lambda: ended() or len(server.events("StoreFull")) > told_before or not machine.database_is_up())
    return ended()


def _serves_again(machine: Machine, server: Server) -> bool:
    """Ask for the store; the database's server is started anew where the full disk has ended it, soon or late."""
    if machine.cluster is not None and not machine.database_is_up():
        machine.cluster.start()
    return bool(server.get("/leadline/v1/jobs.json")["success"])


def _post_until_taken(server: Server, content: str) -> int:
    """Post again until there is a batch id."""
    body = until(lambda: (found := server.post_file(content).json())["success"] and found)
    return int(body["result"][0]["batchId"])


def _page_says_so(browser: Console, store: str) -> None:
    """A file that is uploaded in the console is refused with a page that says why."""
    files = {"file": ("people.csv", content_of(own_rows(0, ROWS)), "text/csv")}
    answer = browser.http.post(browser.url("/import"), files=files, headers=OWN)
    assert answer.status_code == 503, answer.text
    assert "Nothing was done" in shown(answer)
    assert store != "sqlite" or "disk of the store is full" in shown(answer)
    assert "Traceback" not in answer.text


@repeats("postgres", "given")
def test_full_disk(machine: Machine, store: str, proof: Proof) -> None:
    """P1, P2, P3: with so much space left a file is posted: it is refused with a code that says "later", or
    accepted and then imported, at once or as soon as there is space; each row is written once.
    """
    refused, waited, files = 0, 0, {}
    server = machine.start()
    assert server.token
    browser = Console(server).login()
    for file, level in enumerate(_levels(proof)):
        machine.disk.fill(level)
        if level == 0:
            _page_says_so(browser, store)
        content, told = content_of(own_rows(file, ROWS)), len(server.events("StoreFull"))
        body = server.post_file(content).json()
        if body["success"]:
            waited += not _settled(machine, server, body["result"][0]["batchId"], store, told)
        else:
            refused += 1
            assert body["errors"][0]["code"] in FULL[store], body
        machine.disk.free()
        until(partial(_serves_again, machine, server))
        batch_id = body["result"][0]["batchId"] if body["success"] else _post_until_taken(server, content)
        files[batch_id] = file
        assert job_faults(server, batch_id, ROWS) == []
    assert until(lambda: browser.get("/jobs").status_code == 200), "who was logged in still is"
    browser.close()
    assert server.stop() == 0
    assert refused > 0, "with nothing left nothing can be taken"
    assert machine.faults(files, ROWS) == []
    proof.note(levels=LEVELS, refused=refused, waited_for_space=waited, lost=0, doubled=0)


@only_long
def test_an_apply_and_an_undo_on_a_full_disk(machine: Machine, store: str, proof: Proof) -> None:
    """P1, P2, P9, P11: each is refused with a code that says "later", or done as soon as there is space: all of
    the preview, and then each row taken back once.
    """
    server, refused = machine.start(), 0
    people = small_rows(0, ROWS)
    for level in _levels(proof):
        preview = told(server, asked(server, "lead", content_of(people)))
        path = f"/leadline/v1/previews/{preview['previewId']}/apply.json"
        for outcome in ("created", "deleted"):
            batch_id, was_refused = _asked_on_a_full_disk(machine, server, store, path, level)
            refused += was_refused
            job = until(partial(_ended_job, server, batch_id, store), PATIENCE_SECONDS)
            assert (job["status"], job[outcome], job["processed"]) == ("Complete", ROWS, ROWS)
            told_rows = [line.split(",")[:2] for line in server.ledger(batch_id)]
            assert told_rows == [[str(row), outcome] for row in range(1, ROWS + 1)]
            found = server.lead("email", people[-1].email, "id")
            assert len(found) == (outcome == "created")
            path = f"/leadline/v1/jobs/{batch_id}/undo.json"
    assert server.stop() == 0
    assert refused > 0, "with nothing left nothing can be taken"
    check(machine.data, machine.url)
    proof.note(levels=LEVELS, refused=refused, lost=0, doubled=0)


def _asked_on_a_full_disk(
    machine: Machine, server: Server, store: str, path: str, level: int
) -> tuple[int, bool]:
    """Ask for a job with so much space left, and again once there is space; tell whether it was refused."""
    machine.disk.fill(level)
    told_before, body = len(server.events("StoreFull")), server.call("POST", path).json()
    if body["success"]:
        ended = partial(_ended_job, server, body["result"][0]["batchId"], store)
        until(
            lambda: ended() or len(server.events("StoreFull")) > told_before or not machine.database_is_up()
        )
    else:
        assert body["errors"][0]["code"] in FULL[store], body
    machine.disk.free()
    until(partial(_serves_again, machine, server))
    again = until(lambda: (found := server.call("POST", path).json())["success"] and found)
    return int(again["result"][0]["batchId"]), not body["success"]


def _ended_job(server: Server, batch_id: int, store: str) -> dict[str, Any] | None:
    """Return a job that has ended; while the disk is full the answer may be that the store cannot be reached now."""
    body = server.get(f"/leadline/v1/jobs/{batch_id}.json")
    if body["success"]:
        return dict(body["result"][0]) if body["result"][0]["finishedAt"] else None
    assert body["errors"][0]["code"] in FULL[store], body
    return None


def _has_finished(server: Server, munchkin_id: str, jobs: int) -> bool:
    return [event["munchkin_id"] for event in server.events("JobFinished")].count(munchkin_id) == jobs


def test_another_subscription_goes_on(store: str, tmp_path: Path) -> None:
    """P7: one subscription's file is a link to a disk of its own. The server starts with that disk full; it fills
    up again while the job is imported: its calls are refused and its job waits, the only worker imports the other's.
    """
    if store != "sqlite":
        pytest.skip("only stores that are files have disks of their own")
    for disk in disk_of(64):
        data = tmp_path / "data"
        other = subscription(munchkin_id="999-ZZZ-999")
        other["credentials"][0] |= {"client_id": "other", "client_secret": "other-secret-of-the-tests"}
        for document in (subscription(), other):
            assert start_server(data, document, workers=0).stop() == 0
        file = data / "subscriptions" / "123-abc-456.db"
        shutil.move(file, disk.root / file.name)
        file.symlink_to(disk.root / file.name)
        without_workers = start_server(data, workers=0)
        waiting = without_workers.submit(content_of(own_rows(0, ROWS)))
        assert without_workers.stop() == 0
        disk.fill(0)
        server = start_server(data)
        disk.fill(ENOUGH_TO_CLAIM_KIB)
        token = server.new_token("other", "other-secret-of-the-tests")
        server.wait_for("JobClaimed")
        server.wait_for("StoreFull")
        disk.fill(0)
        assert server.post_file(content_of(own_rows(1, ROWS))).json()["errors"][0]["code"] == "713"
        for number in range(3):
            assert server.post_file(f"email\nother{number}@example.com\n", token).json()["success"]
        until(partial(_has_finished, server, "999-ZZZ-999", 3))
        disk.fill(ENOUGH_TO_CLAIM_KIB)  # a store that nobody holds open takes some space to be read
        assert server.status(waiting)["status"] in ("Queued", "Importing")
        disk.free()
        assert job_faults(server, waiting, ROWS) == []
        assert server.stop() == 0
        check(data)


def _told_often(server: Server) -> bool:
    return len(server.events("StoreFull")) > 4


def test_a_preview_waits_for_space(store: str, tmp_path: Path) -> None:
    """It is refused while nothing can be kept; one that was accepted is made as soon as there is space, however
    often there was none.
    """
    if store != "sqlite":
        pytest.skip("only stores that are files have disks of their own")
    dice = random.Random(0)  # its cells cannot be packed
    rows = (f"p{number}@example.com,{dice.randbytes(2000).hex()}" for number in range(ROWS))
    content = "\n".join(["email,mktoPersonNotes", *rows, ""])
    for disk in disk_of(64):
        data = tmp_path / "data"
        assert start_server(data, subscription(), workers=0).stop() == 0
        file = data / "subscriptions" / "123-abc-456.db"
        shutil.move(file, disk.root / file.name)
        file.symlink_to(disk.root / file.name)
        server = start_server(data, workers=0)
        preview_id = asked(server, "lead", content)
        assert server.stop() == 0
        disk.fill(ENOUGH_TO_CLAIM_KIB)
        server = start_server(data)
        until(partial(_told_often, server))
        files = {"file": ("f.csv", content.encode())}
        assert server.call("POST", WAY_OF["lead"], files=files).json()["errors"][0]["code"] == "713"
        disk.free()
        preview = told(server, preview_id)
        assert (preview["status"], preview["rows"]["created"]) == ("Ready", ROWS)
        assert applied(server, preview)["status"] == "Complete"
        assert server.stop() == 0
        check(data)


def test_no_space_to_spool(store: str) -> None:
    """An upload is refused with 713 where there is no space for it, whether it is known whose it is before it comes
    or not; nothing of it is left, and the next one is taken.
    """
    if store != "sqlite":
        pytest.skip("spooling has nothing to do with the database")
    for disk in disk_of(32):
        spool, data = disk.root / "spool", disk.root / "data"
        spool.mkdir()
        env = {"TMPDIR": str(spool), "LEADLINE_LIMITS__UPLOAD_BYTES_MAX": str(64 * 1024 * 1024)}
        server = start_server(data, subscription(), workers=0, env=env)
        files = {"file": ("f.csv", b"email\n" + b"x" * (40 * 1024 * 1024))}
        in_form = {"data": {"access_token": server.token, "format": "csv"}, "files": files}
        for answer in (
            server.call("POST", "/bulk/v1/leads.json", params={"format": "csv"}, files=files),
            server.http.post(f"{server.address}/bulk/v1/leads.json", **in_form),
        ):
            assert answer.json()["errors"][0]["code"] == "713"
            assert [*spool.iterdir(), *data.glob("subscriptions/*.uploads/*")] == []
            assert server.post_file("email\n").json()["success"]
        assert server.stop() == 0
