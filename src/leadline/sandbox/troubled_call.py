"""One Marketo call with what its subscription's faults do to it, noted in the journal."""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from leadline.api.envelope import failure, new_request_id
from leadline.model.rules import Limits
from leadline.sandbox.effects import (
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
from leadline.sandbox.error_texts import error_for
from leadline.sandbox.fault_set import Firing
from leadline.sandbox.journal import JournalEntry
from leadline.sandbox.operations import Asked
from leadline.sandbox.sent_body import SentBody
from leadline.sandbox.subscription import SandboxSubscription

_SKIPPED_BYTES_MAX = 64 * 1024 * 1024
Work = Callable[[Receive, Send], Awaitable[None]]


class TroubledCall:
    """A call that something befalls: `work` does what it asks for, `send` answers it."""

    def __init__(
        self,
        subscription: SandboxSubscription,
        asked: Asked,
        entry: JournalEntry,
        firings: list[Firing],
        scope: Scope,
        work: Work,
        send: Send,
        expire_token: Callable[[], None],
        limits: Callable[[], Limits],
    ) -> None:
        self._subscription = subscription
        self._asked = asked
        self._entry = entry
        self._firings = firings
        self._scope = scope
        self._work = work
        self._send = send
        self._expire_token = expire_token
        self._limits = limits
        self._body: SentBody = entry.body

    async def answer(self) -> None:
        """Let happen what comes before the work, do the work, let happen what comes after it."""
        for each in self._firings:
            if isinstance(each.effect, ExpireToken):
                await asyncio.to_thread(self._expire_token)
            elif isinstance(each.effect, Delay) and each.phase == "before":
                await self._wait(each.effect.seconds(each.noise))
        end = next((each for each in self._firings if each.ends), None)
        if end is not None and end.phase == "before":
            await self._end(end.effect, [])
            return
        answer = await self._worked()
        for each in self._firings:
            if isinstance(each.effect, Delay) and each.phase == "after":
                await self._wait(each.effect.seconds(each.noise))
        if end is not None:
            await self._end(end.effect, answer)
            return
        for message in answer:
            await self._send(message)

    async def _worked(self) -> list[Message]:
        """Do the work and return its answer; a job that it creates gets what befalls it before it begins."""
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        of_job = [each for each in self._firings if isinstance(each.effect, FailJob | StallJob)]
        if not of_job:
            await self._work(self._body.receive, keep)
            return answer
        with self._subscription.progress.creating() as befalls:
            await self._work(self._body.receive, keep)
            batch_id = created_job(answer)
            for each in of_job:
                if batch_id is None:
                    self._subscription.faults.take_back(each)
                elif isinstance(each.effect, FailJob):
                    befalls(batch_id, each.effect)
                elif isinstance(each.effect, StallJob):
                    rows = await asyncio.to_thread(self._body.seen.rows) or 0
                    befalls(batch_id, StallJob(min(each.effect.rows, max(rows - 1, 0))))
        return answer

    async def _end(self, effect: Effect, answer: list[Message]) -> None:
        """Let happen what a call ends with, in place of its answer, when its body has come."""
        await self._body.skip(effect.size if isinstance(effect, CutBody) else _SKIPPED_BYTES_MAX)
        match effect:
            case Refuse(code):
                error = error_for(code, self._asked.endpoint, self._asked.method, self._limits())
                is_asset = self._asked.endpoint is not None and self._asked.endpoint.asset
                await self._respond(failure(new_request_id(), error, asset=is_asset), code)
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
        self._scope["leadline.code"] = code
        await response(self._scope, self._body.receive, self._send)

    async def _wait(self, seconds: float) -> None:
        if self._body.is_whole:
            await self._subscription.waits.wait(seconds, self._body.sender_left())
        else:
            await self._subscription.waits.wait(seconds)

    async def _truncate(self, answer: list[Message], size: int) -> None:
        head, *blocks = answer
        body = b"".join(each.get("body", b"") for each in blocks)
        await self._send(head)
        await self._send(
            {
                "type": "http.response.body",
                "body": body[: min(size, max(len(body) - 1, 0))],
                "more_body": True,
            }
        )
        await self._break_off(is_reset=False)

    async def _break_off(self, *, is_reset: bool) -> None:
        """Close the connection, or reset it as when a machine on the way forgets it."""
        wire: asyncio.Transport = self._scope["extensions"]["leadline.wire"]["transport"]
        if is_reset and (found := wire.get_extra_info("socket")) is not None:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            wire.abort()
        else:
            wire.close()
        await self._body.sender_left()


def created_job(answer: list[Message]) -> int | None:
    """Return the batch id of a creation's answer, None where it was refused."""
    try:
        document = json.loads(b"".join(each.get("body", b"") for each in answer))
        return int(document["result"][0]["batchId"]) if document["success"] else None
    except (ValueError, KeyError, IndexError, TypeError):
        return None
