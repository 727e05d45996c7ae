"""A client of the bulk import API, for any server that speaks it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

_FINISHED = ("Complete", "Failed")


class CallRefusedError(Exception):
    """The server answered a call with an error; the text is its code and message."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What buys a token."""

    client_id: str
    client_secret: str


class Client:
    """Imports lead files and reads what became of them."""

    def __init__(self, address: str, credentials: Credentials) -> None:
        self._http = httpx.Client(base_url=address, timeout=60.0)
        self._credentials = credentials
        self._token: str | None = None

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _headers(self) -> dict[str, str]:
        if self._token is None:
            answer = self._http.post(
                "/identity/oauth/token",
                data={
                    "grant_type": "client_credentials",
                    "client_id": self._credentials.client_id,
                    "client_secret": self._credentials.client_secret,
                },
            ).json()
            if "access_token" not in answer:
                raise CallRefusedError(f"{answer['error']}: {answer['error_description']}")
            self._token = str(answer["access_token"])
        return {"Authorization": f"Bearer {self._token}"}

    def _result(self, response: httpx.Response) -> list[dict[str, Any]]:
        body = response.json()
        if not body["success"]:
            error = body["errors"][0]
            raise CallRefusedError(f"{error['code']} {error['message']}")
        result: list[dict[str, Any]] = body["result"]
        return result

    def import_leads(self, file: Path, **parameters: str) -> int:
        """Create a lead import job; returns its batch id."""
        with file.open("rb") as upload:
            response = self._http.post(
                "/bulk/v1/leads.json", headers=self._headers(), data=parameters, files={"file": upload}
            )
        return int(self._result(response)[0]["batchId"])

    def status(self, batch_id: int) -> dict[str, Any]:
        """Return the status object of a job."""
        path = f"/bulk/v1/leads/batch/{batch_id}.json"
        return self._result(self._http.get(path, headers=self._headers()))[0]

    def wait(self, batch_id: int, pause: Callable[[], object]) -> dict[str, Any]:
        """Poll until the job has finished, pausing between polls; returns its last status object."""
        while True:
            status = self.status(batch_id)
            if status["status"] in _FINISHED:
                return status
            pause()

    def issue_lines(self, batch_id: int, name: str) -> list[str]:
        """Return the lines of `failures` or `warnings`, header first; empty when there is no file."""
        path = f"/bulk/v1/leads/batch/{batch_id}/{name}.json"
        response = self._http.get(path, headers=self._headers())
        return [] if response.status_code == httpx.codes.NOT_FOUND else response.text.splitlines()
