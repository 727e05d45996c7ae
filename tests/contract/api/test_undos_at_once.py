"""Undos and applies that are asked for again: each is answered with a job that does what was asked for, or refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.api.calls import error_of
from tests.contract.api.previews import asked, told
from tests.contract.api.world import credential, sync, whole_subscription
from tests.harness import Server, start_server

JOBS = "/leadline/v1/jobs"
PEOPLE = ("on1@example.com", "on2@example.com")


@pytest.fixture
def folder(store: str, tmp_path: Path) -> Path:
    """A data folder: people and a job that changed them, of whom one was changed since."""
    return tmp_path / "data"


def begun(folder: Path) -> tuple[Server, int]:
    """Return a server without workers, and the job; what is queued stays there."""
    document = whole_subscription(
        partitions=["Default", "Europe"],
        credentials=[credential("default only", "Read-Write Lead", partitions=["Default"])],
    )
    server = start_server(folder, document)
    for title in ("Old", "Job"):
        batch_id = server.submit("email,title\n" + "".join(f"{each},{title}\n" for each in PEOPLE))
        server.finish(batch_id)
    sync(server, "/rest/v1/leads.json", {"email": PEOPLE[0], "title": "Since"})
    server.stop()
    return start_server(folder, workers=0), batch_id


def ask(server: Server, batch_id: int, token: str | None = None, **body: Any) -> Any:
    return server.call("POST", f"{JOBS}/{batch_id}/undo.json", token, json=body)


def batch_of(answer: Any) -> int:
    body = answer.json()
    assert body["success"], body
    return int(body["result"][0]["batchId"])


def job_of(server: Server, batch_id: int) -> dict[str, Any]:
    item: dict[str, Any] = server.get(f"{JOBS}/{batch_id}.json")["result"][0]
    return item


def finished(server: Server, batch_id: int) -> dict[str, Any]:
    return server.ended(batch_id, lambda: job_of(server, batch_id))


@pytest.fixture
def waiting(folder: Path) -> Iterator[tuple[Server, int]]:
    server, batch_id = begun(folder)
    try:
        yield server, batch_id
    finally:
        server.stop()


@pytest.mark.parametrize("first", ["keep", "refuse"])
def test_an_undo_that_waits_answers_who_asks_for_the_same_alone(
    waiting: tuple[Server, int], first: str
) -> None:
    server, batch_id = waiting
    other = {"keep": "refuse", "refuse": "keep"}[first]
    undo = batch_of(ask(server, batch_id, onConflict=first))
    assert batch_of(ask(server, batch_id, onConflict=first)) == undo
    reason = f"Job {batch_id} cannot be undone: job {undo}, asked for otherwise, takes it back already"
    assert error_of(ask(server, batch_id, onConflict=other)) == ("1003", reason)
    narrow = server.token_of("default only", "default only-secret")
    assert error_of(ask(server, batch_id, narrow, onConflict=first)) == ("1003", reason)
    assert server.call("POST", f"{JOBS}/{undo}/cancel.json").json()["result"][0]["cancelled"]
    assert batch_of(ask(server, batch_id, onConflict=other)) > undo


def test_after_an_undo_that_kept_something_one_that_refuses_fails(folder: Path) -> None:
    server, batch_id = begun(folder)
    undo = batch_of(ask(server, batch_id))
    server.stop()
    server = start_server(folder)
    try:
        assert (finished(server, undo)["reverted"], job_of(server, undo)["kept"]) == (1, 1)
        assert batch_of(ask(server, batch_id)) == undo
        refused = batch_of(ask(server, batch_id, onConflict="refuse"))
        assert refused > undo
        assert finished(server, refused)["message"] == (
            "Undo failed, 1 row would be kept: nothing was taken back"
        )
        assert batch_of(ask(server, batch_id)) == undo
    finally:
        server.stop()


def test_an_undo_whose_own_undo_was_cut_short_does_not_stand(folder: Path) -> None:
    """It left nothing, but some of that is there again."""
    server = start_server(folder, whole_subscription())
    try:
        people = [f"cut{n}@example.com" for n in range(30_000)]
        server.run_import("email,title\n" + "".join(f"{each},Old\n" for each in people))
        batch_id = server.submit("email,title\n" + "".join(f"{each},Job {'x' * 60}\n" for each in people))
        server.finish(batch_id)
        undo = batch_of(ask(server, batch_id))
        assert finished(server, undo)["reverted"] == 30_000
        merged = len(server.events("ChunkMerged"))
        again = batch_of(ask(server, undo))
        server.wait_for("ChunkMerged", merged + 1)
        ended = server.call("POST", f"{JOBS}/{again}/cancel.json").json()["result"][0]
        assert ended["cancelled"], "the test needs a longer undo"
        assert job_of(server, again)["reverted"] > 0
        rest = batch_of(ask(server, batch_id))
        assert rest > again
        assert finished(server, rest)["kept"] == 0
        assert all(each["title"] == "Old" for each in server.lead("email", ",".join(people[::1000]), "title"))
    finally:
        server.stop()


def test_a_cancelled_apply_is_made_anew(folder: Path) -> None:
    """An apply writes all or nothing, so nothing of it was done; a key answers the one that was cancelled."""
    server, batch_id = begun(folder)
    of_import = asked(server, "lead", f"email,title\n{PEOPLE[0]},New\n")
    of_undo = ask(server, batch_id, preview=True).json()["result"][0]["previewId"]
    server.stop()
    server = start_server(folder)
    assert [told(server, each)["status"] for each in (of_undo, of_import)] == ["Ready", "Ready"]
    server.stop()
    server = start_server(folder, workers=0)
    made = {}
    for preview_id in (of_undo, of_import):
        path, key = f"/leadline/v1/previews/{preview_id}/apply.json", {"Idempotency-Key": preview_id}
        first = batch_of(server.call("POST", path, headers=key))
        assert batch_of(server.call("POST", path)) == first
        assert server.call("POST", f"{JOBS}/{first}/cancel.json").json()["result"][0]["cancelled"]
        replayed = server.call("POST", path, headers=key)
        assert (batch_of(replayed), replayed.json()["result"][0].get("cancelled")) == (first, True)
        made[preview_id] = batch_of(server.call("POST", path))
        assert made[preview_id] > first
        assert batch_of(server.call("POST", path)) == made[preview_id]
    server.stop()
    server = start_server(folder)
    try:
        for preview_id, job in made.items():
            assert finished(server, job)["status"] == "Complete", job_of(server, job)
            assert told(server, preview_id)["status"] == "Applied"
        title = [server.lead("email", each, "title")[0]["title"] for each in PEOPLE]
        assert title == ["New", "Old"]
    finally:
        server.stop()
