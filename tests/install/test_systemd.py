"""The units in packaging/systemd: systemd understands them, finds them tight, and Leadline works within them."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forms import only_long
from tests.harness import LEADLINE, start_server, subscription
from tests.install.bare import ROOT
from tests.install.refusing import CANNOT
from tests.leftovers import children_of

UNITS = sorted((ROOT / "packaging" / "systemd").glob("*.service"))
EXPOSURE_MAX = 20
"""In tenths; systemd calls 1.5 OK, and 9.6 is that of a unit which forbids nothing."""
ROWS = "email,leadScore\nanna@example.com,5\n"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is not on this machine (Debian: apt install systemd)",
)


def settings_of(unit: Path) -> dict[str, list[str]]:
    """Return what a unit says, by name, in the order of its lines."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", unit.read_text("utf-8"), re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


def installed(unit: Path, folder: Path) -> Path:
    """Return a copy of a unit whose program is that of these tests."""
    copy = folder / unit.name
    copy.write_text(unit.read_text("utf-8").replace("/opt/leadline/bin/leadline", LEADLINE), "utf-8")
    return copy


def test_there_are_two() -> None:
    """They differ in what they are called and in the command alone."""
    first, second = map(settings_of, UNITS)
    differing = {name for name in first | second if first.get(name) != second.get(name)}
    assert differing == {"Description", "ExecStart"}
    assert [settings_of(unit)["ExecStart"][0].split()[1] for unit in UNITS] == ["work", "serve"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_the_page_installs_what_the_unit_runs(unit: Path) -> None:
    page = (ROOT / "docs/how-to/run-in-production.md").read_text("utf-8")
    said = settings_of(unit)
    paths = [
        said["ExecStart"][0].split()[0],
        *said["WorkingDirectory"],
        said["EnvironmentFile"][0].lstrip("-"),
    ]
    assert [path for path in paths if path not in page] == []
    assert f"useradd --system --home-dir {paths[1]} --shell /usr/sbin/nologin {said['User'][0]}\n" in page


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_finds_nothing_wrong(unit: Path, tmp_path: Path) -> None:
    copy = installed(unit, tmp_path)
    done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, timeout=60)
    assert (done.returncode, [line for line in done.stderr.splitlines() if unit.name in line]) == (0, [])
    tight = ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", copy]
    done = subprocess.run(tight, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_workers_see_who_has_died(unit: Path) -> None:
    """With a part of /proc they would wait for a lease, or take the living of the other unit for dead."""
    assert not {"ProcSubset", "ProtectProc"} & settings_of(unit).keys()


def test_no_memory_is_written_and_executed(tmp_path: Path) -> None:
    """Server and workers import under what MemoryDenyWriteExecute forbids, with the variables of the unit."""
    refusing = (sys.executable, str(ROOT / "tests" / "install" / "refusing.py"))
    if subprocess.run([*refusing, "/bin/true"], check=False).returncode == CANNOT:
        pytest.skip("this kernel cannot refuse memory that is written and executed")
    settings = settings_of(UNITS[0])
    assert settings["MemoryDenyWriteExecute"] == ["yes"]
    variables = dict(each.split("=", 1) for each in settings["Environment"])
    server = start_server(tmp_path / "d", subscription(), under=refusing, env=variables)
    try:
        assert server.run_import(ROWS)["status"] == "Complete"
    finally:
        assert server.stop() == 0


@only_long()
@needs_systemd
def test_the_calls_of_the_system_are_allowed(tmp_path: Path) -> None:
    """Each that server and workers make while they start, import and end stands in the filter of the unit."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not on this machine (Debian: apt install strace)")
    traced = tmp_path / "calls"
    under = ("strace", "-f", "-qq", "-c", "-S", "name", "-U", "name", "-o", str(traced))
    server = start_server(tmp_path / "d", subscription(), under=under)
    try:
        assert server.run_import(ROWS)["status"] == "Complete"
    finally:
        os.kill(children_of(server.process.pid)[0], signal.SIGTERM)  # strace itself passes no signal on
        assert server.process.wait(60) == 0
        server.stop()
    made = set(re.findall(r"^(\w+)$", traced.read_text(), re.MULTILINE)) - {"total", "name", "syscall"}
    assert {"openat", "epoll_wait", "fsync"} & made
    wanted, refused = settings_of(UNITS[0])["SystemCallFilter"]
    of_root = {"fchown"}  # SQLite's, where it runs as root, as tests do
    assert made - of_root <= _calls(wanted) - _calls(refused.removeprefix("~"))


def _calls(group: str) -> set[str]:
    """Return the calls of a group of systemd's, with those of the groups in it."""
    done = subprocess.run(
        ["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, timeout=60, check=True
    )
    names = re.findall(r"^    ([@\w-]+)$", done.stdout, re.MULTILINE)
    return {call for name in names for call in (_calls(name) if name.startswith("@") else {name})}
