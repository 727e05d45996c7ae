"""A person's browser without scripts: logged into the console of a server, with what it shows as text."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx

from tests.server import CLIENT_ID, CLIENT_SECRET, Server

OWN = {"Sec-Fetch-Site": "same-origin"}
"""What browsers say of a request that comes from a page of the same origin."""


@dataclass
class Console:
    """One browser. It follows no redirect by itself, so that tests see each."""

    server: Server
    prefix: str = "/console"
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60.0))

    def url(self, path: str) -> str:
        """Return the address of a page: of a path behind `/console`, or of one that a page has named."""
        whole = path if path.startswith(self.prefix) else self.prefix + path
        return self.server.address + whole

    def get(self, path: str = "", **options: Any) -> httpx.Response:
        """Get a page."""
        return self.http.get(self.url(path), **options)

    def fragment(self, path: str) -> httpx.Response:
        """Get a part of a page as its script does when it refreshes it."""
        headers = {"HX-Request": "true", "Leadline-Refresh": "1", "HX-Current-URL": self.url(path)}
        return self.http.get(self.url(path), headers=headers)

    def post(self, path: str, **form: str) -> httpx.Response:
        """Send a form."""
        return self.http.post(self.url(path), data=form, headers=OWN)

    def login(self, client_id: str = CLIENT_ID, client_secret: str = CLIENT_SECRET) -> "Console":
        """Log in; return the same browser."""
        answer = self.post("/login", client_id=client_id, client_secret=client_secret)
        assert answer.status_code == 303, answer.text
        return self

    def close(self) -> None:
        """End it."""
        self.http.close()


def shown(answer: httpx.Response) -> str:
    """Return what a person reads in the main part of a page, white space collapsed."""
    main = re.search(r"<main.*?</main>", answer.text, re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", main[0] if main else answer.text)
    return " ".join(unescape(text).split())


LogIn = Callable[[str], Console]
"""What logs a browser in with a credential."""


def selected(page: str) -> dict[str, str]:
    """Return what the form of an import's columns holds, as a browser without scripts would send it."""
    found = {}
    for name, options in re.findall(r'<select name="(column-\d+)".*?>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = unescape(chosen[1]) if chosen else ""
    for name, value in re.findall(r'<input type="hidden" name="(column-\d+)" value="([^"]*)"', page):
        found[name] = unescape(value)
    return found
