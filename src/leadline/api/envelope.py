"""The shape of every answer (contract §0.2-0.4)."""

import itertools
import secrets
from collections.abc import Sequence

from starlette.responses import Response
from starlette.types import Scope

from leadline import clock
from leadline.errors import ServiceError
from leadline.schema.exact_json import write_json

JSON_TYPE = "application/json;charset=UTF-8"
CSV_TYPE = "text/csv;charset=UTF-8"
_NUMBERS_MAX = 0x100000
_NUMBERS = itertools.count(secrets.randbelow(_NUMBERS_MAX))
PRIVATE = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def new_request_id() -> str:
    """Return `<1-5 hex digits>#<milliseconds in hex>`, unique for each request.

    A process repeats a number only after a million others; where it begins is random, so that
    two processes rarely say the same.
    """
    return f"{next(_NUMBERS) % _NUMBERS_MAX:x}#{clock.now_ms():x}"


def request_id_of(scope: Scope) -> str:
    """Return the id that a request was given before it came here, or a new one."""
    given: str | None = scope.get("leadline.request_id")
    return given or new_request_id()


def json_reply(body: object, http_status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON answer with the contract's exact content type."""
    content = write_json(body).encode("utf-8", "replace")
    return Response(content, http_status, {"Content-Type": JSON_TYPE, **PRIVATE, **(headers or {})})


def success(request_id: str, result: Sequence[object], **extra: object) -> Response:
    """Return a success envelope; `extra` members such as nextPageToken stand beside the result."""
    return json_reply({"requestId": request_id, "result": result, "success": True, **extra})


def asset_success(request_id: str, result: Sequence[object], warnings: Sequence[str] = ()) -> Response:
    """Return the success envelope of assets; an empty one says so in a warning (contract §9.6)."""
    shown = [*warnings] if result else ["No assets found for the given search criteria."]
    body: dict[str, object] = {"success": True, "warnings": shown, "errors": [], "requestId": request_id}
    return json_reply(body | ({"result": result} if result else {}))


def failure(request_id: str, error: ServiceError, *, asset: bool = False) -> Response:
    """Return an error envelope; the one place that renders the catalogue.

    Assets always send warnings (contract §0.2); what more there is to say of an error stands there.
    """
    errors = [{"code": error.entry.code, "message": error.message}]
    if asset:
        warnings = [] if error.why is None else [str(error.why)]
        body = {"success": False, "warnings": warnings, "errors": errors, "requestId": request_id}
    else:
        body = {"requestId": request_id, "success": False, "errors": errors}
    return json_reply(body, error.entry.http_status)


def refusal(error: ServiceError) -> Response:
    """Return the answer to a request that is refused before it has an id."""
    return failure(new_request_id(), error)


def no_file(sentence: str) -> Response:
    """Return the 404 of a file that is not there, as a plain sentence (contract §7.1)."""
    return Response(sentence, 404, {"Content-Type": "text/plain;charset=UTF-8", **PRIVATE})
