"""The answer of a call whose subscription was reset or removed while it was at work."""

from starlette.types import Message, Receive, Scope, Send

from leadline.api.envelope import failure, request_id_of
from leadline.errors import SYSTEM_ERROR, TOKEN_INVALID, TRANSIENT, UNAVAILABLE, ServiceError
from leadline.sandbox.calls.calls_in_flight import CallsInFlight
from leadline.sandbox.faults.operations import Asked

_STORE_GONE = (SYSTEM_ERROR.code, TRANSIENT.code, UNAVAILABLE.code, TOKEN_INVALID.code)
_TEXT = (
    f"{TRANSIENT.template}: the subscription was reset or removed before the call was done. Repeat the call"
)


def saying_overtaken(
    in_flight: CallsInFlight, asked: Asked, scope: Scope, receive: Receive, send: Send
) -> Send:
    """Return what sends the answers of the calls in flight.

    Where the store of one was taken away under it, that is said in place of what the store's absence looked
    like: a fault of the server, or a token that nobody knows.
    """
    before, is_overtaken = in_flight.changes, False

    async def answer(message: Message) -> None:
        nonlocal is_overtaken
        if is_overtaken:
            return  # the rest of what is not said
        is_start = message["type"] == "http.response.start"
        if is_start and in_flight.changes != before and scope.get("leadline.code") in _STORE_GONE:
            is_overtaken = True
            error = ServiceError(TRANSIENT)
            error.message, scope["leadline.code"] = _TEXT, TRANSIENT.code
            await failure(request_id_of(scope), error, asset=asked.is_asset)(scope, receive, send)
        else:
            await send(message)

    return answer
