"""Files that a page gives to be kept: read from the store piece by piece while they are sent."""

from collections.abc import AsyncIterator
from functools import partial

from starlette.responses import Response, StreamingResponse

from leadline.api.envelope import CSV_TYPE
from leadline.api.threads import in_thread
from leadline.console.visit import Visit
from leadline.imports.files import JobFile


def download(visit: Visit, file: JobFile, name: str) -> Response:
    """Answer with a file, which the browser keeps under a name of ours; the first piece is read before."""
    first = next(file.pieces, b"")
    headers = {"Content-Type": CSV_TYPE, "Content-Disposition": f'attachment; filename="{name}"'}
    if file.size is not None:
        headers["Content-Length"] = str(file.size)
    return StreamingResponse(_pieces(visit, first, file), 200, headers)


async def _pieces(visit: Visit, first: bytes, file: JobFile) -> AsyncIterator[bytes]:
    yield first
    read = partial(next, file.pieces, None)
    while (piece := await in_thread(visit.services, read, visit.caller.munchkin_id)) is not None:
        yield piece
