"""A real browser: Debian's Chromium, driven by playwright, with axe-core looking at what it shows.

`make test` leaves these tests out where no Chromium is installed. Where npm cannot install axe-core, a test
that asks axe checks all the rest, and is then skipped instead of passed; `.ci/run` installs both first.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.server import CLIENT_ID, CLIENT_SECRET, Server

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
AXE = Path(".venv-browser/node_modules/axe-core/axe.min.js")
_FLAGS = [
    "--no-sandbox",  # it does not start as root with one
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_REFUSED_BY_POLICY = ("Content Security Policy", "Content-Security-Policy")
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def missing() -> str | None:
    """Return why no browser test can run here, or None."""
    if not CHROMIUM.exists():
        return f"No browser: {CHROMIUM} is not installed (Debian: apt install chromium)."
    return None


@dataclass
class Looker:
    """A person at a browser who writes down what the browser complains of."""

    server: Server
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    misses_axe: bool = False

    def open(self, path: str = "") -> None:
        """Go to a page by its path behind `/console`."""
        self.page.goto(f"{self.server.address}/console{path}")

    def login(self, client_id: str = CLIENT_ID, client_secret: str = CLIENT_SECRET) -> None:
        """Log in by keyboard, as a person does."""
        self.open("/login")
        self.page.get_by_label("Client id").fill(client_id)
        self.page.get_by_label("Client secret").fill(client_secret)
        self.page.keyboard.press("Enter")
        self.page.get_by_role("button", name="Log out").wait_for()

    def slow_down(self, upload_bytes_per_second: int) -> None:
        """Send as slowly as a bad line does."""
        session = self.context.new_cdp_session(self.page)
        session.send("Network.enable")
        session.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": 0,
                "downloadThroughput": -1,
                "uploadThroughput": upload_bytes_per_second,
            },
        )

    def violations(self) -> list[str]:
        """Return what axe finds wrong with the page as it is shown now; without axe the test ends skipped."""
        if not AXE.exists():
            self.misses_axe = True
            return []
        self.page.evaluate(AXE.read_text("utf-8"))
        found: list[dict[str, Any]] = self.page.evaluate(
            f"async () => (await axe.run(document, {json.dumps(_RULES)})).violations"
        )
        return [
            f"{each['id']}: {each['help']}: " + "; ".join(node["html"][:120] for node in each["nodes"])
            for each in found
        ]

    def hear(self, message: ConsoleMessage) -> None:
        """Note what the browser refuses because of the policy, and each error of a script."""
        if message.type == "error" or any(each in message.text for each in _REFUSED_BY_POLICY):
            self.complaints.append(message.text)


@contextmanager
def browser() -> Iterator[Browser]:
    """Start a browser."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=_FLAGS)
        try:
            yield started
        finally:
            started.close()


@contextmanager
def looking(started: Browser, server: Server, **options: Any) -> Iterator[Looker]:
    """Open a window of its own; `options` are those of playwright: its size, its theme, whether it has scripts."""
    context = started.new_context(**options)
    page = context.new_page()
    looker = Looker(server, context, page)
    page.on("console", looker.hear)
    page.on("pageerror", lambda error: looker.complaints.append(str(error)))
    try:
        yield looker
    finally:
        context.close()
    if looker.misses_axe:  # all else that the test asserts has held
        pytest.skip(f"No axe-core: {AXE} is not installed (npm), so nobody has looked for violations.")
