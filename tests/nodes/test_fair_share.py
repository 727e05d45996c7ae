"""Many subscriptions share the workers: a noisy one delays another by its fair share only."""

from pathlib import Path
from typing import Any

from tests.forms import times
from tests.harness import subscription
from tests.nodes.conftest import Start


def document(munchkin_id: str) -> dict[str, Any]:
    made = subscription()
    made["munchkin_id"] = munchkin_id
    made["credentials"][0]["client_id"] = munchkin_id
    return made


def test_claims_go_round(url: str, nodes: Start) -> None:
    """P7: one worker, a subscription with ten jobs, then one each of two others: these wait for one job of the
    noisy one, not for ten, wherever they stand in the directory.
    """
    noisy, quiet = "555-MID-555", ("111-FIR-111", "999-LAS-999")
    api = nodes(url, document(noisy), workers=0)
    for each in quiet:
        nodes(url, document(each), workers=0).stop()
    tokens = {each: api.new_token(each, "s3cret-of-the-tests") for each in (noisy, *quiet)}
    for _ in range(10):
        assert api.post_file("email\na@example.com\n", tokens[noisy]).json()["success"]
    for each in quiet:
        assert api.post_file("email\na@example.com\n", tokens[each]).json()["success"]
    work = nodes(url, work=True, workers=1)
    work.wait_for("JobFinished", 12)
    order = [event["munchkin_id"] for event in work.events("JobClaimed")]
    assert set(order[:3]) == {noisy, *quiet}
    assert order[3:] == [noisy] * 9


NOISY, QUIET = "555-NOI-555", "444-QUI-444"
ROWS = times(1_500_000, 5_000_000)
LONG_FILE = "email\n" + "a\n" * ROWS


def test_a_long_file_lets_others_have_their_turn(url: str, nodes: Start, tmp_path: Path) -> None:
    """Who comes while a file is imported waits for some of its chunks, whatever its length; nothing is lost or
    done twice, though the worker dies when it has handed the job back.
    """
    api = nodes(url, document(NOISY), workers=0)
    nodes(url, document(QUIET), workers=0).stop()
    tokens = {each: api.new_token(each, "s3cret-of-the-tests") for each in (NOISY, QUIET)}
    env = {"LEADLINE_FAULTS__KILL_AT": "JobReleased", "LEADLINE_FAULTS__KILL_ONCE": str(tmp_path / "died")}
    work = nodes(url, work=True, workers=1, env=env)
    long = api.post_file(LONG_FILE, tokens[NOISY]).json()["result"][0]["batchId"]
    work.wait_for("ChunkMerged", 4)
    assert api.post_file("email\na@example.com\n", tokens[QUIET]).json()["success"]
    work.wait_for("JobFinished", 2)
    order = [(event["event"], event["munchkin_id"]) for event in work.events() if "munchkin_id" in event]
    assert [who for event, who in order if event == "JobFinished"] == [QUIET, NOISY]
    chunks = [who for event, who in order if event == "ChunkMerged"]
    behind = chunks.index(QUIET)
    assert behind < 0.6 * len(chunks), f"behind {behind} of {len(chunks)} chunks"
    assert (tmp_path / "died").exists()
    status = api.call("GET", f"/bulk/v1/leads/batch/{long}.json", tokens[NOISY]).json()["result"][0]
    assert (status["status"], status["numOfLeadsProcessed"]) == ("Complete", ROWS)
    ledger = api.call("GET", f"/leadline/v1/jobs/{long}/ledger.csv", tokens[NOISY]).text.splitlines()
    assert len(ledger) == ROWS + 1
