"""Undos, people and the subscription in a real browser: with scripts, without, and as axe sees them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.conftest import storing
from tests.console.browser import Looker, browser, looking, missing
from tests.contract.api.world import import_members, import_objects, sync, whole_subscription
from tests.harness import Server, running, until

LEADS = "/rest/v1/leads.json"
LONG = "Wolfeschlegelsteinhausenbergerdorff" * 4


@pytest.fixture(scope="module")
def store() -> str:
    return "sqlite"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    for _ in storing("sqlite", in_process=True):
        yield from running(tmp_path_factory.mktemp("people") / "data", whole_subscription())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if why := missing():
        pytest.skip(why)
    with browser() as started:
        yield started


def imported(server: Server, content: str) -> int:
    batch_id = server.submit(content)
    server.finish(batch_id)
    return batch_id


@pytest.fixture(scope="module")
def batch_id(server: Server) -> int:
    """A job of whose rows one comes back, one is kept, and whose new person would be deleted."""
    imported(server, f"email,title,lastName\nb1@x.co,Old,{LONG}\nb2@x.co,Old,Short\n")
    batch_id = imported(server, f"email,title\nb1@x.co,{LONG}\nb2@x.co,Job\nb3@x.co,Job\n")
    sync(server, LEADS, {"email": "b2@x.co", "title": "Since"})
    import_objects(server, "car_c", "vin,color\nB1,red\n")
    import_objects(server, "trip_c", "car,day,driver\nB1,2026-01-02,b1@x.co\n")
    import_members(server, "email\nb1@x.co\n", "Attended")
    server.get("/rest/v1/lead/999999.json")
    return batch_id


@pytest.mark.parametrize("javascript", [True, False])
def test_a_job_is_taken_back_by_looking_first_and_typing_the_number(
    chromium: Browser, server: Server, javascript: bool
) -> None:
    name = f"js{javascript}".lower()
    imported(server, f"email,title\n{name}1@x.co,Old\n")
    job = imported(server, f"email,title\n{name}1@x.co,Job\n{name}2@x.co,Job\n")
    with looking(chromium, server, java_script_enabled=javascript) as looker:
        looker.login()
        page = looker.page
        looker.open(f"/jobs/{job}/undo")
        page.get_by_role("button", name="Show what would come back").click()
        take_back = page.get_by_role("button", name="Take back what nobody changed since")
        _wait(looker, take_back, javascript=javascript)
        expect(page.get_by_role("heading", name="1 person will be deleted")).to_be_visible()
        page.get_by_label("Type the number").fill("7")
        take_back.click()
        expect(page.get_by_role("alert")).to_contain_text(
            "Type the number of rows whose records are deleted, 1"
        )
        page.get_by_label("Type the number").fill("1")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        _wait(looker, page.get_by_role("heading", name="Done"), javascript=javascript)
        expect(page.get_by_text("1 taken back, 1 deleted")).to_be_visible()
        complaints = [each for each in looker.complaints if "409" not in each]  # the refused number
    assert complaints == []
    assert server.lead("email", f"{name}1@x.co", "title")[0]["title"] == "Old"
    assert server.lead("email", f"{name}2@x.co", "id") == []


def _wait(looker: Looker, wanted: Locator, *, javascript: bool) -> None:
    """Wait for a part of the page, which a script fetches; without one a person asks again."""
    looker.page.wait_for_url("**preview=**")
    address = looker.page.url
    until(lambda: javascript or wanted.count() or looker.page.goto(address) is None)
    expect(wanted).to_be_visible(timeout=30_000)


PERSON = ("", "/history", "/memberships", "/links")
SUBSCRIPTION = ("", "/fields", "/lists", "/objects", "/credentials", "/settings")


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1600)])
def test_the_screens_are_for_everybody(
    chromium: Browser, server: Server, batch_id: int, scheme: str, width: int
) -> None:
    """No page is wider than the window, whatever it shows, and axe finds nothing."""
    lead_id = server.lead("email", "b1@x.co", "id")[0]["id"]
    car = server.get("/rest/v1/customobjects/car_c.json?filterType=vin&filterValues=B1")["result"][0]
    with looking(chromium, server, color_scheme=scheme, viewport={"width": width, "height": 800}) as looker:
        looker.login()
        looker.open(f"/jobs/{batch_id}/undo")
        problems = {"start": _problems(looker)}
        looker.page.get_by_role("button", name="Show what would come back").click()
        _wait(looker, looker.page.get_by_role("heading", name="What would be kept"), javascript=True)
        problems["undo"] = _problems(looker)
        paths = [
            "/person",
            *(f"/person/{lead_id}{part}" for part in PERSON),
            f"/record/car_c/{car['marketoGUID']}",
            *(f"/subscription{part}" for part in SUBSCRIPTION),
        ]
        for path in paths:
            looker.open(path)
            problems[path] = _problems(looker)
        assert looker.complaints == []
        assert {path: found for path, found in problems.items() if found} == {}


def _problems(looker: Looker) -> list[str]:
    page = "document.documentElement"
    wider = looker.page.evaluate(f"{page}.scrollWidth - {page}.clientWidth")
    return looker.violations() + ([f"{wider} pixels wider than the window"] if wider else [])
