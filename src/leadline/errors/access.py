"""Errors of a call as such: its size, its token, its rate, its form, the state of the server (413 to 713)."""

from leadline.errors.entry import Entry

BODY_TOO_LARGE = Entry(
    "413",
    "Request Entity Too Large: a body has at most {limit} bytes",
    when="The body of a call other than an upload has more than 1 MB.",
    advice="Split the call into several with fewer records each.",
    http_status=413,
)
FILE_TOO_LARGE = Entry(
    "413",
    "Request Entity Too Large: a file has at most {limit} bytes",
    when="The uploaded file, or the form around it, is larger than `LIMITS__UPLOAD_BYTES_MAX`.",
    advice="Split the file and import the parts one after another; repeat the header line in each.",
    http_status=413,
)
URI_TOO_LONG = Entry(
    "414",
    "Request-URI Too Long",
    when="The address with its query has more than 8 KB.",
    advice="Send the query as an urlencoded body, with POST and the parameter `_method=GET`.",
    http_status=414,
)
TOKEN_MISSING = Entry(
    "600",
    "Access token not specified",
    when="The call has no token, or has it in a parameter while `ACCESS__TOKEN_PARAMETER` is `refuse`.",
    advice="Get a token from `/identity/oauth/token` and send it in the header `Authorization: Bearer ...`.",
    counted=False,
)
TOKEN_INVALID = Entry(
    "601",
    "Access token invalid",
    when="Nobody was given this token, or its credential has been removed or changed.",
    advice="Get a new token; if that is refused too, ask the operator for the credential's present secret.",
    counted=False,
)
TOKEN_EXPIRED = Entry(
    "602",
    "Access token expired",
    when="The token is older than the `expires_in` it came with.",
    advice="Get a new token and repeat the call.",
    counted=False,
)
ACCESS_DENIED = Entry(
    "603",
    "Access denied",
    when="The token's credential lacks the permission that the call needs.",
    advice="Ask the operator to add the permission to the credential and to run `leadline setup`.",
)
TIMED_OUT = Entry(
    "604",
    "Request timed out",
    when="The answer took longer than `TIMES__ANSWER_SECONDS`; what the call asked for may still be done.",
    advice="Look whether it was done, then repeat the call, if need be with fewer records.",
    counted=False,
)
METHOD_NOT_SUPPORTED = Entry(
    "605",
    "Request method '{method}' not supported",
    when="The path exists, but not with this method.",
    advice="Use the method that [endpoints](endpoints.md) names for the path.",
    counted=False,
)
RATE_EXCEEDED = Entry(
    "606",
    "Max rate limit '{limit}' exceeded with in '{seconds}' secs",
    when="The subscription made more calls than `LIMITS__RATE_CALLS_MAX` within 20 seconds.",
    advice="Wait until the 20 seconds are over, then repeat the call.",
    counted=False,
)
QUOTA_REACHED = Entry(
    "607",
    "Daily quota reached",
    when="The subscription made more calls than `LIMITS__DAILY_CALLS_MAX` today.",
    advice="Wait until midnight in US Central time, or ask the operator for a higher quota.",
)
UNAVAILABLE = Entry(
    "608",
    "API Temporarily Unavailable",
    when="The store does not answer or does not let the server in, or the server has as many connections or "
    "unread bodies as it takes.",
    advice="Repeat the call after some seconds.",
    counted=False,
)
INVALID_JSON = Entry(
    "609",
    "Invalid JSON",
    when="The body is announced as JSON and is not.",
    advice="Send well-formed JSON in UTF-8.",
)
NOT_A_RESOURCE = Entry(
    "610",
    "Requested resource not found",
    when="There is no such path.",
    advice="Compare the path with [endpoints](endpoints.md).",
)
SYSTEM_ERROR = Entry(
    "611",
    "System error",
    when="The server has met a fault of its own, or a store that is damaged or missing.",
    advice="Give the operator the `requestId`: the log has an event `FaultCaught` of that id.",
    counted=False,
)
INVALID_CONTENT_TYPE = Entry(
    "612",
    "Invalid Content Type",
    when="The header Content-Type is missing, or names a type that the call does not take.",
    advice="Send `application/json` for JSON bodies and `multipart/form-data` for uploads.",
)
INVALID_MULTIPART = Entry(
    "613",
    "Invalid Multipart Request",
    when="The multipart body is broken, has no boundary, too many parts, or two files.",
    advice="Let an HTTP library build the form, with one part `file` and a part for each option.",
)
UNKNOWN_CHARSET = Entry(
    "613",
    "Invalid Multipart Request, no charset is named '{name}'",
    when="A field of the form names a charset that does not exist.",
    advice="Send the fields in UTF-8, or name their charset as IANA does.",
)
CONCURRENCY_REACHED = Entry(
    "615",
    "Concurrent access limit '{limit}' reached",
    when="As many calls of the subscription as `LIMITS__CONCURRENT_CALLS_MAX` allows are being answered.",
    advice="Wait until one of the calls has been answered, then repeat this one.",
)
TRANSIENT = Entry(
    "713",
    "Transient Error",
    when="The store is busy with another writer, or a disk is full.",
    advice="Repeat the call after a moment; if it stays, ask the operator to look for the event `StoreFull`.",
)
