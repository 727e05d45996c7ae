"""What operators meet, each with the installed wheel alone: settings, secrets, a second server, metrics, errors."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.forms import repeats
from tests.install.bare import build_wheel, environment, make_environment
from tests.server import until

pytestmark = repeats  # `test_platform_path.py` goes the whole way, other tests each step from the sources

MUNCHKIN_ID = "123-ABC-456"
DOCUMENT = {
    "munchkin_id": MUNCHKIN_ID,
    "credentials": [{"name": "crm", "user": "crm@example.com", "permissions": "all"}],
}
OF_SERVE = {
    "LEADLINE_SETUP": "subscription.yaml",
    "LEADLINE_PORT": "0",
    "LEADLINE_WORKERS": "1",
    "LEADLINE_LIMITS__UPLOAD_BYTES_MAX": "5000",
}


@dataclass
class Operator:
    """Somebody with the programs of the wheel, in a directory of his own."""

    programs: Path
    folder: Path

    def start(self, **variables: str) -> "subprocess.Popen[bytes]":
        """Start `leadline serve` as a service does: without a terminal, its settings in the environment."""
        with (self.folder / "out").open("w") as out, (self.folder / "log").open("w") as log:
            known = environment(self.programs, self.folder) | variables
            return subprocess.Popen(
                [self.programs / "leadline", "serve"], cwd=self.folder, env=known, stdout=out, stderr=log
            )

    def run(self, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        known = environment(self.programs, self.folder) | variables
        command = [self.programs / "leadline", *words]
        return subprocess.run(command, cwd=self.folder, env=known, capture_output=True, text=True, timeout=60)

    def write(self, document: dict[str, Any], name: str = "subscription.yaml") -> None:
        (self.folder / name).write_text(yaml.safe_dump(document), "utf-8")

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "log").read_text().splitlines() if line[0] == "{"]

    def secret(self) -> dict[str, str]:
        """Return what the one file of secrets says, which nobody else can read."""
        (path,) = (self.folder / "leadline-data").glob("client-secrets-*.jsonl")
        assert path.stat().st_mode & 0o777 == 0o600
        return dict(json.loads(path.read_text("utf-8")))


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Operator:
    folder = tmp_path_factory.mktemp("operator")
    programs = make_environment(folder / "bare", build_wheel(folder / "dist"))
    return Operator(programs, folder)


@pytest.fixture(scope="module")
def client(operator: Operator) -> Iterator[httpx.Client]:
    """A client of a server that was set up by its environment; it waits until the server is ready, no longer."""
    operator.write(DOCUMENT)
    server = operator.start(**OF_SERVE)
    until(
        lambda: any(each["event"] == "ServerReady" for each in operator.events()) or server.poll() is not None
    )
    (began,) = (each for each in operator.events() if each["event"] == "ServerReady")
    with httpx.Client(base_url=began["address"]) as client:
        until(lambda: client.get("/health/ready").status_code == 200)
        yield client
    server.send_signal(signal.SIGTERM)
    assert server.wait(30) == 0


@pytest.fixture(scope="module")
def token(operator: Operator, client: httpx.Client) -> str:
    known = {name: operator.secret()[name] for name in ("client_id", "client_secret")}
    query = {"grant_type": "client_credentials", **known}
    return str(client.get("/identity/oauth/token", params=query).json()["access_token"])


def post(client: httpx.Client, token: str, content: str, file_format: str = "csv") -> Any:
    return client.post(
        "/bulk/v1/leads.json",
        params={"format": file_format},
        headers={"Authorization": f"Bearer {token}"},
        files={"file": ("leads.csv", content.encode(), "text/csv")},
    )


def test_ready_means_that_a_file_is_taken_up(client: httpx.Client, token: str) -> None:
    """The first answer that says so has a worker behind it, which then imports."""
    assert "\nleadline_workers_alive 1.0\n" in client.get("/metrics").text
    batch_id = post(client, token, "email\na@example.com\n").json()["result"][0]["batchId"]
    headers = {"Authorization": f"Bearer {token}"}

    def status() -> str:
        answer = client.get(f"/bulk/v1/leads/batch/{batch_id}.json", headers=headers)
        return str(answer.json()["result"][0]["status"])

    until(lambda: status() == "Complete")


def test_settings_of_the_environment(operator: Operator) -> None:
    """A mistyped name is refused with the nearest one; what is in effect is told with its source."""
    refused = operator.run("check", LEADLINE_LIMTS__JOBS_QUEUED_MAX="3", LEADLINE_PROT="1")
    assert refused.returncode == 1
    assert "nearest name is LEADLINE_LIMITS__JOBS_QUEUED_MAX" in refused.stderr
    assert "nearest name is LEADLINE_PORT" in refused.stderr
    told = json.loads(operator.run("settings", "--json", **OF_SERVE).stdout)
    sources = {each["variable"]: (str(each["value"]), each["source"]) for each in told}
    assert {name: sources[name] for name in OF_SERVE} == {
        name: (value, "environment") for name, value in OF_SERVE.items()
    }
    assert sources["LEADLINE_HOST"] == ("127.0.0.1", "default")


def test_secrets_stay_out_of_the_journal(operator: Operator, client: httpx.Client) -> None:
    secret = operator.secret()["client_secret"]
    said = (operator.folder / "out").read_text() + (operator.folder / "log").read_text()
    assert secret not in said
    assert "client-secrets-" in said, "it says where they are"


def test_the_life_of_a_credential(operator: Operator, client: httpx.Client) -> None:
    """One that may do nothing is refused; a secret is changed with an overlap; a subscription goes."""
    of_other = DOCUMENT | {"munchkin_id": "999-ZZZ-999"}
    idle = of_other | {"credentials": [{"name": "idle", "user": "i@example.com", "permissions": []}]}
    operator.write(idle, "other.yaml")
    refused = operator.run("setup", "other.yaml")
    assert refused.returncode == 1
    assert "credentials[0].permissions: give at least one of" in refused.stderr
    operator.write(of_other, "other.yaml")
    assert operator.run("setup", "other.yaml", "--secret-file", "first").returncode == 0
    whose = ("--subscription", "999-ZZZ-999")
    rotated = operator.run("credentials", "rotate", "crm", "--keep", "1", "--secret-file", "second", *whose)
    assert rotated.returncode == 0, rotated.stderr
    for name in ("first", "second"):
        told = json.loads((operator.folder / name).read_text("utf-8"))
        query = {"grant_type": "client_credentials", **told}
        assert client.get("/identity/oauth/token", params=query).status_code == 200
    assert operator.run("subscriptions", "remove", "999-ZZZ-999", "--yes").returncode == 0
    assert client.get("/identity/oauth/token", params=query).status_code == 401
    listed = json.loads(operator.run("subscriptions", "list", "--json").stdout)
    assert [each["munchkin_id"] for each in listed] == [MUNCHKIN_ID]


def test_a_second_server_is_refused(operator: Operator, client: httpx.Client) -> None:
    second = operator.run("serve", "--port", "0")
    assert second.returncode == 1
    assert "is in use by another server" in second.stderr


def test_what_is_told_to_those_who_watch(operator: Operator, client: httpx.Client) -> None:
    names = set(re.findall(r"^([a-z_]+)", client.get("/metrics").text, re.MULTILINE))
    assert names >= {
        "leadline_build_info",
        "process_resident_memory_bytes",
        "leadline_workers_alive",
        "leadline_oldest_queued_seconds",
        "leadline_upload_bytes",
    }
    for event in operator.events():
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["time"])
        assert event["level"] in ("info", "warning", "error")


def test_the_first_errors(client: httpx.Client, token: str) -> None:
    """All unknown columns at once, the format that a delimiter means, the size that is allowed."""
    (error,) = post(client, token, "email,Frist Name,Shoe\na@example.com,A,9\n").json()["errors"]
    assert error["code"] == "1006"
    assert {"Frist Name", "Shoe"} <= set(re.findall(r"'([^']+)'", error["message"]))
    (error,) = post(client, token, "email;firstName\na@example.com;A\n").json()["errors"]
    assert "format=ssv" in error["message"]
    assert "5000" in post(client, token, "email\n" + "a@example.com\n" * 1000).text


def test_the_interface_names_its_operations(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    assert document["info"]["license"]
    assert document["servers"]
    operations = [
        each
        for path in document["paths"].values()
        for name, each in path.items()
        if name in ("get", "post", "delete")
    ]
    assert all(each["operationId"] and each["tags"] for each in operations)
    assert len({each["operationId"] for each in operations}) == len(operations)
