"""Files as people really send them: each row is accounted for, nobody dies, memory is bounded (§3)."""

import csv
import io
import random
from pathlib import Path

import pytest

from leadline.model.jobs import IssueKind
from tests.forms import repeats
from tests.harness import Server, cpu_seconds, start_server, subscription

EXTREME = {
    "commas": b"," * 10_000_000,
    "quotes": b'"' * 10_000_000,
    "newlines": b"\n" * 10_000_000,
    "commas in one row": b"email\n" + b"," * 10_000_000,
    "quotes in one row": b"email\n" + b'"' * 9_999_999,
    "one cell": b"email,notes\nx@example.com," + b"x" * 10_000_000,
    "one quoted cell": b'email,notes\nx@example.com,"' + b"x\n" * 5_000_000 + b'"\n',
    "2,000 columns": (",".join(f"c{n}" for n in range(2000)) + "\n" + "," * 1999 + "\n").encode() * 50,
    "2,000 blank columns": b"email" + b"," * 1999 + b"\nx@example.com" + b",y" * 1999 + b"\n",
    "2,001 columns": b"email" + b"," * 2000 + b"\n",
    "100,000 columns": b"email" + b"," * 100_000 + b"\n",
    "an archive": b"PK\x03\x04" + random.Random(1).randbytes(1_000_000),
    "gzip": b"\x1f\x8b\x08\x00" + random.Random(2).randbytes(1_000_000),
}


@pytest.mark.parametrize("name", EXTREME)
def test_extremes_end_quickly(server: Server, name: str) -> None:
    """Refused or failed within seconds of work, in bounded memory, and no worker dies of it."""
    server.wait_for("WorkerStarted")
    (pid,) = server.worker_pids()
    before, used = peak_mb(pid), cpu_seconds(pid, server.process.pid)
    body = server.post_file(EXTREME[name]).json()
    if body["success"]:
        status = server.finish(body["result"][0]["batchId"])
        assert status["status"] == "Failed" or status["numOfLeadsProcessed"] + status["numOfRowsFailed"] == 1
    else:
        assert body["errors"][0]["code"] in ("1003", "1006")
    assert cpu_seconds(pid, server.process.pid) - used < 10
    assert peak_mb(pid) - before < 200
    assert server.worker_pids() == [pid]


def test_as_many_columns_as_a_header_may_have(server: Server) -> None:
    """2,000 are taken, with rows as short as one cell; one more is 1003."""
    status = server.run_import(b"email" + b"," * 1999 + b"\n" + b"wide@example.com\n" * 2000)
    assert (status["numOfLeadsProcessed"], status["numOfRowsFailed"]) == (2000, 0)
    refused = server.post_file(b"email" + b"," * 2000 + b"\nwide@example.com\n").json()
    assert [error["code"] for error in refused["errors"]] == ["1003"]


def peak_mb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


def test_hostile_text_is_only_text(server: Server) -> None:
    """SQL, formulas and control characters in cells and headers."""
    nasty = [
        "'; DROP TABLE lead; --",
        "=cmd|' /C calc'!A0",
        "@SUM(1)",
        "\x01\x7f",
        "\u202eabc",
        "%00",
        "a" * 20_000,
        "{{7*7}}",
    ]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["email", "notes", "leadScore"])
    writer.writerows([f"n{number}@x.co", text, text] for number, text in enumerate(nasty))
    writer.writerows([text, text, "1"] for text in nasty)
    batch_id = server.submit(out.getvalue())
    status = server.finish(batch_id)
    assert status["numOfLeadsProcessed"] + status["numOfRowsFailed"] == 2 * len(nasty)
    echoed = list(csv.reader(io.StringIO(server.failures(batch_id).text, newline="")))[1:]
    assert [row[1] for row in echoed][: len(nasty)] == nasty
    assert server.post_file("email,'; DROP TABLE lead; --\n").json()["errors"][0]["code"] == "1006"


@pytest.mark.parametrize("seed", range(12))
def test_random_bytes_are_accounted_for(server: Server, seed: int) -> None:
    """Processed and failed rows add up to the ledger's, whatever the bytes."""
    dice = random.Random(seed)
    alphabet = [
        b"a@x.co",
        b"b",
        b",",
        b",",
        b"\n",
        b"\n",
        b'"',
        b'""',
        b"\r",
        b" ",
        b"\0",
        "é".encode(),
        b"NULL",
        b";",
        b"\t",
    ]
    if seed % 4 == 0:
        alphabet.append(b"\xff")
    file = b"email,firstName\n" + b"".join(dice.choices(alphabet, k=3000))
    batch_id = server.submit(file)
    status = server.finish(batch_id)
    rows = server.ledger(batch_id)
    if status["status"] == "Complete":
        assert status["numOfLeadsProcessed"] + status["numOfRowsFailed"] == len(
            [row for row in rows if row[:1].isdigit()]
        )
    else:
        assert "not valid UTF-8" in status["message"]


def test_nobody_died(server: Server) -> None:
    """After all of the above."""
    assert server.events("WorkerStopped") == []
    assert server.events("FaultCaught") == []


@repeats
def test_a_large_file_of_reasons_takes_little_memory(server: Server) -> None:
    """It is sent with its length, each row once and in order, and never lies in the server's memory whole."""
    rows = 1_000_000
    batch_id = server.submit(b"email\n" + b"".join(b"%d\n" % number for number in range(rows)))
    server.finish(batch_id)
    small = server.run_import("email\nx\n")["batchId"]
    assert server.warnings(small).status_code == 200
    assert len(server.ledger(small)) == 1  # what any answer takes is taken now
    before = peak_mb(server.process.pid)
    answer = server.warnings(batch_id)
    expected = "".join(f"{number},Invalid email address\n" for number in range(rows))
    assert answer.text == f"email,{IssueKind.WARNING.column}\n{expected}"
    assert int(answer.headers["Content-Length"]) == len(answer.content) > 28_000_000
    ledger = server.call("GET", f"/leadline/v1/jobs/{batch_id}/ledger.csv")
    assert ledger.text.count("\n") == rows + 1
    assert peak_mb(server.process.pid) - before < 40


def test_short_rows_under_a_wide_header_take_little_space(tmp_path: Path) -> None:
    """The rows are written back as they came, each with its reason; header and reason column are whole."""
    data = tmp_path / "data"
    server = start_server(data, subscription())
    batch_id = server.submit(b"leadScore,email" + b"," * 1998 + b"\n" + b"x\n" * 10_000)
    assert server.finish(batch_id)["numOfRowsFailed"] == 10_000
    lines = server.failures(batch_id).text.splitlines()
    assert [len(line.split(",")) for line in lines] == [2001] + [2] * 10_000
    assert server.stop() == 0
    assert sum(path.stat().st_size for path in data.rglob("*")) < 3_000_000


def test_formulas_may_be_escaped(tmp_path: Path) -> None:
    """ASVS 1.2.10: when told to, cells that a spreadsheet would compute get a quote in front; nothing else changes."""
    server = start_server(tmp_path / "data", subscription(), env={"LEADLINE_EXPORT__ESCAPE_FORMULAS": "true"})
    cells = ["=1+1", "+1", "-1", "@SUM(1)", "\tx", '=A1,"B"', "a=1", "'x", ""]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(
        [["email", "firstName", "leadScore"], *([f"f{n}@x.co", cell, "x"] for n, cell in enumerate(cells))]
    )
    batch_id = server.run_import(out.getvalue())["batchId"]
    told = list(csv.reader(io.StringIO(server.failures(batch_id).text, newline="")))[1:]
    assert [row[1] for row in told] == [f"'{cell}" for cell in cells[:6]] + cells[6:]
    assert {row[3] for row in told} == {"Invalid data type in field Lead Score"}
    assert server.stop() == 0
