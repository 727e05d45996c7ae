"""The console beside the API. It is built at its first request: the API's start pays nothing for it."""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from leadline.api.call import Services
from leadline.console.site import Site


def with_console(api: ASGIApp, services: Services) -> ASGIApp:
    """Return an application with the console beside it, unless the operator wants none."""
    return WithConsole(api, services) if services.settings.server.console else api


class WithConsole:
    """Passes the console's requests to it, and all others to the API."""

    def __init__(self, api: ASGIApp, services: Services) -> None:
        self._api = api
        self._services = services
        self._site = Site(services.settings.server.public_url)
        self._building = asyncio.Lock()
        self._console: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        path = self._site.console_path(scope) if scope["type"] == "http" else None
        if path is None:
            await self._api(scope, receive, send)
            return
        console = self._console or await self._built(scope)
        await console({**scope, "path": path, "root_path": ""}, receive, send)

    async def _built(self, scope: Scope) -> ASGIApp:
        """Return the console, built by the first who asks for it."""
        async with self._building:
            if self._console is None:
                self._console = await asyncio.to_thread(self._build, scope)
            return self._console

    def _build(self, scope: Scope) -> ASGIApp:
        from leadline.console.app import build_console

        return build_console(self._services, self._site, self._site.prefix(scope))
