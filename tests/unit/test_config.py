"""Settings: where they come from, which one wins, and how wrong ones are told."""

import zoneinfo
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from leadline.config import Settings, load_settings
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
        "retention_days": 7,
        "token_seconds": 3600,
        "shared_queue": True,
    }
    assert settings.rules.model_dump() == {
        "blank_cells": "keep",
        "unknown_columns": "reject",
        "overlong": "fail",
        "multiple_matches": "fail",
        "long_rows": "warn",
        "ambiguous_dates": "warn",
        "time_zone": "America/Chicago",
        "member_backward": "silent",
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
