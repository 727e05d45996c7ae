"""Usage and error statistics (contract §9.11)."""

from functools import partial

from starlette.responses import Response

from leadline.api.call import Call, Services
from leadline.api.endpoint import Endpoint
from leadline.api.envelope import success
from leadline.api.job_answers import ErrorDay, UsageDay


def usage(call: Call, services: Services, *, last_week: bool = False) -> Response:
    """Return how many calls each user made."""
    days = services.call_limits.days(call.caller, last_week=last_week)
    items: list[UsageDay] = [
        {
            "date": day.day.isoformat(),
            "total": day.total,
            "users": [{"userId": user, "count": calls} for user, calls in sorted(day.users.items())],
        }
        for day in days
    ]
    return success(call.request_id, items)


def errors(call: Call, services: Services, *, last_week: bool = False) -> Response:
    """Return how many answers were errors."""
    days = services.call_limits.days(call.caller, last_week=last_week)
    items: list[ErrorDay] = [
        {
            "date": day.day.isoformat(),
            "total": day.errors.total(),
            "errors": [{"errorCode": code, "count": calls} for code, calls in sorted(day.errors.items())],
        }
        for day in days
    ]
    return success(call.request_id, items)


ENDPOINTS = tuple(
    Endpoint(f"stats.{name}", "GET", f"/rest/v1/stats/{path}.json", summary, (), result, handler)
    for name, path, summary, result, handler in (
        ("usage", "usage", "Calls of today, by user", UsageDay, usage),
        (
            "weekusage",
            "usage/last7days",
            "Calls of the last seven days",
            UsageDay,
            partial(usage, last_week=True),
        ),
        ("errors", "errors", "Error answers of today, by code", ErrorDay, errors),
        (
            "weekerrors",
            "errors/last7days",
            "Error answers of the last seven days",
            ErrorDay,
            partial(errors, last_week=True),
        ),
    )
)
