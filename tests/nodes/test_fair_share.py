"""Many subscriptions share the workers: a noisy one delays another by its fair share only."""

from typing import Any

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
