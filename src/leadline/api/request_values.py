"""What calls send beside their path: ids, records, pages, instants (contract §0.8, §9.1)."""

from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from leadline.api.answers import Skipped
from leadline.api.bodies import RECORDS_MAX
from leadline.api.call import Call
from leadline.api.endpoint import Parameter
from leadline.api.envelope import success
from leadline.api.params import parse_integer
from leadline.errors import (
    INVALID_DATA,
    INVALID_DATE,
    INVALID_VALUE,
    PARAMETER_MISSING,
    TOO_MANY_VALUES,
    ServiceError,
)
from leadline.lead_database.paging import PAGE_RECORDS_MAX, Page, Window
from leadline.model.records import Action, Values
from leadline.schema.exact_json import shown_json
from leadline.schema.outer_space import trimmed
from leadline.schema.record_errors import Reason

FIELDS = Parameter("fields", "query", "Names of the fields to return, comma-separated or repeated")
PAGING = (
    Parameter("batchSize", "query", "Records per page, 300 at most", "integer"),
    Parameter("nextPageToken", "query", "As the page before gave it"),
)
FILTER = (
    Parameter("filterType", "query", "What to find records by", required=True),
    Parameter("filterValues", "query", "Up to 300 values, comma-separated or repeated", required=True),
)


def window_of(call: Call) -> Window:
    """Return which page a call asks for; raises `ServiceError` 1001."""
    return Window(call.params.integer("batchSize", PAGE_RECORDS_MAX), call.params.one("nextPageToken"))


def optional_filter(call: Call) -> tuple[str, list[str]] | None:
    """Return `filterType` and its values, or None when there is no filter; half of one is 1002."""
    if not (call.params.one("filterType") or call.params.values("filterValues")):
        return None
    return call.params.required("filterType"), filter_values(call)


def filter_values(call: Call) -> list[str]:
    """Return what a filter looks for; raises `ServiceError` 1002 or 1003 (contract §9.1)."""
    values = call.params.values("filterValues")
    if not values:
        raise ServiceError(PARAMETER_MISSING, name="filterValues")
    if len(values) > RECORDS_MAX:
        raise ServiceError(TOO_MANY_VALUES, limit=RECORDS_MAX, name="filterValues")
    return values


def page_reply(call: Call, page: Page[Values]) -> Response:
    """Return a page; the last one has no token (contract §9.2)."""
    return rows_reply(call, page.items, page.next_page_token)


def rows_reply(call: Call, rows: list[Any], token: str | None) -> Response:
    """Return a page's items and the token of the next page, if there is one."""
    if token is None:
        return success(call.request_id, rows, moreResult=False)
    return success(call.request_id, rows, nextPageToken=token, moreResult=True)


def input_of(call: Call, body: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return the records of a JSON body; raises `ServiceError` 609, 612, 1001, 1002 or 1003."""
    items = (call.json() if body is None else body).get("input")
    if items is None or items == []:
        raise ServiceError(PARAMETER_MISSING, name="input")
    if not isinstance(items, list):
        raise ServiceError(INVALID_VALUE, value=shown_json(items), type="Array")
    if len(items) > RECORDS_MAX:
        raise ServiceError(TOO_MANY_VALUES, limit=RECORDS_MAX, name="input")
    if not all(isinstance(item, dict) for item in items):
        raise ServiceError(INVALID_DATA)
    return items


def is_absent(value: object) -> bool:
    """Tell whether a member of a JSON body says nothing: it is not there, null or blank."""
    return value is None or (isinstance(value, str) and not trimmed(value))


def text_of(body: dict[str, Any], name: str) -> str | None:
    """Return an option of a JSON body without outer white space, None when it is absent.

    Raises `ServiceError` 1001.
    """
    value = body.get(name)
    if is_absent(value):
        return None
    if not isinstance(value, str):
        raise ServiceError(INVALID_VALUE, value=shown_json(value), type="String")
    return trimmed(value)


def required_text(body: dict[str, Any], name: str) -> str:
    """Return a text of a JSON body; raises `ServiceError` 1001 or 1002."""
    value = text_of(body, name)
    if value is None:
        raise ServiceError(PARAMETER_MISSING, name=name)
    return value


def flag_of(body: dict[str, Any], name: str) -> bool | None:
    """Return a flag of a JSON body, None when it is absent; raises `ServiceError` 1001."""
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise ServiceError(INVALID_VALUE, value=shown_json(value), type="Boolean")
    return value


def action_of(body: dict[str, Any], allowed: tuple[Action, ...] = tuple(Action)) -> Action:
    """Return the action of a sync body; raises `ServiceError` 1001."""
    name = text_of(body, "action") or Action.CREATE_OR_UPDATE.value
    for action in allowed:
        if action.value.lower() == name.lower():
            return action
    raise ServiceError(INVALID_VALUE, value=name, type=", ".join(each.value for each in allowed))


def choice_of(body: dict[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    """Return one of some words, the first when absent; raises `ServiceError` 1001."""
    value = text_of(body, name)
    if value is None:
        return allowed[0]
    for each in allowed:
        if each.lower() == value.lower():
            return each
    raise ServiceError(INVALID_VALUE, value=value, type=", ".join(allowed))


def ids_of(call: Call, member: str = "id") -> list[int]:
    """Return the ids of query, form or JSON body; raises `ServiceError` 1001, 1002 or 1003."""
    texts = [part for text in call.params.many("id") for part in text.split("&id=")]  # as a client joins them
    named = [parse_integer(text) for text in texts]
    if not named and call.has_document:
        named = [id_of(item, member) for item in input_of(call)]
    if not named:
        raise ServiceError(PARAMETER_MISSING, name="id")
    if len(named) > RECORDS_MAX:
        raise ServiceError(TOO_MANY_VALUES, limit=RECORDS_MAX, name="id")
    return named


def id_of(item: dict[str, Any], member: str = "id") -> int:
    """Return an id of a record; raises `ServiceError` 1001 or 1002."""
    if member not in item:
        raise ServiceError(PARAMETER_MISSING, name=member)
    return _integer(item[member])


def integer_of(body: dict[str, Any], name: str, default: int) -> int:
    """Return a number of a JSON body; raises `ServiceError` 1001."""
    value = body.get(name)
    return default if is_absent(value) else _integer(value)


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ServiceError(INVALID_VALUE, value=shown_json(value), type="Integer")
    return parse_integer(str(value))


def instant_of(text: str) -> int:
    """Return an ISO 8601 instant as epoch second, UTC without an offset; raises `ServiceError` 704.

    Assets show instants as `2015-05-21T22:45:13Z+0000`, so that is understood as well.
    """
    plain = trimmed(text).replace(" ", "+").replace("Z+0000", "Z")
    try:
        instant = datetime.fromisoformat(plain)
        return int((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        raise ServiceError(INVALID_DATE) from None


def optional_instant(call: Call, name: str) -> int | None:
    """Return an instant parameter, None when it is absent; raises `ServiceError` 704."""
    text = call.params.one(name)
    return None if text is None else instant_of(text)


def skipped(reason: Reason) -> Skipped:
    """Return what an item says with which nothing was done (contract §0.3)."""
    assert reason.code is not None, "errors that calls answer have a code"
    return {"status": "skipped", "reasons": [{"code": reason.code, "message": reason.message}]}
