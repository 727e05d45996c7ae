"""The command line: exit codes, one sentence for each fault, safe defaults."""

import re
import socket
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.commands import leadline
from tests.harness import LEADLINE, running, start_server, subscription


def write(path: Path, document: object) -> Path:
    path.write_text(yaml.safe_dump(document), "utf-8")
    return path


@pytest.mark.parametrize(
    "command", [[], ["serve"], ["setup"], ["check"], ["credentials"], ["demo"], ["work"]]
)
def test_help(command: list[str], tmp_path: Path) -> None:
    """Each command explains itself: here as a process of its own, in the tests below in this one."""
    done = subprocess.run(
        [LEADLINE, *command, "--help"], capture_output=True, text=True, cwd=tmp_path, timeout=60
    )
    assert done.returncode == 0
    assert "Usage: leadline" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["serve", "--port", "x"],
        ["serve", "--nix"],
        ["serve", "--workers", "-1"],
        ["serve", "--data", "d", "--database", "postgresql://x/y"],
        ["serve", "--data", __file__],
        ["serve", "--database", "mysql://x/y"],
        ["serve", "--tls-cert", __file__],
        ["setup"],
        ["setup", "missing.yaml"],
        ["check", "stray"],
        ["work"],
    ],
)
def test_wrong_usage_is_2(arguments: list[str], tmp_path: Path) -> None:
    """Wrong usage: one sentence that says where help is."""
    done = leadline(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert re.fullmatch(r"leadline: .+\. Run `leadline( \w+)? --help`\.\n", done.stderr), done.stderr
    assert done.stdout == ""


def test_no_command_is_the_help_page(tmp_path: Path) -> None:
    """What a newcomer types first."""
    done = leadline(cwd=tmp_path)
    assert done.returncode == 2
    assert "Commands:" in done.stderr


def test_setup_is_idempotent(tmp_path: Path) -> None:
    """Prints what changed, then that nothing did; a generated secret is in a file."""
    document = subscription(
        credentials=[{"name": "made", "user": "m@example.com", "permissions": ["Read-Only Lead"]}]
    )
    file = write(tmp_path / "s.yaml", document)
    first = leadline("setup", file, "--data", "d", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "credential made added" in first.stdout
    (made,) = re.findall(r"credential made: client id and secret are in (\S+)\n", first.stdout)
    assert Path(made).read_text("utf-8").count("client_secret") == 1
    second = leadline("setup", file, "--data", "d", cwd=tmp_path)
    assert (second.returncode, second.stdout) == (0, "nothing to change\n")
    document["lists"] = [{"id": 1001, "name": "Renamed"}]
    document["lead_fields"] = [{"name": "extra", "displayName": "Extra", "dataType": "string"}]
    third = leadline("setup", write(file, document), "--data", "d", cwd=tmp_path)
    assert third.stdout == "lead field extra added\nlist 1001 Renamed changed\n"
    assert "left alone: list 1002 Webinar" in third.stderr
    document["lead_fields"][0]["dataType"] = "integer"
    fourth = leadline("setup", write(file, document), "--data", "d", cwd=tmp_path)
    assert fourth.returncode == 1
    assert "lead_fields[0]" in fourth.stderr


def test_a_wrong_file_is_refused_whole(tmp_path: Path) -> None:
    """Every fault by its YAML path, and nothing is made."""
    document = subscription(
        partitions=["A", "a"],
        credentials=[{"name": "x", "user": "u", "permissions": ["Read-Write Led"], "partitions": ["A"]}],
        lead_fields=[{"name": "2x", "displayName": "X", "dataType": "strng"}],
    )
    done = leadline("setup", write(tmp_path / "s.yaml", document), "--data", "d", cwd=tmp_path)
    assert done.returncode == 1
    assert "credentials[1].permissions[0]" in done.stderr
    assert "lead_fields[0]" in done.stderr
    assert not (tmp_path / "d").exists()


def test_what_belongs_to_others_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """A client id of another subscription, and a list's name: each by its path, no store is begun or changed."""
    first = write(tmp_path / "first.yaml", subscription())
    assert leadline("setup", first, "--data", "d", cwd=tmp_path).returncode == 0
    lists = [{"id": 1001, "name": "Renamed"}]
    other = write(tmp_path / "other.yaml", subscription(munchkin_id="999-ZZZ-999", lists=lists))
    done = leadline("setup", other, "--data", "d", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "credentials[0].client_id: belongs to another credential" in done.stderr
    assert not (tmp_path / "d" / "subscriptions" / "999-zzz-999.db").exists()
    taken = [{"id": 1001, "name": "Renamed"}, {"id": 7, "name": "webinar"}]
    done = leadline("setup", write(first, subscription(lists=taken)), "--data", "d", cwd=tmp_path)
    assert done.returncode == 1
    assert "lists[1].name: 'webinar' belongs to list 1002" in done.stderr
    assert leadline("setup", write(first, subscription()), "--data", "d", cwd=tmp_path).stdout == (
        "nothing to change\n"
    )


def test_links_that_lead_nowhere_are_named_by_their_paths(tmp_path: Path) -> None:
    """All of them at once, and nothing of the file is applied."""
    key = {"name": "k", "displayName": "K", "dataType": "string"}
    link = {"name": "l", "displayName": "L", "dataType": "link"}
    objects = [
        {
            "apiName": name,
            "displayName": name,
            "dedupeFields": ["k"],
            "fields": [key, link | {"relatedTo": {"name": target, "field": "email"}}],
        }
        for name, target in (("one_c", "Nobody"), ("two_c", "Lead"), ("three_c", "Nothing"))
    ]
    file = write(tmp_path / "s.yaml", subscription(custom_objects=objects))
    done = leadline("setup", file, "--data", "d", cwd=tmp_path)
    assert done.returncode == 1
    assert "custom_objects[0].fields: 'l' points to Nobody.email" in done.stderr
    assert "custom_objects[2].fields: 'l' points to Nothing.email" in done.stderr
    assert "custom_objects[1]" not in done.stderr
    again = leadline("setup", write(file, subscription()), "--data", "d", cwd=tmp_path)
    assert "list 1001 Newsletter added" in again.stdout
    assert "custom object" not in again.stdout + again.stderr


def test_check(tmp_path: Path) -> None:
    """Every fault at once, exit 1; a sound store is 0."""
    assert leadline("check", "--data", "none", cwd=tmp_path).returncode == 1
    leadline("setup", write(tmp_path / "s.yaml", subscription()), "--data", "d", cwd=tmp_path)
    sound = leadline("check", "--data", "d", cwd=tmp_path)
    assert (sound.returncode, sound.stdout[:14]) == (0, "No fault found")
    store = tmp_path / "d" / "subscriptions" / "123-abc-456.db"
    (tmp_path / "d").chmod(0o755)
    content = bytearray(store.read_bytes())
    content[len(content) // 3 : len(content) // 2] = b"\xff" * (len(content) // 2 - len(content) // 3)
    store.write_bytes(content)
    broken = leadline("check", "--data", "d", cwd=tmp_path)
    assert broken.returncode == 1
    assert "is open to other users" in broken.stdout
    assert "123-abc-456.db" in broken.stdout
    assert "Traceback" not in broken.stderr


def test_check_names_loose_files_and_wrong_settings_at_once(tmp_path: Path) -> None:
    """Files that others may read, and settings, although either alone is a fault."""
    leadline("setup", write(tmp_path / "s.yaml", subscription()), "--data", "d", cwd=tmp_path)
    loose = ["control.db", "subscriptions", "subscriptions/123-abc-456.db"]
    for name in loose:
        (tmp_path / "d" / name).chmod(0o750 if name == "subscriptions" else 0o644)
    (tmp_path / "leadline.toml").write_text("[limits]\nnonsense = 1\nretention_days = 0\n")
    done = leadline("check", "--data", "d", cwd=tmp_path)
    assert done.returncode == 1
    assert [line.split(" is open")[0] for line in done.stdout.splitlines()] == [f"d/{name}" for name in loose]
    assert "limits.nonsense" in done.stderr
    assert "limits.retention_days" in done.stderr


def test_flags_then_environment_then_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Configuration: each place gives way to the one before it."""
    (tmp_path / "leadline.toml").write_text('data = "of-file"\n')

    def where() -> str:
        return re.findall(r"(of-\w+) holds no store", leadline("check", *flags, cwd=tmp_path).stdout)[0]

    flags: list[str] = []
    assert where() == "of-file"
    monkeypatch.setenv("LEADLINE_DATA", "of-environment")
    assert where() == "of-environment"
    flags = ["--data", "of-flag"]
    assert where() == "of-flag"


def test_refuses_to_be_reachable_without_tls(tmp_path: Path) -> None:
    """Loopback only, unless TLS or told."""
    done = leadline("serve", "--host", "0.0.0.0", "--data", "d", cwd=tmp_path)
    assert done.returncode == 1
    assert "--allow-plain-http" in done.stderr
    for server in running(
        tmp_path / "d2", subscription(), "--host", "0.0.0.0", "--allow-plain-http", workers=0
    ):
        assert server.address.startswith("http://0.0.0.0:")


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    """And exit 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = leadline("serve", "--port", taken.getsockname()[1], "--data", "d", cwd=tmp_path)
    assert done.returncode == 1
    assert "--port" in done.stderr
    assert (done.stdout, (tmp_path / "d").exists()) == ("", False)
    assert "Traceback" not in done.stderr


def test_wrong_configuration(tmp_path: Path) -> None:
    """Environment and file are checked before anything starts."""
    (tmp_path / "leadline.toml").write_text("[limits]\nnonsense = 1\n")
    done = leadline("check", cwd=tmp_path)
    assert done.returncode == 1
    assert "limits.nonsense" in done.stderr


def test_an_emptied_control_store_is_not_made_anew(tmp_path: Path) -> None:
    """Nor one that is gone: the credentials of the subscriptions that are there would be lost unseen."""
    assert start_server(tmp_path / "d", subscription(), workers=0).stop() == 0
    control = tmp_path / "d" / "control.db"
    control.write_bytes(b"")
    for _ in range(2):
        done = leadline("serve", "--port", "0", "--data", "d", cwd=tmp_path)
        assert done.returncode == 1
        assert "Restore it from a backup" in done.stderr
        control.unlink(missing_ok=True)


@pytest.mark.parametrize("command", ["demo", "sandbox"])
def test_a_log_that_cannot_be_written(tmp_path: Path, command: str) -> None:
    """Of the two servers that need the terminal for other things."""
    (tmp_path / "server.log").mkdir()
    examples = ("--examples", Path("examples").absolute()) if command == "demo" else ()
    done = leadline(command, "--data", tmp_path, *examples)
    assert done.returncode == 1
    assert (
        done.stderr == f"leadline: Cannot write {tmp_path / 'server.log'}: Is a directory. Check the path.\n"
    )
