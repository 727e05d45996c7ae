"""What several contract tests need: errors taken apart, calls byte for byte, outcomes of rows."""

import http.client
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.harness import Server

BULK = "/bulk/v1/leads.json"
PARTITIONS = "/rest/v1/leads/partitions.json"
FILE = "email,firstName\nsomeone@example.com,Some\n"


@dataclass(frozen=True)
class RawAnswer:
    """An answer as it came over the wire, nothing decoded."""

    status: int
    headers: dict[str, str]
    body: bytes


def error_of(answer: httpx.Response, http_status: int = 200) -> tuple[str, str]:
    """Return code and message of a refused call, and hold the envelope to its shape."""
    assert answer.status_code == http_status
    body = answer.json()
    assert set(body) == {"requestId", "success", "errors"}
    assert body["success"] is False
    (error,) = body["errors"]
    assert set(error) == {"code", "message"}
    return error["code"], error["message"]


def raw_call(server: Server, method: str, target: str, **headers: str) -> RawAnswer:
    """Make a call whose address is sent as it stands."""
    parts = urlsplit(server.address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        connection.putheader("Authorization", f"Bearer {server.token}")
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return RawAnswer(answer.status, named, answer.read())
    finally:
        connection.close()


def outcomes(server: Server, file: str | bytes, **params: Any) -> list[tuple[str, str]]:
    """Import a file; return outcome and reason of each data row, in file order."""
    batch_id = server.submit(file, **params)
    server.finish(batch_id)
    lines = [line.split(",", 3) for line in server.ledger(batch_id)]
    assert [int(line[0]) for line in lines] == list(range(1, len(lines) + 1))
    return [(line[1], line[3].strip('"')) for line in lines]


def only(server: Server, email: str, *fields: str) -> dict[str, Any]:
    """Return these fields of the one lead with that address."""
    (lead,) = server.lead("email", email, ",".join(fields))
    return {name: lead[name] for name in fields}
