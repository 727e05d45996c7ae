"""The console beside the API, built when the server is ready, or at its first request if that is earlier.

So the API's start pays nothing for it, and the first who opens it does not wait.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from leadline.api.call import Services
from leadline.console.site import Site

if TYPE_CHECKING:
    from leadline.console.app import Console

_NO_PREFIX: Scope = {"type": "http"}


class WithConsole:
    """Passes the console's requests to it, and all others to the API."""

    def __init__(self, api: ASGIApp, services: Services) -> None:
        self._api = api
        self._services = services
        self._site = Site(services.settings.server.public_url)
        self._building = threading.Lock()
        self._console: Console | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        path = self._site.console_path(scope) if scope["type"] == "http" else None
        if path is None:
            await self._api(scope, receive, send)
            return
        console = self._console
        if console is None:
            console = await asyncio.to_thread(self._built, scope)
        await console.asgi({**scope, "path": path, "root_path": ""}, receive, send)

    def warm_up(self, pause: Callable[[], bool]) -> None:
        """Build the console and load its templates, before anybody asks for them.

        There is a pause after each step, for calls are answered meanwhile; one that returns true is the last.
        """
        for _ in self._built(_NO_PREFIX).load_templates():
            if pause():
                return

    def _built(self, scope: Scope) -> "Console":
        """Return the console, built by the first who asks for it."""
        with self._building:
            if self._console is None:
                from leadline.console.app import Console

                self._console = Console(self._services, self._site, self._site.prefix(scope))
            return self._console
