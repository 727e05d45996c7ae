"""Whatever goes wrong with calls: a piece is taken once where that can be known, and each row is told of once."""

import asyncio
import os
import signal
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leadline.client import Exit, PushError, PushOptions, Report, Unknown
from leadline.client.ended import State
from leadline.client.events import PieceUnknown, Waiting
from leadline.client.manifest.journal import Journal
from leadline.client.manifest.lines import PieceLine
from leadline.testing.subscription import Subscription
from tests.forms import repeats
from tests.push.whole.pushes import (
    ROOMY,
    SMALL,
    FastClock,
    Told,
    creates,
    hold_rows,
    make_file,
    people,
    read_rows,
    run,
    states,
)

original = pytest.mark.leadline(original=True, limits=ROOMY)
ours = pytest.mark.leadline(limits=ROOMY)

TOKENS = ["601", "602"]
DEFINITE = [
    "1016",
    "606",
    "602",
    *(pytest.param(code, marks=repeats) for code in ("1019", "615", "608", "713", "601")),
]
LOST: list[dict[str, Any]] = [
    {"do": {"reset": True}, "phase": "after"},
    {"do": {"http": 502}},
    {"do": {"truncate": 20}},
]
"""Answers that say nothing of the work, which is done in some of them."""

LOST_TOO: list[dict[str, Any]] = [
    {"do": {"reset": True}},
    {"do": {"http": 504}, "phase": "after"},
    {"do": {"http": 500}},
    {"do": {"code": "604"}, "phase": "after"},
    {"do": {"code": "611"}},
    {"do": {"cutBody": 200}},
]
EACH_LOST = [*LOST, *(pytest.param(fault, marks=repeats) for fault in LOST_TOO)]


def push_of(tmp_path: Path, rows: int = 60, **more: Any) -> tuple[list[dict[str, str]], PushOptions]:
    people_of = people(rows)
    return people_of, replace(PushOptions(make_file(tmp_path, people_of), pace=SMALL), **more)


def hold_each_row_once(options: PushOptions, report: Report) -> None:
    """Hold that the result files and the counts tell of each row of the file once."""
    counts = report.counts
    assert counts.rows == counts.imported + counts.failed + counts.not_imported
    told = Counter(
        row["Source Row"]
        for name in ("failures", "not-imported")
        for row in read_rows(options.out_folder / f"{name}.csv")
    )
    assert set(told.values()) <= {1}
    assert len(told) == counts.failed + counts.not_imported


def sends(options: PushOptions) -> Counter[int]:
    return Counter(piece for piece, state in states(options.manifest_path) if state is State.SENDING)


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


@pytest.mark.parametrize("fault", EACH_LOST, ids=str)
@original
def test_an_answer_that_is_lost_stops_the_push_and_says_so(
    leadline: Subscription, tmp_path: Path, fault: dict[str, Any]
) -> None:
    """On the original nobody can know: the piece is not sent again by itself."""
    rows, options = push_of(tmp_path)
    leadline.faults.add({"on": "bulk.leads.create", "skip": 1, **fault})
    report = run(leadline, options)
    assert report.exit is Exit.UNKNOWN
    assert "--unknown resend" in report.message
    unknown = [row for row in read_rows(options.out_folder / "not-imported.csv") if "unknown" in str(row)]
    assert len(unknown) == report.counts.unknown > 0
    hold_each_row_once(options, report)
    assert set(sends(options).values()) == {1}
    told = Told()
    report = run(leadline, replace(options, unknown=Unknown.RESEND), told)
    assert report.exit is Exit.IMPORTED
    assert [each.is_resent for each in told.of(PieceUnknown)] == [True]
    assert sorted(sends(options).values()) == [1] * (report.pieces - 1) + [2]
    hold_rows(leadline, rows)


@pytest.mark.parametrize("fault", EACH_LOST, ids=str)
@ours
def test_with_a_key_a_lost_answer_is_asked_for_again(
    leadline: Subscription, tmp_path: Path, fault: dict[str, Any]
) -> None:
    """Each piece is one job, whether its lost call was done or not."""
    rows, options = push_of(tmp_path)
    leadline.faults.add({"on": "bulk.leads.create", "skip": 1, "times": 2, **fault})
    report = run(leadline, options)
    assert report.exit is Exit.IMPORTED
    leadline.assert_jobs(count=report.pieces, status="Complete", failed=0)
    hold_rows(leadline, rows)
    hold_each_row_once(options, report)


@ours
def test_a_server_that_never_answers_a_key_leaves_the_push_to_go_on(
    leadline: Subscription, tmp_path: Path
) -> None:
    rows, options = push_of(tmp_path)
    leadline.faults.lost_reply("bulk.leads.create", times="always")
    report = run(leadline, options)
    assert report.exit is Exit.UNFINISHED
    hold_each_row_once(options, report)
    leadline.faults.clear()
    assert run(leadline, options).exit is Exit.IMPORTED
    leadline.assert_jobs(count=report.pieces)
    hold_rows(leadline, rows)


@pytest.mark.parametrize("answer", [True, False])
@original
def test_a_person_may_be_asked(leadline: Subscription, tmp_path: Path, answer: bool) -> None:
    rows, options = push_of(tmp_path, yes=True)
    leadline.faults.lost_reply("bulk.leads.create")
    asked: list[str] = []

    def ask(question: str) -> bool:
        asked.append(question)
        return answer

    report = run(leadline, options, ask=ask)
    assert len(asked) == 1
    assert "No answer came to piece" in asked[0]
    assert report.exit is (Exit.IMPORTED if answer else Exit.UNKNOWN)
    if answer:
        hold_rows(leadline, rows)


@original
def test_a_person_who_is_asked_may_leave(leadline: Subscription, tmp_path: Path) -> None:
    """Ctrl-C ends a push whose question nobody answers."""
    _, options = push_of(tmp_path, yes=True)
    leadline.faults.lost_reply("bulk.leads.create")
    gone = threading.Event()

    def ask(question: str) -> bool:
        os.kill(os.getpid(), signal.SIGINT)
        return not gone.wait(30)

    report = run(leadline, options, ask=ask)
    gone.set()
    assert report.exit is Exit.INTERRUPTED
    assert report.counts.unknown > 0


@original
def test_a_push_may_run_within_a_loop(leadline: Subscription, tmp_path: Path) -> None:
    """As in a notebook."""

    async def cell() -> Report:
        return run(leadline, options)

    rows, options = push_of(tmp_path, rows=20)
    assert asyncio.run(cell()).exit is Exit.IMPORTED
    hold_rows(leadline, rows)


@original
def test_the_next_wave_waits_for_what_may_have_been_taken_twice(
    leadline: Subscription, tmp_path: Path
) -> None:
    """Else the lost copy of an older row could be imported behind the newer one."""
    rows = [*people(30), *people(12, company="New")]
    for row in rows[:30]:
        row["company"] = "Old"
    options = PushOptions(make_file(tmp_path, rows), pace=SMALL, unknown=Unknown.RESEND)
    leadline.faults.lost_reply("bulk.leads.create")
    told = Told()
    report = run(leadline, options, told)
    assert report.exit is Exit.IMPORTED
    hold_rows(leadline, rows)
    waits = [each for each in told.of(Waiting) if each.why == "what may have been taken twice"]
    assert len(waits) == 1
    assert sum(sends(options).values()) == report.pieces + 1


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


@pytest.mark.leadline(original=True, limits=ROOMY | {"upload_bytes_max": 600})
def test_a_piece_that_may_have_been_taken_is_not_halved_before_it_is_sent_again(
    leadline: Subscription, tmp_path: Path
) -> None:
    """Not even where others of its size were too large: by then it is another limit, or was another server."""
    rows, options = push_of(tmp_path)
    leadline.faults.reset("bulk.leads.create")
    assert run(leadline, replace(options, pace=replace(SMALL, in_flight=1))).exit is Exit.UNKNOWN
    with Journal(options.manifest_path) as journal:
        journal.append(PieceLine(0.0, State.SENDING, 2))
        journal.append(PieceLine(0.0, State.REFUSED, 2, code="413"))
        journal.append(PieceLine(0.0, State.HALVED, 2, into=(5, 6), piece_bytes=550))
    assert run(leadline, replace(options, unknown=Unknown.RESEND)).exit is Exit.IMPORTED
    own = [state for piece, state in states(options.manifest_path) if piece == 1]
    assert own[-3:] == [State.SENDING, State.REFUSED, State.HALVED]
    hold_rows(leadline, rows)
    hold_each_row_once(options, run(leadline, options))


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


@original
def test_an_expired_batch_is_an_unknown_piece(leadline: Subscription, tmp_path: Path) -> None:
    rows, options = push_of(tmp_path)
    leadline.jobs.hold()
    waits = replace(options, pace=replace(SMALL, wait=60.0))
    report = run(leadline, waits)
    assert report.exit is Exit.UNFINISHED
    leadline.jobs.auto()
    leadline.assert_jobs(status="Complete")
    leadline.clock.advance(days=8)
    report = run(leadline, options)
    assert report.exit is Exit.UNKNOWN
    assert "is no longer known" in report.message
    assert run(leadline, replace(options, unknown=Unknown.RESEND)).exit is Exit.IMPORTED
    hold_rows(leadline, rows)
