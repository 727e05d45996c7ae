"""How far jobs get: by themselves, by polls, step by step, and into a fault."""

import pytest

from leadline.sandbox.faults.effects import FailJob, StallJob
from leadline.sandbox.jobs.progress import Progress, Reach


def test_jobs_run_by_themselves() -> None:
    progress = Progress()
    assert progress.may_begin(1001)
    assert progress.may_go_on(1001, 1)
    assert progress.failure_of(1001) is None
    assert not progress.holds(1001)


def test_a_held_job_gets_as_far_as_it_is_let() -> None:
    progress = Progress()
    progress.set_mode("hold")
    assert not progress.may_begin(1001)
    progress.let(1001, Reach.IMPORTING)
    assert progress.may_begin(1001)
    assert not progress.may_go_on(1001, 1)
    assert progress.holds(1001)
    progress.let(1001, Reach.END)
    assert progress.may_go_on(1001, 1)
    assert not progress.may_begin(1002)


def test_a_held_job_fails_when_it_is_told_to() -> None:
    progress = Progress()
    progress.set_mode("hold")
    progress.let(1001, Reach.END, "no")
    assert progress.may_begin(1001)
    assert progress.failure_of(1001) == "no"
    assert not progress.may_go_on(1001, 2), "a worker in the middle of it would go on"


@pytest.mark.parametrize(
    ("polls", "seen"),
    [
        (1, [Reach.END]),
        (2, [Reach.QUEUED, Reach.END]),
        (3, [Reach.QUEUED, Reach.IMPORTING, Reach.END, Reach.END]),
        (5, [Reach.QUEUED, Reach.IMPORTING, Reach.IMPORTING, Reach.IMPORTING, Reach.END]),
    ],
)
def test_polls_move_jobs(polls: int, seen: list[Reach]) -> None:
    progress = Progress()
    progress.set_mode(f"polls:{polls}")
    assert [progress.polled(1001) for _ in seen] == seen
    assert progress.may_go_on(1001, 1)
    assert not progress.may_go_on(1002, 1)


def test_a_poll_that_showed_nothing_does_not_count() -> None:
    progress = Progress()
    progress.set_mode("polls:3")
    progress.polled(1001)
    progress.polled(1001)
    progress.not_polled(1001)
    assert progress.polled(1001) is Reach.IMPORTING


def test_auto_lets_everything_go_on() -> None:
    progress = Progress()
    progress.set_mode("hold")
    progress.let(1001, Reach.IMPORTING)
    with progress.creating() as befalls:
        befalls(1002, StallJob(500))
    progress.set_mode("auto")
    assert all(progress.may_go_on(each, 501) for each in (1001, 1002, 1003))


@pytest.mark.parametrize(
    "mode", ["", "polls", "polls:0", "polls:-1", "polls:1001", "polls:3.5", "Hold", 3, None, ["auto"]]
)
def test_other_modes_are_refused(mode: object) -> None:
    progress = Progress()
    with pytest.raises(ValueError, match='progress is "auto", "hold" or "polls:"'):
        progress.set_mode(mode)
    assert progress.mode == "auto"


def test_no_job_begins_while_it_is_not_known_what_befalls_it() -> None:
    progress = Progress()
    with progress.creating() as befalls:
        assert not progress.may_begin(1001)
        befalls(1001, FailJob("no"))
        assert progress.may_begin(1001)
        assert not progress.may_begin(1002)
    assert progress.may_begin(1002)
    assert progress.failure_of(1001) == "no"


def test_a_job_stalls_after_its_rows() -> None:
    progress = Progress()
    with progress.creating() as befalls:
        befalls(1001, StallJob(500))
    assert progress.stop_row(1001) == 501
    assert progress.may_go_on(1001, 500)
    assert not progress.may_go_on(1001, 501)
    assert progress.holds(1001)
    progress.let(1001, Reach.END)
    assert progress.may_go_on(1001, 501)
    assert progress.stop_row(1001) is None


def test_a_job_that_is_to_fail_waits_for_its_time() -> None:
    progress = Progress()
    progress.set_mode("hold")
    with progress.creating() as befalls:
        befalls(1001, FailJob("no"))
    assert not progress.may_begin(1001)
    assert progress.failure_of(1001) is None
    progress.let(1001, Reach.IMPORTING)
    assert progress.may_begin(1001)
    assert progress.failure_of(1001) is None
    progress.set_mode("auto")
    assert progress.failure_of(1001) == "no"


def test_nobody_waits_for_the_jobs_of_a_subscription_that_is_removed() -> None:
    progress = Progress()
    progress.close()
    assert progress.wait_until(lambda: 1 / 0 > 0, 60)


def test_workers_are_woken_by_each_change() -> None:
    woken: list[int] = []
    progress = Progress(lambda: woken.append(1))
    progress.set_mode("hold")
    progress.let(1001, Reach.END)
    with progress.creating():
        pass
    progress.reset()
    assert len(woken) == 4
