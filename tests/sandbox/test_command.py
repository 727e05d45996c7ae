"""The command: what it prints and writes, what it begins with, and what ends it."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from tests.commands import leadline
from tests.contract.api.world import CAR, STATUSES
from tests.forms import repeats
from tests.processes import ENDING_SECONDS, LEADLINE
from tests.sandbox.server import SandboxProcess, sandbox_process, sentence, start_sandbox
from tests.server import until

LEADS = "email\nada@example.com\n"


def run(*options: str, env: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    return subprocess.run(
        [LEADLINE, "sandbox", *options],
        capture_output=True,
        text=True,
        timeout=ENDING_SECONDS,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **(env or {})},
        check=False,
    )


def python(source: str) -> Sequence[str]:
    """Return a command that runs Python."""
    return "--", sys.executable, "-c", source


def test_what_it_tells(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    with sandbox_process("--ready-file", str(ready)) as sandbox:
        told = json.loads(ready.read_text())
        assert told == sandbox.told
        assert told | {"url": "", "controlUrl": "", "munchkinId": ""} == {
            "url": "",
            "munchkinId": "",
            "clientId": "sandbox",
            "clientSecret": "sandbox-secret",
            "controlUrl": "",
            "pid": sandbox.process.pid,
        }
        assert told["controlUrl"] == told["url"] + "/leadline/sandbox/v1"
        assert ready.stat().st_mode & 0o077 == 0
        assert sandbox.first.run_import(LEADS)["status"] == "Complete"
        assert sandbox.stop() == 0
    assert not ready.exists()


def _generated(sandbox: SandboxProcess) -> dict[str, Any]:
    """Return all that a sandbox makes up, by what it is."""
    credential = {
        "name": "ci",
        "client_id": "mine",
        "client_secret": "mine",
        "user": "u",
        "permissions": "all",
    }
    setup = {"munchkin_id": "123-ABC-456", "custom_objects": [CAR], "credentials": [credential]}
    unnamed, named = sandbox.make(), sandbox.make(name="orders", setup=setup)
    found = {"first": sandbox.told["munchkinId"], "token of the first": sandbox.first.token}
    for one in (unnamed, named):
        found |= {f"{name} of {one is named}": one.made[name] for name in ("id", "clientId", "clientSecret")}
        found[f"token of {one is named}"] = one.token
    found["request"] = named.get("/rest/v1/lists.json")["requestId"]
    for number in range(2):  # a reset begins with the same ids again
        body = {"input": [{"vin": "V1"}, {"vin": "V2"}]}
        synced = named.call("POST", "/rest/v1/customobjects/car_c.json", json=body).json()["result"]
        named.submit("vin\nV3\n", "/bulk/v1/customobjects/car_c/import.json")
        cars = until(
            lambda: (
                state if len(state := named.control("GET", "state").json()["records"]["car_c"]) == 3 else None
            )
        )
        guids = [each["marketoGUID"] for each in cars]
        assert guids[:2] == [each["marketoGUID"] for each in synced]
        assert number == 0 or guids == found["guids"]
        found["guids"] = guids
        named.control("POST", "reset")
    return found


def test_the_same_seed_gives_the_same_names() -> None:
    """And another one others; what a set-up says of ids and secrets never counts."""
    made = []
    for seed in ("0", "0", "7"):
        with sandbox_process("--random-seed", seed) as sandbox:
            made.append(_generated(sandbox))
    assert made[0] == made[1]
    assert [name for name, value in made[0].items() if value == made[2][name]] == []
    assert not {"123-ABC-456", "mine"} & {str(each) for each in made[0].values()}
    assert len(set(made[0]["guids"])) == 3
    for guid in made[0]["guids"]:
        assert UUID(guid).version == 4
    assert re.fullmatch("[0-9a-f]{1,5}#[0-9a-f]{11}", made[0]["request"])


def test_a_command_finds_it_and_gives_the_exit_code() -> None:
    source = """
import os, urllib.request, sys, json
query = "grant_type=client_credentials&client_id=%s&client_secret=%s" % (
    os.environ["LEADLINE_CLIENT_ID"], os.environ["LEADLINE_CLIENT_SECRET"])
answer = urllib.request.urlopen(os.environ["LEADLINE_URL"] + "/identity/oauth/token?" + query)
print(json.load(answer)["token_type"])
sys.exit(7)
"""
    done = run(*python(source))
    assert (done.returncode, done.stdout) == (7, "bearer\n"), done.stderr


def test_commands_that_cannot_run(tmp_path: Path) -> None:
    done = run("--", "no-such-command")
    assert (done.returncode, "no-such-command" in done.stderr) == (127, True)
    (tmp_path / "text").touch(0o600)
    assert run("--", str(tmp_path / "text")).returncode == 126


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_are_passed_on(number: signal.Signals, tmp_path: Path) -> None:
    """The command decides what they do; killed by one, it ends as a shell says it."""
    begun = tmp_path / "begun"
    source = f"import signal, pathlib, sys; signal.signal({int(number)}, lambda *_: sys.exit(3)); pathlib.Path({str(begun)!r}).touch(); signal.pause()"
    process = subprocess.Popen([LEADLINE, "sandbox", *python(source)], stdin=subprocess.DEVNULL)
    until(begun.exists)
    process.send_signal(number)
    assert process.wait(ENDING_SECONDS) == 3
    assert run(*python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")).returncode == 128 + 9


def test_it_ends_with_its_parent() -> None:
    """Whoever holds the pipe to its standard input may die in any way."""
    sandbox = start_sandbox()
    folder = _folder_of(sandbox.process.pid)
    assert sandbox.process.stdin is not None
    sandbox.process.stdin.close()
    assert sandbox.process.wait(ENDING_SECONDS) == 0
    sandbox.close()
    assert not folder.exists()


def _folder_of(pid: int) -> Path:
    """Return the folder in which a sandbox has its stores: its log lies there, and stays open."""
    found = set()
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):  # it was closed meanwhile
            found.add(each.readlink())
    (log,) = (each for each in found if each.name == "server.log")
    return log.parent


def test_what_a_killed_one_leaves_is_swept_away() -> None:
    sandbox = start_sandbox()
    folder = _folder_of(sandbox.process.pid)
    sandbox.process.kill()
    sandbox.process.wait()
    sandbox.close()
    assert folder.exists()
    with sandbox_process() as other:
        assert not folder.exists()
        assert _folder_of(other.process.pid).exists()


def test_a_ready_file_of_another_one_is_not_taken_for_its_own(tmp_path: Path) -> None:
    """One that was killed leaves its file; who waits for the file waits for the one that is started now."""
    ready = tmp_path / "ready.json"
    ready.write_text('{"url": "http://127.0.0.1:9"}\n')
    (tmp_path / "setup.yaml").write_text("programs: 3")
    assert run("--ready-file", str(ready), "--setup", str(tmp_path / "setup.yaml")).returncode == 1
    assert not ready.exists()


def test_one_at_a_time_has_the_stores_that_are_kept(tmp_path: Path) -> None:
    """Each would write over what the other one knows of its subscriptions."""
    with sandbox_process("--data", str(tmp_path)) as sandbox:
        mine = sandbox.make()
        done = run("--data", str(tmp_path), "--", "true")
        assert (done.returncode, f"process {sandbox.process.pid}" in done.stderr) == (1, True), done.stderr
        assert done.stderr.count("\n") == 1
        assert mine.get("/rest/v1/lists.json")["success"]
        sandbox.process.kill()
    assert run("--data", str(tmp_path), "--", "true").returncode == 0


def test_nohup_keeps_it() -> None:
    """A signal that who started it has switched off stays so."""
    command = ["nohup", LEADLINE, "sandbox", "--print", "json"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        process.terminate()
        assert process.wait(ENDING_SECONDS) == 0


def test_stores_that_are_kept(tmp_path: Path) -> None:
    """The next start finds the subscriptions with their people and credentials, and goes on counting."""
    data = tmp_path / "data"
    with sandbox_process("--data", str(data)) as sandbox:
        one = sandbox.make()
        one.run_import(LEADS)
        one.control("PUT", "snapshots/one")
        sandbox.stop()
    with sandbox_process("--data", str(data)) as sandbox:
        assert sandbox.told["clientId"] == "sandbox"
        again = type(one)(sandbox, one.made)
        assert again.token == one.token
        assert again.run_import("email\nbob@example.com\n")["batchId"] == 1002
        assert again.control("POST", "reset", json={"to": "one"}).json() == {}
        assert again.run_import("email\nbob@example.com\n")["batchId"] == 1002
        assert again.control("POST", "reset").json() == {}
        assert again.run_import(LEADS)["batchId"] == 1001
        assert sandbox.make().id not in (one.id, sandbox.told["munchkinId"])
        sandbox.stop()
    done = subprocess.run(
        [LEADLINE, "serve", "--data", str(data), "--port", "0"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "sandbox" in done.stderr) == (1, True)


SETUP = {
    "channels": [{"name": "Webinar", "statuses": STATUSES}],
    "programs": [{"id": 1001, "name": "Spring Webinar", "channel": "Webinar"}],
    "custom_objects": [CAR],
    "credentials": [
        {"name": "all", "user": "all@example.com", "permissions": "all"},
        {"name": "reader", "user": "reader@example.com", "permissions": ["Read-Only Lead"]},
    ],
}
SEED = {
    "leads.csv": "email,firstName\nada@example.com,Ada\nbob@example.com,Bob\n",
    "members-1001.csv": "email,Status\nbob@example.com,Attended\ncy@example.com,Invited\n",
    "car_c.csv": "vin,color\nV1,red\n",
}


def _files(tmp_path: Path, seed: dict[str, str]) -> list[str]:
    (tmp_path / "setup.yaml").write_text(yaml.safe_dump(SETUP))
    folder = tmp_path / "seed"
    folder.mkdir()
    for name, text in seed.items():
        (folder / name).write_text(text)
    return ["--setup", str(tmp_path / "setup.yaml"), "--seed", str(folder)]


def test_a_set_up_and_a_seed(tmp_path: Path) -> None:
    """Each subscription begins with them, and goes back to them; jobs begin with 1001."""
    with sandbox_process(*_files(tmp_path, SEED)) as sandbox:
        for one in (sandbox.first, sandbox.make()):
            for _ in range(2):
                leads = one.get("/rest/v1/leads.json", filterType="id", filterValues="1,2,3", fields="email")
                assert [each["email"] for each in leads["result"]] == [
                    f"{each}@example.com" for each in ("ada", "bob", "cy")
                ]
                path, fields = "/rest/v1/programs/1001/members.json", "leadId,statusName"
                members = one.get(path, filterType="leadId", filterValues="1,2,3", fields=fields)
                assert [(each["leadId"], each["statusName"]) for each in members["result"]] == [
                    (2, "Attended"),
                    (3, "Invited"),
                ]
                cars = one.get(
                    "/rest/v1/customobjects/car_c.json", filterType="vin", filterValues="V1", fields="color"
                )
                assert [each["color"] for each in cars["result"]] == ["red"]
                assert one.run_import("email\ndora@example.com\n")["batchId"] == 1001
                assert one.control("POST", "reset").json() == {}
        reader = one.made["credentials"][1]
        assert reader["name"] == "reader"
        reading = type(one)(sandbox, {**reader, "id": one.id})
        assert reading.get("/rest/v1/customobjects.json")["errors"][0]["code"] == "603"
        bare = sandbox.make(setup="lists: [{id: 1001, name: Newsletter}]")
        assert bare.get("/rest/v1/leads.json", filterType="id", filterValues="1")["result"] == []
        assert [each["name"] for each in bare.get("/rest/v1/lists.json")["result"]] == ["Newsletter"]


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("leads.csv", "email,leadScore\nada@example.com,many\n", "1 row fails"),
        pytest.param("leads.csv", "nonsense\nx\n", "nonsense", marks=repeats),
        pytest.param("members-1001.csv", "email\nada@example.com\n", "status", marks=repeats),
        pytest.param("members-1001.csv", "email,status\nada@example.com,Nowhere\n", "Nowhere", marks=repeats),
        pytest.param(
            "members-7.csv", "email,status\nada@example.com,Invited\n", "members-7.csv", marks=repeats
        ),
        pytest.param("boat_c.csv", "vin\nV1\n", "boat_c.csv", marks=repeats),
        ("notes.txt", "", "leads.csv"),
    ],
)
def test_a_seed_that_cannot_be_planted(tmp_path: Path, name: str, text: str, word: str) -> None:
    """One of the rows, one of the names; what else is wrong with a seed, `test_seeds.py` asks the control calls."""
    done = run(*_files(tmp_path, {name: text}))
    assert done.returncode == 1
    assert word in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_seed_of_members_that_is_no_text(tmp_path: Path) -> None:
    options = _files(tmp_path, {"members-1001.csv": "email,status\n"})
    (file,) = tmp_path.rglob("members-1001.csv")
    file.write_bytes(b"email,status\n\xff,Invited\n")
    assert "is no text in UTF-8" in run(*options).stderr


def test_a_seed_that_is_not_there(tmp_path: Path) -> None:
    """The environment names a folder as the option does."""
    done = run("--", "true", env={"LEADLINE_SEED": str(tmp_path / "nowhere")})
    assert (done.returncode, "nowhere" in done.stderr) == (1, True), done.stderr


def test_a_host_is_a_name(tmp_path: Path) -> None:
    """A port behind it counts for nothing, as it does in the call's own header; an address is none."""
    with sandbox_process("--allow-host", "CI.example.com:80", "--allow-host", "[::2]:80") as sandbox:
        for host in ("ci.example.com", "ci.example.com:8089", "[::2]"):
            assert sentence(sandbox.control("POST", "nothing", headers={"Host": host}), 404)
    assert "http://x" in run("--allow-host", "http://x", "--", "true").stderr


def test_beyond_this_machine(tmp_path: Path) -> None:
    """Who can be reached by others has a token; a name is known when it is given."""
    assert run("--host", "0.0.0.0").returncode == 2
    with sandbox_process(
        "--host", "0.0.0.0", "--control-token", "let-me-in", "--allow-host", "ci.example.com"
    ) as sandbox:
        sandbox.url = sandbox.url.replace("0.0.0.0", "127.0.0.1")
        assert sandbox.make().get("/rest/v1/lists.json")["success"]
        for token in ("let-me-out", "let-me"):
            wrong = {"Authorization": f"Bearer {token}"}
            assert "token" in sentence(sandbox.control("POST", "subscriptions", json={}, headers=wrong), 403)
        named = {"Host": "ci.example.com:80"}
        assert (
            sandbox.control("POST", "subscriptions", json={}, headers=named).json()["url"]
            == "http://ci.example.com:80"
        )
        foreign = {"Host": "evil.example.com"}
        assert "evil" in sentence(sandbox.control("POST", "subscriptions", json={}, headers=foreign), 403)


@pytest.mark.parametrize(
    "options", [["--print", "xml"], ["--random-seed", "-1"], ["--seed", "nowhere"], ["--setup", "nowhere"]]
)
def test_options_that_are_wrong(options: list[str]) -> None:
    assert leadline("sandbox", *options).returncode == 2


def test_a_wrong_set_up_ends_it(tmp_path: Path) -> None:
    for text in ("programs: 3", "[1, 2]", "lists: [{id: 1, name: a}]\nlists: []"):
        (tmp_path / "setup.yaml").write_text(text)
        done = run("--setup", str(tmp_path / "setup.yaml"))
        assert (
            done.returncode,
            "lists" in done.stderr or "programs" in done.stderr or "mapping" in done.stderr,
        ) == (1, True)
