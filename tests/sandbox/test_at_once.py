"""Control calls of one subscription that come at the same time: each is answered as if it were alone."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.forms import times
from tests.sandbox.server import SandboxProcess, Subscription, sentence

SECONDS = times(2, 30)
Call = Callable[[Subscription], httpx.Response]
READING: dict[str, Call] = {
    "state": lambda mine: mine.control("GET", "state"),
    "export": lambda mine: mine.control("GET", "export"),
    "jobs": lambda mine: mine.control("GET", "jobs"),
    "put": lambda mine: mine.control("PUT", "snapshots/one"),
    "get": lambda mine: mine.control("GET", "snapshots/one"),
    "delete": lambda mine: mine.control("DELETE", "snapshots/one"),
    "list": lambda mine: mine.control("GET", "snapshots"),
    "advance": lambda mine: mine.control("POST", "clock", json={"advance": "P8D"}),
}


def repeat(sandbox: SandboxProcess, calls: Iterable[Call], targets: Callable[[], Subscription]) -> list[str]:
    """Make calls in turn for some time, over a connection of one's own; return those that went wrong."""
    wrong: list[str] = []
    alone = SandboxProcess(sandbox.process, sandbox.url, sandbox.told)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for call in calls:
            target = targets()
            answer = call(Subscription(alone, target.made, target.token))
            if answer.status_code >= 500:
                wrong.append(f"{answer.request.method} {answer.url.path}: {answer.text}")
            elif answer.status_code != 200:
                sentence(answer, answer.status_code)
    alone.http.close()
    return wrong


def test_resets_and_other_calls(mine: Subscription, sandbox: SandboxProcess) -> None:
    resets: list[Call] = [lambda mine: mine.control("POST", "reset", json={})]
    with ThreadPoolExecutor() as threads:
        running = [
            threads.submit(repeat, sandbox, calls, lambda: mine)
            for calls in (resets, *([call] for call in READING.values()))
        ]
        assert [each.result() for each in running] == [[]] * len(running)


def test_removals_and_other_calls(sandbox: SandboxProcess) -> None:
    """Each call is for a subscription that is being removed, or was just now."""
    newest = [sandbox.make()]

    def renew(mine: Subscription) -> httpx.Response:
        made = mine.sandbox.control("POST", "subscriptions", json={})
        newest.append(Subscription(mine.sandbox, made.json(), mine.token))
        return mine.control("DELETE")

    with ThreadPoolExecutor() as threads:
        running = [
            threads.submit(repeat, sandbox, calls, lambda: newest[-1])
            for calls in ([renew], *([call] for call in READING.values()))
        ]
        assert [each.result() for each in running] == [[]] * len(running)
