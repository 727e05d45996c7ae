"""The console as an application: its table of pages, and what each request goes through."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from urllib.parse import urlsplit

from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from leadline import clock
from leadline.api.admission import store_told
from leadline.api.app import PathAndCompression
from leadline.api.call import Services
from leadline.api.checks import fault_event
from leadline.api.envelope import request_id_of
from leadline.api.threads import in_thread
from leadline.console import cookies
from leadline.console.checks import SAFE_METHODS, RequestRates, guard, is_of_our_pages
from leadline.console.files import StaticFiles
from leadline.console.forms import first_values, form_of
from leadline.console.login import LOGIN_PAGES, Login
from leadline.console.pages import all_pages
from leadline.console.rendering import Rendering
from leadline.console.sentences import Refusal, refusal_of
from leadline.console.site import ROOT, Site
from leadline.console.visit import Page, Visit
from leadline.errors import SYSTEM_ERROR, ServiceError, StoreBusyError, StoreFaultError
from leadline.events import PageAnswered
from leadline.model.callers import Caller

STATIC = f"{ROOT}/static/"
_FOREIGN = Refusal("This request came from a page that is none of the console's, and nothing was done.", 403)
_TOO_OFTEN = Refusal("This session asks more than ten times a second. Try again in a moment.", 429)
_NO_PAGE = Refusal("There is no such page.", 404)
_NO_METHOD = Refusal("This page takes no such request.", 405)
_NO_RIGHT = Refusal("The credential that you are logged in with may not see this.", 403)


class Console:
    """Answers the requests of people with a browser; `prefix` stands before the paths of the server."""

    def __init__(self, services: Services, site: Site, prefix: str) -> None:
        self.asgi = PathAndCompression(ServerErrorMiddleware(self, self.unforeseen))
        """What answers with all that stands around."""
        self._services = services
        self._site = site
        self._files = StaticFiles()
        self._pages = (*LOGIN_PAGES, *all_pages())
        self._rendering = Rendering(self._pages, self._files, prefix)
        self._login = Login(services, site)
        self._rates = RequestRates()
        self._patterns = [(_pattern(page.path), page) for page in sorted(self._pages, key=_literal_first)]

    def load_templates(self) -> Iterator[str]:
        """Load all templates, one for each step."""
        return self._rendering.load_templates()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        request_id, began = request_id_of(scope), clock.monotonic()
        scope["leadline.request_id"] = request_id
        try:
            response = guard(await self._answer(request))
        except ClientDisconnect:
            return
        took_ms = round((clock.monotonic() - began) * 1000, 1)
        page, caller = scope.get("leadline.page"), scope.get("leadline.caller")
        try:
            await response(scope, receive, send)
        finally:  # the browser need not wait for the log
            self._services.emit(
                PageAnswered(
                    request_id,
                    request.method,
                    ROOT + page.path if page else "unknown",
                    caller.client_id if caller else None,
                    response.status_code,
                    took_ms,
                )
            )

    async def _answer(self, request: Request) -> Response:
        """Check a request, and pass it to its page; each error that is foreseen becomes a page."""
        try:
            if request.scope["path"].startswith(STATIC) and request.method in SAFE_METHODS:
                found = self._files.answer(request.scope["path"].removeprefix(STATIC))
                return found or self._refuse(_NO_PAGE)
            page, path = self._find(request)
            request.scope["leadline.page"] = page
            if request.method not in SAFE_METHODS and not is_of_our_pages(request.scope, self._site):
                return self._refuse(_FOREIGN)
            if page in LOGIN_PAGES:
                return await self._login.answer(page, request, self._rendering)
            return await self._visit(request, page, path)
        except _RefusedError as refused:
            return self._refuse(refused.refusal, refused.headers)
        except (ServiceError, StoreBusyError, StoreFaultError) as error:
            if isinstance(error, StoreFaultError):
                return await self._after_fault(request, error)
            return self._refuse(refusal_of(error))

    async def _after_fault(self, request: Request, fault: StoreFaultError) -> Response:
        """Answer a request whose store has failed; where its subscription was removed, its session ends."""
        session = cookies.session_of(request, self._site)
        try:
            ask = partial(self._services.console_sessions.has_lost_store, session or "")
            if await in_thread(self._services, ask):
                return self._to_login(request)
        except (ServiceError, StoreBusyError, StoreFaultError) as error:
            return self._refuse(refusal_of(error))
        self._services.emit(fault_event(request, fault))
        return self._refuse(refusal_of(fault))

    def _find(self, request: Request) -> tuple[Page, dict[str, str]]:
        """Return the page of a request, and what its path names; raises `_RefusedError`."""
        whole: str = request.scope["path"]
        if not f"{whole}/".startswith(f"{ROOT}/"):  # dots have led out of the console
            raise _RefusedError(_NO_PAGE)
        method, allowed = "GET" if request.method in SAFE_METHODS else request.method, set[str]()
        for pattern, page in self._patterns:
            if (found := pattern.fullmatch(whole.removeprefix(ROOT))) is not None:
                if page.method == method:
                    return page, found.groupdict()
                allowed |= SAFE_METHODS if page.method == "GET" else {page.method}
        if allowed:
            raise _RefusedError(_NO_METHOD, {"Allow": ", ".join(sorted(allowed))})
        raise _RefusedError(_NO_PAGE)

    async def _visit(self, request: Request, page: Page, path: dict[str, str]) -> Response:
        """Answer a request that needs a session."""
        session = cookies.session_of(request, self._site)
        if session is None:
            return self._to_login(request)
        if not self._rates.admit(session):
            return self._refuse(_TOO_OFTEN, {"Retry-After": "1"})
        form = await form_of(request, self._services) if page.method == "POST" and not page.stream else {}
        known = self._services.console_sessions.subscription_of(session)
        if not known or page.stream:
            caller = await in_thread(self._services, partial(self._identify, request, session), known)
            if caller is None:
                return self._to_login(request)
            if page.stream:
                return await page.stream(self._new_visit(request, caller, page, path, form), request)
            known = caller.munchkin_id
        work = partial(self._ask_page, request, session, page, path, form)
        return await in_thread(self._services, work, known, writes=page.method != "GET")

    def _ask_page(
        self, request: Request, session: str, page: Page, path: dict[str, str], form: dict[str, str]
    ) -> Response:
        """Find out who asks, and ask the page, on one thread; a refused action leaves its page standing."""
        caller = self._identify(request, session)
        if caller is None:
            return self._to_login(request)
        visit = self._new_visit(request, caller, page, path, form)
        try:
            with store_told(self._services, caller.munchkin_id):
                return page.answer(visit)
        except ServiceError as error:
            if page.method == "GET":
                return visit.refused_alone(error)
            return visit.refused(error)

    def _identify(self, request: Request, session: str) -> Caller | None:
        """Return who asks; a page that refreshes itself does not lengthen the session."""
        counts_as_use = "leadline-refresh" not in request.headers
        with store_told(self._services):
            caller = self._services.console_sessions.identify(session, counts_as_use=counts_as_use)
        request.scope["leadline.caller"] = caller
        return caller

    def _new_visit(
        self, request: Request, caller: Caller, page: Page, path: dict[str, str], form: dict[str, str]
    ) -> Visit:
        """Return what a page is given; raises `_RefusedError` where the person may not see it."""
        if not caller.may(page.permissions):
            raise _RefusedError(_NO_RIGHT)
        query = first_values(request.scope["query_string"].decode("utf-8", "replace"))
        is_fragment = request.headers.get("hx-request") == "true"
        caller = replace(caller, request_id=request.scope["leadline.request_id"])
        return Visit(caller, self._services, path, query, form, is_fragment, page, self._rendering)

    def _to_login(self, request: Request) -> Response:
        """Lead to the login and back; what refreshes itself leads the whole page there."""
        if request.headers.get("hx-request") == "true":
            target = self._rendering.url("login", next=_path_of(request.headers.get("hx-current-url", "")))
            return Response(status_code=401, headers={"HX-Redirect": target})
        path = self._rendering.url("home") + request.scope["path"].removeprefix(ROOT)
        query = request.scope["query_string"].decode("latin-1")
        next_path = _joined(path, query) if request.method in SAFE_METHODS else None
        if next_path and request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            # Who follows a link from elsewhere sends no strict cookie, though there may be one.
            return self._rendering.render("arrived.html", address=next_path)
        return RedirectResponse(self._rendering.url("login", next=next_path), 303)

    def _refuse(self, refusal: Refusal, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
        """Answer with a page that says why there is no other."""
        response = self._rendering.render("refused.html", refusal.http_status, refusal=refusal)
        response.headers.update(headers)
        return response

    async def unforeseen(self, request: Request, error: Exception) -> Response:
        """Answer where the program has a fault; its log names what was raised, and where."""
        self._services.emit(fault_event(request, error))
        response = guard(self._refuse(refusal_of(ServiceError(SYSTEM_ERROR))))
        response.headers["Connection"] = "close"  # the server will
        return response


class _RefusedError(Exception):
    """A request is answered with a page that says why."""

    def __init__(self, refusal: Refusal, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        self.refusal = refusal
        self.headers = headers


def _literal_first(page: Page) -> list[bool]:
    """Order pages so that a path which names a part goes before one that takes any."""
    return [part.startswith("{") for part in page.path.split("/")]


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def _path_of(address: str) -> str | None:
    """Return path and query of an address, None for what is no address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return _joined(parts.path, parts.query)


def _joined(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
