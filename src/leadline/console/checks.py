"""What a request must pass before a page sees it: whence it comes, how often; and what an answer may do."""

from collections import OrderedDict

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from leadline import clock
from leadline.console.site import Site

SAFE_METHODS = frozenset({"GET", "HEAD"})
REQUESTS_PER_SECOND_MAX = 10
_SESSIONS_MAX = 10_000
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers send `Origin: null` with forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def is_of_our_pages(scope: Scope, site: Site) -> bool:
    """Tell whether an unsafe request comes from a page of the console, as the browser says.

    Old browsers, and all on plain http, send no `Sec-Fetch-Site`; all send the `Origin` of a form.
    """
    headers = Headers(scope=scope)
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site == "same-origin"
    return headers.get("origin") == site.origin(scope)


def guard(response: Response) -> Response:
    """Add the headers that bound what a browser does with an answer."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


class RequestRates:
    """How often each session asks: ten times a second, twenty in a burst; used on the event loop alone."""

    def __init__(self) -> None:
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def admit(self, session: str) -> bool:
        """Count a request; False when it is one too many."""
        now = clock.monotonic()
        left, at = self._left.pop(session, (2.0 * REQUESTS_PER_SECOND_MAX, now))
        left = min(2.0 * REQUESTS_PER_SECOND_MAX, left + (now - at) * REQUESTS_PER_SECOND_MAX)
        admitted = left >= 1
        self._left[session] = (left - 1 if admitted else left), now
        if len(self._left) > _SESSIONS_MAX:
            self._left.popitem(last=False)
        return admitted
