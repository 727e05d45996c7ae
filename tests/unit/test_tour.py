"""Going round ten thousand stores takes a small share of a worker's time; a few are visited at once."""

import threading

from leadline.worker.tour import Tour

KNOWN = [f"{number:05}" for number in range(10_000)]


def test_a_few_are_visited_at_once_and_in_time() -> None:
    tour = Tour(3600)
    assert list(tour.visits(KNOWN[:50])) == KNOWN[:50]
    assert list(tour.visits(KNOWN[:50])) == []
    assert list(tour.visits(KNOWN[:51])) == KNOWN[50:51]


def test_many_wait_for_their_share() -> None:
    """Who takes long is one of few; the next round goes on with those not visited yet."""
    tour, visited, slow = Tour(0.01), list[str](), threading.Event()
    for _ in range(5):
        for each in tour.visits(KNOWN):
            visited.append(each)
            slow.wait(0.02)
    assert 1 < len(visited) < 25
    assert visited == KNOWN[: len(visited)]


def test_one_that_takes_very_long_does_not_end_the_tour() -> None:
    """What is owed for a visit is worked off after a round's time at most."""
    tour, slow = Tour(0.2), threading.Event()
    for _ in tour.visits(KNOWN[:1]):
        slow.wait(2)
    slow.wait(0.5)
    assert list(tour.visits(KNOWN[:1])) == KNOWN[:1]
