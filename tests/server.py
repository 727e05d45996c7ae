"""Calls to a running server and the events of its log, wherever it runs."""

import json
import os
import queue
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

DEADLINE_SECONDS = 90.0
"""For what must happen at all; a machine may be busy with other things."""

PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.01, 0.1
"""Between two looks at what is waited for: they take time from what brings it about."""

UNTOLD_SECONDS, UNTOLD_SECONDS_MAX = 0.1, 1.6
"""After this long a job is asked after of whose end the log does not tell; then after twice as long each time."""

_TLS = ssl.create_default_context()  # made once: it takes longer than a call

CLIENT_ID, CLIENT_SECRET = "tests", "s3cret-of-the-tests"


def subscription(**sections: Any) -> dict[str, Any]:
    """Return a subscription document with one credential that may do everything."""
    credential = {
        "name": "tests",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "user": "tests@example.com",
        "permissions": "all",
    }
    document: dict[str, Any] = {
        "munchkin_id": "123-ABC-456",
        "partitions": ["Default", "Europe"],
        "credentials": [credential],
        "lists": [{"id": 1001, "name": "Newsletter"}, {"id": 1002, "name": "Webinar"}],
    }
    extra = sections.pop("credentials", [])
    return document | sections | {"credentials": [credential, *extra]}


UNLIMITED = {
    "LEADLINE_LIMITS__RATE_CALLS_MAX": "1000000",
    "LEADLINE_LIMITS__CONCURRENT_CALLS_MAX": "1000000",
    "LEADLINE_LIMITS__DAILY_CALLS_MAX": "1000000000",
}
"""Tests of other things call as often as they like."""


def until(predicate: Callable[[], Any], deadline_seconds: float = DEADLINE_SECONDS) -> Any:
    """Return the first true value of the predicate; fail when it stays false until the deadline."""
    nothing, pause_seconds = threading.Event(), PAUSE_SECONDS
    end = time.monotonic() + deadline_seconds
    while not (value := predicate()):
        assert time.monotonic() < end, "what was waited for did not happen in time"
        nothing.wait(pause_seconds)
        pause_seconds = min(pause_seconds * 1.3, PAUSE_SECONDS_MAX)
    return value


def event_of(line: str) -> dict[str, Any]:
    """Return what a line of the log says, with its instant as epoch milliseconds under `at`."""
    event: dict[str, Any] = json.loads(line)
    if "time" in event:  # else it is the line of a checkout from before 0.3.0
        event["at"] = round(datetime.fromisoformat(event["time"]).timestamp() * 1000)
    return event


def cpu_seconds(*pids: int) -> float:
    """Return the processor time that processes have used: what else runs on the machine adds next to nothing."""
    ticks = 0
    for pid in pids:
        ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


listeners: list[Callable[[httpx.Response], None]] = []
"""What looks at each answer that a test gets, such as the check against the OpenAPI document."""


def _show(response: httpx.Response) -> None:
    for listener in listeners:
        listener(response)


def new_client() -> httpx.Client:
    return httpx.Client(timeout=60.0, verify=_TLS, event_hooks={"response": [_show]})


@dataclass
class Server:
    """A running server: its log as events, and calls to it."""

    data: Path
    address: str = ""
    log: list[str] = field(default_factory=list)
    http: httpx.Client = field(default_factory=new_client)
    _events: "queue.Queue[dict[str, Any]]" = field(default_factory=queue.Queue)
    _seen: list[dict[str, Any]] = field(default_factory=list)
    _token: str | None = None
    _tokens: dict[str, str] = field(default_factory=dict)

    def stop(self) -> int:
        """End it as an operator does; return its exit code."""
        raise NotImplementedError

    def hear(self, lines: Iterable[str]) -> None:
        """Take in the lines of its log until they end."""
        for line in lines:
            self.log.append(line)
            if line.startswith("{"):
                self._events.put(event_of(line))

    def events(self, name: str | None = None, start: int = 0) -> list[dict[str, Any]]:
        """Return the events logged so far, all or those of one name; `start` leaves out the first ones."""
        while not self._events.empty():
            self._seen.append(self._events.get())
        return [event for event in self._seen[start:] if name in (None, event["event"])]

    def wait_for(
        self, name: str, count: int = 1, deadline_seconds: float = DEADLINE_SECONDS
    ) -> dict[str, Any]:
        """Wait until an event of that name has been logged `count` times; return the last of them."""
        found: list[dict[str, Any]] = until(
            lambda: (events := self.events(name)) if len(self.events(name)) >= count else None,
            deadline_seconds,
        )
        return found[count - 1]

    @property
    def token(self) -> str:
        """An access token of the credential that may do everything."""
        if self._token is None:
            self._token = self.new_token(CLIENT_ID, CLIENT_SECRET)
        return self._token

    def new_token(self, client_id: str, client_secret: str) -> str:
        """Return the token of a credential."""
        params = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        return str(
            self.http.get(f"{self.address}/identity/oauth/token", params=params).json()["access_token"]
        )

    def token_of(self, client_id: str, client_secret: str) -> str:
        """Return the token of a credential, asked for once: to check a secret takes longer than most calls."""
        if client_id not in self._tokens:
            self._tokens[client_id] = self.new_token(client_id, client_secret)
        return self._tokens[client_id]

    def call(self, method: str, path: str, token: str | None = None, **options: Any) -> httpx.Response:
        """Make a call with a token in the header; `token=""` sends none."""
        headers = dict(options.pop("headers", {}))
        if token != "":
            headers.setdefault("Authorization", f"Bearer {token or self.token}")
        return self.http.request(method, self.address + path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        """Return the JSON body of a GET."""
        return self.call("GET", path, **options).json()

    def post_file(self, content: bytes | str, token: str | None = None, **params: Any) -> httpx.Response:
        """Post a file to the bulk lead import, parameters in the query."""
        data = content.encode() if isinstance(content, str) else content
        files = {"file": ("leads.csv", data, "text/csv")}
        return self.call("POST", "/bulk/v1/leads.json", token, params=params, files=files)

    def submit(self, content: bytes | str, **params: Any) -> int:
        """Create a job that must be accepted; return its batch id."""
        body = self.post_file(content, **params).json()
        assert body["success"], body
        return int(body["result"][0]["batchId"])

    def status(self, batch_id: int) -> dict[str, Any]:
        """Return the status object of a job."""
        result: dict[str, Any] = self.get(f"/bulk/v1/leads/batch/{batch_id}.json")["result"][0]
        return result

    def ended(
        self, batch_id: int, look: Callable[[], Any], deadline_seconds: float = DEADLINE_SECONDS
    ) -> dict[str, Any]:
        """Return what an answer says of a job that has ended, under `status`.

        It is asked for when the log tells of the end, else seldom: a question takes as long as a small import.
        """
        told, pause = 0, UNTOLD_SECONDS
        next_look = time.monotonic() + pause

        def ask() -> dict[str, Any] | None:
            nonlocal told, pause, next_look
            ends = sum(
                event["event"] in ("JobFinished", "JobRescued") and event["batch_id"] == batch_id
                for event in self.events()
            )
            if ends == told and time.monotonic() < next_look:
                return None
            pause = min(2 * pause, UNTOLD_SECONDS_MAX)
            told, next_look = ends, time.monotonic() + pause
            found: dict[str, Any] = look()
            return found if found["status"] in ("Complete", "Failed") else None

        job: dict[str, Any] = until(ask, deadline_seconds)
        return job

    def finish(self, batch_id: int, deadline_seconds: float = DEADLINE_SECONDS) -> dict[str, Any]:
        """Wait until a job has finished; return its status object."""
        return self.ended(batch_id, lambda: self.status(batch_id), deadline_seconds)

    def run_import(self, content: bytes | str, **params: Any) -> dict[str, Any]:
        """Import a file to its end; return the status object."""
        return self.finish(self.submit(content, **params))

    def failures(self, batch_id: int) -> httpx.Response:
        """Fetch the failure file."""
        return self.call("GET", f"/bulk/v1/leads/batch/{batch_id}/failures.json")

    def warnings(self, batch_id: int) -> httpx.Response:
        """Fetch the warning file."""
        return self.call("GET", f"/bulk/v1/leads/batch/{batch_id}/warnings.json")

    def ledger(self, batch_id: int) -> list[str]:
        """Return the ledger's lines without its header."""
        return self.call("GET", f"/leadline/v1/jobs/{batch_id}/ledger.csv").text.splitlines()[1:]

    def lead(self, field: str, value: object, fields: str) -> list[dict[str, Any]]:
        """Return the leads whose field has the value."""
        params = {"filterType": field, "filterValues": str(value), "fields": fields}
        result: list[dict[str, Any]] = self.get("/rest/v1/leads.json", params=params)["result"]
        return result
