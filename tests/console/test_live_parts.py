"""What is unfinished is looked at again; nothing of a person's is lost by it. The browser's clock is the test's."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import storing
from tests.console.browser import Looker, browser, looking, missing
from tests.console.tour import document
from tests.harness import CLIENT_ID, CLIENT_SECRET, Server, running


@pytest.fixture(scope="module")
def store() -> str:
    return "sqlite"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    for _ in storing("sqlite", in_process=True):
        yield from running(tmp_path_factory.mktemp("live") / "data", document())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if why := missing():
        pytest.skip(why)
    with browser() as started:
        yield started


@pytest.fixture
def looker(chromium: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Looker]:
    """A person who looks at a live part that has nothing to wait for: a preview that is done."""
    batch_id = server.run_import(f"email\n{request.node.name}@example.com\n")["batchId"]
    with looking(chromium, server) as found:
        found.login()
        found.page.clock.install()
        found.open(f"/jobs/{batch_id}/undo")
        found.page.get_by_role("button", name="Show what would come back").click()
        done = found.page.get_by_role("button", name="Take back what nobody changed since")
        for _ in range(50):
            if done.is_visible():
                break
            with found.page.expect_response(lambda answer: "/undo" in answer.url):
                found.page.clock.run_for(2500)
        expect(done).to_be_visible()
        yield found


def refreshes(page: Page, milliseconds: int) -> int:
    """Return how often a page asks for parts of itself while its clock runs on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "hx-request" in request.headers else None)
    for _ in range(milliseconds // 500):
        page.clock.run_for(500)
    page.wait_for_load_state("networkidle")
    return len(asked)


def test_what_is_done_is_looked_at_each_quarter_of_a_minute(looker: Looker) -> None:
    assert refreshes(looker.page, 60_000) == 4
    assert looker.complaints == []


def test_a_paused_page_stays_as_it_is(looker: Looker) -> None:
    looker.page.get_by_role("button", name="Pause").click()
    expect(looker.page.get_by_role("status")).to_have_text("The page stays as it is.")
    assert refreshes(looker.page, 60_000) == 0
    looker.page.reload()
    assert refreshes(looker.page, 60_000) == 0
    looker.page.get_by_role("button", name="Go on").click()
    assert refreshes(looker.page, 16_000) >= 1


def test_a_hidden_page_asks_for_nothing(looker: Looker) -> None:
    looker.page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    assert refreshes(looker.page, 60_000) == 0
    looker.page.evaluate("delete document.hidden")
    assert refreshes(looker.page, 1_000) == 1


def test_the_age_of_the_page_is_told(looker: Looker) -> None:
    with looker.page.expect_response(lambda answer: "/undo" in answer.url):
        looker.page.clock.run_for(15_500)
    looker.page.clock.run_for(4_000)
    expect(looker.page.locator("[data-updated]")).to_contain_text("ago")


def test_a_refresh_takes_neither_focus_nor_text(looker: Looker) -> None:
    field = looker.page.get_by_label("Type the number")
    field.fill("12")
    field.focus()
    with looker.page.expect_response(lambda answer: "/undo" in answer.url):
        looker.page.clock.run_for(16_000)
    expect(field).to_be_focused()
    expect(field).to_have_value("12")


def test_a_session_that_ends_leads_to_the_login_and_back(looker: Looker) -> None:
    page, before = looker.page, looker.page.url
    looker.context.clear_cookies()
    page.clock.run_for(16_000)
    page.get_by_role("heading", name="Log in").wait_for()
    page.get_by_label("Client id").fill(CLIENT_ID)
    page.get_by_label("Client secret").fill(CLIENT_SECRET)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Log out").wait_for()
    assert page.url == before
