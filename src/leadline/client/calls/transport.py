"""One call at a time over HTTP: within the limits, with a token, tried again as `tries.py` says."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import IO

import httpx

from leadline.client.calls.answers import TORN, Answer, is_file, read_answer
from leadline.client.calls.connections import connections_to
from leadline.client.calls.errors import (
    AbsentError,
    CallRefusedError,
    CredentialsError,
    OtherServerError,
    OutcomeUnknownError,
    QuotaError,
    StoppedError,
    TooLargeError,
    UnfinishedError,
    UntrustedError,
)
from leadline.client.calls.limits import CallWindow, DailyCalls, next_day
from leadline.client.calls.login import Login
from leadline.client.calls.refusals import Meaning, Outcome
from leadline.client.calls.request import Request
from leadline.client.calls.tokens import Tokens, token_of
from leadline.client.calls.tries import NOT_THERE_SECONDS_MAX, OFFLINE_SECONDS_MAX, Tries
from leadline.client.clock import Clock, MachineClock, instant
from leadline.client.events import CallsUsed, Listener, Waiting, tell_nobody
from leadline.client.options import Pace

_BODY_MAX = 64 * 1024 * 1024
_FILE_MAX = 256 * 1024 * 1024
"""A piece has 10 MB, and rows of ten bytes have reasons of a hundred."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"
_CERTIFICATE = "certificate"
_TOLD_SECONDS = 3.0
_TOLD_CALLS = 25


async def _body(response: httpx.Response) -> bytes:
    """Return the body of an answer, or as much of an endless one as shows that it is none."""
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > _BODY_MAX:
            return b""
    return bytes(body)


async def _is_kept(response: httpx.Response, into: IO[bytes]) -> bool:
    """Write the file that is an answer, unless it is longer than any of a piece; tell whether it was."""
    into.seek(0)
    into.truncate()
    async for part in response.aiter_bytes():
        into.write(part)
        if into.tell() > _FILE_MAX:
            return False
    return True


class Transport:
    """Makes the calls of a push."""

    def __init__(
        self,
        login: Login,
        pace: Pace | None = None,
        clock: Clock | None = None,
        tell: Listener = tell_nobody,
        chance: random.Random | None = None,
    ) -> None:
        pace = pace or Pace()
        self.clock = clock or MachineClock()
        self.window = CallWindow(pace.calls_per_20s)
        self.daily = DailyCalls(pace.daily_calls, pace.reserve_calls)
        self._login = login
        self._tell = tell
        self._chance = chance or random.Random()
        self._tokens = Tokens(self._buy_token, self.clock)
        self._ended = asyncio.Event()
        self._has_answered = False
        self._connections = connections_to(login.address)

    @property
    def address(self) -> str:
        """Where the server is."""
        return self._login.address

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.close()

    async def call(
        self,
        request: Request,
        *,
        is_repeatable: bool = True,
        before_try: Callable[[], None] = lambda: None,
        after_refusal: Callable[[Outcome], None] = lambda outcome: None,
        stop: asyncio.Event | None = None,
    ) -> Answer:
        """Make a call until it is done or cannot be; raises one of `calls/errors.py`.

        `before_try` is called when nothing but sending is left to do, `after_refusal` when it is known that a
        try has done nothing. No try begins once `stop` is set.
        """
        offline_max = OFFLINE_SECONDS_MAX if self._has_answered else NOT_THERE_SECONDS_MAX
        tries = Tries(is_repeatable, self._chance, offline_max)
        while True:
            token = "" if request.is_open else await self._tokens.get()
            async with self._place(stop):
                before_try()
                outcome, answer = await self._try(request, token)
            if answer is not None:
                return answer
            if outcome.meaning.is_definite:
                after_refusal(outcome)
            wait = tries.wait_after(outcome)
            if wait is None:
                raise self._error(request, outcome)
            if outcome.meaning is Meaning.TOKEN:
                self._tokens.drop(token)
            elif outcome.meaning is Meaning.SLOWER:
                self.window.pause(self.clock.monotonic() + wait)
            await self._wait(wait, outcome.why, stop)

    @asynccontextmanager
    async def _place(self, stop: asyncio.Event | None) -> AsyncIterator[None]:
        """Wait for a place among the calls, and hold it."""
        while True:
            if stop is not None and stop.is_set():
                raise StoppedError
            if not self.daily.left(self.clock.now()):
                raise QuotaError(self._quota("The calls that this push may make today are used up"))
            wait = self.window.wait(self.clock.monotonic())
            if wait == 0.0:
                break
            if wait is None:
                await self._ended.wait()
            else:
                await self._wait(wait, "the limit of calls in 20 seconds is reached", stop)
        self.window.begin()
        self.daily.note(self.clock.now())
        if self.daily.made % _TOLD_CALLS == 0:
            self._tell(CallsUsed(self.daily.made, self.daily.left(self.clock.now())))
        try:
            yield
        finally:
            self.window.end(self.clock.monotonic())
            self._ended.set()
            self._ended = asyncio.Event()

    async def _wait(self, seconds: float, why: str, stop: asyncio.Event | None) -> None:
        """Wait, but no longer than until nothing new is to be sent."""
        if seconds >= _TOLD_SECONDS:
            self._tell(Waiting(why, seconds))
        await wait_unless(stop, seconds, self.clock)

    async def _try(self, request: Request, token: str) -> tuple[Outcome, Answer | None]:
        try:
            answered = await self._send(request, token)
            self._has_answered = True
            return answered
        except _NOT_SENT as error:
            why = str(error) or type(error).__name__
            if _UNTRUSTED in why:
                return Outcome(Meaning.FINAL, _CERTIFICATE, why), None
            return Outcome(Meaning.OFFLINE, words=f"no connection ({why})"), None
        except httpx.TimeoutException:
            return Outcome(Meaning.LOST, words="no answer came"), None
        except httpx.HTTPError:
            return Outcome(Meaning.LOST, words="the connection broke"), None

    async def _send(self, request: Request, token: str) -> tuple[Outcome, Answer | None]:
        headers = dict(request.headers)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        http = self._connections.creates if request.is_create else self._connections.usual
        async with http.stream(
            request.method,
            request.path,
            params=request.query or None,
            headers=headers,
            data=request.form,
            json=request.json,
            files={"file": request.file} if request.file else None,
        ) as response:
            told = dict(response.headers)
            if request.into is not None and is_file(response.status_code, told.get("content-type", "")):
                if not await _is_kept(response, request.into):
                    return Outcome(Meaning.LOST, words="a file without an end"), None
                return Outcome(Meaning.TAKEN), Answer(headers=told)
            outcome, answer = read_answer(response.status_code, told, await _body(response))
        if answer is not None and not request.is_answered_by(answer):
            return Outcome(Meaning.LOST, str(response.status_code), TORN), None
        return outcome, answer

    def _error(self, request: Request, outcome: Outcome) -> Exception:
        if request.is_open and (outcome.is_wordless or outcome.words == TORN):
            return OtherServerError(self.address, outcome)
        if outcome.code == _CERTIFICATE:
            return UntrustedError(self.address, outcome)
        match outcome.meaning:
            case Meaning.LOST if request.is_create:
                return OutcomeUnknownError(outcome.why)
            case Meaning.QUOTA:
                return QuotaError(self._quota(f"The server's calls of today are used up ({outcome.why})"))
            case Meaning.TOO_LARGE:
                return TooLargeError(outcome, request.doing)
            case Meaning.ABSENT:
                return AbsentError(outcome, request.doing)
            case Meaning.AGAIN | Meaning.LOST:
                return UnfinishedError(
                    f"The server at {self.address} does not answer as it should: {outcome.why}"
                )
            case Meaning.OFFLINE:
                return UnfinishedError(f"The server at {self.address} is not there: {outcome.why}")
        refused = CredentialsError if request.is_open else CallRefusedError
        return refused(outcome, request.doing)

    def _quota(self, what: str) -> str:
        return f"{what}; the next ones come at {instant(next_day(self.clock.now()))}"

    async def _buy_token(self) -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._login.client_id,
            "client_secret": self._login.client_secret,
        }
        request = Request(
            "the credentials", "POST", "/identity/oauth/token", form=form, is_open=True, check=token_of
        )
        return token_of(await self.call(request))


async def wait_unless(stop: asyncio.Event | None, seconds: float, clock: Clock) -> None:
    """Wait so long, or until an event is set."""
    if stop is None:
        await clock.sleep(seconds)
        return
    tasks = [asyncio.ensure_future(each) for each in (clock.sleep(seconds), stop.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
