"""COMMIT is sent, the answer is lost: the job's own row tells what happened."""

import pytest

from tests.clusters import Cluster
from tests.crash.evidence import Model, content_of, faults_of, gather
from tests.crash.files import own_rows
from tests.forms import repeats
from tests.harness import subscription, until
from tests.nodes.conftest import Start
from tests.nodes.proxy import Proxy

ROWS = 700
"""About 2.8 MB: three chunks."""
LIST_ID = 1001


@pytest.mark.parametrize("commit", [1, 3, *(pytest.param(each, marks=repeats) for each in (2, 4))])
def test_a_worker_whose_commit_is_not_answered(cluster: Cluster, url: str, nodes: Start, commit: int) -> None:
    """P3: a worker commits its claim and three chunks: whichever of them is not answered, the job is
    Complete, each row applied once and counted once.
    """
    api = nodes(url, subscription(), workers=0)
    proxy = Proxy(url, cut_at_commit=commit)
    nodes(proxy.url, work=True, workers=1)
    rows = own_rows(1, ROWS)
    batch_id = api.submit(content_of(rows), listId=LIST_ID)
    assert api.finish(batch_id, 60)["status"] == "Complete"
    assert faults_of(gather(api, batch_id, LIST_ID), Model().fates(rows), rows) == []
    assert proxy.cuts == 1
    proxy.close()


def test_a_call_whose_commit_is_not_answered(url: str, nodes: Start) -> None:
    """P1: the client gets 608 and may send again; whatever was accepted is imported, at
    the next sweep at the latest, since the news of it may be lost too; and no seat is lost.
    """
    nodes(url, subscription(), workers=1, env={"LEADLINE_TIMES__SWEEP_SECONDS": "3"})
    proxy = Proxy(url)
    api = nodes(proxy.url, workers=0)
    assert api.token
    codes = set()
    for number in range(1, 5):
        proxy.left = 1
        while proxy.cuts < number:  # for a moment after a fault the server is not asked at all
            answer = api.post_file(f"email\nlost{number}@example.com\n")
            assert answer.status_code == 200
            codes |= {error["code"] for error in answer.json().get("errors", [])}
    assert codes == {"608"}
    proxy.left = 0
    until(lambda: api.get("/leadline/v1/jobs.json")["success"])
    for job in api.get("/leadline/v1/jobs.json")["result"]:
        assert api.finish(job["batchId"])["status"] == "Complete"
    until(lambda: api.post_file("email\n").json()["success"])
    assert all(api.post_file("email\n").json()["success"] for _ in range(3))
    proxy.close()
