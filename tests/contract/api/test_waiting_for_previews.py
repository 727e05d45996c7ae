"""Calls that wait for a preview: in time, without a thread, and never so many that others are kept out."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.api.previews import PREVIEWS, asked, cells_of, file_of, told
from tests.contract.api.world import whole_subscription
from tests.harness import Server, running

LONG = 20


@pytest.fixture(scope="module")
def idle(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without workers, of few calls at once."""
    env = {"LEADLINE_LIMITS__CONCURRENT_CALLS_MAX": "10"}
    yield from running(tmp_path_factory.mktemp("idle") / "data", whole_subscription(), workers=0, env=env)


def seconds_of(server: Server, preview_id: str, wait: int) -> float:
    """Return how long a call takes that waits."""
    began = time.monotonic()
    body = server.get(f"{PREVIEWS}/{preview_id}.json", params={"wait": wait})
    assert body["result"][0]["status"] == "Queued"
    return time.monotonic() - began


def test_a_call_waits_as_long_as_it_says(idle: Server) -> None:
    preview_id = asked(idle, "lead", "email\n")
    assert min(seconds_of(idle, preview_id, 0) for _ in range(5)) < 1 <= seconds_of(idle, preview_id, 1)


def test_few_calls_wait_at_once(idle: Server) -> None:
    """Four; others are answered at once, whatever they ask for, and none of them with 615."""
    preview_id = asked(idle, "lead", "email\n")
    with ThreadPoolExecutor(9) as callers:
        took = list(callers.map(lambda _: seconds_of(idle, preview_id, 3), range(9)))
    assert len([each for each in took if each >= 3]) == 4


def test_previews_take_no_seat(idle: Server) -> None:
    """A full queue refuses imports, and no preview."""
    while idle.post_file("email\n").json()["success"]:
        pass
    assert idle.post_file("email\n").json()["errors"][0]["code"] == "1016"
    asked(idle, "lead", "email\n")


def test_a_waiting_call_is_answered_when_the_preview_is_made(
    store: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With formulas guarded, where the operator asks for that, in each file."""
    env = {"LEADLINE_EXPORT__ESCAPE_FORMULAS": "true"}
    data = tmp_path_factory.mktemp("guarded") / "data"
    content = "email,firstName,leadScore\n=a@x.co,=1+1,1\n@b@x.co,+B,=x\n"
    for server in running(data, whole_subscription(), env=env):
        began = time.monotonic()
        preview = told(server, asked(server, "lead", content))
        assert time.monotonic() - began < LONG
        cells = cells_of(file_of(server, preview, "changes"))
        assert [cell for cell in cells if cell[3] in ("email", "firstName", "leadScore")] == [
            ["1", "", "'=a@x.co", "email", "", "'=a@x.co"],
            ["1", "", "'=a@x.co", "firstName", "", "'=1+1"],
            ["1", "", "'=a@x.co", "leadScore", "", "1"],
        ]
        assert cells_of(file_of(server, preview, "faults"))[0][:3] == ["2", "leadScore", "'=x"]
        assert "'@b@x.co,'+B,'=x" in file_of(server, preview, "failures")
