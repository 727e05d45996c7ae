"""The jobs screen: its numbers are the API's, its tabs and filters hold what they say, and nothing is hidden."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.console.reading import shown, tables
from tests.console.world import Console, LogIn
from tests.contract.api.calls import BULK
from tests.contract.api.test_who_and_what import create
from tests.contract.api.world import credential, finished, whole_subscription
from tests.harness import Server, running

HOSTILE = '\u202e<script>alert(1)</script>&"x.csv'
MEMBERS = "/bulk/v1/program/1001/members/import.json"
CARS = "/bulk/v1/customobjects/car_c/import.json"


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a job of each kind, one with failures, one that failed and one that was taken back."""
    credentials = [credential("cars", "Read-Write Custom Object"), credential("looker", "Read-Only Lead")]
    document = whole_subscription(credentials=credentials)
    for server in running(tmp_path_factory.mktemp("jobs") / "data", document):
        content = "email,leadScore\na@example.com,1\nb@example.com,many\n"
        for path, text, name, params in (
            (BULK, content, "mixed.csv", {}),
            (BULK, content, "again.csv", {}),
            (BULK, "email\nc@example.com\n", HOSTILE, {"listId": "1001"}),
            (MEMBERS, "email\nm@example.com\n", "members.csv", {"programMemberStatus": "Invited"}),
            (CARS, "vin\nv1\n", "cars.csv", {}),
        ):
            body = create(server, path, text, name, **params).json()
            batch_id = body["result"][0]["batchId"]
            _ended(server, batch_id)
        server.finish(server.submit(b"email\n\xff\n"))
        undo = server.call("POST", "/leadline/v1/jobs/1003/undo.json", json={}).json()
        _ended(server, undo["result"][0]["batchId"])
        yield server


def _ended(server: Server, batch_id: int) -> None:
    finished(server, f"/leadline/v1/jobs/{batch_id}.json")


def listed(console: Console, **query: str) -> list[dict[str, str]]:
    """Return the rows of the table of jobs that a page shows."""
    found = [
        each for each in tables(console.get("/jobs", params=query).text) if each.caption.startswith("Jobs")
    ]
    return [dict(zip(found[0].titles, row, strict=False)) for row in found[0].rows] if found else []


def told(server: Server, **query: str) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = server.get("/leadline/v1/jobs.json", params=query)["result"]
    return result


def ids(rows: list[dict[str, str]]) -> list[int]:
    return [int(row["Job"].split()[0]) for row in rows]


def test_each_job_is_shown_as_the_api_tells_it(world: Server, console: Console) -> None:
    jobs, rows = told(world), listed(console)
    assert ids(rows) == [each["batchId"] for each in jobs]
    for job, row in zip(jobs, rows, strict=True):
        if job["undoes"] is not None:
            assert f"{job['reverted'] + job['partly']} taken back" in row["Created"]
            continue
        names = {"Created": "created", "Updated": "updated", "Unchanged": "unchanged", "Failed": "failed"}
        assert {title: int(row[title]) for title in names} == {
            title: job[name] for title, name in names.items()
        }
        assert row["Who"].split()[0] == job["user"]


def test_a_job_with_failures_is_never_green(console: Console) -> None:
    page = console.get("/jobs").text
    assert "Complete, 1 failed" in page
    for status in re.findall(r'<span class="status (\w+)">.*?</svg>([^<]*)</span>', page, re.DOTALL):
        assert (status[0] == "good") == (status[1] == "Complete"), status


def test_tabs_count_what_they_hold(world: Server, console: Console) -> None:
    jobs = told(world)
    expected = {
        "all": jobs,
        "queued": [],
        "importing": [],
        "complete": [each for each in jobs if each["status"] == "Complete"],
        "with-failures": [each for each in jobs if each["failed"]],
        "failed": [each for each in jobs if each["status"] == "Failed"],
        "undone": [each for each in jobs if each["undoneBy"]],
    }
    assert expected["undone"]
    assert expected["failed"]
    nav = re.search(r'<nav class="tabs".*?</nav>', console.get("/jobs").text, re.DOTALL)
    assert nav is not None
    badges = [int(each) for each in re.findall(r'class="badge">(\d+)<', nav[0])]
    assert badges == [len(each) for each in expected.values()]
    for tab, found in expected.items():
        assert ids(listed(console, tab=tab)) == [each["batchId"] for each in found], tab


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"kind": "car_c"}, {"kind": "car_c"}),
        ({"kind": "program_member"}, {"kind": "program_member"}),
        ({"list": "1001"}, {"listId": 1001}),
        ({"list": "1001", "tab": "failed"}, {"listId": 1001, "status": "Failed"}),
        ({"user": "nobody@example.com"}, {"user": "nobody@example.com"}),
        ({"list": "no number"}, {"listId": "none"}),
    ],
)
def test_filters(world: Server, console: Console, query: dict[str, str], wanted: dict[str, Any]) -> None:
    expected = [
        each["batchId"] for each in told(world) if all(each[name] == value for name, value in wanted.items())
    ]
    assert ids(listed(console, **query)) == expected


def test_tiles_and_chart_have_the_numbers_of_the_counts(world: Server, console: Console) -> None:
    counts = world.get("/leadline/v1/counts.json")["result"]
    page = console.get("/jobs", params={"span": "7d"}).text
    failed = sum(each["failed"] for each in counts)
    assert f"Failed rows, 24 hours {failed}" in shown(page.replace("</dt>", " </dt>"))
    (numbers,) = [each for each in tables(page) if each.caption == "Rows by outcome"]
    summed = {
        title: sum(int(row[title]) for row in numbers.by_title()) for title in ("Jobs", "Created", "Failed")
    }
    assert summed == {
        "Jobs": sum(each["jobs"] for each in counts),
        "Created": sum(each["created"] for each in counts),
        "Failed": failed,
    }
    assert re.search(r'<rect class="mark-failed"[^>]*><title>[^<]*: \d+ failed</title>', page)


def test_a_file_that_came_before_is_named(console: Console) -> None:
    row = next(each for each in listed(console) if "again.csv" in each["Job"])
    assert "same file as 1001" in row["Job"]


def test_a_hostile_name_is_shown_and_does_nothing(console: Console) -> None:
    page = console.get("/jobs").text
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "alert(1)" in page


def test_who_may_see_which_jobs(world: Server, log_in: LogIn) -> None:
    cars = log_in("cars")
    assert ids(listed(cars)) == [each["batchId"] for each in told(world, kind="car_c")]
    assert log_in("looker").get("/jobs").status_code == 403


def test_pages_and_the_fragment(world: Server, console: Console) -> None:
    newest = told(world)[0]["batchId"]
    assert ids(listed(console, before=str(newest)))[0] == told(world)[1]["batchId"]
    part = console.fragment("/jobs").text
    assert part.lstrip().startswith('<div class="stack" id="jobs-live"')
    assert 'data-live="later"' in part
    assert listed(console, tab="queued") == []
    assert "No job is like that" in console.get("/jobs", params={"tab": "queued"}).text
