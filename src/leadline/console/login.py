"""Who logs in and out: the one part of the console that asks for no session."""

import asyncio
import re
from functools import partial
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from leadline.api.admission import store_told
from leadline.api.call import Services
from leadline.api.threads import in_thread
from leadline.console import cookies
from leadline.console.forms import first_values, form_of
from leadline.console.rendering import Rendering
from leadline.console.sentences import Refusal, refusal_of
from leadline.console.site import Site
from leadline.console.visit import Page
from leadline.errors import TIMED_OUT, ServiceError, StoreBusyError, StoreFaultError

_PLAIN = Refusal(
    "This address is plain http, and a secret sent to it could be read on the way. Open the console over "
    "https, or on the server's own machine as http://localhost; behind a proxy that ends TLS, the operator "
    "sets LEADLINE_SERVER__PUBLIC_URL to the address that browsers use.",
    403,
)
_WRONG = Refusal("The client id or the client secret is wrong.", 401)


LOGIN_PAGES = (
    Page("login", "GET", "/login"),
    Page("open_session", "POST", "/login"),
    Page("logout", "POST", "/logout"),
)


class Login:
    """The pages of the login."""

    def __init__(self, services: Services, site: Site) -> None:
        self._services = services
        self._site = site

    async def answer(self, page: Page, request: Request, rendering: Rendering) -> Response:
        """Answer a request to one of the pages."""
        match page.name:
            case "login":
                return await self.show(request, rendering)
            case "open_session":
                return await self.open(request, rendering)
            case _:
                return await self.close(request, rendering)

    async def show(self, request: Request, rendering: Rendering) -> Response:
        """Ask for client id and secret."""
        query = first_values(request.scope["query_string"].decode("utf-8", "replace"))
        refusal = None if self._site.takes_logins(request.scope) else _PLAIN
        return self._page(rendering, query.get("next", ""), refusal)

    async def open(self, request: Request, rendering: Rendering) -> Response:
        """Check a secret in its turn, and open a session."""
        if not self._site.takes_logins(request.scope):
            return self._page(rendering, "", _PLAIN)
        form = await form_of(request, self._services)
        client_id, back = form.get("client_id", "").strip(), form.get("next", "")
        try:
            with store_told(self._services):
                session = await self._checked(request, client_id, form.get("client_secret", "").strip())
        except (ServiceError, StoreBusyError, StoreFaultError) as error:
            return self._page(rendering, back, refusal_of(error), client_id)
        if session is None:
            return self._page(rendering, back, _WRONG, client_id)
        await self._close(cookies.session_of(request, self._site))  # one browser has one session
        response = RedirectResponse(_within(back, rendering.url("home")), 303)
        cookies.give(response, request, self._site, session)
        return response

    async def close(self, request: Request, rendering: Rendering) -> Response:
        """End the session that a request names."""
        await self._close(cookies.session_of(request, self._site))
        response = RedirectResponse(rendering.url("login"), 303)
        cookies.take(response, request, self._site)
        return response

    async def _close(self, session: str | None) -> None:
        """End a session that a cookie names."""
        if session is not None:
            sessions = self._services.console_sessions
            known = sessions.subscription_of(session)
            await in_thread(self._services, partial(sessions.close, session), known, writes=True)

    async def _checked(self, request: Request, client_id: str, client_secret: str) -> str | None:
        address = request.client.host if request.client else ""
        check = partial(self._services.console_sessions.open, client_id, client_secret)
        try:
            async with asyncio.timeout(self._services.settings.times.answer_seconds):
                return await self._services.secret_checks.run(check, address, client_id)
        except TimeoutError:
            raise ServiceError(TIMED_OUT) from None

    def _page(
        self, rendering: Rendering, back: str, refusal: Refusal | None, client_id: str = ""
    ) -> Response:
        status = refusal.http_status if refusal else 200
        return rendering.render("login.html", status, refusal=refusal, back=back, client_id=client_id)


def _within(back: str, home: str) -> str:
    """Return where to go after the login: a page of the console, and no other site's."""
    path = unquote(re.split("[?#]", back, maxsplit=1)[0])  # browsers take %2e for a dot
    is_plain = "\\" not in back and back.isprintable() and ".." not in path.split("/")
    return back if is_plain and back.startswith((f"{home}/", f"{home}?")) else home
