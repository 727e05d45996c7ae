"""At a terminal a push asks before it sends and draws how it goes; signals end it with a report."""

import ctypes
import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select

import pytest

from leadline.testing.subscription import Subscription
from tests.processes import LEADLINE
from tests.server import until

ROWS = "E-mail Address,First Name\nada@example.com,Ada\ngrace@example.com,Grace\n"


class Terminal:
    """A push at a terminal of 100 columns."""

    def __init__(self, words: tuple[str, ...], folder: Path, env: dict[str, str]) -> None:
        self._own, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [LEADLINE, "push", *words],
            cwd=folder,
            env=os.environ | env | {"COLUMNS": "100", "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        self.text = ""

    def wait_for(self, text: str) -> None:
        while text not in self.text:
            assert self._read(), self.text

    def write(self, text: str) -> None:
        os.write(self._own, text.encode())

    def end(self) -> int:
        while self._read():
            pass
        os.close(self._own)
        return self.process.wait(30)

    def go(self) -> None:
        """Be closed, as when a connection to another machine breaks: the system and the shell say so."""
        os.close(self._own)
        for _ in range(2):
            self.process.send_signal(signal.SIGHUP)

    def _read(self) -> bool:
        assert select([self._own], [], [], 30)[0], self.text
        try:
            read = os.read(self._own, 65536)
        except OSError:  # the other end is closed
            return False
        self.text += read.decode("utf-8", "replace")
        return bool(read)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "crm.csv").write_text(ROWS, "utf-8")
    return tmp_path / "crm.csv"


def test_a_person_is_shown_the_columns_and_asked(leadline: Subscription, file: Path) -> None:
    terminal = Terminal(("crm.csv",), file.parent, leadline.env)
    terminal.wait_for("[y/N]")
    assert "E-mail Address -> email (a guess), finds records" in terminal.text
    terminal.write("n\n")
    assert terminal.end() == 2
    assert "Nothing was sent." in terminal.text
    assert [path.name for path in file.parent.iterdir()] == ["crm.csv"]
    assert leadline.leads() == []
    terminal = Terminal(("crm.csv",), file.parent, leadline.env)
    terminal.wait_for("[y/N]")
    terminal.write("y\n")
    assert terminal.end() == 0
    assert "2 of 2 rows" in terminal.text
    assert "The results are in crm.csv.push." in terminal.text
    assert len(leadline.leads()) == 2


def test_what_is_in_doubt_stands_above_the_question(leadline: Subscription, file: Path) -> None:
    """A file may have a hundred columns, whose lines go by."""
    file.write_bytes(f"{ROWS}jose@example.com,José\nTotal,\n".encode("mac_roman"))
    terminal = Terminal(("crm.csv",), file.parent, leadline.env)
    terminal.wait_for("[y/N]")
    *_, guess, encoding, total, question = terminal.text.splitlines()
    assert "a guess: “E-mail Address” to email" in guess
    assert "where letters look wrong, as in JosŽ" in encoding
    assert "The last row, 4, looks like a total" in total
    assert question.startswith("Push 4 rows to")
    terminal.write("n\n")
    assert terminal.end() == 2


def test_ctrl_c_at_the_question_sends_nothing(leadline: Subscription, file: Path) -> None:
    terminal = Terminal(("crm.csv",), file.parent, leadline.env)
    terminal.wait_for("[y/N]")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.end() == 130
    assert "Traceback" not in terminal.text
    leadline.assert_calls("bulk.leads.create", 0)


def test_ctrl_c_just_before_the_wait_is_not_lost(leadline: Subscription, file: Path) -> None:
    """Between the question and the wait for a line a signal interrupts nothing, as where another thread gets it."""
    terminal = Terminal(("crm.csv",), file.parent, leadline.env)
    terminal.wait_for("[y/N]")
    pid = terminal.process.pid
    names = {int(path.parent.name): path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/comm")}
    other = next(thread for thread, name in names.items() if thread != pid and name == names[pid])
    ctypes.CDLL(None).tgkill(pid, other, signal.SIGINT)
    assert terminal.end() == 130


@contextmanager
def pushing(leadline: Subscription, file: Path) -> Iterator["subprocess.Popen[str]"]:
    words = [LEADLINE, "push", file.name, "--yes", "--json", "--poll", "0.2"]
    env = os.environ | leadline.env
    with subprocess.Popen(words, cwd=file.parent, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.leadline(jobs="hold")
def test_a_signal_ends_a_push_with_the_report_as_its_last_line(leadline: Subscription, file: Path) -> None:
    with pushing(leadline, file) as process:
        until(lambda: leadline.jobs.held())
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        told = [json.loads(line) for line in iter(process.stdout.readline, "") if _stepped(leadline, line)]
        assert process.wait(30) == 130
    assert [each["event"] for each in told].count("report") == 1
    assert (told[-1]["event"], told[-1]["exit"], told[-1]["imported"]) == ("report", 130, 2)


def _stepped(leadline: Subscription, line: str) -> bool:
    """Let the job end once the push has said that it waits for it; keep each line."""
    if json.loads(line)["event"] == "message":
        for job in leadline.jobs.held():
            leadline.jobs.step(job["batchId"])
    return True


@pytest.mark.leadline(jobs="hold")
def test_two_signals_leave_at_once_with_a_report(leadline: Subscription, file: Path) -> None:
    with pushing(leadline, file) as process:
        until(lambda: leadline.jobs.held())
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        told = []
        for line in process.stdout:
            told.append(json.loads(line))
            if told[-1]["event"] == "message":
                process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert (told[-1]["event"], told[-1]["exit"]) == ("report", 130)
    assert (told[-1]["rows"], told[-1]["notImported"]) == (2, 2)
    assert "run the same command again" in told[-1]["message"]
    assert "not-imported.csv" not in told[-1]["message"], "there is none"
    assert not (file.parent / "crm.csv.push" / "summary.json").exists()


@pytest.mark.leadline(jobs="hold")
def test_a_terminal_that_goes_ends_a_push_in_order(leadline: Subscription, file: Path) -> None:
    terminal = Terminal(("crm.csv", "--yes", "--poll", "0.2"), file.parent, leadline.env)
    until(lambda: leadline.jobs.held())
    terminal.go()
    for job in leadline.jobs.held():
        leadline.jobs.step(job["batchId"])
    assert terminal.process.wait(30) == 130
    summary = json.loads((file.parent / "crm.csv.push" / "summary.json").read_text("utf-8"))
    assert (summary["exit"], summary["imported"]) == (130, 2)


def test_a_reader_that_goes_away_does_not_end_the_push(leadline: Subscription, file: Path) -> None:
    """`leadline push --json | head -1` imports all the same."""
    with pushing(leadline, file) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 0
    assert len(leadline.leads()) == 2
