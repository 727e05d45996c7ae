"""How large a request may be: its address, its body (contract §0.6, §10)."""

from collections.abc import AsyncIterator

from starlette.requests import Request

from leadline.errors import BODY_TOO_LARGE, INVALID_VALUE, ServiceError

URI_BYTES_MAX = 8192
BODY_BYTES_MAX = 1024 * 1024


def uri_is_too_long(request: Request) -> bool:
    """Tell whether an address is beyond 8 KB."""
    path: bytes = request.scope.get("raw_path") or b""
    query: bytes = request.scope["query_string"]
    return len(path) + len(query) + bool(query) > URI_BYTES_MAX


def declared_length(request: Request) -> int | None:
    """Return the Content-Length; raises `ServiceError` 1001 when it is no number."""
    text = request.headers.get("content-length")
    if text is None:
        return None
    if not text.isdecimal():
        raise ServiceError(INVALID_VALUE, value="Content-Length", type="Integer")
    return int(text)


async def read_body(request: Request, stream: AsyncIterator[bytes]) -> bytes:
    """Read a body; raises `ServiceError` 413 when it has more than 1 MB."""
    if (declared_length(request) or 0) > BODY_BYTES_MAX:
        raise ServiceError(BODY_TOO_LARGE, limit=BODY_BYTES_MAX)
    body = bytearray()
    async for block in stream:
        body += block
        if len(body) > BODY_BYTES_MAX:
            raise ServiceError(BODY_TOO_LARGE, limit=BODY_BYTES_MAX)
    return bytes(body)
