"""Answers of the API that the connection gives itself, before the API is asked."""

from starlette.types import ASGIApp, Receive, Scope, Send

from leadline.errors import UNAVAILABLE, URI_TOO_LONG, ServiceError
from leadline.http import request_head
from leadline.http.connection_limits import Refuse


def uri_too_long(refuse: Refuse) -> bytes:
    """Return the bytes of the answer 414, after which the connection closes."""
    return request_head.on_the_wire(refuse(ServiceError(URI_TOO_LONG)), "Request-URI Too Long")


def full_server(refuse: Refuse) -> ASGIApp:
    """Return an application that answers 608, and 503 to who asks for the server's health, and closes."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        response = refuse(ServiceError(UNAVAILABLE))
        response.headers["Connection"] = "close"
        if scope["path"].startswith("/health/"):
            response.status_code = 503
        await response(scope, receive, send)

    return answer
