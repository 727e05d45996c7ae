"""Failure, warning and ledger files, sent piece by piece (contract §7.2)."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from leadline.api.call import Call, Services
from leadline.api.envelope import CSV_TYPE, PRIVATE
from leadline.api.threads import in_thread
from leadline.errors import ServiceError, StoreBusyError, StoreFaultError
from leadline.events import FaultCaught, frame_of
from leadline.imports.files import JobFile
from leadline.model.callers import Caller

_WHOLE_BYTES_MAX = 256 * 1024
"""So much is sent at once, with its length; more is read from the store as it is sent."""


def csv_file(call: Call, services: Services, file: JobFile) -> Response:
    """Return a file as the answer to a call, which keeps its seat until all is sent (contract §10)."""
    seat = services.call_limits.in_flight(call.caller.munchkin_id)
    return file_answer(call.caller, services, file, PRIVATE, seat)


def file_answer(
    caller: Caller,
    services: Services,
    file: JobFile,
    headers: Mapping[str, str],
    seat: AbstractContextManager[None] | None = None,
) -> Response:
    """Return a file as an answer, with further headers; `seat` is held while it is sent."""
    headers = {"Content-Type": CSV_TYPE, **headers}
    start = bytearray()
    for piece in file.pieces:
        start += piece
        if len(start) > _WHOLE_BYTES_MAX:
            length = {} if file.size is None else {"Content-Length": str(file.size)}
            pieces = _pieces(caller, services, bytes(start), file.pieces)
            return _SentPieceByPiece(pieces, headers | length, seat or nullcontext(), caller, services)
    return Response(bytes(start), 200, headers)


class _SentPieceByPiece(StreamingResponse):
    """An answer whose pieces are read while it is sent.

    When a piece cannot be had any more, the connection closes without the answer's end, so that
    nobody takes a part for the whole.
    """

    def __init__(
        self,
        pieces: AsyncIterator[bytes],
        headers: dict[str, str],
        seat: AbstractContextManager[None],
        caller: Caller,
        services: Services,
    ) -> None:
        self._seat, self._emit, self._request_id = seat, services.emit, caller.request_id
        super().__init__(pieces, 200, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        with self._seat:
            try:
                await super().__call__(scope, receive, send)
            except (ServiceError, StoreBusyError, StoreFaultError) as error:
                self._emit(FaultCaught(self._request_id, type(error).__name__, frame_of(error)))


async def _pieces(
    caller: Caller, services: Services, start: bytes, rest: Iterator[bytes]
) -> AsyncIterator[bytes]:
    """Yield the start, then each further piece, read on the subscription's threads."""
    yield start
    while (piece := await in_thread(services, partial(next, rest, None), caller.munchkin_id)) is not None:
        yield piece
