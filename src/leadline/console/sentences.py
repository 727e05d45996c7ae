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
    StoreDownError,
    StoreFaultError,
    StoreFullError,
    StoreRightsError,
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


_SOON = "Try again in some seconds."
_OF_STORES = (
    (
        StoreFullError,
        "The disk of the store is full, so nothing can be written. Nothing was done.",
        "Try again when the operator has made space; what was accepted before is kept.",
    ),
    (
        StoreRightsError,
        "The database does not let the server at this subscription. Nothing was done.",
        "Tell the operator: the log has an event “RightsMissing”, which says what to run.",
    ),
    (StoreDownError, "The server does not reach its store just now. Nothing was done.", _SOON),
    (StoreBusyError, "The store is busy just now. Nothing was done.", _SOON),
)
_OF_SERVERS = {
    UNAVAILABLE: ("Too many ask this server at once just now. Nothing was done.", _SOON),
    TIMED_OUT: (
        "The answer took too long.",
        "Look whether what you asked for was done; if it was not, try again.",
    ),
    SYSTEM_ERROR: (
        "The server has met a fault of its own.",
        "Tell the operator when it happened: the log has an event “FaultCaught” of that moment.",
    ),
}
"""What people are told instead of what calls are told."""


def refusal_of(error: ServiceError | StoreBusyError | StoreFaultError) -> Refusal:
    """Return how a person is told of an error that a call would be answered with."""
    for kind, sentence, advice in _OF_STORES:
        if isinstance(error, kind):
            return Refusal(sentence, 503, advice)
    known = error if isinstance(error, ServiceError) else ServiceError(entry_for(error))
    entry = known.entry
    status = entry.http_status if entry.http_status >= 400 else _STATUSES.get(entry, 409)
    if entry in _OF_SERVERS:
        return Refusal(_OF_SERVERS[entry][0], status, _OF_SERVERS[entry][1])
    sentence = str(known.why or known.message).rstrip(".") + "."
    return Refusal(sentence, status, entry.advice)
