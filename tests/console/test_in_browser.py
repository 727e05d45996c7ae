"""What only a real browser shows: the login, the policy, what scripts do, and what axe finds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import storing
from tests.console.browser import Looker, browser, looking, missing
from tests.contract.api.world import whole_subscription
from tests.harness import Server, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server in this process: what the browser sees is the same on every database."""
    for _ in storing("sqlite", in_process=True):
        yield from running(tmp_path_factory.mktemp("browser") / "data", whole_subscription())


@pytest.fixture(scope="module")
def store() -> str:
    return "sqlite"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if why := missing():
        pytest.skip(why)
    with browser() as started:
        yield started


@pytest.fixture
def looker(chromium: Browser, server: Server) -> Iterator[Looker]:
    with looking(chromium, server) as found:
        yield found
        assert found.complaints == []


def test_log_in_and_out(looker: Looker) -> None:
    looker.login()
    assert looker.violations() == []
    looker.page.get_by_role("button", name="Log out").click()
    expect(looker.page.get_by_role("heading", name="Log in")).to_be_visible()


def test_a_link_on_another_site_leads_to_the_page(looker: Looker) -> None:
    """The cookie is strict, and yet nobody logs in twice."""
    looker.login()
    wanted = f"{looker.server.address}/console/subscription"
    looker.page.goto(looker.server.address.replace("127.0.0.1", "localhost") + "/console/login")
    looker.page.evaluate(
        "address => { const a = document.createElement('a'); a.href = address; a.textContent = 'job'; document.body.append(a) }",
        wanted,
    )
    looker.page.get_by_role("link", name="job").click()
    looker.page.get_by_role("button", name="Log out").wait_for()
    assert looker.page.url == wanted


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1600])
def test_the_login_is_for_everybody(chromium: Browser, server: Server, scheme: str, width: int) -> None:
    with looking(chromium, server, color_scheme=scheme, viewport={"width": width, "height": 800}) as looker:
        looker.open("/login?next=%2Fconsole%3Ftab%3Dx")
        assert looker.violations() == []
        wider = looker.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wider == 0
        assert looker.complaints == []


def test_a_phone_has_room_for_the_page(chromium: Browser, server: Server) -> None:
    """The head is low, and of the chart, whose text can be read, the newest columns are seen first."""
    with looking(chromium, server, viewport={"width": 360, "height": 740}) as looker:
        looker.login()
        looker.open("/jobs")
        looker.page.locator("[data-live-tools]").wait_for()
        assert looker.page.evaluate("document.querySelector('.top').offsetHeight") <= 125
        axis, begin, last, text, edge = looker.page.evaluate(
            "() => { const box = document.querySelector('.chart.over-time').parentElement;"
            " const drawn = [...box.querySelectorAll('text')].map(each => each.getBoundingClientRect());"
            " const axis = [...box.querySelectorAll('.axis + text')].map(each => each.getBoundingClientRect());"
            " return [Math.min(...axis.map(each => each.left)), box.getBoundingClientRect().left,"
            " Math.max(...drawn.map(each => each.right)), Math.min(...drawn.map(each => each.height)),"
            " box.getBoundingClientRect().right] }"
        )
        assert begin <= axis, "the numbers of the axis are seen"
        assert last <= edge
        assert text >= 12


@pytest.mark.parametrize("width", [1024, 1600])
def test_the_text_of_a_chart_is_as_large_as_other_text(chromium: Browser, server: Server, width: int) -> None:
    with looking(chromium, server, viewport={"width": width, "height": 740}) as looker:
        looker.login()
        looker.open("/jobs")
        text = looker.page.locator(".chart.over-time text").first
        assert 11 <= text.evaluate("each => each.getBoundingClientRect().height") <= 17


def test_a_theme_is_chosen_and_kept(looker: Looker) -> None:
    looker.page.emulate_media(color_scheme="light")
    looker.open("/login")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = looker.page.evaluate(ground)
    looker.page.get_by_role("button", name="Dark").click()
    dark = looker.page.evaluate(ground)
    assert dark != light
    looker.page.reload()
    assert looker.page.evaluate(ground) == dark
    assert looker.violations() == []
    looker.page.get_by_role("button", name="Light").click()
    assert looker.page.evaluate(ground) == light


def test_a_keyboard_alone_goes_everywhere(looker: Looker) -> None:
    """The first stop skips to the content; each stop is seen."""
    looker.login()
    looker.open()
    page, stops = looker.page, []
    for _ in range(40):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            "() => { const e = document.activeElement; if (e === document.body) return null; const s = getComputedStyle(e);"
            " return [e.textContent.trim(), s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2] }"
        )
        if stop is None:
            break
        stops.append(stop)
    assert stops[0][0] == "Skip to the content"
    assert [text for text, is_seen in stops if not is_seen] == []
    assert "Log out" in [text for text, _ in stops]


UPLOAD_BYTES, UPLOAD_BYTES_PER_SECOND = 1_000_000, 400_000
ROW = b"someone@example.com,Some One\n"


def test_an_upload_shows_how_far_it_is(looker: Looker, tmp_path: Path) -> None:
    """On a slow line the bar grows, the button waits, and the columns come at its end."""
    file = tmp_path / "slow.csv"
    file.write_bytes(b"email,Full Name\n" + ROW * (UPLOAD_BYTES // len(ROW)))
    looker.login()
    looker.open("/import")
    page = looker.page
    looker.slow_down(UPLOAD_BYTES_PER_SECOND)
    shown: list[float] = []
    page.expose_function("note", lambda position: shown.append(position))
    page.evaluate(
        "() => { const bar = document.querySelector('progress[data-upload]');"
        " new MutationObserver(() => bar.hidden || window.note(bar.position)).observe(bar, {attributes: true}) }"
    )
    page.get_by_label("File", exact=True).set_input_files(file)
    button = page.get_by_role("button", name="Look at its columns")
    button.click()
    expect(button).to_be_disabled()
    expect(page.get_by_role("status")).to_have_text("The file is being sent.")
    page.get_by_role("heading", name="Where do the columns go?").wait_for()
    assert len([each for each in shown if 0 < each < 1]) >= 2, shown
    assert shown == sorted(shown)


def test_an_upload_that_breaks_off_says_so(looker: Looker, tmp_path: Path) -> None:
    """The form stays, and may be sent again."""
    file = tmp_path / "lost.csv"
    file.write_bytes(b"email\n" + ROW * 100)
    looker.login()
    looker.open("/import")
    page = looker.page
    page.get_by_label("File", exact=True).set_input_files(file)
    page.context.set_offline(True)
    button = page.get_by_role("button", name="Look at its columns")
    button.click()
    said = page.get_by_text("The file was not sent: the connection broke off.")
    expect(said.first).to_be_attached()
    expect(button).to_be_enabled()
    expect(page.locator("progress[data-upload]")).to_be_hidden()
    looker.complaints.clear()  # of the browser, that it is offline
    page.context.set_offline(False)
    button.click()
    page.get_by_role("heading", name="Where do the columns go?").wait_for()


def test_the_policy_runs_no_script_of_a_page(looker: Looker) -> None:
    """The control: where something inline gets into a page, the browser refuses it and says so."""
    looker.login()
    looker.page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s);"
        " document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>') }"
    )
    assert looker.page.evaluate("window.ran") is None
    assert len([each for each in looker.complaints if "Content Security Policy" in each]) == 2
    looker.complaints.clear()
