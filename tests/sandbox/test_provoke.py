"""Each line of the page that says how to provoke a code does what it says."""

import json
from typing import Any

import httpx
import pytest

from leadline.model.jobs import Status
from leadline.sandbox.faults.presets import PRESETS
from tests.docs.provoke import Line, Step, every_line, presets
from tests.sandbox.server import SandboxProcess, Subscription
from tests.sandbox.test_faults import LEADS
from tests.server import until

STATUSES = frozenset(Status)


class Client:
    """Makes the calls of a line in a subscription of its own."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self._sandbox = sandbox
        self.mine: Subscription | None = None
        self.last: httpx.Response

    def make(self, call: str) -> httpx.Response:
        """Make a call as the page writes it."""
        self.last = self._answer(call)
        return self.last

    def _answer(self, call: str) -> httpx.Response:
        method, path, *rest = call.split(" ", 2)
        body = rest[0] if rest else ""
        if path == "subscriptions":
            self.mine = self._sandbox.make(**json.loads(body))
            return httpx.Response(200, json={})
        self.mine = self.mine or self._sandbox.make()
        if not path.startswith("/"):
            return self.mine.control(method, path, content=body)
        if path.startswith("/identity/"):
            return self._renew(path)
        if method == "upload":
            return self._upload(path)
        if "access_token=" in path:
            return self._sandbox.http.request(method, self._sandbox.url + path)
        options: dict[str, Any] = {}
        if body:
            options = {"content": body.encode()}
        return self._call(method, path, **options)

    def _upload(self, path: str) -> httpx.Response:
        """Post the file in one piece: the library passes over a reset that comes between two, and tells of an end."""
        assert self.mine is not None
        form = httpx.Request(
            "POST", self._sandbox.url, files={"file": ("leads.csv", LEADS.encode(), "text/csv")}
        )
        headers = {"Authorization": f"Bearer {self.mine.token}", "Content-Type": form.headers["Content-Type"]}
        return self._sandbox.http.post(self._sandbox.url + path, headers=headers, content=form.read())

    def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        assert self.mine is not None
        headers = {"Authorization": f"Bearer {self.mine.token}", "Content-Type": "application/json"}
        return self._sandbox.http.request(method, self._sandbox.url + path, headers=headers, **options)

    def _renew(self, path: str) -> httpx.Response:
        assert self.mine is not None
        params = {"grant_type": "client_credentials", "client_id": self.mine.made["clientId"]}
        params["client_secret"] = self.mine.made["clientSecret"]
        answer = self._sandbox.http.get(self._sandbox.url + path, params=params)
        if answer.status_code == 200:
            self.mine.token = answer.json()["access_token"]
        return answer


def outcome(client: Client, call: str) -> str:
    """Make a call; return what came of it, in the words of the page."""
    try:
        answer = client.make(call)
    except httpx.RemoteProtocolError as error:
        return "broken off" if "complete message body" in str(error) else "closed"
    except (httpx.ReadError, httpx.WriteError):
        return "reset"
    if "json" not in answer.headers["Content-Type"]:
        return f"HTTP {answer.status_code}"
    body = answer.json()
    if "access_token" in body:
        return "success"
    if not body["success"]:
        return str(body["errors"][0]["code"])
    result = body.get("result") or [{}]
    is_poll = "/batch/" in call
    return str(result[0]["status"]) if is_poll else "success"


def execute(client: Client, step: Step) -> None:
    """Take a step, and hold what comes of it to the page."""
    if not step.comes:
        answer = client.make(step.call)
        assert answer.status_code == 200, (step.call, answer.text)
    elif step.comes == "success" and "/batch/" in step.call:
        assert outcome(client, step.call) in STATUSES, step.call
    elif step.comes in STATUSES - {Status.QUEUED}:  # a worker may be on the way to it
        until(lambda: outcome(client, step.call) == step.comes)
    else:
        assert outcome(client, step.call) == step.comes, step.call


@pytest.mark.parametrize("line", every_line(), ids=lambda line: line.title.replace(" ", "-"))
def test_each_line_of_the_page_does_what_it_says(sandbox: SandboxProcess, line: Line) -> None:
    client = Client(sandbox)
    for step in line.steps:
        execute(client, step)
    assert client.mine is not None
    if line.text is not None:
        assert client.last.json()["errors"][0]["message"] == line.text
    client.mine.control("DELETE")


def test_the_page_has_each_preset() -> None:
    assert [each.title for each in presets()] == list(PRESETS)
