"""Uploads that an embedded store keeps as files: damaged ones end their jobs, and deleted people take theirs."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from leadline.store.directory_faults import faults_of
from tests.conftest import storing
from tests.contract.api.previews import asked, told
from tests.contract.api.test_cancel import cancel, job_of, unreached
from tests.harness import running, start_server, subscription
from tests.stores import open_stores

ROWS = 20_000
GONE = "gone.person@example.com"
FAILED = "Import failed, the uploaded file is missing or damaged in the store: send it again"


@pytest.fixture(scope="module", autouse=True)
def store() -> Iterator[str]:
    """The embedded store alone has such files."""
    yield from storing("sqlite", in_process=True)


def large(who: str, first: str = "") -> str:
    """Return the content of a file of more than 256 KB."""
    return "\n".join(
        ["email", *([first] if first else ()), *(f"{who}{n}@example.com" for n in range(ROWS)), ""]
    )


def uploads(data: Path) -> list[Path]:
    """Return the files of the only subscription, the oldest first."""
    return sorted(data.glob("subscriptions/*.uploads/*"), key=lambda path: path.stat().st_mtime_ns)


def test_a_damaged_upload_ends_its_job_alone(tmp_path: Path) -> None:
    """P7: of jobs, of a preview and of one that is cancelled; `check` names each; the next job is imported."""
    data = tmp_path / "data"
    server = start_server(data, subscription(), workers=0)
    missing, cut = (server.submit(large(who)) for who in "ab")
    preview_id, cancelled, well = (
        asked(server, "lead", large("c")),
        server.submit(large("d")),
        server.submit("email\n"),
    )
    files = uploads(data)
    assert len(files) == 4
    for number in (0, 2, 3):
        files[number].unlink()
    os.truncate(files[1], 300_000)
    assert cancel(server, cancelled)["cancelled"]
    assert unreached(server, cancelled) is None
    assert server.stop() == 0
    stores = open_stores(data)
    told_faults = " ".join(faults_of(stores))
    stores.close()
    assert [path.name in told_faults for path in files] == [True, True, True, False]
    for server in running(data):
        jobs = [server.ended(each, partial(job_of, server, each)) for each in (missing, cut, well)]
        assert [job["status"] for job in jobs] == ["Failed", "Failed", "Complete"]
        assert [job["message"] for job in jobs[:2]] == [FAILED, FAILED]
        assert told(server, preview_id)["message"] == FAILED.replace("Import", "Preview")
        assert uploads(data) == []
        assert not server.events("StoreFailed")


def test_a_deleted_person_takes_files_along(tmp_path: Path) -> None:
    """When the call is answered no file has a byte of them: neither of a job that was cancelled, nor of a preview
    that nobody has looked at. Those of others stay.
    """
    data = tmp_path / "data"
    for server in running(data, subscription(), workers=0):
        body = server.call("POST", "/rest/v1/leads.json", json={"input": [{"email": GONE}]}).json()
        of_job, of_other = server.submit(large("a", GONE)), server.submit(large("b"))
        asked(server, "lead", large("c", GONE))
        for batch_id in (of_job, of_other):
            cancel(server, batch_id)
        assert [GONE.encode() in path.read_bytes() for path in uploads(data)] == [True, False, True]
        gone = {"input": [{"id": body["result"][0]["id"]}]}
        assert server.call("POST", "/rest/v1/leads/delete.json", json=gone).json()["success"]
        assert [path.read_bytes() for path in uploads(data)] == [large("b").encode()]
        assert (unreached(server, of_job), unreached(server, of_other)) == (None, large("b").encode())


def test_an_upload_that_the_system_refuses_counts_as_damaged(tmp_path: Path) -> None:
    """A link to itself: its job can be cancelled, a preview of it goes with whom it may name, the next one is imported."""
    data = tmp_path / "data"
    server = start_server(data, subscription(), workers=0)
    made = server.call("POST", "/rest/v1/leads.json", json={"input": [{"email": GONE}]}).json()["result"][0]
    refused, cancelled, well = server.submit(large("a")), server.submit(large("b")), server.submit("email\n")
    preview_id = asked(server, "lead", large("c"))
    for file in uploads(data):
        file.unlink()
        file.symlink_to(file)
    assert cancel(server, cancelled)["cancelled"]
    gone = {"input": [{"id": made["id"]}]}
    assert (
        server.call("POST", "/rest/v1/leads/delete.json", json=gone).json()["result"][0]["status"]
        == "deleted"
    )
    assert server.get(f"/leadline/v1/previews/{preview_id}.json")["result"][0]["status"] == "Expired"
    assert server.stop() == 0
    stores = open_stores(data)
    (file,) = data.glob("subscriptions/*.uploads/*")
    assert file.name in " ".join(faults_of(stores))
    stores.close()
    for server in running(data):
        ended = [server.ended(each, partial(job_of, server, each)) for each in (refused, well)]
        assert [job["status"] for job in ended] == ["Failed", "Complete"]
        assert (ended[0]["message"], server.events("StoreFailed")) == (FAILED, [])


def test_a_folder_of_uploads_that_is_none_stops_nothing_else(tmp_path: Path) -> None:
    """What needs it is refused or fails; small files are imported."""
    data = tmp_path / "data"
    for server in running(data, subscription()):
        (store,) = data.glob("subscriptions/*.db")
        store.with_suffix(".uploads").write_bytes(b"")
        assert server.post_file(large("a")).json()["errors"][0]["code"] == "611"
        assert server.finish(server.submit("email\n"))["status"] == "Complete"
        assert not server.events("WorkerDied")
