"""Settings: where they come from, which one wins, and how wrong ones are told."""

import os
import zoneinfo
from pathlib import Path
from typing import Any

import click
import polars as pl
import pytest
from pydantic import ValidationError

from leadline.cli.commands import COMMANDS, cli
from leadline.config import (
    KINDS,
    DemoSettings,
    Settings,
    env_name,
    find_store,
    let_arrow_give_back,
    load,
    load_settings,
    wants_colors,
)
from leadline.errors import OperatorError
from leadline.model import instants


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory without leadline.toml to stand in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults() -> None:
    """The figures of the contract's limits and the decisions of its §14."""
    settings = load_settings({})
    assert settings.limits.model_dump() == {
        "rate_calls_max": 100,
        "concurrent_calls_max": 10,
        "daily_calls_max": 50_000,
        "jobs_queued_max": 10,
        "jobs_importing_max": 2,
        "upload_bytes_max": 10_485_759,
        "issue_bytes_max": None,
        "retention_days": 7,
        "history_days": 7,
        "token_seconds": 3600,
        "shared_queue": True,
    }
    assert settings.rules.model_dump() == {
        "blank_cells": "keep",
        "unknown_columns": "reject",
        "overlong": "fail",
        "multiple_matches": "fail",
        "long_rows": "warn",
        "inner_quotes": "warn",
        "ambiguous_dates": "warn",
        "time_zone": "America/Chicago",
        "member_backward": "silent",
        "same_file": "allow",
    }
    assert (settings.access.token_parameter, settings.server.metrics) == ("accept", True)
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8080, 2)


def test_flags_beat_environment_beats_file_beats_default(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (elsewhere / "leadline.toml").write_text(
        "port = 1\nworkers = 1\nhost = 'file'\n[limits]\nretention_days = 1\n"
    )
    monkeypatch.setenv("LEADLINE_PORT", "2")
    monkeypatch.setenv("LEADLINE_WORKERS", "2")
    settings = load_settings({"port": 3})
    assert (settings.port, settings.workers, settings.host) == (3, 2, "file")
    assert (settings.limits.retention_days, settings.limits.jobs_queued_max) == (1, 10)


@pytest.mark.parametrize(
    ("name", "value", "section", "setting", "expected"),
    [
        ("LIMITS__TOKEN_SECONDS", "2", "limits", "token_seconds", 2),
        ("LIMITS__SHARED_QUEUE", "false", "limits", "shared_queue", False),
        ("RULES__BLANK_CELLS", "clear", "rules", "blank_cells", "clear"),
        ("RULES__TIME_ZONE", "Asia/Tokyo", "rules", "time_zone", "Asia/Tokyo"),
        ("EXPORT__ESCAPE_FORMULAS", "true", "export", "escape_formulas", True),
        ("ACCESS__TOKEN_PARAMETER", "refuse", "access", "token_parameter", "refuse"),
        ("SERVER__METRICS", "false", "server", "metrics", False),
    ],
)
def test_names_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, section: str, setting: str, expected: object
) -> None:
    monkeypatch.setenv(f"LEADLINE_{name}", value)
    assert getattr(getattr(load_settings({}), section), setting) == expected


@pytest.mark.parametrize(
    ("flags", "path"),
    [
        ({"port": 65536}, "port"),
        ({"workers": -1}, "workers"),
        ({"limits": {"jobs_queued_max": 0}}, "limits.jobs_queued_max"),
        ({"limits": {"retention_days": 0}}, "limits.retention_days"),
        ({"limits": {"nonsense": 1}}, "limits.nonsense"),
        ({"rules": {"blank_cells": "maybe"}}, "rules.blank_cells"),
        ({"rules": {"time_zone": "Mars/Olympus"}}, "rules.time_zone"),
        ({"rules": {"time_zone": "../../etc/passwd"}}, "rules.time_zone"),
        ({"rules": {"time_zone": "localtime"}}, "rules.time_zone"),
        ({"rules": {"time_zone": "posix/Europe/Berlin"}}, "rules.time_zone"),
        ({"rules": {"time_zone": "Factory"}}, "rules.time_zone"),
        ({"access": {"token_parameter": "yes"}}, "access.token_parameter"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_a_fault_names_its_setting(flags: dict[str, Any], path: str) -> None:
    with pytest.raises(OperatorError, match="The configuration is wrong") as refusal:
        load_settings(flags)
    assert f" {path}: " in str(refusal.value)


def test_every_fault_at_once() -> None:
    with pytest.raises(OperatorError) as refusal:
        load_settings({"port": -1, "rules": {"overlong": "x", "long_rows": "x"}})
    for path in ("port", "rules.overlong", "rules.long_rows"):
        assert f"{path}: " in str(refusal.value)


def test_a_file_that_is_no_toml(elsewhere: Path) -> None:
    (elsewhere / "leadline.toml").write_text("port = = 1\n")
    with pytest.raises(OperatorError, match=r"leadline\.toml cannot be read"):
        load_settings({})


def test_settings_are_frozen() -> None:
    settings = load_settings({})
    with pytest.raises(ValidationError):
        settings.port = 1
    assert isinstance(settings, Settings)


def test_each_time_zone_is_known_to_the_engine() -> None:
    """Whatever the system calls a zone besides: a zone that is accepted is one that imports can use."""
    instant = pl.lit("2026-06-01 12:00:00").str.to_datetime()
    names = sorted(zoneinfo.available_timezones() - {"Factory"})
    assert len(names) > 500
    for name in names:
        assert instants.zone(name)
        assert pl.select(instant.dt.replace_time_zone(name)).height == 1


@pytest.mark.parametrize(
    ("name", "value", "setting", "expected"),
    [
        ("DATA", "elsewhere", "data", Path("elsewhere")),
        ("DATABASE", "postgresql://db", "database", "postgresql://db"),
        ("SETUP", "s.yaml", "setup", Path("s.yaml")),
        ("HOST", "::1", "host", "::1"),
        ("WORKERS", "0", "workers", 0),
        ("TLS_CERT", "c.pem", "tls_cert", Path("c.pem")),
        ("TLS_KEY", "k.pem", "tls_key", Path("k.pem")),
        ("ALLOW_PLAIN_HTTP", "true", "allow_plain_http", True),
        ("EXAMPLES", "shown", "examples", Path("shown")),
    ],
)
def test_options_have_names_in_the_environment_and_in_the_file(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, setting: str, expected: object
) -> None:
    monkeypatch.setenv(f"LEADLINE_{name}", value)
    assert getattr(load(DemoSettings, {}), setting) == expected
    monkeypatch.setenv(f"LEADLINE_{name}", "")
    assert getattr(load(DemoSettings, {}), setting) == DemoSettings.model_fields[setting].default
    (elsewhere / "leadline.toml").write_text(f"{setting} = '{value}'")
    assert getattr(load(DemoSettings, {}), setting) == expected


def test_each_option_of_a_command_has_its_name_in_the_environment() -> None:
    """The help shows it, and it is that of a setting; what a command that does not serve asks besides has none."""
    known = {env_name(name) for kind in KINDS for name in kind.model_fields}
    for name in sorted({*COMMANDS} - {"push"}):
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        commands = command.commands.values() if isinstance(command, click.Group) else [command]
        options = [each for one in commands for each in one.params if isinstance(each, click.Option)]
        assert options
        for each in options:
            wanted = env_name(each.opts[0].removeprefix("--").replace("-", "_"))
            if wanted not in known:
                assert name not in ("serve", "work", "sandbox", "demo"), f"--{each.name} is no setting"
                assert each.envvar is None
                continue
            assert each.envvar == wanted
            assert f"env var: {each.envvar}" in str(each.get_help_record(click.Context(command)))


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("LEADLINE_PROT", "LEADLINE_PORT"),
        ("LEADLINE_TLSCERT", "LEADLINE_TLS_CERT"),
        ("LEADLINE_LIMITS_TOKEN_SECONDS", "LEADLINE_LIMITS__TOKEN_SECONDS"),
        ("leadline_rules__blank_cell", "LEADLINE_RULES__BLANK_CELLS"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, name: str, nearest: str
) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(OperatorError, match=rf"{name.upper()}: .* nearest name is {nearest}"):
        load_settings({})


@pytest.mark.parametrize(
    ("line", "name", "nearest"),
    [
        ("prot = 1", "prot", "port"),
        ("tls-cert = 'c.pem'", "tls-cert", "tls_cert"),
        ("[limts]\nretention_days = 1", "limts", "limits"),
        ("[limits]\ndays_of_retention = 1", "limits.days_of_retention", "limits.retention_days"),
        ("retention_days = 1", "retention_days", "limits.retention_days"),
    ],
)
def test_an_unknown_key_of_the_file_is_refused_with_the_nearest(
    elsewhere: Path, line: str, name: str, nearest: str
) -> None:
    (elsewhere / "leadline.toml").write_text(line)
    with pytest.raises(OperatorError, match=rf" {name}: .* nearest name is {nearest}\."):
        load_settings({})


def test_names_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URL", "CLIENT_ID", "CLIENT_SECRET", "TEST_DATABASE", "TEST_X"):
        monkeypatch.setenv(f"LEADLINE_{name}", "x")
    for name in ("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT_8080_TCP", "PORT_8080_TCP_ADDR"):
        monkeypatch.setenv(f"LEADLINE_{name}", "10.0.0.1")
    monkeypatch.setenv("LEADLINES", "x")
    assert load_settings({}) == Settings()


@pytest.mark.parametrize("name", ["PORT", "DB_PORT", "DB_SERVICE_HOST", "DB_PORT_5432_TCP"])
def test_what_kubernetes_sets_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A service that is called leadline, or whose name begins so."""
    monkeypatch.setenv(f"LEADLINE_{name}", "tcp://10.0.0.1:8080")
    with pytest.raises(OperatorError, match=f"LEADLINE_{name}: .*`enableServiceLinks: false`"):
        load_settings({})


def test_a_port_of_kubernetes_does_not_matter_where_an_option_names_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LEADLINE_PORT", "tcp://10.0.0.1:8080")
    assert load_settings({"port": 1}).port == 1


def test_faults_of_all_sources_at_once(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by the name under which it was set, and none with a value, which may be a secret."""
    (elsewhere / "leadline.toml").write_text("host = ''\n[limits]\njobs_queued_max = 0\n")
    monkeypatch.setenv("LEADLINE_DATABASE", "mysql://u:s3cret@db")
    monkeypatch.setenv("LEADLINE_LIMITS__TOKEN_SECONDS", "soon")
    monkeypatch.setenv("LEADLINE_WORKER", "s3cret")
    with pytest.raises(OperatorError) as refusal:
        load_settings({"port": -1})
    told = str(refusal.value)
    for name in ("host", "limits.jobs_queued_max", "port", "LEADLINE_DATABASE", "LEADLINE_WORKER"):
        assert f" {name}: " in told
    assert " LEADLINE_LIMITS__TOKEN_SECONDS: " in told
    assert "s3cret" not in told


def test_a_section_of_the_file_that_is_none(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (elsewhere / "leadline.toml").write_text("limits = 1")
    monkeypatch.setenv("LEADLINE_LIMITS__TOKEN_SECONDS", "2")
    with pytest.raises(OperatorError, match="limits: "):
        load_settings({})


def test_the_store_is_found_though_other_settings_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADLINE_DATA", "here")
    monkeypatch.setenv("LEADLINE_PORT", "x")
    monkeypatch.setenv("LEADLINE_PROT", "1")
    found = find_store({})
    assert found is not None
    assert found.data == Path("here")


def test_who_starts_the_program_may_choose_arrows_allocator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARROW_DEFAULT_MEMORY_POOL", "system")
    let_arrow_give_back()
    assert os.environ["ARROW_DEFAULT_MEMORY_POOL"] == "system"


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_colours_can_be_declined(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], wanted: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert wants_colors() is wanted
