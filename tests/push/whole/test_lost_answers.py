"""An answer that is lost: on the original nobody can know, with a key Leadline says it; and what follows."""

import os
import signal
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leadline.client import Exit, PushOptions, Unknown
from leadline.client.ended import State
from leadline.client.events import PieceUnknown, Waiting
from leadline.client.manifest.journal import Journal
from leadline.client.manifest.lines import PieceLine
from leadline.testing.subscription import Subscription
from tests.forms import repeats
from tests.push.whole.pushes import (
    ROOMY,
    SMALL,
    Told,
    hold_each_row_once,
    hold_rows,
    make_file,
    original,
    ours,
    people,
    push_of,
    read_rows,
    run,
    sends,
    states,
)

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
