"""Each Marketo call of a sandbox goes through here, on its way in and on its way out."""

import asyncio
from dataclasses import dataclass

from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from leadline.api.app import ENDPOINTS, resolved_path
from leadline.api.endpoint import Endpoint
from leadline.sandbox.sandbox import Sandbox
from leadline.sandbox.subscription import SandboxSubscription
from leadline.sandbox.whose import Whose


@dataclass(slots=True)
class MarketoCall:
    """One call: what it asks for, of whom, and the way to its answer.

    `endpoint` is None for an unknown path or method. `app` does the work; it is given `receive` and
    `send`, which may be replaced. Its connection is broken by `wire`.
    """

    subscription: SandboxSubscription
    endpoint: Endpoint | None
    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send

    @property
    def wire(self) -> asyncio.Transport:
        """The connection itself, for who breaks it."""
        transport: asyncio.Transport = self.scope["extensions"]["leadline.wire"]["transport"]
        return transport


async def answer(call: MarketoCall) -> None:
    """Answer a call: what comes before its work stands above the one line, what comes after below."""
    await call.app(call.scope, call.receive, call.send)


class MarketoCalls:
    """The API of a sandbox: finds out whose each call is, and what it asks for."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox, whose: Whose) -> None:
        self._app = app
        self._sandbox = sandbox
        self._whose = whose
        by_path: dict[str, dict[str, Endpoint]] = {}
        for endpoint in sorted(ENDPOINTS, key=lambda each: each.path.count("{")):
            by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint
        self._paths = [(compile_path(path)[0], methods) for path, methods in by_path.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call; one that names no subscription goes to the API as it is."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        owner = await self._whose.find(scope, receive)
        subscription = self._sandbox.subscriptions.get(owner.munchkin_id)
        if subscription is None:
            await self._app(scope, owner.receive, send)
            return
        call = MarketoCall(subscription, self._endpoint(scope), self._app, scope, owner.receive, send)
        async with subscription.in_flight.passing():
            await answer(call)

    def _endpoint(self, scope: Scope) -> Endpoint | None:
        path = resolved_path(scope["path"])
        for pattern, by_method in self._paths:
            if pattern.match(path):
                return by_method.get(scope["method"])
        return None
