"""§2: states, identifiers, the queue, retention, and who sees which job."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.api.calls import FILE, error_of
from tests.harness import LEADLINE, Server, running, start_server, subscription, until
from tests.stores import open_stores, store_options

DAY_SECONDS = 86_400


def paths_of(batch_id: int) -> tuple[list[str], list[str]]:
    """Return the calls that answer a job in JSON, and the ones that answer a file."""
    bulk, own = f"/bulk/v1/leads/batch/{batch_id}", f"/leadline/v1/jobs/{batch_id}"
    return (
        [f"{bulk}.json", f"{bulk}/status.json", f"{own}.json"],
        [f"{bulk}/failures.json", f"{bulk}/warnings.json", f"{own}/ledger.csv"],
    )


def assert_unknown(server: Server, batch_id: int, token: str | None = None) -> None:
    statuses, files = paths_of(batch_id)
    for path in statuses:
        assert error_of(server.call("GET", path, token)) == ("1013", "Object not found")
    for path in files:
        assert server.call("GET", path, token).status_code == 404


def test_batch_ids_rise_from_above_1000(server: Server) -> None:
    """§2.3: int32, one by one; importId is the same number as a string."""
    items = [server.post_file(FILE).json()["result"][0] for _ in range(3)]
    ids = [item["batchId"] for item in items]
    assert ids[0] > 1000
    assert ids == list(range(ids[0], ids[0] + 3))
    assert [item["importId"] for item in items] == [str(batch_id) for batch_id in ids]
    for batch_id in ids:
        server.finish(batch_id)


def test_complete_even_when_every_row_failed(server: Server) -> None:
    """§2.1, §2.6: and the members of a finished job."""
    status = server.run_import("email,leadScore\na@example.com,x\nb@example.com,y\n")
    assert status == {
        "batchId": status["batchId"],
        "importId": str(status["batchId"]),
        "status": "Complete",
        "numOfLeadsProcessed": 0,
        "numOfRowsFailed": 2,
        "numOfRowsWithWarning": 0,
        "message": "Import completed with errors, 0 records imported (0 members), 2 failed",
    }


@pytest.mark.parametrize(
    ("file", "cause"),
    [
        (b"email\nok@example.com\nbad@example.\xe9\n", "the file is not valid UTF-8: data row 2 "),
        (b"email\n" + b"ok@example.com\n" * 40_000 + b"\xc3", "the file is not valid UTF-8: data row 40001 "),
        ("email\nok@example.com\n".encode("utf-16") + b"\x00", "the file is not valid UTF-16: data row "),
    ],
    ids=["UTF-8", "cut short", "UTF-16"],
)
def test_failed(server: Server, file: bytes, cause: str) -> None:
    """§2.1, §3.3, Q29: rows are not accounted for, nothing is applied, there are no files."""
    status = server.run_import(file)
    assert status["status"] == "Failed"
    assert status["message"].startswith(f"Import failed, {cause}")
    counters = [status[name] for name in ("numOfLeadsProcessed", "numOfRowsFailed", "numOfRowsWithWarning")]
    assert counters == [0, 0, 0]
    for answer in (server.failures(status["batchId"]), server.warnings(status["batchId"])):
        assert answer.status_code == 404
    assert server.lead("email", "ok@example.com", "id") == []


def test_another_user_may_poll(server: Server) -> None:
    """§2.4, Q35: a job belongs to the subscription."""
    batch_id = server.submit("email,leadScore\nmine,x\nmine,1\n")
    server.finish(batch_id)
    other = server.new_token("european", "european-secret")
    statuses, files = paths_of(batch_id)
    for path in statuses:
        assert server.get(path, token=other)["result"] == server.get(path)["result"]
    for path in files:
        assert server.call("GET", path, other).text == server.call("GET", path).text


def test_a_list_is_free_again_when_its_job_has_ended(server: Server) -> None:
    """§2.2: 1019 only while the first is unfinished."""
    for _ in range(2):
        assert server.run_import(FILE, listId="1002")["numOfLeadsProcessed"] == 1


def test_queued_jobs_outlive_the_server_and_start_in_order(tmp_path: Path) -> None:
    """§2.2, §2.6: the short form while queued; first in, first out after a restart."""
    idle = start_server(tmp_path / "data", subscription(), workers=0)
    token = idle.token
    ids = [idle.submit(FILE) for _ in range(5)]
    for batch_id in ids:
        statuses, files = paths_of(batch_id)
        short = {"batchId": batch_id, "importId": str(batch_id), "status": "Queued"}
        assert [idle.get(path)["result"] for path in statuses[:2]] == [[short], [short]]
        assert {idle.call("GET", path).status_code for path in files} == {404}
    assert idle.stop() == 0
    for server in running(tmp_path / "data", workers=1):
        server._token = token
        for batch_id in ids:
            assert server.finish(batch_id)["status"] == "Complete"
        claimed = [event["batch_id"] for event in server.events("JobClaimed")]
        assert claimed == ids


@pytest.fixture(scope="module")
def narrow(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that lets one job import, and two jobs wait or import."""
    env = {"LEADLINE_LIMITS__JOBS_QUEUED_MAX": "2", "LEADLINE_LIMITS__JOBS_IMPORTING_MAX": "1"}
    yield from running(tmp_path_factory.mktemp("narrow") / "data", subscription(), workers=2, env=env)


def test_only_so_many_import_at_once(narrow: Server) -> None:
    """§2.2: with two workers and a limit of one, one job waits; counters while importing only grow."""
    rows = "".join(f"many{n}@example.com,{'x' * 100}\n" for n in range(30_000))
    ids = [narrow.submit("email,address\n" + rows) for _ in range(2)]
    counts: dict[int, list[int]] = {batch_id: [] for batch_id in ids}

    def all_complete() -> bool:
        jobs = narrow.get("/leadline/v1/jobs.json")["result"]
        assert sum(job["status"] == "Importing" for job in jobs) <= 1
        for batch_id in ids:
            status = narrow.status(batch_id)
            counts[batch_id].append(status.get("numOfLeadsProcessed", 0))
            assert ("message" in status) is (status["status"] == "Complete")
        return {job["status"] for job in jobs} == {"Complete"}

    until(all_complete, 60)
    for seen in counts.values():
        assert seen == sorted(seen)


def test_the_number_of_unfinished_jobs_is_a_setting(tmp_path: Path) -> None:
    """§2.2: the message tells the limit."""
    env = {"LEADLINE_LIMITS__JOBS_QUEUED_MAX": "1"}
    for idle in running(tmp_path / "data", subscription(), workers=0, env=env):
        idle.submit(FILE)
        message = "There are 1 imports currently being processed. Please try again later"
        assert error_of(idle.post_file(FILE)) == ("1016", message)


def test_a_seat_is_free_again_when_a_job_has_ended(narrow: Server) -> None:
    """§2.2: more jobs than seats, one after the other."""
    for _ in range(3):
        narrow.run_import(FILE)


def age(data: Path, batch_id: int, seconds: int) -> None:
    """Make a job of a stopped server older, and what it changed."""
    stores = open_stores(data)
    with stores.subscription("123-ABC-456").write() as session:
        for table, instant in (("job", "created_at"), ("change_set", "at")):
            changed = f"SET {instant} = {instant} - {seconds} WHERE batch_id = {batch_id}"
            session.run_built(f"UPDATE {{schema}}.{table} {changed}", {})
    stores.close()


def test_retention(tmp_path: Path) -> None:
    """§2.4, Q34: after its days, counted from creation, a batch id is unknown, then purged, never reused.

    A worker that is never idle purges too. Its changes are kept no longer here.
    """
    data = tmp_path / "data"
    first = start_server(data, subscription())
    old, young = first.submit("email,leadScore\na,1\na,x\n"), first.submit(FILE)
    first.finish(old)
    first.finish(young)
    assert first.stop() == 0
    age(data, old, 2 * DAY_SECONDS)
    age(data, young, DAY_SECONDS - 600)
    env = {"LEADLINE_LIMITS__RETENTION_DAYS": "1", "LEADLINE_LIMITS__HISTORY_DAYS": "1"}
    for server in running(data, workers=0, env=env):
        assert_unknown(server, old)
        assert server.status(young)["status"] == "Complete"
        assert [job["batchId"] for job in server.get("/leadline/v1/jobs.json")["result"]] == [young]
        assert len(server.lead("email", "a", "id")) == 1
        waiting = [server.submit(FILE) for _ in range(3)]
    for server in running(data, workers=1, env=env):
        assert server.wait_for("JobsPurged")["jobs"] == 1
        server.wait_for("JobFinished", len(waiting))
        told = [
            event["event"] for event in server.events() if event["event"] in ("JobsPurged", "JobFinished")
        ]
        assert told.index("JobsPurged") < len(waiting)
        assert_unknown(server, old)
        assert waiting[0] == young + 1


def other_subscription() -> dict[str, Any]:
    credential = {
        "name": "other",
        "client_id": "other",
        "client_secret": "other-secret",
        "user": "o@example.com",
    }
    return {"munchkin_id": "987-XYZ-654", "credentials": [{**credential, "permissions": "all"}]}


def test_subscriptions_do_not_see_each_other(tmp_path: Path) -> None:
    """§2.3: another subscription's jobs, lists and people are unknown; each has its own ids."""
    data, file = tmp_path / "data", tmp_path / "other.yaml"
    file.write_text(yaml.safe_dump(other_subscription()), "utf-8")
    subprocess.run([LEADLINE, "setup", str(file), *store_options(data)], check=True, capture_output=True)
    for server in running(data, subscription()):
        other = server.new_token("other", "other-secret")
        ids = [server.submit("email,leadScore\nshared@example.com,1\nbad,x\n") for _ in range(2)]
        for batch_id in ids:
            server.finish(batch_id)
            assert_unknown(server, batch_id, other)
        assert server.get("/leadline/v1/jobs.json", token=other)["result"] == []
        assert error_of(server.call("GET", "/rest/v1/lists/1001.json", other))[0] == "1013"
        assert error_of(server.post_file(FILE, other, listId="1001"))[0] == "1013"
        found = server.get(
            "/rest/v1/leads.json?filterType=email&filterValues=shared@example.com", token=other
        )
        assert found["result"] == []
        assert server.post_file(FILE, other).json()["result"][0]["batchId"] == ids[0]
