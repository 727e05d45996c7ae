"""Which subscription a Marketo call belongs to, before anything of it is checked."""

import base64
import binascii
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from leadline.api.multipart import is_multipart, parse_boundary, read_form
from leadline.api.params import FORM_TYPE, Params, media_type
from leadline.errors import ServiceError
from leadline.model.dataclass import dataclass

_BODY_BYTES_MAX = 64 * 1024 * 1024
"""A form that is larger is passed on unread, and belongs to nobody."""


@dataclass(slots=True)
class Owner:
    """Whose a call is, and by which token; both "" where that is unknown.

    `receive` gives the call's body, read already or not.
    """

    munchkin_id: str
    token: str
    receive: Receive


class Whose:
    """Finds the subscription of a call by its token, or by the client id of a call for a token."""

    def __init__(self, of_token: Callable[[str], str], of_client: Callable[[str], str]) -> None:
        """Both return a munchkin id, or "" where they know none."""
        self._of_token = of_token
        self._of_client = of_client

    async def find(self, scope: Scope, receive: Receive) -> Owner:
        """Look in header and query, then in a form."""
        headers = Headers(scope=scope)
        query = scope["query_string"].decode("utf-8", "replace")
        authorization = headers.get("authorization", "")
        found, token = self._authorized(authorization)
        if not found:
            found, token = self._named(Params(query))
        content_type = headers.get("content-type", "")
        is_form = media_type(content_type) == FORM_TYPE or is_multipart(content_type)
        if found or authorization or not is_form:
            return Owner(found, token, receive)
        body, receive = await _read(receive)
        return Owner(*self._named(await _form(content_type, body)), receive)

    def _named(self, params: Params) -> tuple[str, str]:
        token, client_id = params.one("access_token"), params.text("client_id")
        if token and (found := self._of_token(token)):
            return found, token
        return (self._of_client(client_id) if client_id else ""), ""

    def _authorized(self, header: str) -> tuple[str, str]:
        scheme, _, rest = header.partition(" ")
        if scheme.lower() == "bearer":
            return self._of_token(rest.strip()), rest.strip()
        if scheme.lower() == "basic":
            with suppress(binascii.Error, UnicodeDecodeError):
                client_id = base64.b64decode(rest.strip(), validate=True).decode().partition(":")[0]
                return self._of_client(client_id), ""
        return "", ""


async def _form(content_type: str, body: bytes | None) -> Params:
    """Return the fields of a form; none where it is broken or too large."""
    if body is not None and not is_multipart(content_type):
        return Params.of_urlencoded("", body)
    with suppress(ServiceError):
        if body is not None:
            form = await read_form(_blocks(body), parse_boundary(content_type), _BODY_BYTES_MAX)
            form.close()
            return Params("", form.fields)
    return Params("")


async def _read(receive: Receive) -> tuple[bytes | None, Receive]:
    """Read a body, and return it with what gives the same messages once more; None where it is too large."""
    messages: list[Message] = []
    body = bytearray()
    is_whole = False
    while not is_whole and len(body) <= _BODY_BYTES_MAX:
        message = await receive()
        messages.append(message)
        body += message.get("body", b"")
        is_whole = not message.get("more_body", False)
    read = iter(messages)

    async def again() -> Message:
        message = next(read, None)
        return await receive() if message is None else message

    return (bytes(body) if is_whole else None), again


async def _blocks(body: bytes) -> AsyncIterator[bytes]:
    yield body
