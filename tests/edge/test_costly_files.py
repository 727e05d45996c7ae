"""Files made to cost far more than their bytes: work and reports stay in proportion to what was sent (§3.3, §7.2)."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadline.clock import MachineTime
from leadline.model.rules import Limits
from leadline.subscriptions.apply_file import Subscriptions
from leadline.subscriptions.file import parse_subscription
from tests.clusters import url_for
from tests.edge.three_kinds import DOCUMENT, LEAD, MEMBER, THING_C, Upload, object_type, play
from tests.forms import repeats, times
from tests.harness import CLIENT_SECRET, Server, running, start_server, subscription
from tests.server import cpu_seconds
from tests.stores import open_stores

SIZE = times(100_000, 5_000_000)
COLUMNS = 2_000
KINDS = ["lead", "member", "row_c"]
WIDE_ROW = b"b@example.com" + b",c" * (COLUMNS - 1) + b"\n"
SHORT, MIXED = b"a\n" * (SIZE // 2), (b"a\n" * 20_000 + WIDE_ROW) * (SIZE // 44_000)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of one worker, whose time is measured."""
    for server in running(tmp_path_factory.mktemp("costly") / "data", DOCUMENT, workers=1):
        server.wait_for("WorkerStarted")
        yield server


FULL_SIZE = times(300_000, 5_000_000)
DATES = {"date": "2026-01-02", "datetime": "2026-01-02T03:04:05Z", "email": "a@example.com"}


def full_rows(into: str) -> tuple[str, list[str], int]:
    """Return the names of all fields that a file may fill, a value for each, and how many make the key."""
    kinds = {"lead": [LEAD], "member": [LEAD, MEMBER]}.get(into) or [object_type(THING_C)]
    fields = [
        each for kind in kinds for each in kind.fields if not (each.read_only or each.system or each.link)
    ]
    keys = ["email"] if kinds[0] is LEAD else list(kinds[0].dedupe)
    named = {each.name: DATES.get(each.type.name, "7") for each in fields}
    names = [*keys, *(name for name in named if name not in keys)]
    return ",".join(names), [named[name] for name in names[len(keys) :]], len(keys)


def cost(server: Server, file: bytes, into: str) -> float:
    """Import a file; return the processor time of the worker."""
    (worker,) = server.worker_pids()
    before = cpu_seconds(worker)
    (answer,) = play(server, [Upload("costly", file, into=into)])
    processed, failed = map(int, answer.outcome.split("+"))
    assert processed + failed == file.count(b"\n") - 1
    return cpu_seconds(worker) - before


@pytest.mark.parametrize("into", KINDS)
@pytest.mark.parametrize(
    ("names", "rows"),
    [("email" + "," * (COLUMNS - 1), SHORT), ("," * (COLUMNS - 1) + "email", MIXED)],
    ids=["short rows", "a wide row here and there"],
)
def test_a_wide_header(server: Server, names: str, rows: bytes, into: str) -> None:
    """P7: at most five times the same bytes under one column."""
    narrow = cost(server, b"email\n" + rows, into)
    wide = cost(server, names.encode() + b"\n" + rows, into)
    assert wide < 5 * narrow + 0.3, f"{wide:.2f} s under {COLUMNS} columns, {narrow:.2f} s under one"


@pytest.mark.parametrize("into", ["lead", pytest.param("member", marks=repeats), "thing_c"])
@pytest.mark.parametrize("records", [1, FULL_SIZE], ids=["of one record", "of many"])
@pytest.mark.parametrize("short", [200, pytest.param(40, marks=repeats)])
def test_full_rows_here_and_there(server: Server, short: int, records: int, into: str) -> None:
    """P7: rows that fill each field make the short ones between them no dearer."""
    names, values, keys = full_rows(into)
    rows, size = list[str](), 0
    while size < FULL_SIZE:
        number = len(rows)
        cells = [str(number % records), *["1"] * (keys - 1), *(values if number % short == 0 else ())]
        rows.append(",".join(cells) + "\n")
        size += len(rows[-1])
    body = "".join(rows)
    narrow = cost(server, f"{','.join(names.split(',')[:keys])}\n{body}".encode(), into)
    wide = cost(server, f"{names}\n{body}".encode(), into)
    assert wide < 5 * narrow + 0.3, (
        f"{wide:.2f} s under {len(names.split(','))} columns, {narrow:.2f} s alone"
    )


ROOM = 20_000
NAMES = ["email", "lastName", "leadScore"]
LINES = 60_000
FAULTY = "email,lastName,leadScore\n" + "".join(
    f"{number},name,{'x' if number % 3 else 1}\n" for number in range(LINES)
)
"""Of three rows one is warned of, since its address is none, and two fail."""


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that keeps little of what fails, and whose first worker dies at its second chunk, uncommitted."""
    place = tmp_path_factory.mktemp("small")
    env = {
        "LEADLINE_LIMITS__ISSUE_BYTES_MAX": str(ROOM),
        "LEADLINE_FAULTS__KILL_AT": "ChunkWritten:2",
        "LEADLINE_FAULTS__KILL_ONCE": str(place / "died"),
    }
    url = url_for("postgres", place) if request.param == "postgres" else None
    yield from running(place / "data", DOCUMENT, env=env, url=url)
    assert (place / "died").exists()


@pytest.mark.parametrize("into", KINDS)
def test_what_is_not_listed_is_counted(small: Server, into: str) -> None:
    """P7: the files hold so many bytes of rows; the last line says how many are missing, and is no row."""
    (answer,) = play(small, [Upload("faulty", FAULTY.encode(), into=into)])
    failed = LINES - LINES // 3
    assert (answer.outcome, answer.warned) == (f"{LINES // 3}+{failed}", LINES // 3)
    listed = {}
    for file, rows in ((answer.failures, failed), (answer.warnings, LINES // 3)):
        lines = file.splitlines(keepends=True)
        listed[file] = len(lines) - 2
        assert lines[-1] == f",,,{rows - listed[file]} more rows are not listed\n"
        assert [line.partition(",")[0] for line in lines[1:-1]] == [
            str(number) for number in range(LINES) if (number % 3 > 0) == (rows == failed)
        ][: listed[file]]
    sizes = [len("".join(file.splitlines(keepends=True)[1:-1])) for file in listed]
    assert ROOM - 100 < sum(sizes) <= ROOM
    assert len(answer.ledger) == LINES
    again = play(small, [Upload("again", file.encode(), into=into) for file in listed])
    assert [each.outcome for each in again] == [
        f"0+{listed[answer.failures]}",
        f"{listed[answer.warnings]}+0",
    ]


def test_room_for_what_fails() -> None:
    """Ten times the upload, at least 16 MB, unless it is set."""
    mb = 1024 * 1024
    assert [Limits().issue_bytes_of(size) for size in (1, mb, 2 * mb)] == [16 * mb, 16 * mb, 20 * mb]
    assert Limits(issue_bytes_max=5).issue_bytes_of(mb) == 5


ATTACKER, VICTIM = "111-ATT-111", "999-VIC-999"


@pytest.fixture
def neighbours(tmp_path: Path) -> Iterator[Server]:
    """A server of one worker for two subscriptions on the embedded store."""
    stores = open_stores(tmp_path / "data")
    stores.prepare()
    for name in (ATTACKER, VICTIM):
        document = subscription(munchkin_id=name)
        document["credentials"][0]["client_id"] = name
        Subscriptions(stores, MachineTime()).apply(parse_subscription(document))
    stores.close()
    server = start_server(tmp_path / "data", workers=1)
    yield server
    server.stop()


def test_a_row_beside_a_long_file(neighbours: Server) -> None:
    """A worker lets a neighbour have its turn behind a chunk, however long the file is."""
    attacker, victim = (neighbours.new_token(name, CLIENT_SECRET) for name in (ATTACKER, VICTIM))

    def wait_of_victim() -> float:
        finished = len(neighbours.events("JobFinished"))
        began = time.monotonic()
        assert neighbours.post_file("email\nv@example.com\n", victim).json()["success"]
        assert neighbours.wait_for("JobFinished", finished + 1)["munchkin_id"] == VICTIM
        return time.monotonic() - began

    alone = max(wait_of_victim() for _ in range(3))
    rows = b"a\n" * times(600_000, 5_000_000)
    long = neighbours.post_file(b"email" + b"," * (COLUMNS - 1) + b"\n" + rows, attacker)
    neighbours.wait_for("ChunkMerged", 3 + 4)
    beside = wait_of_victim()
    assert beside < 10 * alone + 2, f"{beside:.2f} s beside, {alone:.2f} s alone"
    (batch_id,) = [each["batchId"] for each in long.json()["result"]]
    neighbours.wait_for("JobFinished", 3 + 2)
    path = f"/bulk/v1/leads/batch/{batch_id}.json"
    status = neighbours.call("GET", path, attacker).json()["result"][0]
    assert (status["status"], status["numOfLeadsProcessed"]) == ("Complete", rows.count(b"\n"))
