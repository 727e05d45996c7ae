"""Holds every JSON answer that a contract test gets to the OpenAPI document: its schema, and its error codes."""

import posixpath
import re
from functools import cache
from typing import Any

import httpx
from jsonschema import Draft202012Validator

from leadline.api.app import ENDPOINTS
from leadline.api.endpoint import Endpoint
from leadline.api.openapi import build_document
from leadline.api.openapi_errors import codes_of

BY_HTTP_STATUS = {"413", "414"}
WRONG_METHOD = "605"


@cache
def document() -> dict[str, Any]:
    """Return the document of this version."""
    return build_document(ENDPOINTS)


@cache
def patterns() -> list[tuple[re.Pattern[str], Endpoint]]:
    """Return each endpoint with what its addresses look like; names of ours stand before anybody's name."""
    found = sorted(ENDPOINTS, key=lambda each: each.path.count("{"))
    return [(re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(each.path))), each) for each in found]


@cache
def endpoint_of(method: str, path: str) -> Endpoint | None:
    """Return which endpoint a request is for."""
    tidy = posixpath.normpath("/" + path.lstrip("/"))
    return next(
        (each for pattern, each in patterns() if each.method == method and pattern.fullmatch(tidy)), None
    )


@cache
def validator(operation_id: str, status: int) -> Draft202012Validator:
    """Return what checks the JSON answers of an operation with an HTTP status."""
    endpoint = next(each for each in ENDPOINTS if each.operation_id == operation_id)
    responses = document()["paths"][endpoint.path][endpoint.method.lower()]["responses"]
    assert str(status) in responses, f"{operation_id} answered {status}, which /openapi.json does not have"
    schema = responses[str(status)]["content"]["application/json"]["schema"]
    return Draft202012Validator({**schema, "components": document()["components"]})


def complaints(endpoint: Endpoint, status: int, body: Any) -> list[str]:
    """Return what of an answer is not as the document says."""
    name = endpoint.operation_id
    found = [
        f"{name}: {error.message} at {error.json_path}; the answer's type is in src/leadline/api/*_answers.py"
        for error in validator(name, status).iter_errors(body)
    ]
    codes = {each["code"] for each in body.get("errors") or [] if isinstance(each, dict)}
    unknown = codes - set(codes_of(endpoint)) - BY_HTTP_STATUS - {WRONG_METHOD}
    if unknown and not endpoint.open:
        found.append(f"{name} answered {sorted(unknown)}: add the error to `refusals` of its Endpoint")
    return found


def form_of(request: httpx.Request) -> bytes:
    """Return an urlencoded body; one that is sent block by block is no form of a test's."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return b""
    try:
        return request.content
    except httpx.RequestNotRead:
        return b""


def check(response: httpx.Response) -> None:
    """Fail when an answer is not as the document says; what is none of its operations is passed over."""
    request = response.request
    endpoint = endpoint_of(request.method, request.url.path)
    if endpoint is None or "json" not in response.headers.get("content-type", ""):
        return
    if b"_method=" in request.url.query + form_of(request):
        return  # it is answered as the GET that it stands for
    response.read()
    found = complaints(endpoint, response.status_code, response.json())
    assert not found, "\n".join(found)  # pytest says nothing of its own outside a test's module
