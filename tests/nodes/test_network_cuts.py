"""The network between a node and PostgreSQL is cut: reset, silent, cut after some bytes."""

import random
import threading
import time

import pytest

from tests.crash.proof import Proof, spread
from tests.forms import repeats, times
from tests.harness import Server, until
from tests.nodes.conftest import Start
from tests.nodes.proxy import Proxy
from tests.nodes.stream import Stream, document

CUTS = times(4, 100)
RESUME_SECONDS = 90.0
ANSWER_SECONDS = 20.0
"""Ten, and as much again for a machine that is busy with other things."""
SILENCE_SECONDS = times(2, 20)
"""At most; a server's own patience with an idle transaction is ten seconds."""
MODES = ("reset", "silent", "bytes")


def _pause(seconds: float) -> None:
    """Let a moment of chance pass: not a wait for anything, but where the next fault strikes."""
    threading.Event().wait(seconds)


def _strike(proxy: Proxy, mode: str, chance: random.Random) -> None:
    """Cut the link in one of the ways, and let it be well again."""
    if mode == "reset":
        proxy.reset()
    elif mode == "silent":
        proxy.swallow()
        _pause(chance.uniform(0.2, SILENCE_SECONDS))
    else:
        proxy.cut_after(chance.randrange(1, 200_000))
        _pause(0.2)
    proxy.heal()


@repeats
def test_workers_behind_a_bad_link(url: str, nodes: Start, proof: Proof) -> None:
    """P2, P3: the link of two workers is cut in the middle of jobs, in turn in each way: each job ends within 90
    seconds of the cut, Complete, with each row applied and counted once.
    """
    stream = Stream(nodes(url, document(CUTS), workers=0), url)
    proxy = Proxy(url)
    work = nodes(proxy.url, work=True, workers=2)
    for number in range(CUTS):
        batch_id = stream.submit()
        work.wait_for("JobClaimed", number + 1, RESUME_SECONDS)
        _pause(proof.chance.uniform(0.0, 0.3))
        _strike(proxy, MODES[number % len(MODES)], proof.chance)
        stream.finish(batch_id, RESUME_SECONDS)
    assert stream.faults() == []
    proxy.close()
    assert work.events("WorkerStopped") == []
    proof.note(cuts=CUTS, jobs=len(stream.jobs), lost=0, doubled=0, resumed=spread(stream.waits))


def _ask(api: Server) -> tuple[str, float]:
    """Poll once; return the answer's code and how long it took."""
    began = time.monotonic()
    answer = api.call("GET", "/leadline/v1/jobs.json")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return "" if body["success"] else body["errors"][0]["code"], time.monotonic() - began


@pytest.mark.parametrize("mode", ["reset", "silent"])
def test_calls_behind_a_bad_link(url: str, nodes: Start, mode: str, proof: Proof) -> None:
    """Calls are answered within ten seconds, by a refusal or well, and well again soon after."""
    nodes(url, document(1), workers=0)
    proxy = Proxy(url)
    api = nodes(proxy.url, workers=0)
    assert _ask(api)[0] == ""
    answers: list[tuple[str, float]] = []
    recoveries: list[float] = []
    for _ in range(times(2, 50)):
        getattr(proxy, {"reset": "reset", "silent": "swallow"}[mode])()
        asking = [threading.Thread(target=lambda: answers.append(_ask(api))) for _ in range(8)]
        for each in asking:
            each.start()
        for each in asking:
            each.join()
        proxy.heal()
        began = time.monotonic()
        until(lambda: _ask(api)[0] == "")
        recoveries.append(time.monotonic() - began)
    proxy.close()
    assert {code for code, _ in answers} <= {"", "608", "713"}, answers
    assert max(seconds for _, seconds in answers) < ANSWER_SECONDS, answers
    if mode == "silent":
        assert "" not in {code for code, _ in answers}
    proof.note(mode=mode, calls=len(answers), answered=spread([each[1] for each in answers]))
    proof.note(recovered=spread(recoveries))
