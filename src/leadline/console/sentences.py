"""Why a request was refused, in sentences for people."""

from leadline.api.admission import entry_for
from leadline.errors import (
    ACCESS_DENIED,
    LEAD_NOT_FOUND,
    LIST_NOT_FOUND,
    NO_DATA_FOUND,
    NOT_A_RESOURCE,
    OBJECT_NOT_FOUND,
    PROGRAM_NOT_FOUND,
    SYSTEM_ERROR,
    TIMED_OUT,
    TOKEN_EXPIRED,
    TOKEN_INVALID,
    TRANSIENT,
    UNAVAILABLE,
    ServiceError,
    StoreBusyError,
    StoreFaultError,
)
from leadline.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sentence that says what was wrong and what to do, and the HTTP status that goes with it."""

    sentence: str
    http_status: int
    advice: str = ""


_STATUSES = {
    ACCESS_DENIED: 403,
    TOKEN_INVALID: 401,
    TOKEN_EXPIRED: 401,
    TIMED_OUT: 503,
    UNAVAILABLE: 503,
    SYSTEM_ERROR: 500,
    TRANSIENT: 503,
    NOT_A_RESOURCE: 404,
    NO_DATA_FOUND: 404,
    LEAD_NOT_FOUND: 404,
    LIST_NOT_FOUND: 404,
    OBJECT_NOT_FOUND: 404,
    PROGRAM_NOT_FOUND: 404,
}
"""The status of a page for errors that are sent with 200 in an envelope; of others it is 409."""


def refusal_of(error: ServiceError | StoreBusyError | StoreFaultError) -> Refusal:
    """Return how a person is told of an error that a call would be answered with."""
    known = error if isinstance(error, ServiceError) else ServiceError(entry_for(error))
    entry = known.entry
    status = entry.http_status if entry.http_status >= 400 else _STATUSES.get(entry, 409)
    sentence = str(known.why or known.message).rstrip(".") + "."
    return Refusal(sentence, status, entry.advice)
