"""A worker dies while program members or custom objects are imported: nothing lost, nothing twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clusters import copy_store
from tests.contract.api.world import bulk, finished, whole_subscription
from tests.forms import LONG, repeats
from tests.harness import Server, start_server
from tests.stores import open_stores

ROWS = 1000
NOTES = "n" * 3000
"""About 3 MB: three chunks."""

POINTS = ("ChunkDecided:1", "ChunkWritten:2", "ChunkMerged:2", "ChunkWritten:3")


@dataclass(frozen=True)
class Kind:
    """An import of one kind: where it is created and polled, its file, and how many records there are after."""

    create: str
    poll: str
    header: str
    line: str
    wider: str
    count: str
    params: dict[str, str]


KINDS = {
    "members": Kind(
        create="/bulk/v1/program/1001/members/import.json",
        poll="/bulk/v1/program/members/import/{}/status.json",
        header="email,mktoPersonNotes,rank",
        line="p{0}@example.com,{1},{0}",
        wider="p{0}@example.com,{1},x",
        count="SELECT count(*) AS records FROM {{schema}}.program_member",
        params={"programMemberStatus": "Invited"},
    ),
    "objects": Kind(
        create="/bulk/v1/customobjects/file_c/import.json",
        poll="/bulk/v1/customobjects/file_c/import/{}/status.json",
        header="name,content,size",
        line="p{0},{1},{0}",
        wider="p{0},{1},x",
        count="SELECT count(*) AS records FROM {{schema}}.object_{}",
        params={},
    ),
}
FILE = {
    "apiName": "file_c",
    "displayName": "File",
    "dedupeFields": ["name"],
    "fields": [
        {"name": "name", "displayName": "Name", "dataType": "string"},
        {"name": "content", "displayName": "Content", "dataType": "text"},
        {"name": "size", "displayName": "Size", "dataType": "integer"},
    ],
}


@pytest.fixture(scope="module")
def prepared(store: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a stopped server with a program and a custom object of long texts."""
    data = tmp_path_factory.mktemp("prepared") / "data"
    document = whole_subscription()
    server = start_server(data, document | {"custom_objects": [*document["custom_objects"], FILE]})
    assert server.stop() == 0
    return data


@pytest.fixture
def server(store: str, prepared: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server on a copy, whose worker dies once at the point that the test names."""
    data = tmp_path / "data"
    copy_store(store, prepared, data)
    faults = {"LEADLINE_FAULTS__KILL_AT": request.param, "LEADLINE_FAULTS__KILL_ONCE": str(tmp_path / "dead")}
    started = start_server(data, env=faults)
    yield started
    started.stop()


REPEATED_ON = ("sqlite", "postgres")
"""Each kind dies on one database by default; the long proof takes both."""


def content_of(kind: Kind) -> str:
    """Return a file with a bad row in fifty, and each twentieth key once more at the end."""
    lines = [(kind.wider if n % 50 == 7 else kind.line).format(n, NOTES) for n in range(ROWS)]
    lines += [kind.line.format(n, NOTES) for n in range(0, ROWS, 20)]
    return "\n".join([kind.header, *lines]) + "\n"


@pytest.mark.parametrize("server", POINTS if LONG else POINTS[1:2], indirect=True)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=repeats(kind)) for name, kind in zip(KINDS, REPEATED_ON, strict=True)]
)
def test_killed_once(server: Server, name: str) -> None:
    """P2, P3, P5: each row has one outcome, each record is there once, the same file again changes nothing."""
    kind = KINDS[name]
    batch_id = bulk(server, kind.create, content_of(kind), **kind.params)["result"][0]["batchId"]
    status = finished(server, kind.poll.format(batch_id))
    server.wait_for("WorkerStarted", 2)
    assert [event["exit_code"] for event in server.events("WorkerStopped")] == [-9]
    bad = len([n for n in range(ROWS) if n % 50 == 7])
    processed = status.get("numOfLeadsProcessed", status.get("numOfObjectsProcessed"))
    assert (status["status"], processed, status["numOfRowsFailed"]) == (
        "Complete",
        ROWS - bad + ROWS // 20,
        bad,
    )
    ledger = [line.split(",") for line in server.ledger(batch_id)]
    assert [int(line[0]) for line in ledger] == list(range(1, ROWS + ROWS // 20 + 1))
    outcomes = [line[1] for line in ledger]
    assert outcomes[:ROWS] == ["failed" if n % 50 == 7 else "created" for n in range(ROWS)]
    assert outcomes[ROWS:] == ["unchanged"] * (ROWS // 20)
    ids = [line[2] for line in ledger[:ROWS] if line[2]]
    assert len(set(ids)) == ROWS - bad
    assert [line[2] for line in ledger[ROWS:]] == [ledger[n][2] for n in range(0, ROWS, 20)]
    again = bulk(server, kind.create, content_of(kind), **kind.params)["result"][0]["batchId"]
    finished(server, kind.poll.format(again))
    assert {line.split(",")[1] for line in server.ledger(again)} == {"unchanged", "failed"}
    assert _records(server, kind.count) == ROWS - bad


def _records(server: Server, sql: str) -> int:
    """Count in the store itself what clients see page by page."""
    stores = open_stores(server.data)
    try:
        with stores.subscription("123-ABC-456").read() as session:
            named = session.built_rows("SELECT number FROM {schema}.custom_object WHERE k_name = 'file'", {})
            return int(session.built_rows(sql.format(named[0]["number"]), {})[0]["records"])
    finally:
        stores.close()
