"""The job screen: why rows failed, what was changed, what became of each row; its numbers are the API's."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.reading import shown, tables
from tests.console.world import Console, LogIn
from tests.contract.api.calls import BULK
from tests.contract.api.test_who_and_what import create
from tests.contract.api.world import credential, finished, sync, whole_subscription
from tests.forms import repeats
from tests.harness import Server, running

pytestmark = repeats("postgres", "given")  # pages have no statements of their own

HOSTILE = "\u202e<b>x</b>\x07"
LEADS = (
    "firstName,email,leadScore\n"
    "Ann,ann@example.com,7\n"
    f'"{HOSTILE}",bad@example.com,many\n'
    "Bob,,3\n"
    '"two\nlines",also@example.com,lots\n'
    "Cat,cat@example.com,9\n"
)
MEMBERS = "/bulk/v1/program/1001/members/import.json"
TRIPS = "/bulk/v1/customobjects/trip_c/import.json"


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with an import of leads (1001), of members (1002) and of an object that links to people (1003)."""
    credentials = [
        credential("objects", "Read-Write Custom Object", "Read-Only Custom Object"),
        credential("european", "Read-Write Lead", partitions=["Europe"]),
        credential("looker", "Read-Only Lead"),
    ]
    document = whole_subscription(credentials=credentials)
    for server in running(tmp_path_factory.mktemp("job") / "data", document):
        sync(server, "/rest/v1/leads.json", {"email": "ann@example.com", "leadScore": 5, "firstName": "Anna"})
        sync(server, "/rest/v1/customobjects/car_c.json", {"vin": "v1"})
        for path, content, params in (
            (BULK, LEADS, {}),
            (
                MEMBERS,
                "email,rank\nm@example.com,first\nn@example.com,2\n",
                {"programMemberStatus": "Invited"},
            ),
            (
                TRIPS,
                "car,day,driver,km\nv1,2025-01-01,nobody@example.com,1\nv1,2025-01-02,,far\nv1,2025-01-03,,5\n",
                {},
            ),
        ):
            batch_id = create(server, path, content, "f.csv", **params).json()["result"][0]["batchId"]
            finished(server, f"/leadline/v1/jobs/{batch_id}.json")
        sync(server, "/rest/v1/leads.json", {"email": "ann@example.com", "leadScore": 8})
        yield server


@pytest.mark.parametrize("batch_id", [1001, 1002, 1003])
def test_groups_are_those_of_the_api(world: Server, console: Console, batch_id: int) -> None:
    page = console.get(f"/jobs/{batch_id}")
    assert page.status_code == 200
    reasons = world.get(f"/leadline/v1/jobs/{batch_id}/reasons.json")["result"]
    assert reasons
    sections = re.findall(r'<section class="card group".*?</section>', page.text, re.DOTALL)
    assert len(sections) == len(reasons)
    for section, each in zip(sections, reasons, strict=True):
        text = shown(section)
        assert each["reason"] in text
        assert f"{each['rows']} row" in text
        (table,) = tables(section)
        assert int(table.rows[0][0]) == each["firstRow"]
    job = world.get(f"/leadline/v1/jobs/{batch_id}.json")["result"][0]
    assert f"Complete, {job['failed']} failed" in page.text


def test_the_cell_at_fault_is_marked_and_hostile_ones_are_shown(console: Console) -> None:
    page = console.get("/jobs/1001").text
    marked = re.findall(r'<span class="cell at-fault[^"]*">([^<]*)</span>', page)
    assert marked == ["many", "lots", ""]
    assert "<b>x</b>" not in page
    assert "\u202e" not in page
    assert "\x07" not in page
    assert "two" in page


def test_each_group_can_be_downloaded(world: Server, console: Console) -> None:
    reasons = world.get("/leadline/v1/jobs/1001/reasons.json")["result"]
    for number, each in enumerate(reasons, 1):
        answer = console.get("/jobs/1001/files/group", params={"number": number})
        assert answer.headers["content-disposition"].startswith("attachment")
        rows = list(csv.reader(io.StringIO(answer.text, newline="")))
        assert rows[0] == ["firstName", "email", "leadScore", "Import Failure Reason"]
        assert len(rows) - 1 == each["rows"]
        assert {row[-1] for row in rows[1:]} == {each["reason"]}
    assert console.get("/jobs/1001/files/group", params={"number": 9}).status_code == 404


def test_files_are_those_of_the_api(world: Server, console: Console) -> None:
    for name, path in (
        ("failures", "/bulk/v1/leads/batch/1001/failures.json"),
        ("changes", "/leadline/v1/jobs/1001/changes.csv"),
        ("rows", "/leadline/v1/jobs/1001/ledger.csv"),
    ):
        assert console.get(f"/jobs/1001/files/{name}").content == world.call("GET", path).content, name
    assert console.get("/jobs/1001/files/other").status_code == 404


def test_changes_tell_fields_and_who_has_the_cells_now(world: Server, console: Console) -> None:
    page = console.get("/jobs/1001/changes").text
    fields, cells = tables(page)
    assert fields.rows == [["firstName", "1", "0", "0"], ["leadScore", "1", "0", "0"]]
    lines = list(csv.DictReader(io.StringIO(world.call("GET", "/leadline/v1/jobs/1001/changes.csv").text)))
    rows = cells.by_title()
    assert [(row["Row"], row["Field"]) for row in rows] == [(line["row"], line["field"]) for line in lines]
    of_ann = {row["Field"]: row for row in rows if row["Row"] == "1"}
    assert (of_ann["leadScore"]["Before"], of_ann["leadScore"]["After"]) == ("5", "7")
    assert of_ann["leadScore"]["Who has it now"].startswith("Call")
    assert of_ann["firstName"]["Who has it now"] == "this job"
    (_, of_field) = tables(console.get("/jobs/1001/changes", params={"field": "leadScore"}).text)
    assert {row["Field"] for row in of_field.by_title()} == {"leadScore"}


def test_rows_are_the_ledger(world: Server, console: Console) -> None:
    ledger = list(csv.DictReader(io.StringIO(world.call("GET", "/leadline/v1/jobs/1001/ledger.csv").text)))

    def listed(**query: str) -> list[tuple[str, str, str]]:
        found = tables(console.get("/jobs/1001/rows", params=query).text)
        return [(row[0], row[2], row[3]) for row in found[0].rows] if found else []

    expected = [(line["row"], line["id"], line["reason"]) for line in ledger]
    assert listed() == expected
    assert listed(row="4") == expected[3:]
    assert listed(outcome="failed") == [
        each for each, line in zip(expected, ledger, strict=True) if line["outcome"] == "failed"
    ]
    assert listed(row="6") == []
    assert listed(row="x") == expected


@pytest.mark.parametrize(
    ("batch_id", "key", "row"),
    [(1001, "CAT@example.com", 5), (1002, "n@example.com", 2), (1003, "v1,2025-01-03", 3)],
)
def test_a_row_is_found_by_key_which_no_address_holds(
    console: Console, batch_id: int, key: str, row: int
) -> None:
    answer = console.post(f"/jobs/{batch_id}/rows", key=key)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/console/jobs/{batch_id}/rows?row={row}"
    assert console.post(f"/jobs/{batch_id}/rows", key="nobody").status_code == 404


def test_cells_of_people_are_dots_to_who_may_not_read_them(log_in: LogIn) -> None:
    browser = log_in("objects")
    page = browser.get("/jobs/1003").text
    assert "nobody@example.com" not in page
    assert "•••" in page
    assert "far" in page
    assert browser.get("/jobs/1001").status_code == 403
    assert browser.get("/jobs/1001/files/failures").status_code == 403
    assert log_in("looker").get("/jobs/1001").status_code == 403


def test_changes_of_closed_partitions_have_neither_key_nor_cells(log_in: LogIn) -> None:
    page = log_in("european").get("/jobs/1001/changes").text
    assert "ann@example.com" not in page
    assert "not open to you" in page
    assert log_in("european").post("/jobs/1001/rows", key="cat@example.com").status_code == 404


def test_a_job_is_cancelled_after_a_question(console: Console) -> None:
    """One that has finished is not ended any more."""
    assert console.get("/jobs/1001/cancel").headers["location"] == "/console/jobs/1001"
    assert console.post("/jobs/1001/cancel").status_code == 303
    assert "Cancelled" not in console.get("/jobs/1001").text


def test_the_course_and_the_end_of_undo(world: Server, console: Console) -> None:
    answer = console.get("/jobs/1001")
    job = world.get("/leadline/v1/jobs/1001.json")["result"][0]
    page, text = answer.text, shown(answer.text)
    for piece in ("Accepted", "Claimed by a worker", "1 chunk written", "Finished", "possible until"):
        assert piece in text
    assert job["undoUntil"].replace("T", " ").replace("Z", " UTC") in text
    assert 'href="/console/jobs/1001/undo"' in page
    part = console.fragment("/jobs/1001").text
    assert part.lstrip().startswith('<div class="stack" id="job-live"')
    assert console.get("/jobs/999").status_code == 404
    assert console.get("/jobs/x").status_code == 404


def test_a_queued_job_is_cancelled_after_a_question(store: str, tmp_path: Path) -> None:
    """The question does nothing, its button ends the job, and page and API show that it was cancelled."""
    for server in running(tmp_path / "data", whole_subscription(), workers=0):
        browser = Console(server).login()
        batch_id = server.submit("email\nann@example.com\n")
        assert f'href="/console/jobs/{batch_id}/cancel"' in browser.get(f"/jobs/{batch_id}").text
        question = browser.get(f"/jobs/{batch_id}/cancel")
        assert f"End job {batch_id} here? 0 rows are done." in shown(question.text)
        (address,) = re.findall(r'<form method="post" action="([^"]+)" class="confirm', question.text)
        assert server.get(f"/leadline/v1/jobs/{batch_id}.json")["result"][0]["status"] == "Queued"
        assert browser.post(address).headers["location"] == f"/console/jobs/{batch_id}"
        page = browser.get(f"/jobs/{batch_id}")
        assert "Cancelled" in shown(page.text)
        assert "Rows not reached" in shown(page.text)
        assert "/cancel" not in page.text
        job = server.get(f"/leadline/v1/jobs/{batch_id}.json")["result"][0]
        assert (job["status"], job["cancelled"]) == ("Failed", True)
        browser.close()


@pytest.mark.parametrize(("days", "is_near"), [(1, True), (2, False)])
def test_the_end_of_undo_is_warned_of_when_it_is_near(
    store: str, tmp_path: Path, days: int, is_near: bool
) -> None:
    """A day before, and not sooner."""
    env = {"LEADLINE_LIMITS__HISTORY_DAYS": str(days)}
    for server in running(tmp_path / "data", whole_subscription(), env=env):
        browser = Console(server).login()
        batch_id = server.run_import("email\nann@example.com\n")["batchId"]
        text = shown(browser.get(f"/jobs/{batch_id}").text)
        assert ("and not after that." in text) is is_near
        assert "possible until" in text
        browser.close()
