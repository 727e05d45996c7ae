"""One Marketo call with what its subscription's faults do to it, noted in the journal."""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from leadline.api.envelope import failure, request_id_of
from leadline.model.dataclass import dataclass
from leadline.sandbox.calls.sent_body import SentBody
from leadline.sandbox.faults.effects import (
    CutBody,
    Delay,
    Effect,
    ExpireToken,
    FailJob,
    Hang,
    HttpStatus,
    Refuse,
    Reset,
    StallJob,
    Truncate,
)
from leadline.sandbox.faults.error_texts import error_for
from leadline.sandbox.faults.fault_set import Firing
from leadline.sandbox.faults.operations import Asked
from leadline.sandbox.original import text_of_original
from leadline.sandbox.sandbox import Sandbox
from leadline.sandbox.subscription import SandboxSubscription

_SKIPPED_BYTES_MAX = 64 * 1024 * 1024
Work = Callable[[Receive, Send], Awaitable[None]]


@dataclass(slots=True)
class TroubledCall:
    """A call that something befalls: `work` does what it asks for, `send` answers it."""

    sandbox: Sandbox
    subscription: SandboxSubscription
    asked: Asked
    token: str
    body: SentBody
    firings: list[Firing]
    scope: Scope
    work: Work
    send: Send

    async def answer(self) -> None:
        """Let happen what comes before the work, do the work, let happen what comes after it."""
        for each in self.firings:
            if isinstance(each.effect, ExpireToken):
                expire = self.sandbox.tokens.expire
                await asyncio.to_thread(expire, self.subscription.munchkin_id, self.token)
            elif isinstance(each.effect, Delay) and each.phase == "before":
                await self._wait(each.effect.seconds(each.noise))
        end = next((each for each in self.firings if each.ends), None)
        if end is not None and end.phase == "before":
            await self._end(end.effect, [])
            return
        answer = await self._worked()
        for each in self.firings:
            if isinstance(each.effect, Delay) and each.phase == "after":
                await self._wait(each.effect.seconds(each.noise))
        if end is not None:
            await self._end(end.effect, answer)
            return
        for message in answer:
            await self.send(message)

    async def _worked(self) -> list[Message]:
        """Do the work and return its answer; a job that it creates gets what befalls it before it begins."""
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        of_job = [each for each in self.firings if isinstance(each.effect, FailJob | StallJob)]
        if not of_job:
            await self.work(self.body.receive, keep)
            return answer
        with self.subscription.progress.creating() as befalls:
            await self.work(self.body.receive, keep)
            batch_id = created_job(answer)
            for each in of_job:
                if batch_id is None:
                    self.subscription.faults.take_back(each)
                elif isinstance(each.effect, FailJob):
                    befalls(batch_id, each.effect)
                elif isinstance(each.effect, StallJob):
                    rows = await asyncio.to_thread(self.body.seen.rows) or 0
                    befalls(batch_id, StallJob(min(each.effect.rows, max(rows - 1, 0))))
        return answer

    async def _end(self, effect: Effect, answer: list[Message]) -> None:
        """Let happen what a call ends with, in place of its answer, when its body has come."""
        await self.body.skip(effect.size if isinstance(effect, CutBody) else _SKIPPED_BYTES_MAX)
        match effect:
            case Refuse(code):
                limits = self.sandbox.limits_of(self.subscription.munchkin_id)
                error = error_for(code, self.asked.endpoint, self.asked.method, limits)
                if self.subscription.original:
                    error.message = text_of_original(code, error.message)
                answered = failure(request_id_of(self.scope), error, asset=self.asked.is_asset)
                await self._respond(answered, code)
            case HttpStatus(status, retry_after):
                headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
                page = f"<html><body><h1>{status}</h1></body></html>\n"
                await self._respond(Response(page, status, headers, "text/html"))
            case Hang(seconds):
                await self._wait(seconds)
                await self._break_off(is_reset=False)
            case Truncate(size):
                await self._truncate(answer, size)
            case CutBody() | Reset():
                await self._break_off(is_reset=True)

    async def _respond(self, response: Response, code: str | None = None) -> None:
        self.scope["leadline.code"] = code
        await response(self.scope, self.body.receive, self.send)

    async def _wait(self, seconds: float) -> None:
        """Wait; meanwhile the call counts as one in flight, as one does that is long answered."""
        sender_left = self.body.sender_left() if self.body.is_whole else None
        with self.sandbox.call_limits.in_flight(self.subscription.munchkin_id):
            await self.subscription.waits.wait(seconds, sender_left)

    async def _truncate(self, answer: list[Message], size: int) -> None:
        if not answer:  # the client left meanwhile
            return
        body = b"".join(each.get("body", b"") for each in answer)
        await self.send(answer[0])
        await self.send(
            {
                "type": "http.response.body",
                "body": body[: min(size, max(len(body) - 1, 0))],
                "more_body": True,
            }
        )
        await self._break_off(is_reset=False)

    async def _break_off(self, *, is_reset: bool) -> None:
        """Close the connection, or reset it as when a machine on the way forgets it."""
        wire: asyncio.Transport = self.scope["extensions"]["leadline.wire"]["transport"]
        if is_reset and (found := wire.get_extra_info("socket")) is not None:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            wire.abort()
        else:
            wire.close()
        await self.body.sender_left()


def created_job(answer: list[Message]) -> int | None:
    """Return the batch id of a creation's answer, None where it was refused."""
    try:
        document = json.loads(b"".join(each.get("body", b"") for each in answer))
        return int(document["result"][0]["batchId"]) if document["success"] else None
    except (ValueError, KeyError, IndexError, TypeError):
        return None
