"""Subscriptions on several PostgreSQL servers: the directory knows where each lives."""

from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import yaml

from tests.clusters import Cluster
from tests.commands import leadline
from tests.harness import Server, running, subscription, until
from tests.nodes.conftest import Start

FILE = "email,firstName\na@example.com,Ann\nb@example.com,Bob\n"


@pytest.fixture(scope="module")
def clusters() -> Iterator[list[Cluster]]:
    """Three servers: the first one has the control store too."""
    clusters = [Cluster() for _ in range(3)]
    yield clusters
    for each in clusters:
        each.close()


def document(number: int, url: str | None) -> dict[str, Any]:
    made = subscription()
    made["munchkin_id"] = f"{number:03}-SRV-{number:03}"
    made["credentials"][0]["client_id"] = f"client{number}"
    return made | ({"store": url} if url else {})


def set_up(folder: Path, control: str, document: dict[str, Any]) -> "CompletedProcess[str]":
    (folder / "s.yaml").write_text(yaml.safe_dump(document), "utf-8")
    return leadline("setup", folder / "s.yaml", "--database", control)


def token_of(api: Server, number: int) -> str:
    return api.new_token(f"client{number}", "s3cret-of-the-tests")


def finished(api: Server, token: str, batch_id: int) -> dict[str, Any]:
    path = f"/bulk/v1/leads/batch/{batch_id}.json"
    found: dict[str, Any] = until(
        lambda: (
            result
            if (result := api.get(path, token=token).get("result", [{}])[0]).get("status") == "Complete"
            else None
        )
    )
    return found


def test_one_server_s_failure_leaves_the_others_working(
    clusters: list[Cluster], nodes: Start, tmp_path: Path
) -> None:
    """P7: three servers, a subscription on each; one is stopped: its own calls answer 608, the others import
    as if nothing had happened, nodes start without it; when it is back its job goes on by itself.
    """
    control = clusters[0].new_database(tmp_path)
    places = [None, *(each.new_database(tmp_path) for each in clusters[1:])]
    api = nodes(control, document(0, None), workers=1)
    for number in (1, 2):
        assert set_up(tmp_path, control, document(number, places[number])).returncode == 0
    tokens = [token_of(api, number) for number in range(3)]
    for token in tokens:
        batch_id = api.post_file(FILE, token).json()["result"][0]["batchId"]
        assert finished(api, token, batch_id)["numOfLeadsProcessed"] == 2
    clusters[1].stop("immediate")
    for each in (api, nodes(control, workers=1)):
        assert each.post_file(FILE, tokens[1]).json()["errors"][0]["code"] in ("608", "713")
        until(lambda node=each: node.http.get(node.address + "/health/ready").status_code == 200)
        for number in (0, 2):
            batch_id = each.post_file(FILE, tokens[number]).json()["result"][0]["batchId"]
            assert finished(each, tokens[number], batch_id)["numOfLeadsProcessed"] == 2
    clusters[1].start()
    answer = until(lambda: body if (body := api.post_file(FILE, tokens[1]).json())["success"] else None)
    finished(api, tokens[1], answer["result"][0]["batchId"])


def test_a_job_on_a_lost_server_does_not_hold_the_worker(
    clusters: list[Cluster], nodes: Start, tmp_path: Path
) -> None:
    """P7: the only worker has a job of a server that is stopped in the middle of it: the other subscription's job
    does not wait until that server is back; then the first goes on.
    """
    control, other = (each.new_database(tmp_path) for each in clusters[:2])
    api = nodes(control, document(3, None), workers=1)
    assert set_up(tmp_path, control, document(4, other)).returncode == 0
    here, there = (token_of(api, number) for number in (3, 4))
    people = "".join(f"p{number}@example.com,{number},{'x' * 80}\n" for number in range(90_000))
    batch_id = api.post_file("email,leadScore,company\n" + people, there).json()["result"][0]["batchId"]
    api.wait_for("ChunkMerged")
    clusters[1].stop("immediate")
    try:
        second = api.post_file(FILE, here).json()["result"][0]["batchId"]
        assert finished(api, here, second)["numOfLeadsProcessed"] == 2
    finally:
        clusters[1].start()
    assert finished(api, there, batch_id)["numOfLeadsProcessed"] == 90_000
    assert {line.split(",")[1] for line in _ledger(api, there, batch_id)} == {"created"}


def _ledger(api: Server, token: str, batch_id: int) -> list[str]:
    return api.call("GET", f"/leadline/v1/jobs/{batch_id}/ledger.csv", token).text.splitlines()[1:]


def test_a_subscription_does_not_move_by_itself(clusters: list[Cluster], tmp_path: Path) -> None:
    """A file that names another server than the directory is refused, before anything is written."""
    control, first, second = (each.new_database(tmp_path / "move") for each in clusters)
    for store, expected in ((first, 0), (first, 0), (second, 1)):
        done = set_up(tmp_path, control, document(7, store))
        assert done.returncode == expected, done.stderr
    assert "lives elsewhere" in done.stderr


def test_embedded_control_with_a_subscription_on_a_server(
    clusters: list[Cluster], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """One subscription of an embedded installation may live on PostgreSQL."""
    url = clusters[2].new_database(tmp_path)
    for api in running(tmp_path / "data", document(9, url)):
        token = token_of(api, 9)
        batch_id = api.post_file(FILE, token).json()["result"][0]["batchId"]
        assert finished(api, token, batch_id)["numOfLeadsProcessed"] == 2
    assert not (tmp_path / "data" / "subscriptions" / "009-srv-009.db").exists()
