"""The HTTP server ends as soon as its last call is answered."""

import asyncio
import socket
import threading
import time
from contextlib import closing

import httpx
from starlette.types import Receive, Scope, Send

from leadline.api.envelope import refusal
from leadline.config import Server
from leadline.events import Event
from leadline.http.connection_limits import ConnectionLimits
from leadline.http.server import HttpServer, connections_max, http_config
from leadline.http.tls import Tls
from tests.server import until

TICK_SECONDS = 0.1
"""Ten times a second the library looks whether it is to end, and at its end whether all has ended."""


class Running:
    """A server on a thread, whose answers wait for `answers`."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.asked = threading.Event()
        self._ready = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        settings = Server()
        limits = ConnectionLimits(settings, connections_max(settings), refusal, self._hear)
        config = http_config(self, limits, Tls(None, None))
        self.server = HttpServer(config, self._ready.set, lambda: None, lambda: None)
        self.thread = threading.Thread(target=self.server.run, args=([self._listener],))
        self.thread.start()
        assert self._ready.wait(60)

    def _hear(self, event: Event) -> None:
        pass

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.set()
        await asyncio.to_thread(self.answers.wait, 60)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    def seconds_to_its_end(self) -> float:
        began = time.monotonic()
        self.server.leave()
        self.thread.join(60)
        assert not self.thread.is_alive()
        return time.monotonic() - began


def test_it_ends_at_once_though_a_client_keeps_its_connection() -> None:
    """The fastest of a few shows it, however busy the machine: none was ever faster than a tick."""
    took = []
    for _ in range(5):
        running = Running()
        running.answers.set()
        with httpx.Client(base_url=running.url) as http:
            assert http.get("/").text == "ok"
            took.append(running.seconds_to_its_end())
    assert min(took) < TICK_SECONDS, took


def test_it_answers_the_call_that_it_has_and_takes_no_other() -> None:
    running, texts = Running(), list[str]()

    def call() -> None:
        texts.append(httpx.get(running.url, timeout=60).text)

    caller = threading.Thread(target=call)
    caller.start()
    assert running.asked.wait(60)
    running.server.leave()
    until(lambda: _refuses(running.url))
    assert running.thread.is_alive()
    running.answers.set()
    caller.join(60)
    assert texts == ["ok"]
    running.thread.join(60)
    assert not running.thread.is_alive()


def _refuses(url: str) -> bool:
    host, port = url.removeprefix("http://").split(":")
    try:
        with closing(socket.create_connection((host, int(port)), 60)):
            return False
    except OSError:
        return True
