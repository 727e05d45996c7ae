"""The answers of faults that are errors: the texts of the product's own catalogue, with likely values."""

import re

from leadline import errors
from leadline.api.endpoint import Endpoint
from leadline.api.openapi_errors import entries_of
from leadline.api.request_size import BODY_BYTES_MAX
from leadline.errors import Entry, ServiceError
from leadline.model.rules import Limits
from leadline.subscriptions.call_limits import RATE_SECONDS

_CATALOGUE = tuple(each for each in vars(errors).values() if isinstance(each, Entry))
_LIKELY: dict[str, object] = {
    "name": "emailAddress",
    "value": "abc",
    "type": "Integer",
    "kind": "a workbook",
    "cure": "save it as CSV and send that",
    "why": "it cannot be as the call wants it",
    "rest": "",
    "id": 1,
    "count": 100_001,
    "seconds": RATE_SECONDS,
}
"""What stands for the braces of a text where no limit and nothing of the call does."""

_LIMITS = {
    errors.RATE_EXCEEDED: "rate_calls_max",
    errors.CONCURRENCY_REACHED: "concurrent_calls_max",
    errors.QUEUE_FULL: "jobs_queued_max",
    errors.FILE_TOO_LARGE: "upload_bytes_max",
}
_OTHER_LIMITS: dict[Entry, object] = {
    errors.BODY_TOO_LARGE: BODY_BYTES_MAX,
    errors.HEADER_TOO_LARGE: "2000 columns",
    errors.TOO_MANY_MEMBERS: 100_000,
    errors.TOO_MANY_VALUES: 300,
}


def known_codes() -> tuple[str, ...]:
    """Return the codes of the catalogue, in order."""
    return tuple(sorted({each.code for each in _CATALOGUE}, key=int))


def error_for(code: str, endpoint: Endpoint | None, method: str, limits: Limits) -> ServiceError:
    """Return the error of a code, as the operation would answer it."""
    entry = _entry(code, endpoint)
    values = _LIKELY | {"method": method, "limit": _limit(entry, limits)}
    named = set(re.findall(r"{(\w+)", entry.template))
    return ServiceError(entry, **{name: value for name, value in values.items() if name in named})


def is_upload(endpoint: Endpoint) -> bool:
    """Tell whether an operation takes a file."""
    return any(each.type == "binary" for each in endpoint.parameters)


def creates_job(endpoint: Endpoint) -> bool:
    """Tell whether an operation makes a job: an import, the apply of a preview, or an undo."""
    is_import = is_upload(endpoint) and endpoint.name.startswith("bulk.")
    return is_import or endpoint.name in ("previews.apply", "jobs.undo")


def _entry(code: str, endpoint: Endpoint | None) -> Entry:
    """Return the operation's own error of a code; else the one whose text has the fewest values."""
    if code == errors.FILE_TOO_LARGE.code and endpoint and is_upload(endpoint):
        return errors.FILE_TOO_LARGE
    own = [each for each in (entries_of(endpoint) if endpoint else ()) if each.code == code]
    every = [each for each in _CATALOGUE if each.code == code]
    return own[0] if own else min(every, key=lambda each: each.template.count("{"))


def _limit(entry: Entry, limits: Limits) -> object:
    return getattr(limits, _LIMITS[entry]) if entry in _LIMITS else _OTHER_LIMITS.get(entry, 0)
