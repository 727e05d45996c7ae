"""Whatever goes wrong with calls: a piece is taken once where that can be known, and each row is told of once."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leadline.client import Exit, PushError, PushOptions, Report
from leadline.client.ended import State
from leadline.testing.subscription import Subscription
from tests.forms import repeats
from tests.push.whole.pushes import (
    ROOMY,
    SMALL,
    FastClock,
    creates,
    hold_each_row_once,
    hold_rows,
    make_file,
    original,
    people,
    push_of,
    read_rows,
    run,
    sends,
    states,
)

TOKENS = ["601", "602"]
DEFINITE = [
    "1016",
    "606",
    "602",
    *(pytest.param(code, marks=repeats) for code in ("1019", "615", "608", "713", "601")),
]


@pytest.mark.parametrize("code", DEFINITE)
@original
def test_a_definite_refusal_is_tried_again(leadline: Subscription, tmp_path: Path, code: str) -> None:
    rows, options = push_of(tmp_path)
    leadline.faults.code(code, "bulk.leads.create", times=1 if code in TOKENS else 3, skip=1)
    report = run(leadline, options)
    assert report.exit is Exit.IMPORTED, report
    hold_rows(leadline, rows)
    taken = [call for call in creates(leadline) if call["code"] is None]
    assert len(taken) == report.pieces
    found = states(options.manifest_path)
    assert sum(state is State.REFUSED for _, state in found) == len(creates(leadline)) - len(taken) > 0
    assert State.UNKNOWN not in {state for _, state in found}


@pytest.mark.parametrize("status", [503, pytest.param(429, marks=repeats)])
@original
def test_a_gateway_that_says_later_is_heard(leadline: Subscription, tmp_path: Path, status: int) -> None:
    rows, options = push_of(tmp_path, rows=20)
    leadline.faults.http(status, "bulk.leads.create", retry_after=7, times=2)
    assert run(leadline, options).exit is Exit.IMPORTED
    hold_rows(leadline, rows)


@original
def test_a_token_that_is_refused_twice_ends_the_push(leadline: Subscription, tmp_path: Path) -> None:
    _, options = push_of(tmp_path)
    leadline.faults.code("601", "bulk.leads.create", times="always")
    report = run(leadline, options)
    assert report.exit is Exit.REFUSED
    assert "601" in report.message
    hold_each_row_once(options, report)


@original
def test_a_push_may_run_within_a_loop(leadline: Subscription, tmp_path: Path) -> None:
    """As in a notebook."""

    async def cell() -> Report:
        return run(leadline, options)

    rows, options = push_of(tmp_path, rows=20)
    assert asyncio.run(cell()).exit is Exit.IMPORTED
    hold_rows(leadline, rows)


@original
def test_the_calls_of_a_day_may_be_used_up(leadline: Subscription, tmp_path: Path) -> None:
    rows, options = push_of(tmp_path)
    leadline.faults.code("607", skip=8, times="always")
    report = run(leadline, options)
    assert report.exit is Exit.UNFINISHED
    assert "the next ones come at 20" in report.message
    hold_each_row_once(options, report)
    leadline.faults.clear()
    assert run(leadline, options).exit is Exit.IMPORTED
    hold_rows(leadline, rows)
    assert set(sends(options).values()) <= {1, 2}


@original
def test_calls_are_left_for_others(leadline: Subscription, tmp_path: Path) -> None:
    """What others have made today counts, as far as the server says."""
    _, options = push_of(tmp_path)
    options = replace(options, pace=replace(SMALL, daily_calls=25, reserve_calls=15))
    report = run(leadline, options)
    assert report.exit is Exit.UNFINISHED
    assert len(leadline.calls) == report.calls == 10
    hold_each_row_once(options, report)
    with pytest.raises(PushError, match="may make today are used up"):
        run(leadline, options)
    assert len(leadline.calls) <= 13, "a new token, the probe, and what the day's calls are"


@pytest.mark.filterwarnings("ignore:606 came without a fault")
@pytest.mark.parametrize(("calls", "is_kept"), [(4, True), pytest.param(1000, False, marks=repeats)])
@pytest.mark.leadline(original=True, limits={"rate_calls_max": 4})
def test_no_window_of_the_server_is_overrun(
    leadline: Subscription, tmp_path: Path, calls: int, is_kept: bool
) -> None:
    """The server counts by a clock that goes as fast as that of the push; without the limit it refuses."""
    rows, options = push_of(tmp_path)
    speed = 20.0
    leadline.clock.rate(speed)
    options = replace(options, pace=replace(SMALL, calls_per_20s=calls, poll=30.0))
    report = run(leadline, options, clock=FastClock(speed))
    assert report.exit is Exit.IMPORTED
    assert any(call["code"] == "606" for call in leadline.calls) is not is_kept
    hold_rows(leadline, rows)


@pytest.mark.leadline(original=True, limits=ROOMY | {"upload_bytes_max": 600})
def test_a_piece_that_is_too_large_is_halved_and_the_size_is_kept(
    leadline: Subscription, tmp_path: Path
) -> None:
    rows, options = push_of(tmp_path, rows=120)
    report = run(leadline, options)
    assert report.exit is Exit.IMPORTED
    hold_rows(leadline, rows)
    hold_each_row_once(options, report)
    too_large = [call for call in creates(leadline) if call["code"] == "413"]
    assert 1 <= len(too_large) <= options.pace.in_flight
    halved = [piece for piece, state in states(options.manifest_path) if state is State.HALVED]
    assert len(halved) == report.pieces / 2 > len(too_large)
    assert run(leadline, options).counts == report.counts


@pytest.mark.leadline(original=True, limits=ROOMY | {"upload_bytes_max": 600})
def test_a_single_row_that_is_too_large_is_not_imported_and_says_why(
    leadline: Subscription, tmp_path: Path
) -> None:
    rows = people(20)
    rows[7]["lastName"] = "x" * 700
    options = PushOptions(make_file(tmp_path, rows), pace=SMALL)
    report = run(leadline, options)
    assert report.exit is Exit.ROWS_MISSING
    assert (report.counts.imported, report.counts.not_imported) == (19, 1)
    [row] = read_rows(options.out_folder / "not-imported.csv")
    assert row["Source Row"] == "8"
    assert "413" in str(row)
    hold_rows(leadline, rows[:7] + rows[8:])
    posted = len(creates(leadline))
    assert run(leadline, options).counts == report.counts
    assert len(creates(leadline)) == posted, "an older row might land on a newer one"


READS: list[tuple[str, dict[str, Any]]] = [
    (on, fault)
    for on in ("*.status", "*.failures")
    for fault in (
        {"do": {"code": "606"}},
        {"do": {"code": "602"}},
        {"do": {"token": "expire"}},
        {"do": {"code": "604"}, "times": 3},
        {"do": {"http": 502}, "times": 3},
        {"do": {"reset": True}, "times": 3},
        {"do": {"truncate": 50}, "times": 3},
    )
]
FEW = READS[::4]


@pytest.mark.parametrize(
    ("on", "fault"),
    [*FEW, *(pytest.param(*each, marks=repeats) for each in READS if each not in FEW)],
    ids=str,
)
@original
def test_reads_are_made_again(leadline: Subscription, tmp_path: Path, on: str, fault: dict[str, Any]) -> None:
    rows, options = push_of(tmp_path, rows=20)
    bad = {**rows[3], "email": "", "firstName": "Nobody"}
    make_file(tmp_path, [*rows, bad])
    leadline.faults.add({"on": on, **fault})
    report = run(leadline, options)
    assert report.exit is Exit.ROWS_MISSING
    [row] = read_rows(options.out_folder / "failures.csv")
    assert (row["Source Row"], row["firstName"]) == ("21", "Nobody")
    hold_rows(leadline, rows)
    assert set(sends(options).values()) == {1}


@original
def test_a_new_job_may_not_be_known_everywhere_at_once(leadline: Subscription, tmp_path: Path) -> None:
    rows, options = push_of(tmp_path)
    leadline.faults.code("1013", "*.status", times=4)
    assert run(leadline, options).exit is Exit.IMPORTED
    assert set(sends(options).values()) == {1}
    hold_rows(leadline, rows)


@original
def test_a_job_that_fails_leaves_its_rows_and_lets_the_others_go_on(
    leadline: Subscription, tmp_path: Path
) -> None:
    rows, options = push_of(tmp_path)
    leadline.faults.fail_job("Import failed, disk on fire", skip=1)
    report = run(leadline, options)
    assert report.exit is Exit.ROWS_MISSING
    missing = read_rows(options.out_folder / "not-imported.csv")
    assert 0 < len(missing) < 60
    assert all("disk on fire" in str(row) for row in missing)
    hold_rows(leadline, [row for row in rows if row["email"] not in {each["email"] for each in missing}])
    hold_each_row_once(options, report)


@original
def test_what_the_server_will_not_have_stops_the_push_in_its_words(
    leadline: Subscription, tmp_path: Path
) -> None:
    _, options = push_of(tmp_path)
    leadline.faults.code("1008", "bulk.leads.create", times=1, skip=2)
    report = run(leadline, options)
    assert report.exit is Exit.REFUSED
    assert "1008 Access denied to partition" in report.message
    assert len(creates(leadline)) < report.pieces
    hold_each_row_once(options, report)
    assert run(leadline, options).exit is Exit.IMPORTED
