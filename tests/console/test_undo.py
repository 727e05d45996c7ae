"""The undo screen: a preview first, a number typed where people go, and nothing that was not shown."""

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest

from tests.console.reading import Table, shown, tables
from tests.console.world import Console, LogIn
from tests.contract.api.world import credential, import_objects, sync, whole_subscription
from tests.forms import repeats
from tests.harness import Server, running

pytestmark = repeats("postgres", "given")  # pages have no statements of their own

LEADS = "/rest/v1/leads.json"
HOSTILE = "\u202e=cmd()<script>alert('x')</script>\x07&amp;"
CREDENTIALS = [
    credential("writer", "Read-Write Lead"),
    credential("reader", "Read-Only Lead"),
    credential("cars", "Read-Write Custom Object"),
    credential("european", "Read-Write Lead", partitions=["Europe"]),
]


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from running(tmp_path_factory.mktemp("undo") / "data", whole_subscription(credentials=CREDENTIALS))


def imported(server: Server, content: str, **params: Any) -> int:
    batch_id = server.submit(content, **params)
    server.finish(batch_id)
    return batch_id


def asked(console: Console, batch_id: int) -> str:
    """Ask for the preview of an undo, wait until it is made; return its id."""
    answer = console.post(f"/jobs/{batch_id}/undo")
    assert answer.status_code == 303, answer.text
    preview_id = str(answer.headers["location"].rpartition("preview=")[2])
    assert told(console.server, preview_id, wait=30)["status"] == "Ready"
    return preview_id


def previewed(console: Console, batch_id: int, preview_id: str) -> httpx.Response:
    return console.get(f"/jobs/{batch_id}/undo", params={"preview": preview_id})


def applied(console: Console, batch_id: int, preview_id: str, **form: str) -> str:
    """Apply a preview to its end; return the page that tells what became of it."""
    answer = console.post(f"/jobs/{batch_id}/undo/{preview_id}", **form)
    assert answer.status_code == 303, answer.text
    job = told(console.server, preview_id)["batchId"]
    console.server.ended(job, lambda: console.server.get(f"/leadline/v1/jobs/{job}.json")["result"][0])
    return previewed(console, batch_id, preview_id).text


def told(server: Server, preview_id: str, wait: int = 0) -> dict[str, Any]:
    path = f"/leadline/v1/previews/{preview_id}.json?wait={wait}"
    found: dict[str, Any] = server.get(path)["result"][0]
    return found


def file_of(server: Server, preview_id: str, name: str) -> list[dict[str, str]]:
    answer = server.call("GET", f"/leadline/v1/previews/{preview_id}/{name}.csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def counted(page: str) -> dict[str, int]:
    """Return the numbers of the tiles by their titles."""
    found = re.findall(r"<dt>([^<]*)</dt>\s*<dd>(\d+)", page.replace("\u202f", ""))
    return {unescape(title): int(number) for title, number in found}


def table(page: str, part: str) -> Table:
    return next(each for each in tables(page) if part in each.caption)


def test_nothing_is_written_before_the_preview_and_its_numbers_are_the_api_s(
    world: Server, console: Console
) -> None:
    imported(world, "email,title,leadScore\nn1@x.co,Old,1\nn2@x.co,Old,1\n")
    batch_id = imported(world, "email,title,leadScore\nn1@x.co,Job,2\nn2@x.co,Job,2\nn3@x.co,Job,2\n")
    sync(world, LEADS, {"email": "n1@x.co", "title": "Since"})
    first = console.get(f"/jobs/{batch_id}/undo").text
    assert "Show what would come back" in first
    assert "Take back" not in first, "there is no way past the preview"
    preview_id = asked(console, batch_id)
    page, api = previewed(console, batch_id, preview_id).text, told(world, preview_id)
    numbers = counted(page)
    assert {name: numbers[title] for name, title in WORDS.items()} == api["rows"]
    assert numbers["Values that come back"] == api["cells"]["restored"] == 3
    assert [each["why"] for each in api["kept"]] == ["written since"]
    assert "1 row written since" in shown(page)
    changes = table(page, "Cells that change")
    assert [row[:6] for row in changes.rows] == [
        [each[name] for name in ("row", "id", "key", "field", "old", "new")]
        for each in file_of(world, preview_id, "changes")
    ]
    for name in ("changes", "kept"):
        given = console.get(f"/jobs/{batch_id}/undo/{preview_id}/{name}")
        told_file = world.call("GET", f"/leadline/v1/previews/{preview_id}/{name}.csv")
        assert (given.status_code, given.content) == (200, told_file.content)
        assert f'filename="undo-of-{batch_id}-{name}.csv"' in given.headers["content-disposition"]
    for name in ("drift", "rows", "nonsense"):
        assert console.get(f"/jobs/{batch_id}/undo/{preview_id}/{name}").status_code == 404
    (kept,) = table(page, "one by one").rows
    (line,) = file_of(world, preview_id, "kept")
    assert kept[:5] == [line[name] for name in ("row", "id", "field", "now", "would_be")]
    assert world.lead("email", "n2@x.co", "title")[0]["title"] == "Job"


WORDS = {
    "reverted": "Taken back",
    "partly": "Partly taken back",
    "kept": "Kept",
    "deleted": "Deleted",
    "gone": "Gone before",
}


def test_where_people_are_deleted_their_number_must_be_typed(world: Server, console: Console) -> None:
    batch_id = imported(world, "email\nd1@x.co\nd2@x.co\n")
    preview_id = asked(console, batch_id)
    path = f"/jobs/{batch_id}/undo/{preview_id}"
    for typed in ({}, {"deleted": ""}, {"deleted": "1"}, {"deleted": "two"}, {"deleted": "2x"}):
        answer = console.post(path, conflicts="keep", **typed)
        assert answer.status_code == 409
        assert "Type the number of rows whose records are deleted, 2" in shown(answer.text)
    assert told(world, preview_id)["status"] == "Ready"
    assert "2 deleted" in shown(applied(console, batch_id, preview_id, conflicts="keep", deleted=" 2 "))
    assert world.lead("email", "d1@x.co", "id") == []
    page = shown(console.get(f"/jobs/{batch_id}/undo").text)
    assert "It was taken back by" in page
    assert "has kept" not in page, "there is nothing that may have become free"


def test_it_runs_as_shown_and_the_page_tells_what_became_of_it(world: Server, console: Console) -> None:
    imported(world, "email,title\nr1@x.co,Old\nr2@x.co,Old\n")
    batch_id = imported(world, "email,title\nr1@x.co,Job\nr2@x.co,Job\n")
    sync(world, LEADS, {"email": "r2@x.co", "title": "Since"})
    preview_id = asked(console, batch_id)
    assert "1 taken back, 1 kept" in shown(applied(console, batch_id, preview_id, conflicts="keep"))
    assert world.lead("email", "r1@x.co", "title")[0]["title"] == "Old"
    page = shown(console.get(f"/jobs/{batch_id}/undo").text)
    assert "What that one has kept may have become free since" in page
    assert "Intopeople" in page.replace(" ", "")
    again = console.post(f"/jobs/{batch_id}/undo/{preview_id}", conflicts="keep")
    assert again.status_code == 303, "asked twice, it is the same job"
    undos = [each for each in world.get("/leadline/v1/jobs.json")["result"] if each["undoes"] == batch_id]
    assert len(undos) == 1


def test_what_has_changed_since_it_was_shown_refuses_and_is_shown(world: Server, console: Console) -> None:
    imported(world, "email,title,firstName\nf1@x.co,Old,A\n")
    batch_id = imported(world, "email,title,firstName\nf1@x.co,Job,B\n")
    preview_id = asked(console, batch_id)
    sync(world, LEADS, {"email": "f1@x.co", "title": "Since"})
    page = applied(console, batch_id, preview_id, conflicts="keep")
    assert "the preview is out of date: 1 row would act differently" in shown(page)
    job = told(world, preview_id)["batchId"]
    lines = csv.DictReader(io.StringIO(world.call("GET", f"/leadline/v1/jobs/{job}/drift.csv").text))
    drift = table(page, "Differences")
    assert drift.rows == [
        [*(each[name] for name in ("row", "field", "planned_old", "planned_new")), "no change"]
        for each in lines
    ]
    assert console.get(f"/jobs/{batch_id}/undo/{preview_id}/drift").text.count("\n") == 2
    assert world.lead("email", "f1@x.co", "firstName")[0]["firstName"] == "B", "nothing was written"
    assert "Show anew what would come back" in page


def test_all_or_nothing_is_a_button_of_its_own_and_closed_where_it_would_do_nothing(
    world: Server, console: Console
) -> None:
    imported(world, "email,title\na1@x.co,Old\na2@x.co,Old\n")
    batch_id = imported(world, "email,title\na1@x.co,Job\na2@x.co,Job\n")
    assert ' value="refuse">' in previewed(console, batch_id, asked(console, batch_id)).text
    sync(world, LEADS, {"email": "a2@x.co", "title": "Since"})
    preview_id = asked(console, batch_id)
    page = previewed(console, batch_id, preview_id).text
    assert ' value="refuse" disabled' in page
    assert "something of 1 row would be kept" in shown(page)
    forced = applied(console, batch_id, preview_id, conflicts="refuse")
    assert "1 row would be kept: nothing was taken back" in shown(forced)
    assert world.lead("email", "a1@x.co", "title")[0]["title"] == "Job"


def test_what_cannot_be_taken_back_says_why(world: Server, console: Console) -> None:
    imported(world, "email,title\nw1@x.co,Same\n")
    nothing = imported(world, "email,title\nw1@x.co,Same\n")
    page = console.get(f"/jobs/{nothing}/undo").text
    assert "Nothing to take back" in shown(page)
    assert "<form" not in page.partition("<main")[2]
    refused = console.post(f"/jobs/{nothing}/undo")
    assert refused.status_code == 409
    assert "Nothing to take back" in shown(refused.text)
    assert console.get("/jobs/999999/undo").status_code == 404


def test_a_preview_shows_on_the_page_of_its_own_job_alone(world: Server, console: Console) -> None:
    first, second = imported(world, "email\no1@x.co\n"), imported(world, "email\no2@x.co\n")
    preview_id = asked(console, first)
    assert previewed(console, second, preview_id).status_code == 404
    assert console.post(f"/jobs/{second}/undo/{preview_id}", conflicts="keep").status_code == 404
    assert previewed(console, first, "nonsense").status_code == 404


@pytest.mark.parametrize(
    ("who", "of_leads", "of_cars"),
    [
        ("tests", 200, 200),
        ("writer", 200, 403),
        ("reader", 403, 403),
        ("cars", 403, 200),
        ("european", 200, 403),
    ],
)
def test_who_may_import_such_records_may_take_them_back(
    world: Server, who: str, of_leads: int, of_cars: int, log_in: LogIn
) -> None:
    leads = imported(world, f"email\nwho-{who}@x.co\n")
    import_objects(world, "car_c", f"vin\nWHO-{who}\n")
    cars = max(each["batchId"] for each in world.get("/leadline/v1/jobs.json?kind=car_c")["result"])
    console = log_in(who)
    for batch_id, expected in ((leads, of_leads), (cars, of_cars)):
        assert console.get(f"/jobs/{batch_id}/undo").status_code == expected
        assert console.post(f"/jobs/{batch_id}/undo").status_code == (303 if expected == 200 else expected)


def test_people_in_closed_partitions_are_counted_and_not_shown(world: Server, log_in: LogIn) -> None:
    imported(world, "email,title\nclosed@x.co,Old\n")
    batch_id = imported(world, "email,title\nclosed@x.co,Job\n")
    european = log_in("european")
    page = previewed(european, batch_id, asked(european, batch_id)).text
    assert counted(page)["Kept"] == 1
    assert "1 row no access" in shown(page)
    assert "closed@x.co" not in page


def test_hostile_cells_and_names_are_shown_and_do_nothing(world: Server, console: Console) -> None:
    sync(world, LEADS, {"email": "h@x.co", "title": "Old"})
    sync(world, LEADS, {"email": "h@x.co", "lastName": "x"})
    files = {"file": ("\u202e<b>evil</b>.csv", f"email,title\nh@x.co,{HOSTILE}\n".encode(), "text/csv")}
    body = world.call("POST", "/bulk/v1/leads.json", params={"format": "csv"}, files=files).json()
    batch_id = body["result"][0]["batchId"]
    world.finish(batch_id)
    page = previewed(console, batch_id, asked(console, batch_id)).text
    assert "<script>alert" not in page
    assert "<b>evil" not in page
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x07]", page)
    assert "<U+202E>=cmd()<script>alert('x')</script><U+0007>&amp;" in [
        row[4] for row in table(page, "Cells that change").rows
    ]


def test_a_long_preview_shows_its_first_lines_and_says_so(world: Server, console: Console) -> None:
    emails = [f"l{number}@x.co" for number in range(60)]
    for title in ("Old", "Job"):
        batch_id = imported(world, "email,title\n" + "".join(f"{each},{title}\n" for each in emails))
    preview_id = asked(console, batch_id)
    changes = table(previewed(console, batch_id, preview_id).text, "Cells that change")
    assert changes.caption == "Cells that change: the first 25"
    assert [row[2] for row in changes.rows] == emails[:25]
    assert len(file_of(world, preview_id, "changes")) == 60


def test_records_of_custom_objects_are_called_so(world: Server, console: Console) -> None:
    import_objects(world, "car_c", "vin,color\nU1,red\n")
    batch_id = max(each["batchId"] for each in world.get("/leadline/v1/jobs.json?kind=car_c")["result"])
    preview_id = asked(console, batch_id)
    assert "1 record will be deleted" in shown(previewed(console, batch_id, preview_id).text)
    applied(console, batch_id, preview_id, conflicts="keep", deleted="1")
    assert not world.get("/rest/v1/customobjects/car_c.json?filterType=vin&filterValues=U1")["result"]
