"""Bad weather: the database is down, restarted, frozen, crowded; calls are answered, workers go on by themselves."""

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial

import psycopg
import pytest

from tests.clusters import Cluster
from tests.console.world import Console, shown
from tests.crash.evidence import Model, content_of, faults_of, gather
from tests.crash.files import own_rows
from tests.forms import repeats
from tests.harness import CLIENT_ID, CLIENT_SECRET, Server, subscription, until
from tests.nodes.conftest import Start

ROWS = 700
ANSWER_SECONDS = 20.0
"""Ten, and as much again for a machine that is busy with other things."""
RESUME_SECONDS = 90.0


Weather = Callable[[Cluster], AbstractContextManager[None]]


@contextmanager
def down(cluster: Cluster) -> Iterator[None]:
    cluster.stop("immediate")
    yield
    cluster.start()


@contextmanager
def frozen(cluster: Cluster) -> Iterator[None]:
    """The server takes connections, since the kernel does, and says nothing."""
    cluster.signal_all(signal.SIGSTOP)
    try:
        yield
    finally:
        cluster.signal_all(signal.SIGCONT)


@contextmanager
def crowded(cluster: Cluster) -> Iterator[None]:
    """Everybody else's connections leave no room for a new one, and ours are ended as often as they come back."""
    ours = "FROM pg_stat_activity WHERE application_name = 'leadline'"
    with ExitStack() as stack, psycopg.connect(cluster.url(), autocommit=True) as admin:
        while True:
            try:
                stack.enter_context(psycopg.connect(cluster.url()))
            except psycopg.OperationalError:
                if admin.execute(f"SELECT pg_terminate_backend(pid) {ours}").rowcount == 0:
                    break
        yield


def is_ready(api: Server) -> bool:
    return bool(api.http.get(api.address + "/health/ready").status_code == 200)


def pages_say_so(browser: Console) -> None:
    """The console answers 503 with a page that says what is the matter; an action that was sent is refused."""
    login = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    for answer in (browser.get("/jobs"), browser.post("/jobs/1/cancel"), browser.post("/login", **login)):
        assert answer.status_code == 503, answer.text
        assert answer.headers["content-type"].startswith("text/html")
        assert "Nothing was done" in shown(answer)
        assert not re.search("Traceback|psycopg|File &", answer.text)
    assert browser.get("/login").status_code == 200


@pytest.mark.parametrize("weather", [down, frozen, crowded])
def test_calls_are_answered_in_time(cluster: Cluster, url: str, nodes: Start, weather: Weather) -> None:
    """Each call gets 608 or 713 within ten seconds, many at once too, health tells it, and all is well after."""
    api = nodes(url, subscription(), workers=1)
    batch_id = api.run_import("email\nbefore@example.com\n")["batchId"]
    browser = Console(api).login()
    with weather(cluster):
        answers: list[tuple[str, float]] = []

        def poll() -> None:
            began = time.monotonic()
            body = api.get(f"/bulk/v1/leads/batch/{batch_id}.json")
            answers.append((body["errors"][0]["code"], time.monotonic() - began))

        threads = [threading.Thread(target=poll) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {code for code, _ in answers} <= {"608", "713"}, answers
        assert max(seconds for _, seconds in answers) < ANSWER_SECONDS, answers
        assert api.post_file("email\nlost@example.com\n").json()["errors"][0]["code"] in ("608", "713")
        assert api.http.get(api.address + "/health/live").status_code == 200
        assert api.http.get(api.address + "/health/ready").status_code == 503
        assert api.http.get(api.address + "/metrics").status_code == 200
        token = api.http.get(
            api.address + "/identity/oauth/token?grant_type=client_credentials&client_id=a&client_secret=b"
        )
        assert (token.status_code, token.json()["error"]) == (503, "temporarily_unavailable")
        pages_say_so(browser)
    until(partial(is_ready, api))
    assert until(lambda: browser.get("/jobs").status_code == 200), "who was logged in still is"
    browser.close()
    until(lambda: api.get(f"/bulk/v1/leads/batch/{batch_id}.json")["success"])
    assert api.status(batch_id)["status"] == "Complete"
    assert until(lambda: api.post_file("email\nafter@example.com\n").json()["success"])


@repeats
def test_two_nodes_and_four_workers(cluster: Cluster, url: str, nodes: Start) -> None:
    """P1-P5: two API nodes, four worker processes; workers are killed and the database crashes on the way:
    every accepted file is imported, each row once.
    """
    lists = [{"id": 2000 + number, "name": f"File {number}"} for number in range(6)]
    first = nodes(url, subscription(lists=lists), workers=1)
    second = nodes(url, workers=1)
    work = nodes(url, work=True, workers=2)
    accepted: dict[int, int] = {}
    for number in range(6):
        node: Server = (first, second)[number % 2]
        accepted[node.submit(content_of(own_rows(number, ROWS)), listId=2000 + number)] = number
        if number == 1:
            until(
                lambda: first.events("JobClaimed") + second.events("JobClaimed") + work.events("JobClaimed")
            )
            for each in (first, work):
                os.kill(each.worker_pids()[0], signal.SIGKILL)
        if number == 3:
            cluster.stop("immediate")
            cluster.start()
            for each in (first, second):
                until(partial(is_ready, each))
    for batch_id, number in accepted.items():
        status = first.finish(batch_id, RESUME_SECONDS)
        assert status["status"] == "Complete", status
        rows = own_rows(number, ROWS)
        assert faults_of(gather(second, batch_id, 2000 + number), Model().fates(rows), rows) == []
    assert second.token == first.token, "each node spells the same token"


def test_one_lost_connection_is_no_weather(cluster: Cluster, url: str, nodes: Start) -> None:
    """Backends that are ended by hand, one by one or all, cost nobody an answer: the next call has a new one."""
    api = nodes(url, subscription(), workers=1)
    batch_id = api.run_import("email\na@example.com\n")["batchId"]
    for _ in range(5):
        cluster.run(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'leadline'"
        )  # returns when they have ended, not when they are told to
        assert api.status(batch_id)["status"] == "Complete"
        assert api.run_import("email\na@example.com\n")["status"] == "Complete"
