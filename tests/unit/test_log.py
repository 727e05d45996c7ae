"""The log: RFC 3339 times, levels that an alert can go by, one line for each event whatever it carries."""

import io
import json
import os
import re
from datetime import UTC, datetime, timedelta

import pytest

from leadline.events import (
    Event,
    JobRescued,
    PreviewRescued,
    StoreDown,
    StoreFailed,
    WorkerSilent,
    WorkerStopped,
)
from leadline.telemetry.log_lines import LogForm, json_line, text_line
from leadline.telemetry.subscriber import Telemetry

FORGED = 'it ends\r\n{"event":"Forged"}\x1b[2J\x9b2J\u2028end'


def written(form: LogForm, *events: Event, is_terminal: bool = False, colors: bool = False) -> str:
    """Return what a log of some form has after some events, on a terminal or in a pipe."""
    reads, writes = os.openpty() if is_terminal else os.pipe()
    with os.fdopen(writes, "w") as stream:
        telemetry = Telemetry(stream, form, colors=colors)
        for each in events:
            telemetry.emit(each)
        text = os.read(reads, 1_000_000).decode()
    os.close(reads)
    return text.replace("\r\n", "\n") if is_terminal else text


def test_a_line_of_json_has_its_time_in_utc() -> None:
    line = json.loads(written("auto", WorkerSilent(7)))
    assert list(line) == ["time", "level", "event", "pid"]
    assert (line["level"], line["event"], line["pid"]) == ("warning", "WorkerSilent", 7)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    assert abs(datetime.now(UTC) - datetime.fromisoformat(line["time"])) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("form", "is_terminal", "is_json"),
    [("auto", True, False), ("auto", False, True), ("json", True, True), ("text", False, False)],
)
def test_the_form_follows_the_terminal_unless_it_is_set(
    form: LogForm, is_terminal: bool, is_json: bool
) -> None:
    text = written(form, WorkerSilent(7), is_terminal=is_terminal)
    if is_json:
        assert json.loads(text)["pid"] == 7
    else:
        assert re.fullmatch(r"\d\d:\d\d:\d\d warning WorkerSilent pid=7\n", text), text


def test_colours_are_for_terminals_that_want_them() -> None:
    coloured = written("auto", StoreFailed("123-ABC-456", "it is gone"), is_terminal=True, colors=True)
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured)[9:] == (
        'error   StoreFailed munchkin_id=123-ABC-456 why="it is gone"\n'
    )
    assert coloured.count("\x1b[") == 2
    assert "\x1b" not in written("text", WorkerSilent(7), colors=True)
    assert "\x1b" not in written("auto", WorkerSilent(7), is_terminal=True)


@pytest.mark.parametrize(
    "line", [json_line, lambda event: text_line(event, colors=False)], ids=["json", "text"]
)
def test_nothing_that_an_event_carries_ends_the_line_or_commands_the_terminal(line: object) -> None:
    assert callable(line)
    text = line(StoreFailed("123-ABC-456", FORGED))
    assert text.isascii()
    assert [each for each in text if not each.isprintable()] == ["\n"]
    assert text.endswith("\n")
    assert "Forged" in text


@pytest.mark.parametrize(
    ("event", "level"),
    [
        (WorkerStopped(1, 0), "info"),
        (WorkerStopped(1, -15), "info"),
        (WorkerStopped(1, -9), "warning"),
        (WorkerStopped(1, 1), "warning"),
        (JobRescued("123-ABC-456", 1, "Queued"), "warning"),
        (JobRescued("123-ABC-456", 1, "Failed"), "error"),
        (PreviewRescued("123-ABC-456", "p", "Queued"), "warning"),
        (PreviewRescued("123-ABC-456", "p", "Failed"), "error"),
    ],
    ids=str,
)
def test_what_was_lost_for_good_is_an_error(event: Event, level: str) -> None:
    assert json.loads(json_line(event))["level"] == level
    assert text_line(event, colors=False).split()[1] == level


def test_a_database_that_stays_down_is_told_once_in_a_while() -> None:
    """Each try is counted; the log has the first, for each subscription."""
    here, there = StoreDown("", "refused"), StoreDown("123-ABC-456", "refused")
    lines = written("json", here, here, there, here, WorkerSilent(1), WorkerSilent(1)).splitlines()
    assert [json.loads(line).get("munchkin_id") for line in lines] == ["", "123-ABC-456", None, None]


def test_a_log_without_a_descriptor_loses_its_lines_and_counts_them() -> None:
    telemetry = Telemetry(io.StringIO())
    telemetry.emit(WorkerSilent(1))
    assert telemetry.metrics._lost._value.get() == 1
