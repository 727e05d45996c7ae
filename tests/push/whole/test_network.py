"""A network that is gone for ten minutes is waited for; one that stays away ends the push, which goes on later."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from leadline.client import Exit, Login, PushError, PushOptions, push
from leadline.client.ended import State
from leadline.client.events import Event, PieceDone
from leadline.testing.subscription import Subscription
from tests.push.whole.gate import Gate
from tests.push.whole.pushes import (
    SMALL,
    FastClock,
    creates,
    hold_rows,
    login_of,
    make_file,
    original,
    ours,
    people,
    run,
    states,
)
from tests.sockets import free_port

SPEED = 400.0


@pytest.fixture
def gate(leadline: Subscription) -> Iterator[Gate]:
    gate = Gate(leadline.url)
    yield gate
    gate.close()


def login_through(gate: Gate, one: Subscription) -> Login:
    return replace(login_of(one), address=gate.url)


@original
def test_ten_minutes_without_a_network_are_waited_for(
    leadline: Subscription, gate: Gate, tmp_path: Path
) -> None:
    rows = people(60)
    options = PushOptions(make_file(tmp_path, rows), pace=replace(SMALL, in_flight=1))
    timers: list[threading.Timer] = []

    def lose_it(event: Event) -> None:
        if isinstance(event, PieceDone) and not timers:
            gate.close()
            timers.append(threading.Timer(600.0 / SPEED, gate.open))
            timers[0].start()

    report = push(options, login_through(gate, leadline), lose_it, clock=FastClock(SPEED))
    timers[0].join()
    assert report.exit is Exit.IMPORTED
    found = states(options.manifest_path)
    assert [state for piece, state in found if piece == 2].count(State.REFUSED) > 3, "nothing was sent"
    assert State.UNKNOWN not in {state for _, state in found}
    assert len(creates(leadline)) == 4
    hold_rows(leadline, rows)


@ours
def test_a_network_that_goes_in_the_middle_of_calls_costs_no_piece(
    leadline: Subscription, gate: Gate, tmp_path: Path
) -> None:
    rows = people(60)
    options = PushOptions(make_file(tmp_path, rows), pace=SMALL)
    timers: list[threading.Timer] = []

    def lose_it(event: Event) -> None:
        if type(event).__name__ == "PieceAccepted" and not timers:
            gate.close()
            timers.append(threading.Timer(0.5, gate.open))
            timers[0].start()

    report = push(options, login_through(gate, leadline), lose_it, clock=FastClock(SPEED))
    timers[0].join()
    assert report.exit is Exit.IMPORTED
    leadline.assert_jobs(count=4)
    hold_rows(leadline, rows)


@original
def test_a_network_that_stays_away_ends_the_push(leadline: Subscription, gate: Gate, tmp_path: Path) -> None:
    rows = people(60)
    options = PushOptions(make_file(tmp_path, rows), pace=replace(SMALL, in_flight=1))
    lost: list[Event] = []

    def lose_it(event: Event) -> None:
        if isinstance(event, PieceDone) and not lost:
            lost.append(event)
            gate.close()

    login = login_through(gate, leadline)
    report = push(options, login, lose_it, clock=FastClock(SPEED))
    assert report.exit is Exit.UNFINISHED
    assert "is not there" in report.message
    assert report.counts.imported > 0
    gate.open()
    assert push(options, login, clock=FastClock(SPEED)).exit is Exit.IMPORTED
    assert len(creates(leadline)) == 4
    hold_rows(leadline, rows)


def test_a_server_that_was_never_there_is_soon_given_up(tmp_path: Path) -> None:
    options = PushOptions(make_file(tmp_path, people(2)), pace=SMALL)
    clock = FastClock()
    with pytest.raises(PushError, match="is not there: no connection") as ended:
        push(options, Login(f"http://127.0.0.1:{free_port()}", "i", "s"), clock=clock)
    assert ended.value.exit_code is Exit.UNFINISHED
    assert clock.monotonic() < 120.0
    assert list(tmp_path.iterdir()) == [options.file]


@original
def test_a_secret_that_is_wrong_is_told_in_the_servers_words(leadline: Subscription, tmp_path: Path) -> None:
    options = PushOptions(make_file(tmp_path, people(2)), pace=SMALL)
    with pytest.raises(PushError, match="refuses the credentials: 401 Bad client credentials") as ended:
        push(options, replace(login_of(leadline), client_secret="wrong"), clock=FastClock())
    assert ended.value.exit_code is Exit.REFUSED
    assert run(leadline, options).exit is Exit.IMPORTED
