"""The commands of how-to pages that have no test of their own, as they stand, in a shell beside a server or a sandbox."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from tests.conftest import storing
from tests.docs.demo import Started
from tests.docs.page_blocks import block, blocks_of
from tests.harness import running, subscription, until
from tests.processes import LEADLINE, ServerProcess
from tests.sandbox.server import sandbox_process

HOW_TO = "docs/how-to"
PEOPLE = "email,firstName,phone\nada@example.com,Ada,555-0199\nbob@example.com,Bob,\n"


@dataclass
class Reader:
    """Somebody who follows a page: a directory, and the variables that it tells to set."""

    server: ServerProcess
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def type(self, script: str) -> str:
        """Run a block in bash, `leadline` being on the path; return what it prints."""
        path = f"{Path(LEADLINE).parent}{os.pathsep}{os.environ['PATH']}"
        known = {"BASE": self.server.address, "TOKEN": self.server.token, "PATH": path}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env=os.environ | known | self.variables,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module", autouse=True)
def store() -> Iterator[str]:
    """The embedded store: PostgreSQL has a page of its own."""
    yield from storing("sqlite")


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    for server in running(tmp_path / "leadline-data", subscription(), "--port", "0"):
        assert isinstance(server, ServerProcess)
        (tmp_path / "people.csv").write_text(PEOPLE, "utf-8")
        yield Reader(server, tmp_path)


def scripts(page: str) -> list[str]:
    return [each.text for each in blocks_of(f"{HOW_TO}/{page}.md") if each.is_command]


def test_previews_and_undo(reader: Reader) -> None:
    """see-what-an-import-will-do.md, whose preview is applied, and undo-an-import.md, which takes back the second job."""
    ask, wait, files, apply = scripts("see-what-an-import-will-do")
    (preview_id,) = re.findall(r'"previewId":"([^"]+)"', reader.type(ask))
    reader.variables["PREVIEW"] = preview_id
    assert '"status":"Ready"' in reader.type(wait)
    assert "row,id,key,field,old,new" in reader.type(files)
    assert '"batchId":1001' in reader.type(apply)
    assert reader.server.finish(1001)["numOfLeadsProcessed"] == 2
    assert reader.server.submit(PEOPLE.replace("0199", "0100")) == 1002
    reader.server.finish(1002)
    undo, read = scripts("undo-an-import")
    assert '"batchId":1003' in reader.type(undo)
    reader.server.ended(1003, lambda: reader.server.get("/leadline/v1/jobs/1003.json")["result"][0])
    told = reader.type(read)
    assert '"undoes":1002' in told
    assert re.search(r"row,outcome,id,reason\n1,reverted,", told)


def test_send_again_cancel_and_who_set_it(reader: Reader) -> None:
    """send-again-and-cancel.md, and find-out-who-set-a-value.md with the lead and job that there are."""
    send, cancel, rest = scripts("send-again-and-cancel")
    (reader.folder / "leads.csv").write_text(PEOPLE, "utf-8")
    first, again = reader.type(send), reader.type(send)
    assert re.findall(r'"batchId":(\d+)', first + again) == ["1001", "1001"]
    reader.server.finish(1001)
    many = "email\n" + "".join(f"p{number}@example.com\n" for number in range(50_000))
    assert reader.server.submit(many) == 1002
    assert '"cancelled":' in reader.type(cancel)
    reader.server.ended(1002, lambda: reader.server.status(1002))
    provenance, history, changes = scripts("find-out-who-set-a-value")
    (lead,) = reader.server.lead("email", "ada@example.com", "id")
    reader.variables["LEAD"] = str(lead["id"])
    assert '"field":"phone"' in reader.type(provenance)
    assert '"new":"555-0199"' in reader.type(history)
    assert ",ada@example.com,phone,,555-0199\n" in reader.type(changes.replace("1042", "1001"))
    job = reader.server.get("/leadline/v1/jobs/1002.json")["result"][0]
    if job["cancelled"]:  # where the import was faster there is no such file
        reader.type(rest)
        assert (reader.folder / "rest.csv").read_text("utf-8").startswith("email\n")


def test_back_up_restore_and_look_for_faults(reader: Reader) -> None:
    """back-up-and-move.md, whose last command is for a server that has stopped, and troubleshoot.md."""
    backup, raise_counter = scripts("back-up-and-move")
    reader.server.run_import(PEOPLE)
    reader.type(backup)
    (look,) = scripts("troubleshoot")
    told = reader.type(look.replace("http://127.0.0.1:8080", reader.server.address))
    assert "No fault found" in told
    assert "LEADLINE_DATA " in told
    assert "ok" in told or "ready" in told
    (copy,) = reader.folder.glob("backup-*")
    reader.type(raise_counter.replace("leadline-data", copy.name))
    started = Started(reader.folder, "serve", "--data", copy.name, "--port", "0", until="is ready at")
    assert started.stop() == 0
    made = [{"name": "made", "user": "made@example.com", "permissions": "all"}]
    document = {"munchkin_id": "777-AAA-777", "credentials": made}
    (reader.folder / "subscription.yaml").write_text(yaml.safe_dump(document), "utf-8")
    set_up = block(f"{HOW_TO}/run-in-production.md", "sudo install").replace("-o leadline -g leadline ", "")
    for theirs, ours in (
        ("sudo -u leadline /opt/leadline/bin/", ""),
        ("sudo ", ""),
        ("/var/lib/leadline", str(reader.folder)),
        ("/etc/leadline", str(reader.folder)),
    ):
        set_up = set_up.replace(theirs, ours)
    assert "credential made added" in reader.type(set_up)


def test_remove_a_subscription(reader: Reader) -> None:
    """Nobody can be asked here, so it wants `--yes`, as the page says."""
    listing, removal = scripts("remove-a-subscription")
    assert "123-ABC-456" in reader.type(listing)
    asked = f"{removal.strip()} || test $? = 2"
    assert reader.type(asked) == ""
    assert "123-ABC-456 is removed" in reader.type(f"{removal.strip()} --yes")
    assert "123-ABC-456" not in reader.type(listing)


def test_a_console_behind_a_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (script,) = scripts("use-the-console")
    setting, command = script.strip().split(" ", 1)
    monkeypatch.setenv(*setting.split("=", 1))
    started = Started(tmp_path, *command.split()[1:], "--port", "0", until="is ready at")
    assert started.stop() == 0


def test_a_sandbox_in_ci(tmp_path: Path) -> None:
    """use-it-in-ci.md: `npm` is a program that tells what it finds; the shared sandbox is one that is ready."""
    page = f"{HOW_TO}/use-it-in-ci.md"
    npm = tmp_path / "npm"
    npm.write_text('#!/bin/sh\necho "$@" "$LEADLINE_URL" "$LEADLINE_CLIENT_ID"\n', "utf-8")
    npm.chmod(0o755)
    path = f"{tmp_path}:{Path(LEADLINE).parent}{os.pathsep}{os.environ['PATH']}"

    def run(script: str) -> str:
        env = os.environ | {"PATH": path}
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert re.fullmatch(r"test http://127\.0\.0\.1:\d+ sandbox\n", run(block(page, "leadline sandbox -- ")))
    ready = block(page, "leadline sandbox --ready-file").strip().removesuffix("&")
    with subprocess.Popen(
        ["bash", "-c", f"exec {ready}"],
        cwd=tmp_path,
        env=os.environ | {"PATH": path},
        stdout=subprocess.DEVNULL,
    ) as sandbox:
        until((tmp_path / "sandbox.json").exists)
        sandbox.terminate()
    assert sandbox.returncode == 0
    (tmp_path / "test_it.py").write_text("def test_it(leadline):\n    assert leadline.url\n", "utf-8")
    with sandbox_process() as shared:
        command = block(page, "pytest -n auto").replace("http://127.0.0.1:8089", shared.url)
        assert "1 passed" in run(command.replace("-n auto", "-n 0 -p no:cacheprovider"))
