"""A sandbox as its users start it, and the calls that its tests share."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.processes import ENDING_SECONDS, LEADLINE
from tests.server import new_client, until

CONTROL = "/leadline/sandbox/v1"
HEADER = {"X-Leadline-Sandbox": "1"}


@dataclass
class Subscription:
    """A subscription of a sandbox, and calls to it."""

    sandbox: "SandboxProcess"
    made: dict[str, Any]
    token: str = ""

    def __post_init__(self) -> None:
        self.token = self.token or self.new_token()

    @property
    def id(self) -> str:
        """Its munchkin id."""
        return str(self.made["id"])

    def new_token(self) -> str:
        """Return the token of its first credential."""
        params = {
            "grant_type": "client_credentials",
            "client_id": self.made["clientId"],
            "client_secret": self.made["clientSecret"],
        }
        answer = self.sandbox.http.get(self.sandbox.url + "/identity/oauth/token", params=params)
        return str(answer.json()["access_token"])

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Make a Marketo call."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.sandbox.http.request(method, self.sandbox.url + path, headers=headers, **options)

    def get(self, path: str, **params: Any) -> Any:
        """Return the JSON body of a GET."""
        return self.call("GET", path, params=params).json()

    def control(self, method: str, path: str = "", **options: Any) -> httpx.Response:
        """Make a control call about it."""
        return self.sandbox.control(method, f"subscriptions/{self.id}{path and '/' + path}", **options)

    def submit(self, content: str, path: str = "/bulk/v1/leads.json", **params: Any) -> int:
        """Create a job; return its batch id."""
        files = {"file": ("leads.csv", content.encode(), "text/csv")}
        body = self.call("POST", path, params={"format": "csv", **params}, files=files).json()
        assert body["success"], body
        return int(body["result"][0]["batchId"])

    def status(self, batch_id: int) -> dict[str, Any]:
        """Return the status of a job of leads."""
        found: dict[str, Any] = self.get(f"/bulk/v1/leads/batch/{batch_id}.json")["result"][0]
        return found

    def run_import(self, content: str) -> dict[str, Any]:
        """Import leads to the end; return the status."""
        batch_id = self.submit(content)
        ends = ("Complete", "Failed")
        found: dict[str, Any] = until(
            lambda: status if (status := self.status(batch_id))["status"] in ends else None
        )
        return found


@dataclass
class SandboxProcess:
    """A running `leadline sandbox`."""

    process: subprocess.Popen[str]
    url: str
    told: dict[str, Any]
    http: httpx.Client = field(default_factory=new_client)

    def control(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Make a control call."""
        token = self.told.get("controlToken")
        known = HEADER | ({"Authorization": f"Bearer {token}"} if token else {})
        headers = known | options.pop("headers", {})
        return self.http.request(method, f"{self.url}{CONTROL}/{path}", headers=headers, **options)

    @property
    def first(self) -> Subscription:
        """The subscription that it begins with."""
        return Subscription(self, {"id": self.told["munchkinId"], **self.told})

    def make(self, **fields: Any) -> Subscription:
        """Make a subscription."""
        answer = self.control("POST", "subscriptions", json=fields)
        assert answer.status_code == 200, answer.text
        return Subscription(self, answer.json())

    def stop(self) -> int:
        """End it as an operator does; return its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(ENDING_SECONDS)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of it, ended or not."""
        self.http.close()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


def start_sandbox(*options: str, **more: Any) -> SandboxProcess:
    """Start a sandbox and wait until it is ready."""
    process = subprocess.Popen(
        [LEADLINE, "sandbox", "--print", "json", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **more,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.wait()
        raise AssertionError("the sandbox has ended")
    told = json.loads(line)
    return SandboxProcess(process, told["url"], told)


@contextmanager
def sandbox_process(*options: str, **more: Any) -> Iterator[SandboxProcess]:
    """Run a sandbox for the time of a block."""
    sandbox = start_sandbox(*options, **more)
    try:
        yield sandbox
    finally:
        sandbox.close()


def sentence(answer: httpx.Response, http_status: int) -> str:
    """Return the sentence of a refused control call, and hold it to its shape."""
    assert answer.status_code == http_status, answer.text
    body = json.loads(answer.text)
    assert set(body) == {"error"}
    assert body["error"].endswith(".")
    return str(body["error"])
