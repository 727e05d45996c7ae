"""What became of each row, out of the files that a server gives, as the user's own file has it."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from leadline.client.ended import JobStatus, State
from leadline.client.errors import Exit
from leadline.client.options import FailOn
from leadline.client.results.results import Results
from tests.push.results.pieces import Files, Table, batch_of, complete, csv_text, merge, rows_in

PEOPLE = Table(
    header=["Name", "E-mail", "Note", "Score"],
    fields=["firstName", "email", None, "leadScore"],
    rows=[
        ["Ada", "ada@example.com", "first", "95"],
        ["Grace", "", "no address", "90"],
        ["Alan", "alan@example.com", "", "many"],
        ["Edsger", "edsger@example.com", "a\rb", "9"],
        ["Grace", "grace@example.com", "", "91"],
    ],
    pieces=[[1, 3, 5], [2, 4]],
    display={"leadScore": "Lead Score"},
)
HEADER = ["Source Row", *PEOPLE.header]
NO_KEY = "Value for lookup field 'email' not found"
NO_NUMBER = "Invalid data type in field Lead Score"


def of_people(tmp_path: Path, *, has_ledgers: bool = False) -> tuple[Files, Results]:
    files = Files(has_ledgers)
    return files, Results(tmp_path, PEOPLE.source(), files)


def take(results: Results, table: Table, *statuses: JobStatus) -> None:
    for status in statuses:
        asyncio.run(results.keep(table.piece(status.batch_id - batch_of(0)), status))


def by_lines(tmp_path: Path) -> Results:
    """Take the results of both pieces as the original gives them: the blank lookup column is missing."""
    files, results = of_people(tmp_path)
    files.texts = {
        ("failures", 1001): csv_text(
            [
                ["firstName", "email", "leadScore", "Import Failure Reason"],
                ["Alan", "alan@example.com", "many", NO_NUMBER],
            ]
        ),
        ("failures", 1002): csv_text(
            [["firstName", "leadScore", "Import Failure Reason"], ["Grace", "90", NO_KEY]]
        ),
        ("warnings", 1002): csv_text(
            [
                ["firstName", "email", "leadScore", "Import Warning Reason"],
                ["Edsger", "edsger@example.com", "9", "Invalid email address"],
            ]
        ),
    }
    take(results, PEOPLE, complete(2, imported=1, failed=1, warned=1), complete(1, imported=2, failed=1))
    return results


def by_ledger(tmp_path: Path) -> Results:
    """Take the same results out of ledgers."""
    files, results = of_people(tmp_path, has_ledgers=True)
    head = "row,outcome,id,reason\n"
    files.texts = {
        ("ledger", 1001): f"{head}1,created,7,\n2,failed,,{NO_NUMBER}\n3,updated,8,\n",
        ("ledger", 1002): f"{head}1,failed,,{NO_KEY}\n2,created,9,Invalid email address\n",
    }
    take(results, PEOPLE, complete(2, imported=1, failed=1, warned=1), complete(1, imported=2, failed=1))
    return results


@pytest.mark.parametrize("taken", [by_lines, by_ledger])
def test_failed_and_warned_rows_stand_as_in_the_file(
    taken: Callable[[Path], Results], tmp_path: Path
) -> None:
    report = merge(taken(tmp_path), PEOPLE)
    assert rows_in(tmp_path / "failures.csv") == [
        [*HEADER, "Import Failure Reason", "Value", "Column"],
        ["2", "Grace", "", "no address", "90", NO_KEY, "", "E-mail"],
        ["3", "Alan", "alan@example.com", "", "many", NO_NUMBER, "many", "Score"],
    ]
    assert rows_in(tmp_path / "warnings.csv") == [
        [*HEADER, "Import Warning Reason", "Value", "Column"],
        ["4", *PEOPLE.rows[3], "Invalid email address", "edsger@example.com", "E-mail"],
    ]
    assert rows_in(tmp_path / "not-imported.csv") == [[*HEADER, "Import Failure Reason"]]
    assert report.exit == Exit.ROWS_MISSING
    summary = json.loads((tmp_path / "summary.json").read_text("utf-8"))
    assert summary == report.as_json()
    assert {name: summary[name] for name in ("rows", "imported", "failed", "warned", "notImported")} == {
        "rows": 5,
        "imported": 3,
        "failed": 2,
        "warned": 1,
        "notImported": 0,
    }
    assert (summary["pieces"], summary["calls"], summary["exit"]) == (2, 42, 1)


def test_a_ledger_has_the_rows_of_the_file(tmp_path: Path) -> None:
    report = merge(by_ledger(tmp_path), PEOPLE)
    assert (tmp_path / "ledger.csv").read_text("utf-8") == (
        "row,outcome,id,reason\n"
        f"1,created,7,\n2,failed,,{NO_KEY}\n3,failed,,{NO_NUMBER}\n4,created,9,Invalid email address\n5,updated,8,\n"
    )
    assert "new" not in report.message


def test_the_original_keeps_no_ledger_and_the_report_says_so(tmp_path: Path) -> None:
    report = merge(by_lines(tmp_path), PEOPLE)
    assert not (tmp_path / "ledger.csv").exists()
    assert "This server does not say which rows were new and which were updated." in report.message


def test_a_push_that_is_over_is_merged_again_without_a_server(tmp_path: Path) -> None:
    """The server has forgotten its jobs by then; the result files were deleted."""
    report = merge(by_lines(tmp_path), PEOPLE)
    written = (tmp_path / "failures.csv").read_bytes()
    (tmp_path / "failures.csv").unlink()
    (tmp_path / "warnings.csv").unlink()
    _, results = of_people(tmp_path)
    assert results.is_kept(PEOPLE.piece(1), batch_of(1))
    assert merge(results, PEOPLE) == report
    assert (tmp_path / "failures.csv").read_bytes() == written


def test_a_result_is_that_of_one_job(tmp_path: Path) -> None:
    """A piece that is pushed anew after `--restart` has another job."""
    results = by_lines(tmp_path)
    assert results.is_kept(PEOPLE.piece(1), batch_of(1))
    assert not results.is_kept(PEOPLE.piece(1), 99)


@pytest.mark.parametrize(
    ("state", "reason", "unknown"),
    [
        (State.UNSENT, "never sent", 0),
        (State.UNKNOWN, "outcome unknown", 2),
        (State.REFUSED, "refused", 0),
        (State.CANCELLED, "import cancelled", 0),
        (State.ACCEPTED, "import not finished", 0),
    ],
)
def test_rows_of_a_piece_without_result_are_not_imported(
    state: State, reason: str, unknown: int, tmp_path: Path
) -> None:
    _, results = of_people(tmp_path)
    take(results, PEOPLE, complete(1, imported=3))
    report = merge(results, PEOPLE, p2=state)
    assert rows_in(tmp_path / "not-imported.csv") == [
        [*HEADER, "Import Failure Reason"],
        ["2", *PEOPLE.rows[1], reason],
        ["4", *PEOPLE.rows[3], reason],
    ]
    counts = report.counts
    assert (counts.rows, counts.imported, counts.not_imported, counts.unknown) == (5, 3, 2, unknown)


def test_of_a_failed_job_only_what_the_server_tells_is_known(tmp_path: Path) -> None:
    files, results = of_people(tmp_path)
    files.texts = {
        ("failures", 1001): csv_text(
            [
                ["firstName", "email", "leadScore", "Import Failure Reason"],
                ["Alan", "alan@example.com", "many", NO_NUMBER],
            ]
        )
    }
    take(results, PEOPLE, JobStatus(1001, "Failed", 1, 1, 0, "Import failed"), complete(2, imported=2))
    report = merge(results, PEOPLE)
    assert [(row[0], row[-1]) for row in rows_in(tmp_path / "not-imported.csv")[1:]] == [
        ("1", "Import failed (1 row was imported; the server does not say which)"),
        ("5", "Import failed (1 row was imported; the server does not say which)"),
    ]
    assert (report.counts.imported, report.counts.failed, report.counts.not_imported) == (2, 1, 2)


def test_rows_that_a_cancelled_job_has_not_reached(tmp_path: Path) -> None:
    files, results = of_people(tmp_path, has_ledgers=True)
    files.texts = {("ledger", 1001): "row,outcome,id,reason\n1,created,7,\n"}
    status = JobStatus(1001, "Failed", 1, 0, 0, "Import cancelled", is_cancelled=True)
    take(results, PEOPLE, status)
    report = merge(results, PEOPLE, p2=State.UNSENT)
    assert [(row[0], row[-1]) for row in rows_in(tmp_path / "not-imported.csv")[1:]] == [
        ("2", "never sent"),
        ("3", "Import cancelled"),
        ("4", "never sent"),
        ("5", "Import cancelled"),
    ]
    assert (report.counts.imported, report.counts.not_imported) == (1, 4)


def test_a_line_without_a_row_is_shown_without_a_number(tmp_path: Path) -> None:
    """The server has changed its cells; it is counted all the same."""
    files, results = of_people(tmp_path)
    files.texts = {
        ("failures", 1001): csv_text(
            [
                ["firstName", "email", "leadScore", "Import Failure Reason"],
                ["ALAN", "alan@example.com", "0", NO_NUMBER],
            ]
        )
    }
    take(results, PEOPLE, complete(1, imported=2, failed=1), complete(2, imported=2))
    report = merge(results, PEOPLE)
    assert rows_in(tmp_path / "failures.csv")[1:] == [
        ["", "ALAN", "alan@example.com", "", "0", NO_NUMBER, "", ""]
    ]
    assert (report.counts.imported, report.counts.failed) == (4, 1)
    assert "Of 1 row with a reason the server does not say where in the file." in report.message


def test_rows_of_which_there_is_nothing_to_say_are_not_read(tmp_path: Path) -> None:
    """Nearly all rows of a big file are imported: to look at each of them took longer than to send it."""
    rows = [[f"p{number}@example.com", ""] for number in range(1, 31)]
    table = Table(["email", "Note"], ["email", "note"], rows, [list(range(1, 31))], together=10)
    files = Files()
    results = Results(tmp_path, table.source(), files)
    take(results, table, complete(1, imported=30))
    assert (merge(results, table).counts.imported, table.rows_read) == (30, 0)
    failure = csv_text([["email", "note", "Import Failure Reason"], ["p12@example.com", "", "no"]])
    files.texts = {("failures", 1001): failure}
    take(results, table, complete(1, imported=29, failed=1))
    report = merge(results, table)
    assert (report.counts.imported, report.counts.failed, table.rows_read) == (29, 1, 10)
    assert rows_in(tmp_path / "failures.csv")[1:] == [["12", "p12@example.com", "", "no", "", ""]]


def test_failed_rows_that_no_line_lists_are_counted(tmp_path: Path) -> None:
    files, results = of_people(tmp_path)
    files.texts = {
        ("failures", 1001): csv_text(
            [
                ["firstName", "email", "leadScore", "Import Failure Reason"],
                ["", "", "", "2 more rows are not listed"],
            ]
        )
    }
    take(results, PEOPLE, complete(1, imported=1, failed=2), complete(2, imported=0, failed=1))
    report = merge(results, PEOPLE)
    assert (report.counts.imported, report.counts.failed) == (2, 3)
    assert "Of 3 rows" in report.message


def test_rows_that_the_server_has_not_counted_are_told(tmp_path: Path) -> None:
    _, results = of_people(tmp_path)
    take(results, PEOPLE, complete(1, imported=2), complete(2, imported=2))
    assert "The server counts 1 row fewer than were sent" in merge(results, PEOPLE).message


def test_a_row_without_a_value_in_the_columns_that_are_sent(tmp_path: Path) -> None:
    """To the server it is a blank line: the rows behind it keep their numbers."""
    table = Table(["a", "email"], [None, "email"], [["x", ""], ["", "b@example.com"]], [[1, 2]])
    files = Files(True, {("ledger", 1001): f"row,outcome,id,reason\n1,failed,,{NO_KEY}\n"})
    results = Results(tmp_path, table.source(), files)
    take(results, table, complete(1, imported=0, failed=1))
    merge(results, table)
    assert rows_in(tmp_path / "failures.csv")[1:] == [
        ["2", "", "b@example.com", NO_KEY, "b@example.com", "email"]
    ]
    assert rows_in(tmp_path / "not-imported.csv")[1:] == [
        ["1", "x", "", "no value in the columns that are imported"]
    ]


def test_a_mended_failure_file_carries_its_numbers_on(tmp_path: Path) -> None:
    """Its added columns are no columns of the user's: the next failure file has them once."""
    header = ["Source Row", "email", "Score", "Import Failure Reason", "Value", "Column"]
    rows = [
        ["17", "a@example.com", "x", "why", "x", "Score"],
        ["90", "b@example.com", "1", "why", "y", "Score"],
        ["", "c@example.com", "1", "added by hand", "", ""],
    ]
    table = Table(header, [None, "email", "leadScore", None, None, None], rows, [[1, 2, 3]])
    files = Files(
        True,
        {("ledger", 1001): "row,outcome,id,reason\n1,failed,,no\n2,created,5,\n3,failed,,no\n"},
    )
    results = Results(tmp_path, table.source(), files)
    take(results, table, complete(1, imported=1, failed=2))
    merge(results, table)
    assert rows_in(tmp_path / "failures.csv") == [
        header,
        ["17", "a@example.com", "x", "no", "", ""],
        ["3", "c@example.com", "1", "no", "", ""],
    ]
    assert rows_in(tmp_path / "ledger.csv")[1:] == [
        ["17", "failed", "", "no"],
        ["90", "created", "5", ""],
        ["3", "failed", "", "no"],
    ]


@pytest.mark.parametrize(
    ("fail_on", "imported", "exit_code"),
    [
        (FailOn.ANY, 3, Exit.IMPORTED),
        (FailOn.ANY, 2, Exit.ROWS_MISSING),
        (FailOn.ALL, 1, Exit.IMPORTED),
        (FailOn.ALL, 0, Exit.ROWS_MISSING),
        (FailOn.NEVER, 0, Exit.IMPORTED),
    ],
)
def test_which_missing_rows_make_a_push_fail(
    fail_on: FailOn, imported: int, exit_code: Exit, tmp_path: Path
) -> None:
    table = Table(["email"], ["email"], [["a"], ["b"], ["c"]], [[1, 2, 3]])
    results = Results(tmp_path, table.source(), Files())
    take(results, table, complete(1, imported=imported, failed=3 - imported))
    assert merge(results, table, fail_on).exit == exit_code


def test_a_result_file_that_was_mended_is_not_lost(tmp_path: Path) -> None:
    """Who mends `failures.csv` and then runs the first command again has both."""
    results = by_lines(tmp_path)
    merge(results, PEOPLE)
    failures = tmp_path / "failures.csv"
    first = failures.read_bytes()
    for other in ("failures.mended.csv", "failures.mended-2.csv"):
        assert "mended" not in merge(results, PEOPLE).message.replace("mend failures", "")
        mended = failures.read_text("utf-8").replace("many", other)
        failures.write_text(mended, "utf-8")
        report = merge(results, PEOPLE)
        assert report.message.endswith(f" Somebody has changed failures.csv: it is {other} now.")
        assert failures.read_bytes() == first
        assert (tmp_path / other).read_text("utf-8") == mended
    assert len(list(tmp_path.glob("*mended*"))) == 2
