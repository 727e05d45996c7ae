"""A polling loop can be seen in each state of a job."""

import time
from typing import Any

import pytest

from leadline.sandbox.jobs.first_polls import PATIENCE_SECONDS
from tests.sandbox.server import SandboxProcess, Subscription, sentence
from tests.sandbox.test_faults import LEADS, count_of_leads, set_fault
from tests.server import until


def set_progress(mine: Subscription, progress: str) -> dict[str, Any]:
    answer = mine.control("PUT", "jobs", json={"progress": progress})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def step(mine: Subscription, batch_id: int, to: str, **more: Any) -> dict[str, Any]:
    answer = mine.control("POST", f"jobs/{batch_id}/step", json={"to": to, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_polls_move_a_job(mine: Subscription) -> None:
    assert set_progress(mine, "polls:3") == {"progress": "polls:3", "held": []}
    batch_id = mine.submit(LEADS)
    seen = [mine.status(batch_id) for _ in range(4)]
    assert [each["status"] for each in seen] == ["Queued", "Importing", "Complete", "Complete"]
    assert seen[1]["numOfLeadsProcessed"] == 0
    assert seen[2]["numOfLeadsProcessed"] == 3
    assert count_of_leads(mine) == 3


def test_the_first_poll_shows_the_end_of_a_small_file(mine: Subscription) -> None:
    """Where a poll does not wait, one that shows the end is luck; most of ten are not, on a busy machine too."""
    seen = [mine.status(mine.submit(LEADS))["status"] for _ in range(10)]
    assert seen.count("Complete") > 5


def test_a_poll_of_a_job_that_is_held_does_not_wait_for_it(mine: Subscription) -> None:
    set_progress(mine, "hold")
    batch_ids = [mine.submit(LEADS) for _ in range(8)]
    began = time.monotonic()
    polled = [mine.status(each)["status"] for each in batch_ids]
    assert polled == ["Queued"] * 8
    assert time.monotonic() - began < 8 * PATIENCE_SECONDS


@pytest.mark.parametrize(
    ("polls", "statuses"),
    [(1, ["Complete"]), (2, ["Queued", "Complete"]), (4, ["Queued", "Importing", "Importing", "Complete"])],
)
def test_as_many_polls_as_are_wanted(mine: Subscription, polls: int, statuses: list[str]) -> None:
    set_progress(mine, f"polls:{polls}")
    batch_id = mine.submit(LEADS)
    assert [mine.status(batch_id)["status"] for _ in statuses] == statuses


def test_each_job_has_its_own_polls(mine: Subscription) -> None:
    set_progress(mine, "polls:3")
    first, second, third = (mine.submit(LEADS) for _ in range(3))
    assert [mine.status(each)["status"] for each in (first, second, third)] == ["Queued"] * 3
    assert [mine.status(each)["status"] for each in (first, second)] == ["Importing"] * 2
    assert mine.status(third)["status"] == "Queued", "two may be importing at once"
    assert [mine.status(each)["status"] for each in (first, second, third)] == ["Complete"] * 3


def test_a_file_that_cannot_be_imported_fails_in_its_time(mine: Subscription) -> None:
    set_progress(mine, "polls:3")
    batch_id = mine.submit("email\n\xff")
    files = {"file": ("leads.csv", b"email\nada@example.com\n\xff\n", "text/csv")}
    answer = mine.call("POST", "/bulk/v1/leads.json", params={"format": "csv"}, files=files)
    failing = answer.json()["result"][0]["batchId"]
    assert [mine.status(failing)["status"] for _ in range(3)] == ["Queued", "Importing", "Failed"]
    assert mine.status(batch_id)["status"] == "Queued"


def test_a_poll_that_is_refused_does_not_count(mine: Subscription) -> None:
    set_progress(mine, "polls:2")
    batch_id = mine.submit(LEADS)
    set_fault(mine, on="bulk.leads.status", times=2, do={"code": "606"})
    path = f"/bulk/v1/leads/batch/{batch_id}.json"
    assert [mine.get(path)["success"] for _ in range(2)] == [False, False]
    token, mine.token = mine.token, "nobody's"
    assert mine.get(path)["success"] is False
    mine.token = token
    assert mine.status(batch_id)["status"] == "Queued"
    assert mine.status(batch_id)["status"] == "Complete"


def test_other_readers_do_not_move_jobs(mine: Subscription) -> None:
    set_progress(mine, "polls:2")
    batch_id = mine.submit(LEADS)
    for _ in range(3):
        assert mine.get("/leadline/v1/jobs.json")["result"][0]["status"] == "Queued"
        assert mine.get(f"/leadline/v1/jobs/{batch_id}.json")["result"][0]["status"] == "Queued"
        assert mine.control("GET", "jobs").json()["held"][0]["batchId"] == batch_id


def test_a_held_job_is_stepped(mine: Subscription) -> None:
    set_progress(mine, "hold")
    batch_id = mine.submit(LEADS)
    assert [mine.status(batch_id)["status"] for _ in range(5)] == ["Queued"] * 5
    assert step(mine, batch_id, "Importing")["status"] == "Importing"
    assert step(mine, batch_id, "Importing")["status"] == "Importing"
    assert mine.status(batch_id) == {
        "batchId": batch_id,
        "importId": str(batch_id),
        "status": "Importing",
        "numOfLeadsProcessed": 0,
        "numOfRowsFailed": 0,
        "numOfRowsWithWarning": 0,
    }
    assert count_of_leads(mine) == 0
    done = step(mine, batch_id, "Complete")
    assert (done["status"], done["processed"], done["failed"]) == ("Complete", 3, 0)
    assert count_of_leads(mine) == 3
    assert f"Job {batch_id} is Complete already" in sentence(
        mine.control("POST", f"jobs/{batch_id}/step", json={"to": "Failed"}), 409
    )


def test_a_step_passes_the_states_between(mine: Subscription) -> None:
    set_progress(mine, "hold")
    batch_id = mine.submit(LEADS)
    assert step(mine, batch_id, "Complete")["processed"] == 3


@pytest.mark.parametrize("through", [[], ["Importing"]])
def test_a_held_job_fails(mine: Subscription, through: list[str]) -> None:
    set_progress(mine, "hold")
    batch_id = mine.submit(LEADS)
    for to in through:
        step(mine, batch_id, to)
    failed = step(mine, batch_id, "Failed", message="Import failed, it rained")
    assert (failed["status"], failed["message"]) == ("Failed", "Import failed, it rained")
    assert mine.status(batch_id)["message"] == "Import failed, it rained"
    assert count_of_leads(mine) == 0
    assert step(mine, mine.submit(LEADS), "Failed")["message"]


def test_any_held_job_may_be_the_next(mine: Subscription) -> None:
    set_progress(mine, "hold")
    first, second, third = (mine.submit(LEADS) for _ in range(3))
    assert step(mine, third, "Complete")["status"] == "Complete"
    for each in (first, second):
        step(mine, each, "Importing")
    fourth = mine.submit(LEADS)
    said = sentence(mine.control("POST", f"jobs/{fourth}/step", json={"to": "Complete"}), 409)
    assert "stays Queued" in said
    step(mine, first, "Complete")
    assert mine.status(fourth)["status"] == "Queued"
    assert step(mine, fourth, "Complete")["status"] == "Complete"


def test_auto_lets_everything_go_on(mine: Subscription) -> None:
    set_progress(mine, "hold")
    waiting, begun = mine.submit(LEADS), mine.submit(LEADS)
    step(mine, begun, "Importing")
    set_fault(mine, on="bulk.*.create", do={"job": {"stallAfterRows": 1}})
    stalled = mine.submit(LEADS)
    held = [each["batchId"] for each in mine.control("GET", "jobs").json()["held"]]
    assert held == [waiting, begun, stalled]
    set_progress(mine, "auto")
    for each in (waiting, begun, stalled):
        until(lambda batch_id=each: mine.status(batch_id)["status"] == "Complete")


def test_hold_stops_what_runs(mine: Subscription) -> None:
    """A job that stalls is held; a hold keeps others from beginning."""
    set_fault(mine, on="bulk.*.create", do={"job": {"stallAfterRows": 1}})
    batch_id = mine.submit(LEADS)
    until(lambda: mine.status(batch_id).get("numOfLeadsProcessed") == 1)
    set_progress(mine, "hold")
    assert step(mine, batch_id, "Complete")["processed"] == 3


def test_faults_of_jobs_show_in_their_time(mine: Subscription) -> None:
    set_progress(mine, "polls:3")
    set_fault(mine, on="bulk.*.create", do=[{"job": {"fail": "no"}}, {"job": {"stallAfterRows": 1}}])
    failing, stalling = mine.submit(LEADS), mine.submit(LEADS)
    assert [mine.status(failing)["status"] for _ in range(3)] == ["Queued", "Importing", "Failed"]
    seen = [mine.status(stalling) for _ in range(4)]
    assert [each["status"] for each in seen] == ["Queued", "Importing", "Importing", "Importing"]
    assert [each.get("numOfLeadsProcessed") for each in seen[1:]] == [0, 1, 1]


def test_a_reset_drops_what_is_held(mine: Subscription) -> None:
    set_progress(mine, "hold")
    step(mine, mine.submit(LEADS), "Importing")
    mine.submit(LEADS)
    assert mine.control("POST", "reset", json={}).status_code == 200
    assert mine.control("GET", "jobs").json() == {"progress": "auto", "held": [], "jobs": []}
    assert mine.run_import(LEADS)["batchId"] == 1001


def test_a_held_subscription_does_not_hold_up_another(mine: Subscription, sandbox: SandboxProcess) -> None:
    other = sandbox.make()
    set_progress(mine, "hold")
    step(mine, mine.submit(LEADS), "Importing")
    assert other.run_import(LEADS)["status"] == "Complete"
    other.control("DELETE")


def test_nonsense_is_refused(mine: Subscription) -> None:
    for body in (
        {},
        {"progress": "fast"},
        {"progress": "polls:0"},
        {"progress": 3},
        {"progress": "hold", "x": 1},
    ):
        assert sentence(mine.control("PUT", "jobs", json=body), 400)
    assert sentence(mine.control("POST", "jobs/7/step", json={"to": "Complete"}), 404) == "There is no job 7."
    assert sentence(mine.control("POST", "jobs/x/step", json={"to": "Complete"}), 404)
    for body in (
        {},
        {"to": "Queued"},
        {"to": "complete"},
        {"to": "Complete", "message": "well done"},
        {"to": "Failed", "message": " "},
    ):
        assert sentence(mine.control("POST", "jobs/1001/step", json=body), 400)
    batch_id = mine.submit(LEADS)
    said = sentence(mine.control("POST", f"jobs/{batch_id}/step", json={"to": "Complete"}), 409)
    assert "by itself" in said or "already" in said
