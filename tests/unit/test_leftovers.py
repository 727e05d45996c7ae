"""A process that outlives its tests fails the run, and is ended however the run ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.forms import repeats
from tests.harness import until

pytestmark = repeats

ROOT = Path(__file__).parents[2]
LEAKING = """
import os, signal, subprocess, time
from pathlib import Path
import tests.leftovers

tests.leftovers.PATIENCE_SECONDS = 0.3
PIDS = Path(__file__).with_name("pids")

def leak():
    # One like a database's server: in a session of its own, with a parent that has ended.
    left = subprocess.run(["sh", "-c", "setsid sleep 1000 >&- 2>&- & echo $!"], capture_output=True, text=True)
    PIDS.write_text(left.stdout)
"""


def _pytest(folder: Path, test: str, *options: str) -> "subprocess.Popen[str]":
    (folder / "pytest.ini").write_text("[pytest]\n")
    file = folder / "test_leaking.py"
    file.write_text(LEAKING + test)
    command = [sys.executable, "-m", "pytest", "-p", "tests.leftovers", "-p", "no:cacheprovider", "-q"]
    return subprocess.Popen(
        [*command, "-c", str(folder / "pytest.ini"), *options, str(file)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _is_alive(folder: Path) -> bool:
    pid = int((folder / "pids").read_text())
    return Path(f"/proc/{pid}").exists() and "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()


def _outcome(run: "subprocess.Popen[str]") -> tuple[int, str]:
    output = run.communicate(timeout=90)[0]
    return run.returncode, output


def test_a_clean_run_passes(tmp_path: Path) -> None:
    """Nothing is left, nothing is said."""
    test = "def test_clean():\n    subprocess.run(['true'], check=True)\n"
    code, output = _outcome(_pytest(tmp_path, test))
    assert code == 0, output
    assert "1 passed" in output


def test_a_process_that_is_left_is_an_error(tmp_path: Path) -> None:
    """The module has an error that names process and test, and the process is gone."""
    code, output = _outcome(_pytest(tmp_path, "def test_leaking():\n    leak()\n"))
    assert code == 1, output
    assert "1 passed, 1 error" in output
    assert "sleep 1000 (started in" in output
    assert "test_leaking (call))" in output
    assert not _is_alive(tmp_path)


def test_what_a_failed_test_leaves_is_ended(tmp_path: Path) -> None:
    """Its clean-up may be missing: one failure, no second one."""
    code, output = _outcome(_pytest(tmp_path, "def test_leaking():\n    leak()\n    assert False\n"))
    assert code == 1, output
    assert "1 failed in" in output
    assert not _is_alive(tmp_path)


def test_what_a_dead_test_process_leaves_fails_the_run(tmp_path: Path) -> None:
    """One of several that run tests side by side dies in the middle of a test."""
    code, output = _outcome(_pytest(tmp_path, "def test_leaking():\n    leak()\n    os._exit(3)\n", "-n1"))
    assert code == 1, output
    assert "These processes outlive the tests" in output
    assert not _is_alive(tmp_path)


def test_what_a_killed_run_leaves_is_ended(tmp_path: Path) -> None:
    """Pytest itself is killed; Ctrl-C is met in the same way."""
    test = "def test_leaking():\n    leak()\n    PIDS.with_name('leaked').touch()\n    time.sleep(1000)\n"
    for number in (signal.SIGINT, signal.SIGKILL):
        folder = tmp_path / number.name
        folder.mkdir()
        run = _pytest(folder, test)
        until(lambda folder=folder: (folder / "leaked").exists())
        assert _is_alive(folder)
        os.kill(run.pid, number)
        run.communicate(timeout=90)
        until(lambda folder=folder: not _is_alive(folder))
