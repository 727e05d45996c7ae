"""§10, §13: a call that the store keeps waiting is answered in the end."""

import time
from pathlib import Path

from leadline.store.gate import turn
from tests.contract.api.calls import error_of
from tests.harness import running, subscription


def test_a_call_behind_a_writer_that_never_ends(tmp_path: Path) -> None:
    """604 after the time that is set, and the next call is answered as if nothing had been."""
    for server in running(
        tmp_path / "data", subscription(), workers=0, env={"LEADLINE_TIMES__ANSWER_SECONDS": "4"}
    ):
        (store,) = (tmp_path / "data" / "subscriptions").glob("*.db")
        began = time.monotonic()
        with turn(store, worker=False):
            answer = server.call("POST", "/rest/v1/leads.json", json={"input": [{"email": "a@x.com"}]})
        assert error_of(answer) == ("604", "Request timed out")
        assert 3.5 < time.monotonic() - began < 15
        assert server.get("/rest/v1/leads/partitions.json")["success"]
