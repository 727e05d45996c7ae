"""Why a request was refused, in sentences for people."""

from leadline.api.admission import entry_for
from leadline.errors import ServiceError, StoreBusyError, StoreFaultError
from leadline.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sentence that says what was wrong and what to do, and the HTTP status that goes with it."""

    sentence: str
    http_status: int
    advice: str = ""


_STATUS_OF_CODES = {"603": 403, "601": 401, "602": 401, "604": 503, "608": 503, "611": 500, "713": 503}
_STATUS_OF_CODES |= dict.fromkeys(("610", "702", "1004", "1013"), 404)


def refusal_of(error: ServiceError | StoreBusyError | StoreFaultError) -> Refusal:
    """Return how a person is told of an error that a call would be answered with."""
    known = error if isinstance(error, ServiceError) else ServiceError(entry_for(error))
    entry = known.entry
    status = entry.http_status if entry.http_status >= 400 else _STATUS_OF_CODES.get(entry.code, 409)
    sentence = str(known.why or known.message).rstrip(".") + "."
    return Refusal(sentence, status, entry.advice)
