"""What Leadline adds to the API, and how one tells it from the original."""

from collections.abc import Callable
from typing import Any

from leadline.client.calls.answers import Answer
from leadline.client.calls.errors import AbsentError, CallRefusedError
from leadline.client.calls.request import Request
from leadline.client.calls.server import Server, Upload, status_of
from leadline.client.calls.transport import Transport
from leadline.client.ended import JobStatus
from leadline.client.errors import Exit, PushError
from leadline.client.options import Kind

_UNKNOWN_PATH = ("610", "400", "403", "405")
"""As the original says it, or what stands before it."""

_PREVIEW_WAIT = "30"
_PREVIEWS = "/leadline/v1/previews"


async def is_leadline(transport: Transport) -> bool:
    """Ask whether a server is Leadline, by a call that the original does not know."""
    probe = Request("to list jobs", "GET", "/leadline/v1/jobs.json", {"batchSize": "1"})
    try:
        await transport.call(probe)
    except AbsentError:
        return False
    except CallRefusedError as refused:
        if refused.outcome.code in _UNKNOWN_PATH:
            return False
        if refused.outcome.code in ("603", "1001"):  # it knows the path, and the right to list is not needed
            return True
        raise
    return True


async def job(server: Server, batch_id: int) -> dict[str, Any]:
    """Return all that Leadline tells of a job."""
    path = f"/leadline/v1/jobs/{batch_id}.json"
    request = Request("to look at a job", "GET", path, check=_having("batchId", "status", "message"))
    return (await server.transport.call(request)).first


async def undo(server: Server, batch_id: int, key: str) -> JobStatus:
    """Queue the undo of a job; its own batch id is answered, the same one when it is asked for again."""
    request = Request(
        f"to take job {batch_id} back",
        "POST",
        f"/leadline/v1/jobs/{batch_id}/undo.json",
        headers={"Idempotency-Key": f'"{key}"'},
        check=status_of,
    )
    return status_of(await server.transport.call(request))


async def preview(server: Server, upload: Upload) -> dict[str, Any]:
    """Return what a piece would do, once that is found out; nothing is written. Raises `PushError`."""
    target, query = server.target, {"format": upload.format}
    match target.kind:
        case Kind.MEMBERS:
            path = f"{_PREVIEWS}/program/{target.program_id}/members.json"
        case Kind.OBJECT:
            path = f"{_PREVIEWS}/customobjects/{target.object_name}.json"
        case _:
            path = f"{_PREVIEWS}/leads.json"
    file = (f"{upload.name}.{upload.format}", upload.content, "text/csv")
    query |= server.parameters
    request = Request("to preview a piece", "POST", path, query, file=file, check=_having("previewId"))
    made = (await server.transport.call(request)).first
    path = f"{_PREVIEWS}/{made['previewId']}.json"
    shown = Request("a preview", "GET", path, {"wait": _PREVIEW_WAIT}, check=_having("status"))
    while True:
        found = (await server.transport.call(shown)).first
        if found["status"] == "Ready":
            return found
        if found["status"] not in ("Queued", "Running"):
            said = found.get("message") or found["status"]
            raise PushError(f"The server cannot preview a piece: {said}.", exit_code=Exit.REFUSED)


def _having(*names: str) -> Callable[[Answer], None]:
    """Return what holds that an answer has these members."""

    def check(answer: Answer) -> None:
        if not answer.first.keys() >= set(names):
            raise ValueError("a member is missing")

    return check
