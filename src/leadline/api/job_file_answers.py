"""Failure, warning and ledger files, sent piece by piece (contract §7.2)."""

from collections.abc import AsyncIterator, Iterator
from functools import partial

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from leadline.api.call import Call, Services
from leadline.api.envelope import CSV_TYPE, PRIVATE
from leadline.api.threads import in_thread
from leadline.errors import ServiceError, StoreBusyError, StoreFaultError
from leadline.events import FaultCaught, frame_of
from leadline.imports.files import JobFile

_WHOLE_BYTES_MAX = 256 * 1024
"""So much is sent at once, with its length; more is read from the store as it is sent."""


def csv_file(call: Call, services: Services, file: JobFile) -> Response:
    """Return a file as an answer."""
    headers = {"Content-Type": CSV_TYPE, **PRIVATE}
    start = bytearray()
    for piece in file.pieces:
        start += piece
        if len(start) > _WHOLE_BYTES_MAX:
            length = {} if file.size is None else {"Content-Length": str(file.size)}
            return _SentPieceByPiece(call, services, bytes(start), file.pieces, headers | length)
    return Response(bytes(start), 200, headers)


class _SentPieceByPiece(StreamingResponse):
    """An answer that holds its call's seat among the concurrent ones until it is sent (contract §10).

    When a piece cannot be had any more, the connection closes without the answer's end, so that
    nobody takes a part for the whole.
    """

    def __init__(
        self, call: Call, services: Services, start: bytes, rest: Iterator[bytes], headers: dict[str, str]
    ) -> None:
        self._sending = services.call_limits.in_flight(call.caller.munchkin_id)
        self._emit, self._request_id = services.emit, call.request_id
        super().__init__(_pieces(call, services, start, rest), 200, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        with self._sending:
            try:
                await super().__call__(scope, receive, send)
            except (ServiceError, StoreBusyError, StoreFaultError) as error:
                self._emit(FaultCaught(self._request_id, type(error).__name__, frame_of(error)))


async def _pieces(
    call: Call, services: Services, start: bytes, rest: Iterator[bytes]
) -> AsyncIterator[bytes]:
    """Yield the start, then each further piece, read on the subscription's threads."""
    yield start
    while (
        piece := await in_thread(services, partial(next, rest, None), call.caller.munchkin_id)
    ) is not None:
        yield piece
