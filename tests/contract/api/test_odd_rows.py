"""§3.3, §7.2: rows of another width, torn quotes, rows that are no record; our own files read back."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from tests.contract.api.world import MEMBERS, bulk, finished, whole_subscription
from tests.forms import only_long
from tests.harness import Server, running, subscription

pytestmark = only_long("postgres", "given")

MORE, FEWER = "Row has more values than the header", "Row has fewer values than the header"
QUOTES, REPEATED, NO_RECORD = "Quotes inside a value", "Header repeated", "Row is no record"
PATHS = {
    "lead": ("/bulk/v1/leads.json", "/bulk/v1/leads/batch"),
    "member": ("/bulk/v1/program/1001/members/import.json", MEMBERS),
    "object": ("/bulk/v1/customobjects/car_c/import.json", "/bulk/v1/customobjects/car_c/import"),
}
HEADS = {"lead": ["email", "lastName"], "member": ["email", "lastName"], "object": ["vin", "color"]}


def played(server: Server, kind: str, file: str, **params: str) -> tuple[dict[str, Any], list[str], str]:
    """Import a file; return its status, what its ledger tells of each row, and the path of its job."""
    create, batches = PATHS[kind]
    body = bulk(server, create, file, programMemberStatus="Invited", **params)
    assert body["success"], body
    number = body["result"][0]["batchId"]
    path = f"{batches}/{number}"
    status = finished(server, f"{path}/status.json")
    if status["status"] == "Failed":
        return status, [], path
    ledger = server.call("GET", f"/leadline/v1/jobs/{number}/ledger.csv").text
    return status, [row[3] for row in csv.reader(io.StringIO(ledger))][1:], path


CASES: dict[str, tuple[list[str], list[str]]] = {
    "a line feed without quotes": (
        ["a@x.co|A", "b@x.co|Mary", "lee@x.co", "c@x.co|C"],
        ["", "", FEWER, ""],
    ),
    "a value too many": (["a@x.co|A", "b@x.co|B|x", "c@x.co|C|", "d@x.co|D| "], ["", MORE, MORE, MORE]),
    "each row ends with a delimiter": (
        ["a@x.co|A|", "b@x.co|B|", "c@x.co|C|x", "d@x.co|D"],
        ["", "", MORE, ""],
    ),
    "each row is short": (["a@x.co", "b@x.co", "c@x.co|C"], ["", "", ""]),
    "blank lines do not count": ([" | ", '""|', "a@x.co", "|||", "b@x.co"], ["", ""]),
    "text behind a quote": (['a@x.co|"Acme" Inc', 'b@x.co|"B"', 'c@x.co|6" pipe'], [QUOTES, "", ""]),
    "backslash quotes": (
        ['a@x.co|"Bob \\"Bobby\\""', 'b@x.co|"C:\\"', 'c@x.co|"x \\" y"'],
        [QUOTES, "", QUOTES],
    ),
    "joined files": (["a@x.co|A", "{head}", "\ufeff{HEAD}", "b@x.co|B"], ["", REPEATED, REPEATED, ""]),
    "end mark": (["a@x.co|A", "\x1a"], [""]),
    "end mark behind the last row": (["a@x.co|A", "b@x.co|B\x1a\x1a"], ["", ""]),
    "count of rows": (["a@x.co|A", "", "(1 row affected)"], ["", NO_RECORD]),
    "end of data": (["a@x.co|A", "\\."], ["", NO_RECORD]),
    "dashes below the header": (["-----|--", "a@x.co|A"], [NO_RECORD, ""]),
}


@pytest.mark.parametrize("kind", list(PATHS))
@pytest.mark.parametrize(("file_format", "d"), [("csv", ","), ("tsv", "\t"), ("ssv", ";")])
def test_what_is_told_of_rows(world: Server, kind: str, file_format: str, d: str) -> None:
    """Each row is imported with a warning, or fails with a reason, or is none: all kinds, all formats."""
    head = d.join(HEADS[kind])
    for name, (rows, expected) in CASES.items():
        lines = [head, *(row.replace("|", d).format(head=head, HEAD=head.upper()) for row in rows)]
        status, told, _ = played(world, kind, "\n".join(lines), format=file_format)
        assert (name, told) == (name, expected)
        failed = sum(each in (REPEATED, NO_RECORD) for each in told)
        warned = sum(each in (MORE, FEWER, QUOTES) for each in told)
        assert (status["numOfRowsFailed"], status["numOfRowsWithWarning"]) == (failed, warned), name


@pytest.mark.parametrize("kind", list(PATHS))
@pytest.mark.parametrize(("file_format", "d"), [("csv", ","), ("tsv", "\t"), ("ssv", ";")])
def test_row_numbers_without_a_name(world: Server, kind: str, file_format: str, d: str) -> None:
    """What R's write.table leaves: nothing is applied, and the message says why; one row proves nothing."""
    head = d.join(HEADS[kind])
    rows = [d.join([f'"{n}"', f'"shifted{n}@x.co"', '"A"']) for n in range(1, 4)]
    status, told, path = played(world, kind, "\n".join([head, *rows]), format=file_format)
    assert (status["status"], told) == ("Failed", [])
    assert status["message"].startswith("Import failed, each row has one value more than the header")
    assert world.call("GET", f"{path}/failures.json").status_code == 404
    assert world.lead("email", "shifted1@x.co", "id") == []
    for others in (rows[:1], [*rows, d.join(["a@x.co", "A"])], [*rows, d.join(["a@x.co", "A", ""])]):
        status, told, _ = played(world, kind, "\n".join([head, *others]), format=file_format)
        assert status["status"] == "Complete"
        assert told[0] in (MORE, "Invalid email address")


@pytest.mark.parametrize(("switch", "expected"), [("ignore", ["", "", ""]), ("fail", [])])
def test_rows_of_another_width_by_the_switch(tmp_path: Path, switch: str, expected: list[str]) -> None:
    """Q31: ignored without a word, or failed where a value would be lost; a file of shifted rows with them."""
    env = {"LEADLINE_RULES__LONG_ROWS": switch}
    for server in running(tmp_path / "data", whole_subscription(), env=env):
        status, told, _ = played(server, "object", "vin,color\n1,a,b\n2,c,d\n3,e,f\n")
        assert (status["status"], told) == ("Complete" if expected else "Failed", expected)
        _, told, _ = played(server, "object", "vin,color\na,b\nc\nd,e,\nf,g,h\n")
        assert told == (["", "", "", ""] if switch == "ignore" else ["", FEWER, MORE, MORE])


CELLS = [
    "=1+1",
    "'=1+1",
    "''=1",
    "'''@x",
    "'",
    "''",
    "'a",
    "+49 30 1234",
    "-",
    "@A1",
    "\tx",
    "\r",
    "'\r",
    "a",
]


def test_guards_are_taken_off_files_that_come_back(tmp_path: Path) -> None:
    """§7.2: one guard of each cell, and only where the header says that the file is one of ours."""
    env = {"LEADLINE_EXPORT__ESCAPE_FORMULAS": "true"}
    for server in running(tmp_path / "data", subscription(), env=env):
        table = io.StringIO()
        rows = [[f"g{n}@example.com", cell, "x"] for n, cell in enumerate(CELLS)]
        csv.writer(table).writerows([["email", "lastName", "leadScore"], *rows])
        batch_id = server.submit(table.getvalue())
        server.finish(batch_id)
        failures = server.failures(batch_id).content.decode()
        printed = [row[1] for row in csv.reader(io.StringIO(failures, newline=""))][1:]
        assert printed[:4] == ["'=1+1", "''=1+1", "'''=1", "''''@x"]
        again = server.submit(failures)
        server.finish(again)
        twice = list(csv.reader(io.StringIO(server.failures(again).content.decode(), newline="")))[1:]
        assert [row[1] for row in twice] == printed, "guards do not pile up"
        status = server.run_import(failures.replace(",x,", ",7,"))
        assert (status["numOfLeadsProcessed"], status["numOfRowsFailed"]) == (len(CELLS), 0)
        assert [server.lead("email", row[0], "lastName")[0]["lastName"] for row in rows] == CELLS
        server.run_import("email,lastName\nplain@example.com,'=1\n")
        assert server.lead("email", "plain@example.com", "lastName")[0]["lastName"] == "'=1"
