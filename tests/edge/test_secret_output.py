"""Generated secrets are shown on a terminal; elsewhere they are in a file of this user alone, before the store has them."""

import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml

from leadline.cli.secret_output import SecretOutput
from leadline.client.calls.login import find_login
from leadline.errors import OperatorError
from leadline.subscriptions.new_secrets import NewSecret
from tests.commands import leadline
from tests.crash.disks import Disk, disk_of
from tests.processes import LEADLINE, start_process
from tests.server import until

MUNCHKIN_ID = "123-ABC-456"
OF = ("--subscription", MUNCHKIN_ID, "--data", "data")
NAMES = ("one", "two")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory with the store of a subscription, and the file that has made it."""
    document = {
        "munchkin_id": MUNCHKIN_ID,
        "credentials": [{"name": name, "user": name, "permissions": "all"} for name in NAMES],
    }
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(document), "utf-8")
    done = leadline("setup", "s.yaml", "--data", "data", "--secret-file", "made", cwd=tmp_path)
    assert done.returncode == 0, done
    return tmp_path


def secrets_of(file: Path) -> list[dict[str, str]]:
    """Return what a file of secrets says; only its owner may read it."""
    assert file.stat().st_mode & 0o777 == 0o600
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def named_files(printed: str) -> set[str]:
    return set(re.findall(r" are in (\S+)$", printed, re.MULTILINE))


def made(folder: Path, name: str) -> list[str]:
    """Return when the secrets of a credential that hold were made."""
    found = json.loads(leadline("credentials", "list", "--json", *OF, cwd=folder).stdout)
    return [each["created_at"] for one in found if one["name"] == name for each in one["secrets"]]


def test_each_secret_is_a_line_of_the_file(folder: Path) -> None:
    """Applied again, the file makes none, so that one of before is no fault."""
    found = secrets_of(folder / "made")
    assert [(each["munchkin_id"], each["name"]) for each in found] == [(MUNCHKIN_ID, name) for name in NAMES]
    assert len({each["client_secret"] for each in found}) == 2
    assert all(len(each["client_secret"]) >= 43 for each in found)
    again = leadline("setup", "s.yaml", "--data", "data", "--secret-file", "made", cwd=folder)
    assert (again.returncode, again.stdout) == (0, "nothing to change\n")
    assert secrets_of(folder / "made") == found


def test_beside_a_terminal_a_file_is_named(folder: Path) -> None:
    """It lies in the data directory, a new one each time; `leadline push` takes it as it is."""
    printed = [
        leadline("credentials", *words, *OF, cwd=folder).stdout
        for words in (("add", "three", "--permission", "all"), ("rotate", "three"), ("rotate", "one"))
    ]
    files = [Path(*named_files(each)) for each in printed]
    assert len(set(files)) == 3
    assert {each.parent for each in files} == {folder / "data"}
    for file, text in zip(files, printed, strict=True):
        (secret,) = secrets_of(file)
        assert secret["client_secret"] not in text
        assert find_login("http://127.0.0.1:1", file, {}).client_secret == secret["client_secret"]
    assert leadline("check", "--data", "data", cwd=folder).returncode == 0


def test_a_first_start_beside_a_terminal_prints_no_secret(tmp_path: Path) -> None:
    """Neither output of the server, which a journal would keep, has it; it lets in. A second start makes none."""
    first = start_process(tmp_path / "data", workers=0)
    (path,) = until(lambda: named_files("".join(first.stdout)))
    (secret,) = secrets_of(Path(path))
    token = first.new_token(secret["client_id"], secret["client_secret"])
    assert first.stop() == 0
    second = start_process(tmp_path / "data", workers=0)
    assert second.new_token(secret["client_id"], secret["client_secret"]) == token
    assert second.stop() == 0
    printed = "".join([*first.log, *first.stdout, *second.log, *second.stdout])
    assert not any(each in printed for each in (secret["client_secret"], token))
    assert list((tmp_path / "data").glob("*.jsonl")) == [Path(path)]


def on_a_terminal(folder: Path, *words: str) -> str:
    """Run a command whose output is a terminal; return what it shows."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([LEADLINE, *words], cwd=folder, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 4096):
                shown += piece
        except OSError:  # nobody has the other end any more
            pass
        os.close(ours)
        assert process.wait(60) == 0, shown
    return shown.decode().replace("\r\n", "\n")


def test_a_terminal_shows_secrets_once(folder: Path) -> None:
    """No file is made, unless one is asked for, which the terminal then does not show."""
    before = set(folder.rglob("*.jsonl"))
    shown = on_a_terminal(folder, "credentials", "rotate", "one", *OF)
    assert re.search(
        r"credential one, shown only now:\n  client_id:     \S{36}\n  client_secret: \S{43}\n$", shown
    ), shown
    assert set(folder.rglob("*.jsonl")) == before
    shown = on_a_terminal(folder, "credentials", "rotate", "one", *OF, "--secret-file", "asked")
    (secret,) = secrets_of(folder / "asked")
    assert shown.endswith(f"credential one: client id and secret are in {folder / 'asked'}\n")
    assert secret["client_secret"] not in shown


def test_a_terminal_that_goes_away(folder: Path) -> None:
    """The secret is lost, and it is said how to make another."""
    ours, theirs = pty.openpty()
    terminal = io.TextIOWrapper(io.FileIO(theirs, "w"), write_through=True)
    with closing(terminal), patch.object(sys, "stdout", terminal):
        output = SecretOutput(None, folder)
        output.keep([NewSecret(MUNCHKIN_ID, "one", "id", "secret")])
        os.close(ours)
        with pytest.raises(OperatorError, match=r"cannot be shown: .* `leadline credentials rotate`"):
            output.tell()


def _make_file(path: Path) -> None:
    path.write_text("mine")


def _make_folder(path: Path) -> None:
    path.mkdir()


def _make_link(path: Path) -> None:
    path.symlink_to(path.with_name("target"))


@pytest.mark.parametrize("make", [_make_file, _make_folder, _make_link])
@pytest.mark.parametrize("command", ["rotate", "setup"])
def test_what_is_there_is_left_alone(folder: Path, make: object, command: str) -> None:
    """Files, folders and links, also those that lead nowhere: nothing is written, and no secret is made."""
    before, path = made(folder, "one"), folder / "taken"
    assert callable(make)
    make(path)
    if command == "setup":
        text = (folder / "s.yaml").read_text().replace("name: one", "name: new")
        (folder / "s.yaml").write_text(text)
        done = leadline("setup", "s.yaml", "--data", "data", "--secret-file", path, cwd=folder)
    else:
        done = leadline("credentials", "rotate", "one", *OF, "--secret-file", path, cwd=folder)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"{path} exists already" in done.stderr
    assert not (folder / "target").exists()
    assert not path.is_file() or path.read_text() == "mine"
    assert (made(folder, "one"), made(folder, "new")) == (before, [])


def test_a_setup_whose_secrets_cannot_be_kept_applies_nothing(folder: Path) -> None:
    """It is refused before the rest of its file is applied; the next one finds all of it to do."""
    document = yaml.safe_load((folder / "s.yaml").read_text())
    document["lists"] = [{"id": 1001, "name": "Newsletter"}]
    document["credentials"].append({"name": "new", "user": "new", "permissions": "all"})
    (folder / "s.yaml").write_text(yaml.safe_dump(document), "utf-8")
    setup = ("setup", "s.yaml", "--data", "data", "--secret-file")
    for path, why in (("made", "exists already"), ("no/such", "No such file or directory")):
        done = leadline(*setup, path, cwd=folder)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert why in done.stderr
    done = leadline(*setup, "fresh", cwd=folder)
    assert "list 1001 Newsletter added" in done.stdout
    assert [each["name"] for each in secrets_of(folder / "fresh")] == ["new"]


def test_a_folder_that_is_not_there(folder: Path) -> None:
    before = made(folder, "one")
    done = leadline("credentials", "rotate", "one", *OF, "--secret-file", "no/such", cwd=folder)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "no/such: No such file or directory. " in done.stderr
    assert made(folder, "one") == before


KILLED = """
import os, sys
from leadline.cli.main import main
from leadline.cli.secret_output import SecretOutput

keep = SecretOutput.keep

def kept_and_killed(self, secrets):
    keep(self, secrets)
    os.kill(os.getpid(), 9)

SecretOutput.keep = kept_and_killed
main()
"""


def test_a_kill_between_file_and_store(folder: Path) -> None:
    """The file is whole by then, the store has not changed, and the command works when it is given again."""
    before = made(folder, "one")
    command = ["credentials", "rotate", "one", *OF, "--secret-file"]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *command, "first"],
        cwd=folder,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed
    assert [each["name"] for each in secrets_of(folder / "first")] == ["one"]
    assert made(folder, "one") == before
    assert leadline(*command, "second", cwd=folder).returncode == 0
    assert len(made(folder, "one")) == 1


@pytest.fixture
def disk() -> Iterator[Disk]:
    yield from disk_of(8)


def test_a_full_disk_loses_no_secret(folder: Path, disk: Disk) -> None:
    """None is made where it cannot be kept, and no half file is left; with space it is."""
    before, path = made(folder, "one"), disk.root / "secret"
    disk.fill(0)
    rotate = ("credentials", "rotate", "one", *OF, "--secret-file", path)
    done = leadline(*rotate, cwd=folder)
    assert done.returncode == 1
    assert f"{path}: No space left on device" in done.stderr
    assert not path.exists()
    assert made(folder, "one") == before
    disk.free()
    assert leadline(*rotate, cwd=folder).returncode == 0
    assert len(secrets_of(path)) == 1
