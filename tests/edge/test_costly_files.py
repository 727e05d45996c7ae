"""Files made to cost far more than their bytes: work and reports stay in proportion to what was sent (§3.3, §7.2)."""

from collections.abc import Iterator

import pytest

from tests.edge.three_kinds import DOCUMENT, Upload, play
from tests.forms import times
from tests.harness import Server, running
from tests.server import cpu_seconds

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
    """R1: at most five times the same bytes under one column."""
    narrow = cost(server, b"email\n" + rows, into)
    wide = cost(server, names.encode() + b"\n" + rows, into)
    assert wide < 5 * narrow + 0.3, f"{wide:.2f} s under {COLUMNS} columns, {narrow:.2f} s under one"
