"""Nodes that are killed one after the other while files come, on a cluster of Citus where one is given."""

import threading
from pathlib import Path

import pytest

from tests.clusters import GIVEN, url_for
from tests.crash.evidence import Model, content_of, faults_of, gather
from tests.crash.files import own_rows
from tests.crash.proof import Proof
from tests.forms import repeats, times
from tests.nodes.conftest import Start
from tests.nodes.stream import document

ROWS = 700
FILES = times(6, 40)
LEASE = {"LEADLINE_TIMES__LEASE_SECONDS": "2"}


@pytest.mark.parametrize("kind", ["given" if GIVEN else "postgres"])
@repeats("postgres")
def test_each_acknowledged_file_is_imported_once(
    kind: str, tmp_path: Path, nodes: Start, proof: Proof
) -> None:
    """P1-P5: what was answered with a batch id is imported, each row once, whichever process dies when."""
    url = url_for(kind, tmp_path)
    serving = [nodes(url, document(FILES), env=LEASE), nodes(url, env=LEASE)]
    accepted: dict[int, int] = {}
    for file in range(FILES):
        caller, victim = serving
        accepted[caller.submit(content_of(own_rows(file, ROWS)), listId=2000 + file)] = file
        threading.Event().wait(proof.chance.uniform(0.0, 0.5))
        victim.kill_all()
        serving = [caller, nodes(url, env=LEASE)][:: proof.chance.choice((1, -1))]
    for batch_id, file in accepted.items():
        rows = own_rows(file, ROWS)
        assert serving[0].finish(batch_id, 120)["status"] == "Complete"
        assert faults_of(gather(serving[1], batch_id, 2000 + file), Model().fates(rows), rows) == []
    proof.note(killed=FILES, acknowledged=len(accepted), lost=0, doubled=0)
