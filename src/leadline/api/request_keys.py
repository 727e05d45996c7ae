"""`Idempotency-Key`: how a request that may be sent again says so, and how its answer does.

`imports/resubmission.py` says what comes of it.
"""

from starlette.responses import Response

from leadline.api.endpoint import Parameter

KEY_HEADER = "Idempotency-Key"
KEY_PARAMETER = Parameter(
    KEY_HEADER, "header", "1 to 255 visible characters of ASCII: the same request, sent again, is made once"
)
REPLAYED_HEADER = "Idempotent-Replayed"


def replayed(answer: Response, *, is_new: bool) -> Response:
    """Let an answer say when what it tells of was made by an earlier request."""
    if not is_new:
        answer.headers[REPLAYED_HEADER] = "true"
    return answer
