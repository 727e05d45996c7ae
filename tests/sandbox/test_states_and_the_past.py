"""Previews, undo and the change log belong to a state; what only this server has made stays out of others."""

from typing import Any

import pytest

from tests.sandbox.server import SandboxProcess, Subscription, sentence
from tests.server import until

JOBS = "/leadline/v1/jobs"
PREVIEWS = "/leadline/v1/previews"
ADA = "email,firstName\nada@example.com,Ada\n"
ADELE = "email,firstName\nada@example.com,Adele\nbob@example.com,Bob\n"
ENDS = ("Complete", "Failed")


def preview(one: Subscription, content: str) -> str:
    """Ask for a preview; return its id."""
    files = {"file": ("names.csv", content.encode(), "text/csv")}
    body = one.call("POST", f"{PREVIEWS}/leads.json", files=files).json()
    return str(body["result"][0]["previewId"])


def made(one: Subscription, preview_id: str) -> dict[str, Any]:
    """Wait until a preview is made; return what it tells."""
    found: dict[str, Any] = one.get(f"{PREVIEWS}/{preview_id}.json", wait=30)["result"][0]
    return found


def ended(one: Subscription, batch_id: int) -> dict[str, Any]:
    """Wait until a job of any kind has ended; return it."""
    path = f"{JOBS}/{batch_id}.json"
    found: dict[str, Any] = until(
        lambda: job if (job := one.get(path)["result"][0])["status"] in ENDS else None
    )
    return found


def undone(one: Subscription, batch_id: int) -> dict[str, Any]:
    """Undo a job to the end; return the undo."""
    body = one.call("POST", f"{JOBS}/{batch_id}/undo.json").json()
    return ended(one, body["result"][0]["batchId"])


def names(one: Subscription) -> dict[str, str]:
    """Return the first name of each of the two people."""
    emails = "ada@example.com,bob@example.com"
    body = one.get("/rest/v1/leads.json", filterType="email", filterValues=emails, fields="email,firstName")
    return {each["email"][:3]: each["firstName"] for each in body["result"]}


def code(body: dict[str, Any]) -> str | None:
    """Return the code of the first error."""
    return None if body["success"] else str(body["errors"][0]["code"])


def with_a_past(one: Subscription) -> str:
    """Let two jobs write, the second with a key, and let a preview be ready; return its id."""
    one.run_import(ADA)
    assert one.run_import(ADELE)["batchId"] == 1002
    preview_id = preview(one, "email,firstName\nada@example.com,Anna\n")
    assert made(one, preview_id)["status"] == "Ready"
    return preview_id


def holds_its_past(one: Subscription, preview_id: str) -> None:
    """Hold that all of `with_a_past` is there, and of use."""
    change = one.get("/leadline/v1/leads/1/history.json")["result"][0]
    assert (change["new"], change["source"]["batchId"], change["source"]["row"]) == ("Adele", 1002, 1)
    assert "Ada,Adele" in one.call("GET", f"{JOBS}/1002/changes.csv").text
    assert "Adele,Anna" in one.call("GET", f"{PREVIEWS}/{preview_id}/changes.csv").text
    applied = one.call("POST", f"{PREVIEWS}/{preview_id}/apply.json").json()["result"][0]["batchId"]
    assert (applied, ended(one, applied)["status"]) == (1003, "Complete")
    assert names(one) == {"ada": "Anna", "bob": "Bob"}
    assert undone(one, 1003)["status"] == "Complete"
    assert undone(one, 1002)["status"] == "Complete"
    assert names(one) == {"ada": "Ada"}


def test_a_snapshot_has_the_past(mine: Subscription) -> None:
    """Also where an undo went wrong for the test: back to the snapshot, and it can be done again."""
    preview_id = with_a_past(mine)
    assert mine.control("PUT", "snapshots/two-jobs").json() == {"name": "two-jobs"}
    for _ in range(2):
        holds_its_past(mine, preview_id)
        assert mine.control("POST", "reset", json={"to": "two-jobs"}).json() == {}


def test_a_file_has_the_past(sandbox: SandboxProcess, mine: Subscription) -> None:
    preview_id = with_a_past(mine)
    exported = mine.control("GET", "export").content
    other = sandbox.make()
    other.run_import("email\nelse@example.com\n")
    assert other.control("POST", "import", content=exported).json() == {}
    holds_its_past(other, preview_id)
    other.control("DELETE")


def test_a_reset_forgets_the_past(mine: Subscription) -> None:
    """Previews, undo, history, and the keys of requests."""
    key = {"Idempotency-Key": "nightly"}
    preview_id = with_a_past(mine)
    mine.control("POST", "reset")
    assert code(mine.get(f"{PREVIEWS}/{preview_id}.json")) == "1013"
    assert code(mine.call("POST", f"{PREVIEWS}/{preview_id}/apply.json").json()) == "1013"
    assert code(mine.call("POST", f"{JOBS}/1002/undo.json").json()) == "1013"
    assert code(mine.get("/leadline/v1/leads/1/history.json")) == "1004"
    for _ in range(2):
        assert posted(mine, ADA, key) == (1001, None)
        assert posted(mine, ADA, key) == (1001, "true")
        mine.control("POST", "reset")


def posted(one: Subscription, content: str, headers: dict[str, str]) -> tuple[int, str | None]:
    """Create a job; return its batch id, and whether the answer was given before."""
    files = {"file": ("names.csv", content.encode(), "text/csv")}
    headers = headers | {"Authorization": f"Bearer {one.token}"}
    url = one.sandbox.url + "/bulk/v1/leads.json"
    answer = one.sandbox.http.post(url, headers=headers, params={"format": "csv"}, files=files)
    return answer.json()["result"][0]["batchId"], answer.headers.get("Idempotent-Replayed")


def test_a_seed_is_no_job_of_the_test(mine: Subscription) -> None:
    """The test's first job has the batch id that a job of the seed had: it alone is taken back."""
    assert mine.control("POST", "seed", json={"files": {"leads.csv": ADA}}).json() == {}
    assert mine.run_import(ADELE)["batchId"] == 1001
    lines = mine.call("GET", f"{JOBS}/1001/changes.csv").text.splitlines()
    assert [line for line in lines if line.startswith("1,")] == ["1,1,ada@example.com,firstName,Ada,Adele"]
    changes = mine.get("/leadline/v1/leads/1/history.json")["result"]
    assert [each["source"]["batchId"] for each in changes if each["new"] == "Adele"] == [1001]
    assert 1001 not in [each["source"]["batchId"] for each in changes if each["new"] == "Ada"]
    assert undone(mine, 1001)["status"] == "Complete"
    assert names(mine) == {"ada": "Ada"}


def test_a_preview_that_is_being_made_is_no_part_of_a_state(mine: Subscription) -> None:
    """Nobody would go on with it, and none of those behind it were made."""
    rows = "".join(f"{number}@example.com,{'x' * 100}\n" for number in range(60_000))
    waiting = [preview(mine, "email,firstName\n" + rows), preview(mine, ADA)]
    assert mine.control("PUT", "snapshots/busy").json() == {"name": "busy"}
    assert mine.control("POST", "reset", json={"to": "busy"}).json() == {}
    told = [mine.get(f"{PREVIEWS}/{each}.json") for each in waiting]
    assert {code(each) for each in told} <= {"1013", None}
    assert {each["result"][0]["status"] for each in told if code(each) is None} <= {"Ready"}
    assert made(mine, preview(mine, ADA))["rows"]["created"] == 1


@pytest.mark.parametrize("path", [f"{PREVIEWS}/leads.json", f"{JOBS}/1001/undo.json"])
@pytest.mark.parametrize("way", ["reset", "removed"])
def test_a_reset_in_the_middle_of_a_preview_or_an_undo(sandbox: SandboxProcess, way: str, path: str) -> None:
    mine = sandbox.make()
    rows = "email,firstName\n" + "".join(f"{number}@example.com,{number}\n" for number in range(20_000))
    assert mine.run_import(rows)["status"] == "Complete"
    files = {"file": ("names.csv", rows.encode(), "text/csv")} if path.startswith(PREVIEWS) else None
    assert mine.call("POST", path, files=files).json()["success"]
    if way == "removed":
        assert mine.control("DELETE").json() == {}
        mine = sandbox.make()
    else:
        assert mine.control("POST", "reset").json() == {}
    assert mine.run_import(ADA)["batchId"] == 1001
    assert made(mine, preview(mine, ADELE))["rows"]["updated"] == 1
    assert undone(mine, 1001)["status"] == "Complete"
    assert names(mine) == {}
    mine.control("DELETE")


def test_days_that_pass_take_the_past_along(mine: Subscription) -> None:
    """Changes are kept a week, previews a day."""
    preview_id = with_a_past(mine)
    mine.control("POST", "clock", json={"advance": "P2D"})
    mine.token = mine.new_token()
    assert made(mine, preview_id)["status"] == "Expired"
    assert mine.call("GET", f"{PREVIEWS}/{preview_id}/changes.csv").status_code == 404
    assert mine.get("/leadline/v1/leads/1/history.json")["result"]
    mine.control("POST", "clock", json={"advance": "P6D"})
    mine.token = mine.new_token()
    assert mine.get("/leadline/v1/leads/1/history.json")["result"] == []
    assert code(mine.call("POST", f"{JOBS}/1002/undo.json").json()) == "1013"
    assert code(mine.get(f"{PREVIEWS}/{preview_id}.json")) == "1013"


@pytest.mark.parametrize("progress", ["hold", "polls:3"])
def test_an_undo_and_an_apply_are_held_like_imports(mine: Subscription, progress: str) -> None:
    """By steps, or by polls: those of an undo are of its line, as it has no other status."""
    preview_id = with_a_past(mine)
    mine.control("PUT", "jobs", json={"progress": progress})
    for path, status_path in (
        (f"{PREVIEWS}/{preview_id}/apply.json", "/bulk/v1/leads/batch"),
        (f"{JOBS}/1002/undo.json", JOBS),
    ):
        batch_id = mine.call("POST", path).json()["result"][0]["batchId"]
        if progress == "hold":
            assert mine.get(f"{JOBS}/{batch_id}.json")["result"][0]["status"] == "Queued"
            for status in ("Importing", "Complete"):
                step = mine.control("POST", f"jobs/{batch_id}/step", json={"to": status})
                assert step.json()["status"] == status
        else:
            polled = [mine.get(f"{status_path}/{batch_id}.json")["result"][0]["status"] for _ in range(3)]
            assert polled == ["Queued", "Importing", "Complete"]
    assert names(mine) == {"ada": "Anna"}


def test_faults_of_the_new_jobs(mine: Subscription) -> None:
    """An apply and an undo can be let fail; a preview makes no job that could."""
    preview_id = with_a_past(mine)
    for on, path in (
        ("previews.apply", f"{PREVIEWS}/{preview_id}/apply.json"),
        ("jobs.undo", f"{JOBS}/1002/undo.json"),
    ):
        told = mine.control("POST", "faults", json={"on": on, "do": {"job": {"fail": "It went wrong"}}})
        assert told.status_code == 200, told.text
        batch_id = mine.call("POST", path).json()["result"][0]["batchId"]
        job = ended(mine, batch_id)
        assert (job["status"], job["message"]) == ("Failed", "It went wrong")
    assert names(mine) == {"ada": "Adele", "bob": "Bob"}
    of_previews = {"on": "previews.create", "do": {"job": {"fail": "It went wrong"}}}
    assert "creates a job" in sentence(mine.control("POST", "faults", json=of_previews), 400)


def test_an_answer_that_was_lost_is_given_again(mine: Subscription) -> None:
    """With a key a client learns of its job, and the file is imported once."""
    key = {"Idempotency-Key": '"nightly"'}
    mine.control("POST", "faults", json={"on": "bulk.*.create", "phase": "after", "do": {"http": 504}})
    files = {"file": ("names.csv", ADA.encode(), "text/csv")}
    headers = key | {"Authorization": f"Bearer {mine.token}"}
    url = mine.sandbox.url + "/bulk/v1/leads.json"
    assert mine.sandbox.http.post(url, headers=headers, files=files).status_code == 504
    assert posted(mine, ADA, key) == (1001, "true")
    assert len(mine.get(f"{JOBS}.json")["result"]) == 1


def test_an_undo_stands_still_between_two_chunks(mine: Subscription) -> None:
    """So a reset need not wait for all of a large one, and a test can end one that is half done."""
    rows = "".join(f"{number}@example.com,{'x' * 230}\n" for number in range(38_000))
    assert mine.run_import("email,firstName\n" + rows)["status"] == "Complete"
    undo = mine.call("POST", f"{JOBS}/1001/undo.json").json()["result"][0]["batchId"]
    path = f"{JOBS}/{undo}.json"
    until(lambda: mine.get(path)["result"][0]["deleted"])
    mine.control("PUT", "jobs", json={"progress": "hold"})
    failed = mine.control("POST", f"jobs/{undo}/step", json={"to": "Failed", "message": "It stood"}).json()
    assert (failed["status"], failed["message"]) == ("Failed", "It stood")
    assert 0 < mine.get(path)["result"][0]["deleted"] < 38_000
