"""Statistics of calls and errors (usage.md; swagger-mapi.json)."""

from collections.abc import Mapping
from typing import Any

from tests.contract.reference.operations import Case, Operation, mapi
from tests.contract.reference.shapes import DAY, DIGITS, INTEGER, Many
from tests.harness import Server

CALLS = {"date": DAY, "total": INTEGER, "users": Many({"userId": "tests@example.com", "count": INTEGER})}
ERRORS = {"date": DAY, "total": INTEGER, "errors": Many({"errorCode": DIGITS, "count": INTEGER})}


def _after_an_error(server: Server) -> Mapping[str, Any]:
    """Make a call that is refused, so that there is something to count."""
    assert server.call("GET", "/rest/v1/nothing.json").json()["success"] is False
    return {}


OPERATIONS = (
    Operation("GET /rest/v1/stats/usage.json", Case("usage.md: Daily Usage", mapi([CALLS]))),
    Operation(
        "GET /rest/v1/stats/usage/last7days.json",
        Case(
            "usage.md: Last 7 Days Usage",
            mapi(Many(CALLS)),
        ),
    ),
    Operation(
        "GET /rest/v1/stats/errors.json",
        Case("usage.md: Daily Errors", mapi([ERRORS]), given=_after_an_error),
    ),
    Operation(
        "GET /rest/v1/stats/errors/last7days.json",
        Case(
            "usage.md: Last 7 Days Errors",
            mapi(Many(ERRORS)),
            given=_after_an_error,
        ),
    ),
)
