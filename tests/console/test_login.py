"""Who gets into the console: client id and secret, sessions and their ends, cookies, origins."""

import re
from collections.abc import Iterator

import pytest

from tests.console.world import OWN, Console, shown
from tests.harness import CLIENT_ID, CLIENT_SECRET, Server


@pytest.fixture
def stranger(world: Server) -> Iterator[Console]:
    """A browser that is not logged in."""
    browser = Console(world)
    yield browser
    browser.close()


def test_a_stranger_is_led_to_the_login_and_back(stranger: Console) -> None:
    first = stranger.get("?tab=failed")
    assert first.status_code == 303
    login = stranger.get(first.headers["location"])
    assert shown(login).startswith("Log in")
    back = re.search(r'name="next" value="([^"]*)"', login.text)
    assert back is not None
    answer = stranger.post("/login", client_id=CLIENT_ID, client_secret=CLIENT_SECRET, next=back[1])
    assert (answer.status_code, answer.headers["location"]) == (303, "/console?tab=failed")
    assert stranger.get().status_code in (200, 303)


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example",
        "//evil.example",
        "/rest/v1/leads.json",
        "/console/\\evil",
        "/console/../neighbour",
        "/console/%2e%2E/neighbour",
        "/console/x/.%2e/..//evil.example",
        "/console/\r\nSet-Cookie: a=b",
        "/console/\u202e",
    ],
)
def test_after_the_login_no_other_site_is_shown(stranger: Console, back: str) -> None:
    answer = stranger.post("/login", client_id=CLIENT_ID, client_secret=CLIENT_SECRET, next=back)
    assert answer.headers["location"] == "/console"


@pytest.mark.parametrize("secret", ["wrong", ""])
def test_a_wrong_secret_opens_nothing(stranger: Console, secret: str) -> None:
    answer = stranger.post("/login", client_id=CLIENT_ID, client_secret=secret)
    assert answer.status_code == 401
    assert "The client id or the client secret is wrong." in shown(answer)
    assert "set-cookie" not in answer.headers


def test_the_cookie_is_for_the_browser_and_this_console_alone(stranger: Console) -> None:
    """On plain http of one's own machine it has a plain name: browsers take `__Host-` over TLS alone."""
    answer = stranger.post("/login", client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    name, _, rest = answer.headers["set-cookie"].partition("=")
    assert name == "leadline-console"
    assert {"httponly", "samesite=strict", "path=/"} <= {part.strip().lower() for part in rest.split(";")}
    assert len(rest.partition(";")[0]) == 43  # 256 bits


def test_a_log_out_ends_the_session_on_the_server(console: Console) -> None:
    cookie = {"Cookie": f"leadline-console={console.http.cookies['leadline-console']}"}
    assert console.post("/logout").headers["location"] == "/console/login"
    assert "leadline-console" not in console.http.cookies
    assert console.get(headers=cookie).headers["location"].startswith("/console/login")


def test_a_login_ends_the_session_before_it(console: Console) -> None:
    before = {"Cookie": f"leadline-console={console.http.cookies['leadline-console']}"}
    console.login()
    assert "/login" not in console.get().headers.get("location", "")
    console.http.cookies.clear()
    assert console.get(headers=before).headers["location"].startswith("/console/login")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_no_other_page_sends_our_forms(console: Console, headers: dict[str, str], path: str) -> None:
    form = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    answer = console.http.post(console.url(path), data=form, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert "/login" not in console.get().headers.get("location", "")


def test_an_old_browser_proves_itself_by_its_origin(stranger: Console) -> None:
    form = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    headers = {"Origin": stranger.server.address}
    assert stranger.http.post(stranger.url("/login"), data=form, headers=headers).status_code == 303


def test_plain_http_beyond_the_own_machine_takes_no_secret(stranger: Console) -> None:
    form = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    host = {"Host": "leadline.example"}
    shown_page = stranger.get("/login", headers=host)
    answer = stranger.http.post(stranger.url("/login"), data=form, headers=OWN | host)
    assert (shown_page.status_code, answer.status_code) == (403, 403)
    assert "LEADLINE_SERVER__PUBLIC_URL" in shown(answer)
    assert "set-cookie" not in answer.headers


def test_who_follows_a_link_from_elsewhere_comes_again_from_here(stranger: Console) -> None:
    """No strict cookie comes with such a link, so the page has itself asked for once more."""
    answer = stranger.get("?tab=failed", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0; url=/console?tab=failed">' in answer.text
    again = stranger.get("?tab=failed", headers={"Sec-Fetch-Site": "same-origin"})
    assert again.headers["location"].startswith("/console/login")
