"""`leadline settings`: each setting once, with its value and who says so, and no secret."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from leadline.config import KINDS, env_name
from leadline.model.rules import Section
from tests.commands import leadline
from tests.server import subscription


def shown(cwd: Path, *arguments: str) -> dict[tuple[str, str], tuple[Any, str]]:
    """Return value and source of each setting, by command and name."""
    done = leadline("settings", "--json", *arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return {
        (each["command"], each["name"]): (each["value"], each["source"]) for each in json.loads(done.stdout)
    }


def test_each_value_comes_from_the_strongest_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "leadline.toml").write_text(
        "host = '::1'\nworkers = 3\n[limits]\nretention_days = 9\ntoken_seconds = 9\n"
    )
    monkeypatch.setenv("LEADLINE_WORKERS", "4")
    monkeypatch.setenv("LEADLINE_LIMITS__TOKEN_SECONDS", "10")
    monkeypatch.setenv("LEADLINE_PORT", "")
    found = shown(tmp_path, "--data", "here")
    assert found["serve", "data"] == ("here", "option")
    assert found["serve", "host"] == ("::1", "leadline.toml")
    assert found["serve", "workers"] == (4, "environment")
    assert found["serve", "limits.token_seconds"] == (10, "environment")
    assert found["serve", "limits.retention_days"] == (9, "leadline.toml")
    assert found["serve", "port"] == (8080, "default")
    assert found["sandbox", "port"] == (0, "default")
    assert found["demo", "data"] == ("here", "option")


def test_each_setting_is_in_the_table_by_its_name_in_the_environment(tmp_path: Path) -> None:
    done = leadline("settings", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    names = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("LEADLINE_")}
    assert names == {
        env_name(name, *inner)
        for kind in KINDS
        for name, field in kind.model_fields.items()
        for inner in (
            [(each,) for each in type(field.default).model_fields]
            if isinstance(field.default, Section)
            else [()]
        )
    }
    assert done.stdout.index("LEADLINE_SETUP") < done.stdout.index("\nleadline demo, besides:\n")
    assert done.stdout.index("\nleadline sandbox, besides:\n") < done.stdout.index("LEADLINE_CONTROL_TOKEN")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql:///leadline", "postgresql:///leadline"),
        ("postgresql://me@db:5432/leadline?sslmode=require", None),
        ("postgresql://me:s3cret@db:5432/leadline", "postgresql://me:***@db:5432/leadline"),
        ("postgresql://:s3cret@db", "postgresql://:***@db"),
        ("postgresql://me:s3cret:s3cret?s3cret@db/x", "postgresql://me:***@db/x"),
        ("postgresql://me:s3cret/s3cret@s3cret@db/x", "postgresql://me:***@db/x"),
        ("postgresql://db/x?user=me&password=s3cret&a=b", "postgresql://db/x?user=me&password=***&a=b"),
        ("postgresql://db/x?sslpassword=s3cret", "postgresql://db/x?sslpassword=***"),
        ("postgresql://[::1]:5432/x", None),
    ],
)
def test_no_password_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, expected: str | None
) -> None:
    monkeypatch.setenv("LEADLINE_CONTROL_TOKEN", "s3cret-token")
    found = shown(tmp_path, "--database", url)
    assert found["serve", "database"] == (expected or url, "option")
    assert found["sandbox", "control_token"] == ("***", "environment")
    table = leadline("settings", "--database", url, cwd=tmp_path)
    assert table.returncode == 0
    assert "s3cret" not in table.stdout + table.stderr


def test_all_that_is_wrong_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults of what only another command takes, too; and each once though several commands have it."""
    (tmp_path / "leadline.toml").write_text("prot = 1\n")
    monkeypatch.setenv("LEADLINE_WORKERS", "many")
    monkeypatch.setenv("LEADLINE_CONTROL_TOKEN", "short")
    done = leadline("settings", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    for name in ("prot", "LEADLINE_WORKERS", "LEADLINE_CONTROL_TOKEN"):
        assert done.stderr.count(f" {name}: ") == 1, done.stderr
    assert "nearest name is port" in done.stderr


def test_those_of_a_subscription(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = subscription(limits={"jobs_queued_max": 3}, rules={"overlong": "truncate"})
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(own), "utf-8")
    assert leadline("setup", "s.yaml", "--data", "d", cwd=tmp_path).returncode == 0
    monkeypatch.setenv("LEADLINE_LIMITS__JOBS_QUEUED_MAX", "7")
    monkeypatch.setenv("LEADLINE_LIMITS__TOKEN_SECONDS", "60")
    found = shown(tmp_path, "--data", "d", "--subscription", "123-ABC-456")
    assert found["serve", "limits.jobs_queued_max"] == (3, "subscription file")
    assert found["serve", "rules.overlong"] == ("truncate", "subscription file")
    assert found["serve", "limits.token_seconds"] == (60, "environment")
    assert found["serve", "rules.blank_cells"] == ("keep", "default")
    assert {name.split(".")[0] for _, name in found} == {"limits", "rules"}
    other = leadline("settings", "--data", "d", "--subscription", "999-ZZZ-999", cwd=tmp_path)
    assert (other.returncode, other.stdout) == (1, "")
    assert "There is no subscription 999-ZZZ-999 in d. Its subscriptions: 123-ABC-456." in other.stderr
    none = leadline("settings", "--data", "none", "--subscription", "123-ABC-456", cwd=tmp_path)
    assert (none.returncode, (tmp_path / "none").exists()) == (1, False)
    assert "none holds no store. Name the one of a server with --data or --database; " in none.stderr
