"""What strangers try on the console: guessing secrets, leading people elsewhere, and using rights of yesterday."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from leadline.clock import MachineTime
from leadline.subscriptions.apply_file import Subscriptions
from leadline.subscriptions.file import parse_subscription
from tests.console.world import OWN, Console, shown
from tests.contract.api.world import credential, whole_subscription
from tests.forms import repeats
from tests.harness import CLIENT_ID, CLIENT_SECRET, Server, running
from tests.stores import open_stores

GUESSES = 90
LED_ASTRAY = {
    "X-Forwarded-Prefix": "//evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Server": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "8443",
    "X-Original-URL": "/evil",
    "X-Rewrite-URL": "/evil",
    "X-Script-Name": "/evil",
    "Forwarded": "host=evil.example;proto=https",
}
"""Headers that proxies add for programs that believe them, or that a stranger adds."""


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    """What a stranger asks with, as many requests at once as he likes."""
    limits = httpx.Limits(max_connections=GUESSES)
    with httpx.Client(timeout=60, limits=limits) as client:
        yield client


def guess(http: httpx.Client, server: Server, client_id: str, secret: str) -> httpx.Response:
    form = {"client_id": client_id, "client_secret": secret}
    return http.post(f"{server.address}/console/login", data=form, headers=OWN)


@repeats("postgres", "given")
def test_guesses_wait_in_line_and_lock_nobody_out(world: Server, http: httpx.Client) -> None:
    """One guess at a time for a client id, so many may wait; all else is answered meanwhile, and he gets in after."""
    browser = Console(world).login()
    with ThreadPoolExecutor(GUESSES) as pool:
        guesses = [pool.submit(guess, http, world, CLIENT_ID, f"guess {number}") for number in range(GUESSES)]
        assert browser.get("/subscription").status_code == 200
        answers = [each.result() for each in guesses]
    assert {each.status_code for each in answers} == {401, 503}
    assert not any("set-cookie" in each.headers for each in answers)
    assert browser.get("/subscription").status_code == 200, "who is logged in stays so"
    browser.close()
    http.cookies.clear()
    assert guess(http, world, CLIENT_ID, CLIENT_SECRET).status_code == 303


@repeats("postgres", "given")
def test_a_stranger_learns_not_who_there_is(world: Server, http: httpx.Client) -> None:
    known, unknown = (guess(http, world, name, "wrong") for name in (CLIENT_ID, "nobody"))
    assert (known.status_code, shown(known)) == (unknown.status_code, shown(unknown))
    assert known.text.replace(CLIENT_ID, "nobody") == unknown.text


@repeats("postgres", "given")
@pytest.mark.parametrize("host", ["", "evil.example", "evil.example:80", "127.0.0.1@evil.example"])
def test_no_header_leads_elsewhere(world: Server, http: httpx.Client, host: str) -> None:
    """Addresses of pages are paths of this server; the tests of `SERVER__PUBLIC_URL` say the same of its prefix."""
    headers = LED_ASTRAY | ({"Host": host} if host else {})
    for path in ("/login", "/jobs", "", "/static/no.css", "/login?next=//evil.example"):
        answer = http.get(f"{world.address}/console{path}", headers=headers)
        assert not any(
            mark in f"{answer.headers.get('location', '')} {answer.headers.get('set-cookie', '')}"
            for mark in ("evil", "//")
        )
        assert "evil" not in answer.text.replace(
            "//evil.example", "", 1
        )  # what was asked for stands in the form


@repeats("postgres", "given")
@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/console",
        "//evil.example/..//console",
        "/\\evil.example/console",
        "/console//evil.example",
    ],
)
def test_no_path_leads_elsewhere(world: Server, http: httpx.Client, path: str) -> None:
    asked = httpx.URL(world.address).copy_with(raw_path=path.encode())
    location = http.get(asked).headers.get("location", "/console")
    assert location.startswith("/console")


class Narrowed:
    """A server whose credential `looker` an operator changes while somebody is logged in with it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.apply("Read-Write Lead", "Read-Only Lead")
        self.browser = Console(server).login("looker", "looker-secret")

    def apply(self, *permissions: str, **sections: Any) -> None:
        """Apply the subscription file as an operator does beside the running server."""
        document = whole_subscription()
        document["credentials"] = [*document["credentials"], credential("looker", *permissions) | sections]
        stores = open_stores(self.server.data)
        try:
            Subscriptions(stores, MachineTime()).apply(parse_subscription(document))
        finally:
            stores.close()


@pytest.fixture
def narrowed(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Narrowed]:
    for server in running(tmp_path_factory.mktemp("narrowed") / "data", whole_subscription()):
        narrowed = Narrowed(server)
        yield narrowed
        narrowed.browser.close()


def test_rights_that_are_taken_away_are_gone_at_the_next_request(narrowed: Narrowed) -> None:
    browser, imported = narrowed.browser, narrowed.server.run_import("email\nseen@x.co\n")
    job = f"/jobs/{imported['batchId']}"
    assert (browser.get("/person/1").status_code, browser.get(job).status_code) == (200, 200)
    assert "seen@x.co" in browser.get("/person/1").text
    narrowed.apply("Read-Only Assets")
    assert "seen@x.co" not in browser.get("/person/1").text
    assert browser.get(job).status_code == 403
    assert browser.get("/import").status_code == 403
    assert browser.post(f"{job}/cancel").status_code == 403
    assert browser.fragment("/jobs").status_code == 403
    narrowed.apply("Read-Write Lead", client_secret="another-secret-of-the-tests")
    assert browser.get("/person/1").headers["location"].startswith("/console/login")
