"""No process outlives the test that started it, whether it passes, fails, or pytest itself is killed.

Whatever tests start inherits a mark in its environment. At the end of each module all processes
that bear the mark must be gone; those that are not are killed, and the module has an error. A
guard of its own waits until pytest has ended, in whatever way, and kills what still bears it.

The hooks are a pytest plugin: `tests/conftest.py` takes them.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest

MARK = "STARTED_BY_TESTS"
PATIENCE_SECONDS = 30.0
"""Workers of a killed server end by themselves, after their chunk."""

shared: set[int] = set()
"""Processes that all tests of this process use, such as a database's server, and their children."""

_SETTINGS, _KEPT = ("LEADLINE_", "PYTHON"), ("LEADLINE_TEST_", "PYTHONPATH")
"""What the shell of who runs the tests would set in the programs that they start."""

_RUN = "tests-"
_MEMORY, _MEMORY_BYTES = Path("/dev/shm"), 8_000_000_000
_GUARD = pytest.StashKey["subprocess.Popen[bytes]"]()
_PARENT, _TRACKER = "PPid:\t", b"multiprocessing.resource_tracker"


def scratch_folder() -> Path:
    """Make a directory that is removed after the run, when its processes are gone, however the run ends."""
    folder = Path(tempfile.mkdtemp(prefix="leadline-", dir=_scratch() if MARK in os.environ else None))
    folder.chmod(0o755)  # a database's server has a user of its own
    return folder


def memory_folder() -> Path:
    """Make one that lies in memory where that has room: files there cost a fraction of their time on a disk."""
    if MARK not in os.environ or not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < _MEMORY_BYTES:
        return scratch_folder()
    folder = Path(tempfile.mkdtemp(prefix="leadline-", dir=_scratch(_MEMORY)))
    folder.chmod(0o755)
    return folder


def _scratch(parent: Path | None = None) -> Path:
    run = [part for part in os.environ[MARK].split("/") if part.startswith(_RUN)][-1]
    folder = Path(parent or tempfile.gettempdir(), f"leadline-{run}")
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    return folder


def children_of(pid: int) -> list[int]:
    """Return the ids of the processes that a process has started and that live."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # it has ended meanwhile
            found += map(int, task.read_text().split())
    return found


def left_over(mark: str) -> dict[int, str]:
    """Return the processes that live and bear the mark: their ids, and what each is and who started it."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            environ = (folder / "environ").read_bytes()
            if mark.encode() not in environ:  # most have none, and each module looks at all
                continue
            variables = dict(part.partition(b"=")[::2] for part in environ.split(b"\0"))
            if not f"{variables.get(MARK.encode(), b'').decode()}/".startswith(f"{mark}/"):
                continue
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
            parent = int((folder / "status").read_text().partition(_PARENT)[2].split()[0])
            pid = int(folder.name)
            if not {pid, parent} & shared and not (parent == os.getpid() and _TRACKER in command):
                test = variables.get(b"PYTEST_CURRENT_TEST", b"no test").decode()
                found[pid] = f"{pid} {command.decode()}(started in {test})"
    return found


def await_end(mark: str, seconds: float) -> list[str]:
    """Wait until no process bears the mark; kill those that still do, and return what they are."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while (found := left_over(mark)) and time.monotonic() < end:
        pause.wait(0.02)
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return list(found.values())


def pytest_configure(config: pytest.Config) -> None:
    """Begin a mark below the one that this process bears itself; the first process sets the guard."""
    for name in [each for each in os.environ if each.startswith(_SETTINGS) and not each.startswith(_KEPT)]:
        del os.environ[name]
    above, worker = os.environ.pop(MARK, ""), getattr(config, "workerinput", {}).get("workerid")
    os.environ[MARK] = f"{above}/{worker or _RUN + uuid4().hex[:8]}"
    if worker is None:  # the guard bears no mark, and gets no signals of the terminal
        guard = [
            sys.executable,
            __file__,
            os.environ[MARK],
            *map(str, (_scratch(), _MEMORY / _scratch().name)),
        ]
        env = {name: value for name, value in os.environ.items() if name != MARK}
        config.stash[_GUARD] = subprocess.Popen(guard, stdin=subprocess.PIPE, env=env, start_new_session=True)


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hold that no process outlives a module; after a failure, whose clean-up may be missing, end it."""
    failed = request.session.testsfailed
    yield
    has_failed = request.session.testsfailed > failed
    left = await_end(os.environ[MARK], 0 if has_failed else PATIENCE_SECONDS)
    assert has_failed or not left, "these processes outlive their module:\n" + "\n".join(left)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, object, object]:
    """Hold it for the run as well, when all its processes have ended; let the guard end."""
    result = yield
    if guard := session.config.stash.get(_GUARD, None):
        if left := await_end(os.environ[MARK], PATIENCE_SECONDS):
            session.config.get_terminal_writer().line(
                "\nThese processes outlive the tests:\n" + "\n".join(left)
            )
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        assert guard.stdin is not None
        guard.stdin.close()
        guard.wait()
    return result


def _guard(mark: str, folders: list[Path]) -> None:
    """Wait until pytest is gone, then kill what it has left and remove the scratch directories."""
    sys.stdin.buffer.read()
    end = time.monotonic() + PATIENCE_SECONDS
    while await_end(mark, 0) and time.monotonic() < end:
        threading.Event().wait(0.1)
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in mounts:
        if any(map(Path(mount).is_relative_to, folders)):
            subprocess.run(["umount", mount], check=False)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _guard(sys.argv[1], list(map(Path, sys.argv[2:])))
