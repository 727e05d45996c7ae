"""§8: `a/b/yyyy` is month first; where others of its column fit day first only, those that fit both are told of."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.api.world import CAR, TRIP, bulk, codes, finished, sync, whole_subscription
from tests.forms import only_long
from tests.harness import Server, running

pytestmark = only_long("postgres", "given")

DATES = [
    {"name": "born", "displayName": "Born", "dataType": "date"},
    {"name": "seen", "displayName": "Seen", "dataType": "datetime"},
]
STAY = {
    "apiName": "stay_c",
    "displayName": "Stay",
    "dedupeFields": ["name"],
    "fields": [{"name": "name", "displayName": "Name", "dataType": "string"}, *DATES],
}
DOCUMENT = whole_subscription(
    lead_fields=DATES,
    program_member_fields=[{"name": "paid", "displayName": "Paid", "dataType": "date"}],
    custom_objects=[TRIP, CAR, STAY],
)
BORN, SEEN = "Ambiguous date in field Born", "Ambiguous date in field Seen"
LEADS = "/bulk/v1/leads"
ROWS = 30_000


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from running(tmp_path_factory.mktemp("dates") / "data", DOCUMENT)


def told(server: Server, rows: str, header: str = "email,born,seen", **params: Any) -> list[str]:
    """Import leads; return outcome and reason of each row."""
    batch_id = server.run_import(f"{header}\n{rows}", **params)["batchId"]
    return [",".join(line.split(",")[1::2]) for line in server.ledger(batch_id)]


def test_the_proof_may_stand_anywhere(world: Server) -> None:
    """Each column is judged by its own values; a row that fails for another reason proves as well."""
    rows = "a1@x.co,03/04/2025,3/4/25 10:00\na2@x.co,7/7/2025,\na3@x.co,2025-04-03,1/12/2025\n"
    assert told(world, rows) == ["created,"] * 3
    proof = "a4@x.co,13/04/2025,\n"
    assert told(world, rows + proof) == [
        f"unchanged,{BORN}",
        "unchanged,",
        "unchanged,",
        "failed,Invalid data type in field Born",
    ]
    proof = "\nborn,born,born\n,,31/12/24 1:05 PM\n"
    assert told(world, proof + rows) == [
        "failed,Invalid data type in field Born",
        "failed,Value for lookup field 'email' not found",
        f"unchanged,{SEEN}",
        "unchanged,",
        f"unchanged,{SEEN}",
    ]
    assert [row["born"] for row in world.lead("email", "a1@x.co", "born")] == ["2025-03-04"]


@pytest.mark.parametrize(
    "value", ["31/02/2025", "13/13/2025", "13/4/025", "x13/4/2025", "NULL", "4/13/2025", ""]
)
def test_what_proves_nothing(world: Server, value: str) -> None:
    """What is no date day first either, and what is one month first."""
    first, *_ = told(world, f"b1@x.co,03/04/2025,\nb2@x.co,{value},\n")
    assert first in ("created,", "unchanged,")


def test_a_file_of_several_chunks(world: Server) -> None:
    """The proof in the last row is known to the first; UTF-16, semicolons, a quoted cell and no-break spaces too."""
    rows = "".join(f"c{n}@example.com;\u00a0{n % 12 + 1}/{n // 12 % 12 + 1}/2025;\n" for n in range(ROWS))
    content = f'email;born;seen\n{rows}last@x.co;"31/01/2025 ";\n'
    for encoding in ("utf-8", "utf-16"):
        status = world.run_import(content.encode(encoding), format="ssv")
        expected = sum(n % 12 != n // 12 % 12 for n in range(ROWS))
        assert (status["numOfLeadsProcessed"], status["numOfRowsFailed"]) == (ROWS, 1)
        assert status["numOfRowsWithWarning"] == expected
    warned = world.warnings(status["batchId"]).text.splitlines()
    assert warned[0] == "email;born;seen;Import Warning Reason"
    assert {line.rsplit(";", 1)[1] for line in warned[1:]} == {BORN}


def test_members_and_objects(world: Server) -> None:
    """Fields of members and of custom objects alike."""
    files = {
        "/bulk/v1/program/1001/members": (
            "email,paid\nm1@x.co,3/4/25\nm2@x.co,25/12/24\n",
            "Paid",
            "program/members",
        ),
        "/bulk/v1/customobjects/stay_c": (
            "name,born\ns1,3/4/25\ns2,25/12/24\n",
            "Born",
            "customobjects/stay_c",
        ),
    }
    for path, (content, name, below) in files.items():
        body = bulk(world, f"{path}/import.json", content, programMemberStatus="Invited")
        batch = f"/bulk/v1/{below}/import/{body['result'][0]['batchId']}"
        status = finished(world, f"{batch}/status.json")
        assert (status["numOfRowsFailed"], status["numOfRowsWithWarning"]) == (1, 1)
        warned = world.call("GET", f"{batch}/warnings.json").text
        assert warned.splitlines()[1].endswith(f",Ambiguous date in field {name}")


def test_records_of_a_call_are_no_column(world: Server) -> None:
    """A call has no place for a warning: month first, whatever the others say."""
    items = [{"email": "k1@x.co", "born": "03/04/2025"}, {"email": "k2@x.co", "born": "13/04/2025"}]
    assert codes(sync(world, "/rest/v1/leads.json", *items)) == ["created", "1001"]
    assert [row["born"] for row in world.lead("email", "k1@x.co", "born")] == ["2025-03-04"]


@pytest.mark.parametrize(("rule", "first"), [("fail", f"failed,{BORN}"), ("accept", "created,")])
def test_the_setting(store: str, tmp_path_factory: pytest.TempPathFactory, rule: str, first: str) -> None:
    """`fail` refuses such rows, `accept` says nothing."""
    env = {"LEADLINE_RULES__AMBIGUOUS_DATES": rule}
    for server in running(tmp_path_factory.mktemp(rule) / "data", DOCUMENT, env=env):
        rows = "d1@x.co,3/4/25,\nd2@x.co,7/7/25,\nd3@x.co,13/4/25,\n"
        assert told(server, rows) == [first, "created,", "failed,Invalid data type in field Born"]


def test_whoever_goes_on_with_a_job_tells_alike(store: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A worker that dies after each chunk: the proof lies in the first one, the warnings in all."""
    env = {"LEADLINE_FAULTS__KILL_AT": "ChunkMerged"}
    content = "email,born\nproof@x.co,13/4/25\n" + "".join(
        f"e{n:030}@example.com,3/4/25\n" for n in range(ROWS)
    )
    for server in running(tmp_path_factory.mktemp("killed") / "data", DOCUMENT, env=env):
        batch_id = server.submit(content)
        status = server.finish(batch_id, 90)
        server.wait_for("WorkerStopped", 2)
        assert (status["numOfLeadsProcessed"], status["numOfRowsFailed"]) == (ROWS, 1)
        assert status["numOfRowsWithWarning"] == ROWS
