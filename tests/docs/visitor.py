"""A reader who does in the console what a page of the documentation says, in a browser without scripts."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import httpx

from tests.console.world import OWN, shown
from tests.harness import until

_FORM = re.compile(r'<form method="post" action="([^"]*)"(.*?)</form>', re.DOTALL)
_INPUT = re.compile(r"<(?:input|button)([^>]*)>")
_SELECT = re.compile(r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', re.DOTALL)


class Visitor:
    """What it presses must be in bold in the documentation's text, and on the page that is open."""

    def __init__(self, address: str, told: str) -> None:
        self._http = httpx.Client(base_url=address, follow_redirects=True, timeout=60.0)
        self._told = " ".join(told.split())
        self.page = self._ask("GET", "/console")

    @property
    def text(self) -> str:
        """What can be read on the page."""
        return shown(self.page)

    def press(self, label: str, file: Path | None = None, **fields: str) -> None:
        """Press a button, with what is chosen already in its form, and what is typed into it."""
        assert f"**{label}**" in self._told, label
        action, form, button = self._form(label)
        values = {**_held(form), **_named(button), **fields}
        files: Any = {"file": (file.name, file.read_bytes(), "text/csv")} if file else None
        self.page = self._ask("POST", action, data=values, files=files, headers=OWN)

    def follow(self, label: str) -> None:
        """Follow a link; one with digits alone, such as a job's number, need not be in bold."""
        assert f"**{label}**" in self._told or label.isdecimal(), label
        found = re.search(rf'<a[^>]* href="([^"]*)"[^>]*>{re.escape(label)}</a>', self.page.text)
        assert found, f"no link {label!r} on the page: {self.text}"
        self.page = self._ask("GET", unescape(found[1]))

    def wait_for(self, words: str) -> None:
        """Look at the page again until it says something."""

        def says() -> bool:
            self.page = self._ask("GET", str(self.page.url))
            return words in self.text

        until(says)

    def close(self) -> None:
        """End it."""
        self._http.close()

    def _ask(self, method: str, address: str, **options: Any) -> httpx.Response:
        """Get or send something, again where it came too fast; what has led to a page is not sent twice."""
        answer = self._http.request(method, address, **options)
        while answer.status_code == 429:
            if answer.history:
                method, address, options = "GET", str(answer.url), {}
            answer = self._unhurried(method, address, options)
        assert answer.status_code == 200, shown(answer)
        return answer

    def _unhurried(self, method: str, address: str, options: dict[str, Any]) -> httpx.Response:
        """Ask until an answer comes that is no refusal, or one that has come after a redirection."""

        def ask() -> httpx.Response | None:
            answer = self._http.request(method, address, **options)
            return answer if answer.status_code != 429 or answer.history else None

        found: httpx.Response = until(ask)
        return found

    def _form(self, label: str) -> tuple[str, str, str]:
        """Return where the form of a button goes, what it holds, and the button's attributes."""
        for action, form in _FORM.findall(self.page.text):
            if found := re.search(rf"<button([^>]*)>{re.escape(label)}</button>", form):
                return unescape(action), form, found[1]
        raise AssertionError(f"no button {label!r} on the page: {self.text}")


def _held(form: str) -> dict[str, str]:
    """Return what a form holds when nobody has touched it."""
    held = {}
    for each in _INPUT.findall(form):
        if 'type="hidden"' in each or " checked" in each:
            held |= _named(each)
    for name, options in _SELECT.findall(form):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        held[name] = unescape(chosen[1]) if chosen else ""
    return held


def _named(attributes: str) -> dict[str, str]:
    """Return the name and value of an input or a button, if it has them."""
    found = dict(re.findall(r'(name|value)="([^"]*)"', attributes))
    return {found["name"]: unescape(found.get("value", ""))} if "name" in found else {}
