"""The identity endpoint (contract §1): credentials in, token out; no envelope here."""

import asyncio
import base64
import binascii
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from leadline.api.admission import store_told
from leadline.api.answers import IdentityError, IdentityFault, Token
from leadline.api.call import Services
from leadline.api.endpoint import Endpoint, Parameter
from leadline.api.envelope import json_reply
from leadline.api.params import Params, query_of
from leadline.errors import TIMED_OUT, ServiceError, StoreBusyError, StoreFaultError
from leadline.subscriptions.tokens import Grant

_NO_STORE = {"Pragma": "no-cache"}
_BODY_BYTES_MAX = 16 * 1024
"""A form with credentials is small, and it is read on the loop that all calls share."""


async def issue_token(request: Request, request_id: str, services: Services) -> Response:
    """Answer a token request, from query, urlencoded body or HTTP Basic."""
    body = bytearray()
    async with services.bodies.counting(request.stream()) as stream:
        async for block in stream:
            body += block
            if len(body) > _BODY_BYTES_MAX:
                return _refusal(413, "invalid_request", "Request body is too large")
    params = Params.of_urlencoded(query_of(request), bytes(body))
    grant_type = params.one("grant_type")
    if grant_type and grant_type != "client_credentials":
        return _refusal(400, "unsupported_grant_type", f"Unsupported grant type: {grant_type}")
    client_id, client_secret = params.text("client_id"), params.text("client_secret")
    if not (client_id and client_secret):
        client_id, client_secret = _basic(request.headers.get("authorization", ""))
    if not (client_id and client_secret):
        return _refusal(401, "unauthorized", "Full authentication is required to access this resource")
    if not grant_type:
        return _refusal(400, "invalid_request", "Missing grant type")
    try:
        with store_told(services):
            grant = await _grant(request, services, client_id, client_secret)
    except (ServiceError, StoreBusyError, StoreFaultError):
        return _refusal(503, "temporarily_unavailable", "No secret can be checked now; try again later")
    if grant is None:
        return _refusal(401, "invalid_client", "Bad client credentials")
    token: Token = {
        "access_token": grant.token,
        "token_type": "bearer",
        "expires_in": grant.expires_in,
        "scope": grant.scope,
    }
    return json_reply(token, headers=_NO_STORE)


async def _grant(request: Request, services: Services, client_id: str, client_secret: str) -> Grant | None:
    """Check a secret; raises `ServiceError` when that takes too long, or too many wait for it."""
    address = request.client.host if request.client else ""
    check = partial(services.tokens.grant, client_id, client_secret)
    try:
        async with asyncio.timeout(services.settings.times.answer_seconds):
            return await services.secret_checks.run(check, address)
    except TimeoutError:
        raise ServiceError(TIMED_OUT) from None


def _refusal(http_status: int, error: IdentityFault, description: str) -> Response:
    body: IdentityError = {"error": error, "error_description": description}
    return json_reply(body, http_status, _NO_STORE)


def _basic(header: str) -> tuple[str | None, str | None]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None, None
    try:
        client_id, _, client_secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, None
    return client_id, client_secret


_PARAMETERS = (
    Parameter(
        "grant_type", "query", "Always client_credentials", required=True, choices=("client_credentials",)
    ),
    Parameter("client_id", "query", "The credential's client id", required=True),
    Parameter("client_secret", "query", "The credential's secret", required=True),
    Parameter("partner_id", "query", "Ignored"),
)
ENDPOINTS = tuple(
    Endpoint(
        "identity.token",
        method,
        "/identity/oauth/token",
        "Get an access token, the same one until it expires",
        (),
        Token,
        stream_handler=issue_token,
        parameters=_PARAMETERS,
        open=True,
        variant=variant,
    )
    for method, variant in (("GET", ""), ("POST", "post"))
)
