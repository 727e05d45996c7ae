"""A folder of embedded stores has one server: real processes, for the lock ends with the process that has it.

Call limits and what a sandbox knows are in a server's memory, so a second one would count for itself.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands import leadline
from tests.conftest import storing
from tests.crash.calls import why_no_strace
from tests.forms import times
from tests.harness import subscription, until
from tests.processes import LEADLINE, ServerProcess, start_process

AT_ONCE = times(8, 20)
ROW = "email\nanna@example.com\n"
WITHOUT_WORKERS = ("--port", "0", "--workers", "0")


@pytest.fixture(scope="module", autouse=True)
def store() -> Iterator[str]:
    """SQLite alone: a database takes any number of servers."""
    yield from storing("sqlite")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    server = start_process(tmp_path / "data", subscription())
    yield server
    server.stop()


def run(*arguments: Any, cwd: Path, under: tuple[str, ...] = ()) -> "subprocess.CompletedProcess[str]":
    words = [*under, LEADLINE, *map(str, arguments)]
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


def told_of(server: ServerProcess, folder: str) -> str:
    return (
        f"leadline: {folder} is in use by another server, process {server.process.pid}. Stop that one, or give "
        "--data another directory: an embedded store has one server.\n"
    )


def test_a_second_server_is_refused(tmp_path: Path, server: ServerProcess) -> None:
    """By any path of the folder, and whatever command would serve it; the first one goes on."""
    (tmp_path / "link").symlink_to("data")
    for path in ("data", "link"):
        second = run("serve", "--data", path, *WITHOUT_WORKERS, cwd=tmp_path)
        assert (second.returncode, second.stdout, second.stderr) == (1, "", told_of(server, path))
    (tmp_path / "examples").symlink_to(Path(__file__).parents[2] / "examples")
    demo = run("demo", "--data", "link", "--port", "0", cwd=tmp_path)
    assert (demo.returncode, demo.stdout, demo.stderr) == (1, "", told_of(server, "link"))
    assert not (tmp_path / "data/credentials.json").exists()
    assert server.run_import(ROW)["status"] == "Complete"


def test_commands_that_serve_nothing_work_beside_it(tmp_path: Path, server: ServerProcess) -> None:
    file = tmp_path / "more.yaml"
    file.write_text(yaml.safe_dump(subscription(lists=[{"id": 7, "name": "Seven"}])), "utf-8")
    for words in (["setup", file], ["check"], ["settings"], ["backup", "copy"]):
        done = leadline(*words, "--data", "data", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    copy = start_process(tmp_path / "copy", workers=0)
    assert copy.stop() == 0


def test_a_killed_server_keeps_the_next_one_from_nothing(tmp_path: Path) -> None:
    """Not even for the moment in which its workers notice its end: they have not the lock."""
    first = start_process(tmp_path / "data", subscription())
    (worker,) = until(first.worker_pids)
    opened = [os.readlink(each) for each in Path(f"/proc/{worker}/fd").iterdir()]
    assert not [each for each in opened if each.endswith("server.lock")]
    first.process.kill()
    first.process.wait()
    second = start_process(tmp_path / "data", workers=1)
    assert second.run_import(ROW)["status"] == "Complete"
    assert second.stop() == 0
    first.kill()


def test_of_many_starts_at_once_one_lives(tmp_path: Path) -> None:
    command = [LEADLINE, "serve", "--data", "data", *WITHOUT_WORKERS]
    logs = [tmp_path / f"{number}.log" for number in range(AT_ONCE)]
    with ExitStack() as around:
        processes = []
        for log in logs:
            error = around.enter_context(log.open("w"))
            process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=error)
            around.enter_context(process)
            around.callback(process.terminate)
            processes.append(process)
        until(lambda: sum(each.poll() is not None for each in processes) == AT_ONCE - 1)
        (mine,) = (log for log, each in zip(logs, processes, strict=True) if each.poll() is None)
        until(lambda: "ServerReady" in mine.read_text("utf-8"))
        for log in set(logs) - {mine}:
            assert re.fullmatch(r"leadline: data is in use by another server, .+\n", log.read_text("utf-8"))
        assert {each.poll() for each in processes} == {None, 1}


@pytest.mark.parametrize("command", ["serve", "demo", "sandbox", "setup"])
def test_a_file_system_without_locks(tmp_path: Path, command: str) -> None:
    if why := why_no_strace():
        pytest.skip(why)
    (tmp_path / "examples").symlink_to(Path(__file__).parents[2] / "examples")
    under = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=flock", "-e", "inject=flock:error=ENOLCK")
    words = ["examples/subscription.yaml"] if command == "setup" else ["--port", "0"]
    done = run(command, "--data", "data", *words, cwd=tmp_path, under=under)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert "No locks available" in done.stderr
    assert ("on a disk of this machine" in done.stderr) is (command != "setup")
