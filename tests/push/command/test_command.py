"""`leadline push` from header to summary, as somebody with an export of a CRM runs it."""

import csv
import json
import stat
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from leadline.client.results.results import locked_folder
from leadline.testing.subscription import Subscription
from tests.commands import leadline as run
from tests.docs.demo import ROOT
from tests.forms import repeats

EXPORT = """\
E-mail Address;First Name;Lead Score;Internal Notes
ada@example.com;Ada;95;met at the fair
grace@example.com;Grace;ninety;
alan@example.com;Alan;88;"says ""call me; not before ten\"""
;Edsger;70;no address
ada@example.com;Augusta;96;corrected by Ada
"""
MAPPED = ("--map", "Internal Notes=")
Push = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def push(leadline: Subscription, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Push:
    """Run `leadline push` with words, in a folder with the export."""
    for name, value in leadline.env.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "crm.csv").write_text(EXPORT, "utf-8")
    return lambda *words: run("push", *words, cwd=tmp_path)


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def summary(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "summary.json").read_text("utf-8"))
    return read


def test_from_header_to_summary(push: Push, leadline: Subscription, tmp_path: Path) -> None:
    done = push("crm.csv", *MAPPED, "--yes")
    assert done.returncode == 1
    assert done.stdout.splitlines()[:3] == [
        "rows              5",
        "imported          3",
        "failed            2",
    ]
    assert "The results are in crm.csv.push." in done.stdout
    assert "E-mail Address -> email (a guess), finds records" in done.stderr
    assert "Internal Notes -> not sent" in done.stderr
    assert "First Name -> firstName\n" in done.stderr
    out = tmp_path / "crm.csv.push"
    assert rows(out / "failures.csv") == [
        ["Source Row", *EXPORT.splitlines()[0].split(";"), "Import Failure Reason", "Value", "Column"],
        ["2", "grace@example.com", "Grace", "ninety", "", "Invalid data type in field Lead Score", "ninety", "Lead Score"],
        ["4", "", "Edsger", "70", "no address", "Value for lookup field 'email' not found", "", "E-mail Address"],
    ]  # fmt: skip
    assert [line[:2] for line in rows(out / "ledger.csv")[1:]] == [
        ["1", "created"],
        ["2", "failed"],
        ["3", "created"],
        ["4", "failed"],
        ["5", "updated"],
    ]
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    leadline.assert_leads(
        "email",
        [
            {"email": "ada@example.com", "firstName": "Augusta", "leadScore": 96},
            {"email": "alan@example.com", "firstName": "Alan", "leadScore": 88},
        ],
        others="none",
    )
    again = push("crm.csv", *MAPPED, "--yes")
    assert (again.returncode, again.stdout) == (1, done.stdout)
    leadline.assert_calls("bulk.leads.create", 2)


def test_failed_rows_are_mended_and_pushed_again(push: Push, leadline: Subscription, tmp_path: Path) -> None:
    push("crm.csv", *MAPPED, "--yes", "--quiet")
    failures = tmp_path / "crm.csv.push" / "failures.csv"
    mended = (
        failures.read_text("utf-8").replace(",ninety,", ",90,").replace("\n4,,", "\n4,edsger@example.com,")
    )
    failures.write_text(mended, "utf-8")
    done = push("crm.csv.push/failures.csv", *MAPPED, "--yes", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [line[:2] for line in rows(failures.with_name("failures.csv.push") / "ledger.csv")[1:]] == [
        ["2", "created"],
        ["4", "created"],
    ]
    assert len(leadline.leads()) == 4


def test_columns_without_a_field_are_named_at_once_and_nothing_is_sent(
    push: Push, leadline: Subscription
) -> None:
    done = push("crm.csv", "--yes", "--map", "First Name=shoeSize", "--map", "Gone=email")
    assert done.returncode == 2
    assert done.stdout == ""
    for named in ("Internal Notes", "shoeSize", "Gone"):
        assert named in done.stderr
    leadline.assert_calls("bulk.leads.create", 0)


def test_a_guess_needs_a_person_or_an_option(push: Push, leadline: Subscription, tmp_path: Path) -> None:
    """And a mapping that was refused is no push: another one may follow."""
    done = push("crm.csv", *MAPPED)
    assert done.returncode == 2
    assert "“E-mail Address” to email" in done.stderr
    assert "--yes" in done.stderr
    leadline.assert_calls("bulk.leads.create", 0)
    assert [path.name for path in tmp_path.iterdir()] == ["crm.csv"]
    (tmp_path / "crm.map").write_text("Internal Notes=\nE-mail Address=email\nFirst Name=lastName\n", "utf-8")
    assert push("crm.csv", "--map-file", "crm.map", "--map", "First Name=firstName").returncode == 1
    assert {lead["firstName"] for lead in leadline.leads()} == {"Augusta", "Alan"}


def test_what_is_in_doubt_needs_a_person_or_an_option(
    push: Push, leadline: Subscription, tmp_path: Path
) -> None:
    """Letters of an encoding that was guessed, and a row that sums the others up, with their words."""
    text = "Email,First Name\na@example.com,Jürgen\nb@example.com,José\nTotal,\n"
    (tmp_path / "crm.csv").write_bytes(text.encode("mac_roman"))
    done = push("crm.csv")
    assert done.returncode == 2
    assert (
        "Windows-1252 is a guess: say --encoding where letters look wrong, as in JŸrgen, JosŽ." in done.stderr
    )
    assert "The last row, 3, looks like a total: it begins with Total. It would be sent" in done.stderr
    assert "say --yes where that is right" in done.stderr
    leadline.assert_calls("bulk.leads.create", 0)
    assert push("crm.csv", "--encoding", "mac_roman", "--yes").returncode == 0
    assert {lead.get("firstName") for lead in leadline.leads()} == {"Jürgen", "José", None}


def test_results_and_status_by_the_manifest(push: Push, tmp_path: Path) -> None:
    push("crm.csv", *MAPPED, "--yes")
    out = tmp_path / "crm.csv.push"
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    for path in (*(out / ".pieces").iterdir(), *(out / name for name in before)):
        path.unlink()
    done = push("results", "crm.csv.push.jsonl")
    assert done.returncode == 1, done.stderr
    after = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    assert {name: text for name, text in after.items() if name != "summary.json"} == {
        name: text for name, text in before.items() if name != "summary.json"
    }
    status = push("status", "crm.csv.push.jsonl")
    assert (status.returncode, status.stderr) == (0, "")
    assert status.stdout.splitlines()[0] == "crm.csv: 5 rows in 2 pieces"
    states = json.loads(push("status", "crm.csv.push.jsonl", "--json").stdout)
    assert [piece["state"] for piece in states["pieces"]] == ["done", "done"]


def test_a_push_is_taken_back(push: Push, leadline: Subscription) -> None:
    push("crm.csv", *MAPPED, "--yes")
    refused = push("undo", "crm.csv.push.jsonl")
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert len(leadline.leads()) == 2
    done = push("undo", "crm.csv.push.jsonl", "--yes")
    assert (done.returncode, done.stdout) == (0, "2 jobs were taken back; rows: 2 deleted, 1 reverted.\n")
    assert leadline.leads() == []
    states = json.loads(push("status", "crm.csv.push.jsonl", "--json").stdout)["states"]
    assert states == {"undone": 2}
    for again in (("crm.csv", *MAPPED, "--yes"), ("results", "crm.csv.push.jsonl")):
        refused = push(*again)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "was taken back by `leadline push undo`: begin anew with --restart" in refused.stderr
    assert push("undo", "crm.csv.push.jsonl", "--yes").returncode == 0
    assert push("crm.csv", *MAPPED, "--yes", "--restart").returncode == 1
    assert len(leadline.leads()) == 2


def test_a_plan_imports_nothing(push: Push, leadline: Subscription, tmp_path: Path) -> None:
    done = push("crm.csv", *MAPPED, "--plan")
    assert done.returncode == 0
    assert "created                3 rows" in done.stdout
    assert "failure: 1 row: Invalid data type in field Lead Score (column leadScore)" in done.stdout
    assert "5 rows, 0.0 MB, 2 pieces in 2 waves" in done.stdout
    assert leadline.leads() == []
    assert {path.name for path in tmp_path.iterdir()} == {"crm.csv"}
    last = json.loads(push("crm.csv", *MAPPED, "--plan", "--json").stdout.splitlines()[-1])
    assert (last["event"], last["pieces"], last["preview"]["rows"]["failed"]) == ("plan", 2, 2)


@pytest.mark.leadline(original=True)
def test_the_original_has_no_previews_no_ledger_and_no_undo(push: Push, tmp_path: Path) -> None:
    plan = push("crm.csv", *MAPPED, "--plan")
    assert "This server cannot say what an import would do." in plan.stdout
    done = push("crm.csv", *MAPPED, "--yes", "--poll", "0.1")
    assert done.returncode == 1
    assert "This server does not say which rows were new and which were updated." in done.stdout
    out = tmp_path / "crm.csv.push"
    assert [line[0] for line in rows(out / "failures.csv")[1:]] == ["2", "4"]
    assert not (out / "ledger.csv").exists()
    undo = push("undo", "crm.csv.push.jsonl", "--yes")
    assert undo.returncode == 2
    assert "cannot take imports back" in undo.stderr


@repeats
def test_the_exit_code_is_that_of_the_rows_that_matter(push: Push, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("email,leadScore\na@example.com,x\n", "utf-8")
    codes = {}
    for fail_on in ("any", "all", "never"):
        for file, words in (("crm.csv", (*MAPPED, "--yes")), ("bad.csv", ())):
            codes[file, fail_on] = push(file, *words, "--fail-on", fail_on, "--quiet").returncode
    assert codes == {
        ("crm.csv", "any"): 1,
        ("bad.csv", "any"): 1,
        ("crm.csv", "all"): 0,
        ("bad.csv", "all"): 1,
        ("crm.csv", "never"): 0,
        ("bad.csv", "never"): 0,
    }


def test_quiet_says_only_what_went_wrong(push: Push) -> None:
    done = push("crm.csv", *MAPPED, "--yes", "--quiet")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "3 of 5 rows were imported. 2 rows failed: mend failures.csv and push it.\n"


def events(done: "CompletedProcess[str]") -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_line_of_json_is_an_event_and_the_report_is_the_last(push: Push, tmp_path: Path) -> None:
    done = push("crm.csv", *MAPPED, "--yes", "--json")
    told = events(done)
    names = [each["event"] for each in told]
    assert names[:2] == ["mappingShown", "planShown"]
    assert {"pieceSending", "pieceAccepted", "pieceDone"} < set(names)
    assert names.index("report") == len(names) - 1
    assert told[-1] == {"event": "report", **summary(tmp_path / "crm.csv.push")}
    assert list(told[-1]) == [
        "event", "rows", "imported", "failed", "warned", "notImported", "unknown", "pieces", "calls", "exit", "message",
    ]  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")


def test_the_report_is_the_last_line_where_nothing_was_sent(push: Push) -> None:
    done = push("crm.csv", "--json")
    (report,) = [each for each in events(done) if each["event"] == "report"]
    assert events(done)[-1] == report
    assert (done.returncode, report["exit"]) == (2, 2)
    assert "Internal Notes" in report["message"]


@pytest.mark.leadline(jobs="hold")
def test_the_report_is_the_last_line_when_the_time_is_over(
    push: Push, leadline: Subscription, tmp_path: Path
) -> None:
    done = push("crm.csv", *MAPPED, "--yes", "--json", "--wait", "0.5", "--poll", "0.1")
    report = events(done)[-1]
    assert (done.returncode, report["event"], report["exit"]) == (4, "report", 4)
    assert (report["rows"], report["notImported"]) == (5, 5)
    assert [line[-1] for line in rows(tmp_path / "crm.csv.push" / "not-imported.csv")[1:]] == [
        *["import not finished"] * 4,
        "never sent",
    ]
    assert push("status", "crm.csv.push.jsonl").returncode == 4
    leadline.jobs.auto()
    results = push("results", "crm.csv.push.jsonl")
    assert (results.returncode, "The push is not over: push the file again" in results.stdout) == (4, True)
    assert push("crm.csv", *MAPPED, "--yes", "--quiet").returncode == 1
    leadline.assert_calls("bulk.leads.create", 2)


@pytest.mark.leadline(original=True)
def test_an_outcome_that_nobody_knows(push: Push, leadline: Subscription, tmp_path: Path) -> None:
    leadline.faults.lost_reply("bulk.leads.create")
    words = ("crm.csv", *MAPPED, "--yes", "--poll", "0.1")
    done = push(*words, "--unknown", "stop")
    assert done.returncode == 5
    assert "--unknown resend" in done.stdout
    assert "Nobody knows whether 4 rows were imported" in done.stdout
    assert [line[-1].split(":")[0] for line in rows(tmp_path / "crm.csv.push" / "not-imported.csv")[1:]] == [
        *["outcome unknown"] * 4,
        "never sent",
    ]
    assert push("status", "crm.csv.push.jsonl").returncode == 5
    results = push("results", "crm.csv.push.jsonl")
    assert (results.returncode, "whether the server has taken all pieces" in results.stdout) == (5, True)
    assert push(*words, "--unknown", "resend").returncode == 1
    assert summary(tmp_path / "crm.csv.push")["unknown"] == 0


def test_what_the_server_refuses(push: Push, leadline: Subscription) -> None:
    done = push("crm.csv", *MAPPED, "--yes", "--partition", "Atlantis")
    assert done.returncode == 3
    assert "Atlantis" in done.stdout + done.stderr
    assert leadline.leads() == []


@pytest.mark.leadline(setup=ROOT / "examples" / "subscription.yaml")
def test_members_and_objects(push: Push, leadline: Subscription, tmp_path: Path) -> None:
    (tmp_path / "guests.csv").write_text("Email Address,First Name\nada@example.com,Ada\n,Bob\n", "utf-8")
    done = push("guests.csv", "--program", "1001", "--status", "Invited", "--yes")
    assert done.returncode == 1, done.stderr
    assert [line[0] for line in rows(tmp_path / "guests.csv.push" / "failures.csv")[1:]] == ["2"]
    (tmp_path / "cars.csv").write_text("VIN,Color\nV1,red\n,blue\nV2,green\n", "utf-8")
    done = push("cars.csv", "--object", "car_c")
    assert done.returncode == 1, done.stderr
    assert rows(tmp_path / "cars.csv.push" / "failures.csv")[1] == [
        "2", "", "blue", "missing.dedupe.fields", "", "",
    ]  # fmt: skip
    assert len(leadline.state()["records"]["car_c"]) == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--program", "1"), "Members need a program and a status"),
        (("--map", "nonsense"), "write COLUMN=FIELD"),
        (("--map", "a=b", "--map", "a=c"), "two fields"),
        (("--map-file", "none.map"), "--map-file none.map cannot be read"),
        (("--piece-mb", "11"), "11"),
        (("--credentials", "none"), "none cannot be read"),
        (("--to", "gopher://x"), "no address of a server"),
        (("--to", "http://example.com"), "--allow-plain-http"),
    ],
)
def test_wrong_usage_is_one_sentence(push: Push, words: tuple[str, ...], sentence: str) -> None:
    done = push("crm.csv", *words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_may_be_called_like_a_word(push: Push, tmp_path: Path) -> None:
    (tmp_path / "status").write_text("email\na@example.com\n", "utf-8")
    assert push("./status").returncode == 0
    assert push("status", "status").returncode == 2


def test_rows_that_no_piece_has_are_over_from_the_start(push: Push, tmp_path: Path) -> None:
    """The header once more, and a row longer than a piece: not imported, and the rest is all there is to do."""
    long = f"long@example.com,{'x' * 2000}"
    (tmp_path / "odd.csv").write_text(f"email,firstName\na@example.com,A\nemail,firstName\n{long}\n", "utf-8")
    done = push("odd.csv", "--piece-mb", "0.001")
    assert done.returncode == 1
    assert "3 of 3 rows (100 %)." in done.stderr
    missing = rows(tmp_path / "odd.csv.push" / "not-imported.csv")[1:]
    assert [(line[0], line[-1]) for line in missing] == [
        ("2", "Header repeated"),
        ("3", "The row is longer than a piece may be"),
    ]
    assert summary(tmp_path / "odd.csv.push")["imported"] == 1


def test_columns_are_named_without_the_blanks_around_them(
    push: Push, leadline: Subscription, tmp_path: Path
) -> None:
    """And one without a name may be left out, as the message says."""
    (tmp_path / "odd.csv").write_text(" Adress ,firstName,\na@example.com,A,x\n", "utf-8")
    refused = push("odd.csv", "--map", "Adress=email")
    assert refused.returncode == 2
    assert "--map '='" in refused.stderr
    assert push("odd.csv", "--map", "Adress=email", "--map", "=").returncode == 0
    assert [lead["email"] for lead in leadline.leads()] == ["a@example.com"]


def test_one_push_at_a_time_writes_into_a_folder(push: Push, leadline: Subscription, tmp_path: Path) -> None:
    """Pieces of two files have the same numbers: their results would be mixed."""
    words = ("crm.csv", *MAPPED, "--yes", "--quiet", "--out", "out")
    with locked_folder(tmp_path / "out"):
        refused = push(*words)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "leadline: Another push writes its results into out: wait for its end, or name another folder with --out.\n"
    )
    leadline.assert_calls("bulk.leads.create", 0)
    assert not (tmp_path / "crm.csv.push.jsonl").exists()
    assert push(*words).returncode == 1


def test_a_manifest_knows_its_server(
    push: Push, leadline: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers of its jobs are those of other jobs on another one."""
    push("crm.csv", *MAPPED, "--yes", "--quiet")
    monkeypatch.setenv("LEADLINE_URL", "http://localhost:1")
    for word in ("results", "undo"):
        words = ("--yes",) if word == "undo" else ()
        other = push(word, "crm.csv.push.jsonl", "--to", "http://localhost:1", *words)
        assert other.returncode == 2
        assert f"The push went to {leadline.url}" in other.stderr
        assert push(word, "crm.csv.push.jsonl", *words).returncode in (0, 1)
    assert leadline.leads() == []
