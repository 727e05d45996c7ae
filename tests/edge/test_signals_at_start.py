"""Ctrl-C and SIGTERM while a command still starts: it ends without a word, as a shell says of any program."""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.leftovers import children_of
from tests.processes import ENDING_SECONDS, LEADLINE
from tests.server import until

NUMBERS = (signal.SIGINT, signal.SIGTERM)
COMMANDS = {
    "serve": ("serve", "--port", "0", "--data", "data"),
    "demo": ("demo", "--port", "0", "--data", "data", "--examples", str(Path("examples").absolute())),
    "sandbox": ("sandbox",),
    "a command of a sandbox": ("sandbox", "--", "true"),
    "work": ("work", "--database", "postgresql://127.0.0.1:1/none"),
    "check": ("check", "--data", "data"),
}


def start(arguments: Sequence[str], folder: Path) -> "subprocess.Popen[str]":
    """Start a command as a terminal does, in a group of processes of its own."""
    return subprocess.Popen(
        [LEADLINE, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder)},
        process_group=0,
    )


def catches(pid: int, number: signal.Signals) -> bool:
    """Tell whether a process has said what a signal does to it."""
    caught = next(
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigCgt")
    )
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("name", COMMANDS)
def test_while_it_loads(tmp_path: Path, name: str, number: signal.Signals) -> None:
    """Python itself catches SIGINT before; SIGTERM is caught when the program has begun."""
    process = start(COMMANDS[name], tmp_path)
    until(lambda: catches(process.pid, signal.SIGTERM) or process.poll() is not None)
    process.send_signal(number)
    said = process.communicate(timeout=ENDING_SECONDS)
    assert (process.returncode, *said) == (128 + number, "", "")


@pytest.mark.parametrize("number", NUMBERS)
def test_while_a_sandbox_gets_ready(tmp_path: Path, number: signal.Signals) -> None:
    """The command does not run, which none may take for done, and nothing is left."""
    seed = tmp_path / "seed"
    seed.mkdir()
    (seed / "leads.csv").write_text("email\n" + "".join(f"{each}@example.com\n" for each in range(30_000)))
    process = start(("sandbox", "--seed", str(seed), "--", "touch", str(tmp_path / "ran")), tmp_path)
    until(lambda: list(tmp_path.glob("leadline-sandbox-*/server.log")))
    process.send_signal(number)
    said = process.communicate(timeout=ENDING_SECONDS)
    assert (process.returncode, *said) == (128 + number, "", "")
    assert [each.name for each in tmp_path.iterdir()] == ["seed"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_while_the_first_worker_loads(tmp_path: Path, number: signal.Signals) -> None:
    """It has begun nothing yet, and ends when nobody is left to tell it to begin."""
    process = start(COMMANDS["serve"], tmp_path)
    until(lambda: children_of(process.pid))
    process.send_signal(number)
    _, log = process.communicate(
        timeout=ENDING_SECONDS
    )  # comes to its end with the last who could write there
    assert "Traceback" not in log


def test_a_server_that_cannot_start(tmp_path: Path) -> None:
    """Its first worker, which loads already, ends with it."""
    (tmp_path / "wrong.yaml").write_text("munchkin_id: nonsense")
    process = start((*COMMANDS["serve"], "--setup", "wrong.yaml"), tmp_path)
    _, log = process.communicate(timeout=ENDING_SECONDS)
    assert process.returncode == 1
    assert log.startswith("leadline: The subscription file is refused")
    assert "Traceback" not in log


def test_ctrl_c_while_workers_start(tmp_path: Path) -> None:
    """A terminal sends it to them too; it is the server that tells them to end."""
    process = start(COMMANDS["serve"], tmp_path)
    until(lambda: len(children_of(process.pid)) == 2)  # the second one is started by a server that serves
    os.killpg(process.pid, signal.SIGINT)
    _, log = process.communicate(timeout=ENDING_SECONDS)
    assert process.returncode == 0
    assert "Traceback" not in log
