"""What each answer means, and when a call is tried again."""

import random
from itertools import pairwise

import pytest

from leadline.client.calls.refusals import Meaning, Outcome, meaning_of_code, meaning_of_http
from leadline.client.calls.tries import OFFLINE_SECONDS_MAX, TRIES_MAX, Tries

DEFINITE = ("601", "602", "606", "608", "615", "713", "1016", "1019", "413")
UNKNOWN = ("604", "611")


@pytest.mark.parametrize("code", DEFINITE)
def test_a_definite_refusal_is_one(code: str) -> None:
    assert meaning_of_code(code).is_definite
    assert meaning_of_code(code) is not Meaning.FINAL


@pytest.mark.parametrize("code", UNKNOWN)
def test_a_code_that_says_nothing_of_the_work_leaves_it_unknown(code: str) -> None:
    assert meaning_of_code(code) is Meaning.LOST


@pytest.mark.parametrize("code", ["600", "603", "610", "1003", "1006", "1013", "9999", ""])
def test_any_other_code_is_final(code: str) -> None:
    assert meaning_of_code(code) is Meaning.FINAL


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (200, Meaning.LOST),
        (302, Meaning.FINAL),
        (408, Meaning.LOST),
        (500, Meaning.LOST),
        (502, Meaning.LOST),
        (504, Meaning.LOST),
        (503, Meaning.AGAIN),
        (429, Meaning.SLOWER),
        (413, Meaning.TOO_LARGE),
        (404, Meaning.ABSENT),
        (403, Meaning.FINAL),
    ],
)
def test_each_status_of_a_gateway_means_something(status: int, meaning: Meaning) -> None:
    assert meaning_of_http(status) is meaning


def waits(outcomes: list[Outcome], *, is_repeatable: bool = True) -> list[float | None]:
    tries = Tries(is_repeatable, random.Random(1))
    return [tries.wait_after(each) for each in outcomes]


@pytest.mark.parametrize("meaning", [Meaning.AGAIN, Meaning.LOST])
def test_a_call_is_tried_six_times_with_growing_waits(meaning: Meaning) -> None:
    found = waits([Outcome(meaning)] * TRIES_MAX)
    assert found[-1] is None
    times = [each for each in found if each is not None]
    assert len(times) == TRIES_MAX - 1
    assert all(later > earlier for earlier, later in pairwise(times))


def test_an_unknown_create_is_not_tried_again_and_a_definite_refusal_is() -> None:
    assert waits([Outcome(Meaning.LOST)], is_repeatable=False) == [None]
    assert all(
        waits([Outcome(each)], is_repeatable=False) != [None]
        for each in (Meaning.AGAIN, Meaning.LATER, Meaning.SLOWER, Meaning.TOKEN, Meaning.OFFLINE)
    )


def test_a_full_queue_is_waited_for_without_end() -> None:
    found = waits([Outcome(Meaning.LATER, "1016")] * 200, is_repeatable=False)
    assert all(each is not None and 30.0 <= each <= 150.0 for each in found)
    assert len(set(found)) > 100, "clients that were refused at once must come apart"


def test_one_new_token_is_tried() -> None:
    assert waits([Outcome(Meaning.TOKEN, "602"), Outcome(Meaning.TOKEN, "602")]) == [0.0, None]


def test_a_pause_is_a_window_long_or_as_the_server_says() -> None:
    rate, at_once, told = waits(
        [Outcome(Meaning.SLOWER, "606"), Outcome(Meaning.SLOWER, "615"), Outcome(Meaning.SLOWER, "", "", 7.0)]
    )
    assert rate is not None
    assert rate >= 20.0
    assert at_once is not None
    assert 1.0 <= at_once < 5.0
    assert told == 7.0


def test_a_network_may_be_gone_for_ten_minutes() -> None:
    tries, waited = Tries(False, random.Random(1)), 0.0
    while (wait := tries.wait_after(Outcome(Meaning.OFFLINE))) is not None:
        waited += wait
    assert 600.0 < waited <= OFFLINE_SECONDS_MAX


@pytest.mark.parametrize("meaning", [Meaning.FINAL, Meaning.QUOTA, Meaning.TOO_LARGE, Meaning.ABSENT])
def test_what_would_not_be_taken_another_time_is_not_tried_again(meaning: Meaning) -> None:
    assert waits([Outcome(meaning)]) == [None]


@pytest.mark.parametrize("asked", [86_400.0, 1e12, float("inf")])
def test_no_server_is_believed_that_it_wants_more_than_an_hour_of_quiet(asked: float) -> None:
    assert waits([Outcome(Meaning.SLOWER, "429", "HTTP status", asked)]) == [3600.0]


@pytest.mark.parametrize("meaning", [Meaning.SLOWER, Meaning.AGAIN])
def test_an_instant_that_is_over_is_no_reason_to_come_at_once(meaning: Meaning) -> None:
    (wait,) = waits([Outcome(meaning, "429", "HTTP status", -60.0)])
    assert wait is not None
    assert wait > 0.5
