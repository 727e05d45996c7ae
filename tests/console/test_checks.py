"""What each request passes and each answer carries: headers, origins, limits, and what the log keeps."""

import hashlib
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from leadline.console.checks import REQUESTS_PER_SECOND_MAX
from leadline.console.pages import all_pages
from leadline.console.visit import Page
from tests.console.world import OWN, Console
from tests.contract.api.calls import error_of
from tests.forms import repeats
from tests.harness import CLIENT_ID, CLIENT_SECRET, Server, running, subscription

pytestmark = repeats("postgres", "given")  # what becomes of a session on each database: `test_login.py`
STATIC = Path("src/leadline/console/static")
VENDORED = {  # as npm has them
    "htmx-2.0.11.min.js": "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
    "idiomorph-0.8.0.min.js": "5811b9a7eda14878b7dab4378bf60432e1bb6f11fcfb970cc26540642650181e",
}
LOGIN = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


def test_each_answer_says_what_a_browser_may_do(console: Console) -> None:
    """Pages, refusals, redirects and the login alike."""
    for answer in (console.get(), console.get("/login"), console.get("/nothing"), console.post("/nothing")):
        policy = answer.headers["content-security-policy"]
        assert policy == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        )
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.status_code == 303 or answer.headers["content-type"].startswith("text/html")


def test_files_are_kept_for_good_under_the_hash_of_their_bytes(console: Console) -> None:
    addresses = re.findall(r'(?:src|href)="([^"]+\.(?:js|css|svg))"', console.get("/login").text)
    assert len(addresses) == 6
    for address in addresses:
        answer = console.get(address)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert hashlib.sha256(answer.content).hexdigest()[:12] in address
    assert console.get("/static/console.css").status_code == 404
    assert console.get("/static/../app.py").status_code == 404


@pytest.mark.parametrize("name", VENDORED)
def test_what_others_wrote_is_unchanged(name: str) -> None:
    assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == VENDORED[name]
    licence = STATIC / f"{name.partition('-')[0]}-LICENSE.txt"
    assert "Zero-Clause BSD" in licence.read_text("utf-8")


def test_the_cookie_opens_no_call_and_a_token_no_page(console: Console) -> None:
    cookie = {"Cookie": f"leadline-console={console.http.cookies['leadline-console']}"}
    call = httpx.get(f"{console.server.address}/rest/v1/lists.json", headers=cookie)
    assert error_of(call)[0] == "600"
    token = {"Authorization": f"Bearer {console.server.token}"}
    page = httpx.get(console.url(""), headers=token, params={"access_token": console.server.token})
    assert page.headers["location"].startswith("/console/login")
    as_cookie = {"Cookie": f"leadline-console={console.server.token}"}
    assert httpx.get(console.url(""), headers=as_cookie).headers["location"].startswith("/console/login")


def test_a_session_asks_ten_times_a_second(console: Console) -> None:
    """A burst has twice that; another session is not held back by it."""
    burst = 2 * REQUESTS_PER_SECOND_MAX
    with ThreadPoolExecutor(burst) as pool:  # one after the other, on a busy machine, they are slow enough
        answers = list(pool.map(lambda _: console.get(), range(5 * burst)))
    refused = [each for each in answers if each.status_code == 429]
    assert refused
    assert refused[0].headers["retry-after"] == "1"
    assert answers[0].status_code != 429
    with closing(Console(console.server).login()) as other:
        assert other.get().status_code != 429
    assert console.server.get("/rest/v1/lists.json")["success"]


def test_a_page_whose_session_has_ended_leads_to_the_login_and_back(console: Console) -> None:
    console.http.cookies.set("leadline-console", "ended", domain="127.0.0.1")
    answer = console.fragment("?tab=failed")
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/console/login?next=%2Fconsole%3Ftab%3Dfailed"


@pytest.mark.parametrize("address", ["http://[", "//[::", "", "javascript:alert(1)", "\\\\evil.example"])
def test_a_page_whose_address_is_none_leads_to_the_login_all_the_same(world: Server, address: str) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": address}
    answer = httpx.get(f"{world.address}/console/subscription", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"].startswith("/console/login")


@pytest.mark.parametrize("path", ["/console/%2e%2e/login", "/console/.%2E/subscription", "/console/%2e%2e"])
def test_dots_lead_to_no_page(world: Server, path: str) -> None:
    asked = httpx.URL(world.address).copy_with(raw_path=path.encode())
    assert httpx.get(asked).status_code == 404


def test_a_wrong_method_is_told_the_right_ones(console: Console) -> None:
    """No method but those of the table is answered, and the answer says which they are (RFC 9110 §15.5.6)."""
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        answer = console.http.request(method, console.url("/login"), headers=OWN)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    assert console.get("/logout").headers["allow"] == "POST"


def test_a_form_whose_session_has_ended_does_nothing(console: Console) -> None:
    console.http.cookies.clear()
    assert console.post("").status_code == 405  # the first page takes no form
    assert console.post("/logout").headers["location"] == "/console/login"


def test_head_is_answered_as_get_without_a_body(console: Console) -> None:
    answer = console.http.head(console.url("/login"))
    assert (answer.status_code, answer.content) == (200, b"")


def test_the_log_names_pages_and_no_more(world: Server) -> None:
    with httpx.Client() as http:
        page = f"{world.address}/console"
        http.post(f"{page}/login", data=LOGIN | {"client_secret": "wrong-secret"}, headers=OWN)
        http.post(f"{page}/login", data=LOGIN, headers=OWN)
        cookie = http.cookies["leadline-console"]
        http.get(page, params={"find": "private-person@example.com"})
        http.get(f"{page}/login", params={"next": "/console?private-cell"})
        http.get(f"{page}/private-cell")
    world.wait_for("PageAnswered", 5)
    lines = [line for line in world.log if '"PageAnswered"' in line or '"SessionOpened"' in line]
    text = "".join(world.log)
    for secret in ("private-", "wrong-secret", CLIENT_SECRET, cookie, "find"):
        assert secret not in text, secret
    pages = {json.loads(line).get("page") for line in lines}
    assert {"/console", "/console/login", "unknown"} <= pages


@pytest.fixture(scope="module")
def public(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server behind a proxy that ends TLS and keeps few calls."""
    env = {
        "LEADLINE_SERVER__PUBLIC_URL": "https://CRM.example:443/leadline/",
        "LEADLINE_LIMITS__DAILY_CALLS_MAX": "3",
    }
    yield from running(tmp_path_factory.mktemp("public") / "data", subscription(), env=env, workers=0)


@pytest.mark.parametrize("prefix", ["", "/leadline"])
def test_behind_a_proxy_the_setting_says_where_browsers_are(public: Server, prefix: str) -> None:
    """The proxy may take the prefix off or leave it; addresses and cookie are those of the browser's side."""
    login = f"{public.address}{prefix}/console/login"
    page = httpx.get(login, headers={"Host": "10.0.0.7"})
    addresses = re.findall(r'(?:src|href|action)="(/[^"]+)"', page.text)
    assert addresses
    assert all(each.startswith("/leadline/console") for each in addresses)
    answer = httpx.post(login, data=LOGIN, headers={"Origin": "https://crm.example"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/leadline/console")
    name, _, rest = answer.headers["set-cookie"].partition("=")
    assert name == "__Host-leadline-console"
    assert {"secure", "httponly", "samesite=strict", "path=/"} == {
        part.strip().lower() for part in rest.split(";")[1:]
    }
    first = httpx.get(
        f"{public.address}{prefix}/console", headers={"Cookie": answer.headers["set-cookie"].split(";")[0]}
    )
    assert "/login" not in first.headers.get("location", "")


@pytest.mark.parametrize(
    "origin", ["", "http://crm.example", "https://crm.example:8443", "https://crm.example.evil"]
)
def test_behind_a_proxy_no_other_origin_is_ours(public: Server, origin: str) -> None:
    """Not the one that the server itself listens on either, and no forwarded header makes it ours."""
    headers = {
        "Origin": origin or public.address,
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "127.0.0.1",
    }
    assert httpx.post(f"{public.address}/console/login", data=LOGIN, headers=headers).status_code == 403


def test_pages_spend_no_calls_of_the_api(public: Server) -> None:
    with httpx.Client() as http:
        for _ in range(6):
            http.get(f"{public.address}/console/login")
        answer = http.post(f"{public.address}/console/login", data=LOGIN, headers=OWN)
        cookie = {"Cookie": answer.headers["set-cookie"].split(";")[0]}
        for _ in range(6):
            assert http.get(f"{public.address}/console", headers=cookie).status_code in (200, 303)
    usage = public.get("/rest/v1/stats/usage.json")
    assert usage["success"]
    assert sum(day["total"] for day in usage["result"]) <= 1


def test_an_operator_may_want_no_console(store: str, tmp_path: Path) -> None:
    env = {"LEADLINE_SERVER__CONSOLE": "false"}
    for server in running(tmp_path / "data", subscription(), env=env, workers=0):
        answer = httpx.get(f"{server.address}/console/login")
        assert error_of(answer, answer.status_code)[0] == "610"


@pytest.mark.parametrize(
    "page", [each for each in all_pages() if "{" in each.path], ids=lambda each: each.name
)
def test_a_path_that_names_nothing_is_no_page(console: Console, page: Page) -> None:
    """What is no number, or none that there can be, is not found, whatever is done with it."""
    for text in ("x", "-1", "+1", "1.5", "0", "9" * 11, "9" * 30, "%D9%A1"):
        path = re.sub(r"\{\w+\}", text, page.path)
        answer = console.get(path) if page.method == "GET" else console.post(path)
        assert answer.status_code == 404, f"{page.method} {path}: {answer.status_code}"
