"""A node of the version before, on a store that a newer one has brought up to date."""

import os
import signal
import subprocess
from pathlib import Path

from leadline.store.directory import Stores
from tests.harness import LEADLINE, subscription
from tests.later import bring_up_to_date
from tests.nodes.conftest import Start


def test_old_nodes_go_on_until_they_are_replaced(url: str, nodes: Start) -> None:
    """P2, P3: calls are answered, imports end, a worker that dies is replaced; only a new start is refused."""
    old = nodes(url, subscription(), workers=1)
    old.run_import("email,firstName\na@example.com,A\n")
    stores = Stores(Path("unused"), url)
    bring_up_to_date(stores)
    stores.close()
    again = old.run_import("email,firstName\na@example.com,B\nb@example.com,B\n")
    assert again["numOfLeadsProcessed"] == 2
    os.kill(old.worker_pids()[0], signal.SIGKILL)
    old.wait_for("WorkerStarted", 2)
    last = old.run_import("email,firstName\na@example.com,C\n")
    assert (last["status"], last["numOfLeadsProcessed"]) == ("Complete", 1)
    assert old.lead("email", "a@example.com", "firstName")[0]["firstName"] == "C"
    refused = subprocess.run(
        [LEADLINE, "work", "--database", url], capture_output=True, text=True, timeout=60, check=False
    )
    assert refused.returncode == 1
    assert refused.stderr.startswith("leadline: The store is of a newer Leadline")
