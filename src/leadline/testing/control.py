"""Control calls to a sandbox, over HTTP."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Collection
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

_TIMEOUT_SECONDS = 120.0
"""A step of a job or of the clock answers when workers have brought it about."""

_SHOWN_BYTES = 60

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""The sandbox is on this machine, or where a test was told: a proxy has no part in it."""


class ControlError(Exception):
    """The sandbox refuses a control call; the text is the sentence that says why."""

    def __init__(self, http_status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.http_status = http_status


@dataclass(frozen=True, slots=True)
class Control:
    """Where the control calls of a sandbox go, and with which token, if with one."""

    url: str
    token: str | None = None

    def call(
        self, method: str, path: str, body: object = None, members: Collection[str] = ()
    ) -> dict[str, Any]:
        """Make a call; return its JSON, which has these members. Raises `ControlError`."""
        text = self.call_raw(method, path, None if body is None else json.dumps(body).encode())
        try:
            answer = json.loads(text)
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or not answer.keys() >= set(members):
            said = text[:_SHOWN_BYTES].decode(errors="backslashreplace")
            raise ControlError(404, _no_sandbox(self.url, repr(said)))
        if "requestId" in answer:  # the envelope of the API, which knows no such call
            raise ControlError(404, _no_sandbox(self.url, answer["errors"][0]["code"]))
        return answer

    def call_raw(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Make a call with a body of bytes; return those of the answer. Raises `ControlError`."""
        headers = {"X-Leadline-Sandbox": "1", "Content-Type": "application/json"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(f"{self.url}/{path}", body, headers, method=method)
        try:
            with _direct.open(request, timeout=_TIMEOUT_SECONDS) as answer:
                found: bytes = answer.read()
                return found
        except urllib.error.HTTPError as error:
            with error:
                raise ControlError(error.code, _sentence(error.read(), self.url, error.code)) from None
        except (OSError, HTTPException) as error:
            why = getattr(error, "reason", None) or error
            raise ControlError(0, f"No sandbox answers at {self.url}: {why}.") from error


def is_address(url: str) -> bool:
    """Tell whether a text is an address that can be called."""
    try:
        parts = urllib.parse.urlsplit(url)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_whole and url.isascii() and url.isprintable() and " " not in url


def _sentence(body: bytes, url: str, http_status: int) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return _no_sandbox(url, http_status)


def _no_sandbox(url: str, answer: object) -> str:
    return f"{url} is no sandbox: it answers {answer}. Start one with `leadline sandbox`."
