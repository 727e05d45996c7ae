"""Each Marketo call of a sandbox goes through here: it is noted, and may be hit by faults."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leadline.sandbox.calls.call_owner import Owner, Whose
from leadline.sandbox.calls.journal import JournalEntry
from leadline.sandbox.calls.overtaken import saying_overtaken
from leadline.sandbox.calls.sent_body import SentBody, fields_of
from leadline.sandbox.faults.operations import Asked, Operations
from leadline.sandbox.faults.troubled_call import TroubledCall
from leadline.sandbox.jobs.waiting_threads import in_waiting_thread
from leadline.sandbox.original import AsTheOriginal
from leadline.sandbox.sandbox import Sandbox
from leadline.sandbox.subscription import SandboxSubscription

_OPERATORS = ("/health/", "/metrics", "/openapi.json")


class MarketoCalls:
    """The API of a sandbox: finds out whose each call is, what it asks for, and what befalls it."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox, whose: Whose) -> None:
        self._app = app
        self._sandbox = sandbox
        self._whose = whose
        self._operations = Operations()
        self._steps = sandbox.steps
        self._original = AsTheOriginal(app, self._steps.known)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call; one that names no subscription goes to the API as it is."""
        if scope["type"] != "http" or scope["path"].startswith(_OPERATORS):
            await self._app(scope, receive, send)
            return
        owner = await self._whose.find(scope, receive)
        subscription = self._sandbox.subscriptions.get(owner.munchkin_id) or self._sandbox.only()
        if subscription is None:
            await self._app(scope, owner.receive, send)
        else:
            await self._answer(subscription, owner, scope, send)

    async def _answer(
        self, subscription: SandboxSubscription, owner: Owner, scope: Scope, send: Send
    ) -> None:
        """Note a call, and answer it with what befalls it."""
        scope["leadline.request_id"] = subscription.next_request_id()
        query = scope["query_string"].decode("utf-8", "replace")
        asked = self._operations.asked(scope["method"], scope["path"], query)
        named = fields_of(query)
        content_type = Headers(scope=scope).get("content-type", "")
        body = SentBody(owner.receive, content_type, named.get("format", [None])[0])
        now = subscription.clock.now_ms()
        entry = JournalEntry(now, asked.method, asked.route, asked.operation, named, body.seen)
        firings = subscription.faults.befalling(asked)
        entry.faults = [each.fault_id for each in sorted(firings, key=lambda each: not each.ends)]
        subscription.journal.note(entry)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status, entry.code = message["status"], scope.get("leadline.code")
            await send(message)

        async def work(receive: Receive, send: Send) -> None:
            await self._wait_for_young(subscription, asked)
            async with subscription.in_flight.passing():
                sent = saying_overtaken(subscription.in_flight, asked, scope, receive, send)
                await self._work(subscription, asked, scope, receive, sent)

        try:
            if not firings:
                await work(body.receive, answer)
                return
            await TroubledCall(
                self._sandbox, subscription, asked, owner.token, body, firings, scope, work, answer
            ).answer()
        finally:
            body.close()

    async def _wait_for_young(self, subscription: SandboxSubscription, asked: Asked) -> None:
        """Let a poll of a job that was just created wait for its end, unless a test controls its progress."""
        batch_id = asked.job_polled
        if batch_id is None or asked.is_of_any_job or not subscription.first_polls.is_young(batch_id):
            return
        if not subscription.progress.is_moved_by_polls and not subscription.progress.holds(batch_id):
            await subscription.first_polls.wait(batch_id)

    async def _work(
        self, subscription: SandboxSubscription, asked: Asked, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Do what a call asks for; where polls move jobs, the job of a poll gets on first."""
        batch_id = asked.job_polled
        if batch_id is None or not subscription.progress.is_moved_by_polls:
            await self._ask_api(subscription, asked, scope, receive, send)
            return
        only_undos = asked.is_of_any_job
        is_counted = await in_waiting_thread(self._steps.poll, subscription, batch_id, only_undos=only_undos)
        await self._ask_api(subscription, asked, scope, receive, send)
        if is_counted and scope.get("leadline.code") is not None:
            subscription.progress.not_polled(batch_id)

    async def _ask_api(
        self, subscription: SandboxSubscription, asked: Asked, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if subscription.original:
            await self._original.answer(subscription.munchkin_id, asked, scope, receive, send)
        else:
            await self._app(scope, receive, send)
