"""Which errors a call may be answered with: those that its shape implies, and those that its row names."""

from leadline.api.endpoint import Endpoint
from leadline.errors import (
    ACCESS_DENIED,
    BLANK_PARAMETER,
    CONCURRENCY_REACHED,
    INVALID_CONTENT_TYPE,
    INVALID_DATA,
    INVALID_JSON,
    INVALID_MULTIPART,
    INVALID_PAGE_TOKEN,
    INVALID_VALUE,
    PARAMETER_MISSING,
    QUOTA_REACHED,
    RATE_EXCEEDED,
    RULE_VIOLATED,
    SYSTEM_ERROR,
    TIMED_OUT,
    TOKEN_EXPIRED,
    TOKEN_INVALID,
    TOKEN_MISSING,
    TOO_MANY_VALUES,
    TRANSIENT,
    UNAVAILABLE,
    Entry,
)

_ALWAYS = (TIMED_OUT, UNAVAILABLE, SYSTEM_ERROR, TRANSIENT)
_WITH_TOKEN = (
    *(TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED),
    *(RATE_EXCEEDED, QUOTA_REACHED, CONCURRENCY_REACHED),
)
_OF_JSON = (INVALID_JSON, INVALID_CONTENT_TYPE, INVALID_VALUE, PARAMETER_MISSING, INVALID_DATA)
_OF_UPLOAD = (INVALID_CONTENT_TYPE, INVALID_MULTIPART, INVALID_VALUE, PARAMETER_MISSING)


def codes_of(endpoint: Endpoint) -> list[str]:
    """Return the codes that may stand in an error envelope of the endpoint, in order."""
    return sorted({each.code for each in entries_of(endpoint)}, key=int)


def entries_of(endpoint: Endpoint) -> list[Entry]:
    """Return the errors that the endpoint may be answered with."""
    found = [*_ALWAYS, *endpoint.refusals]
    if not endpoint.open:
        found += _WITH_TOKEN
    if endpoint.permissions:
        found.append(ACCESS_DENIED)
    if endpoint.body is not None:
        found += _OF_JSON
        if "input" in endpoint.body.__annotations__:
            found.append(TOO_MANY_VALUES)
    places, names = (
        {each.place for each in endpoint.parameters},
        {each.name for each in endpoint.parameters},
    )
    if "form" in places:
        found += _OF_UPLOAD
    if "field" in places:
        found += [INVALID_CONTENT_TYPE, BLANK_PARAMETER, RULE_VIOLATED]
    if any(each.type in ("integer", "boolean") or each.choices for each in endpoint.parameters):
        found.append(INVALID_VALUE)
    if any(each.required and each.place != "path" for each in endpoint.parameters):
        found.append(PARAMETER_MISSING)
    if endpoint.asset and "name" in names:
        found += [BLANK_PARAMETER, RULE_VIOLATED]
    if "filterValues" in names:
        found += [TOO_MANY_VALUES, PARAMETER_MISSING]
    if "nextPageToken" in names:
        found.append(INVALID_PAGE_TOKEN)
    return found
