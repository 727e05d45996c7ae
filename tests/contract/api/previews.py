"""Previews as tests ask for them."""

import csv
import io
from typing import Any

from tests.harness import Server

PREVIEWS = "/leadline/v1/previews"
WAY_OF = {
    "lead": f"{PREVIEWS}/leads.json",
    "member": f"{PREVIEWS}/program/1001/members.json",
    "car": f"{PREVIEWS}/customobjects/car_c.json",
    "trip": f"{PREVIEWS}/customobjects/trip_c.json",
}


def asked(server: Server, into: str, content: str | bytes, token: str | None = None, **params: Any) -> str:
    """Ask for a preview; return its id."""
    file = content.encode() if isinstance(content, str) else content
    files = {"file": ("f.csv", file, "text/csv")}
    body = server.call("POST", WAY_OF[into], token, params=params, files=files).json()
    assert body["success"], body
    (item,) = body["result"]
    assert set(item) == {"previewId", "status"}
    return str(item["previewId"])


def told(server: Server, preview_id: str, token: str | None = None) -> dict[str, Any]:
    """Wait until a preview is made; return what it tells."""
    body = server.call("GET", f"{PREVIEWS}/{preview_id}.json", token, params={"wait": 30}).json()
    assert body["success"], body
    (item,) = body["result"]
    assert item["status"] not in ("Queued", "Running"), item
    return dict(item)


def seen(server: Server, into: str, content: str | bytes, **params: Any) -> dict[str, Any]:
    """Ask for a preview and wait; return what it tells."""
    found = told(server, asked(server, into, content, **params))
    assert found["status"] == "Ready", found
    return found


def file_of(server: Server, preview: str | dict[str, Any], name: str, token: str | None = None) -> str:
    """Return the text of a file of a preview; blank where there is none."""
    preview_id = preview if isinstance(preview, str) else preview["previewId"]
    answer = server.call("GET", f"{PREVIEWS}/{preview_id}/{name}.csv", token)
    if answer.status_code == 404:
        return ""
    assert answer.status_code == 200, answer.text
    return answer.content.decode()


def lines_of(server: Server, preview: str | dict[str, Any], name: str, token: str | None = None) -> list[str]:
    """Return the lines of a file of a preview without its titles."""
    return file_of(server, preview, name, token).splitlines()[1:]


def cells_of(text: str) -> list[list[str]]:
    """Return the records of a file with commas, without its titles."""
    csv.field_size_limit(1 << 24)
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


def apply(server: Server, preview: str | dict[str, Any], **params: Any) -> dict[str, Any]:
    """Ask for a preview to be applied; return the body of the answer."""
    preview_id = preview if isinstance(preview, str) else preview["previewId"]
    body: dict[str, Any] = server.call("POST", f"{PREVIEWS}/{preview_id}/apply.json", params=params).json()
    return body


def applied(server: Server, preview: str | dict[str, Any], **params: Any) -> dict[str, Any]:
    """Apply a preview; return the line of the job that did, once it has finished."""
    body = apply(server, preview, **params)
    assert body["success"], body
    batch_id = body["result"][0]["batchId"]
    return server.ended(batch_id, lambda: server.get(f"/leadline/v1/jobs/{batch_id}.json")["result"][0])
