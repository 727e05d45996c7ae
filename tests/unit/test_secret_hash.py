"""Secrets at rest: a wrong one costs the same, so that nobody learns which client ids there are (P8)."""

import time
from collections.abc import Callable

import pytest

from leadline.store.secret_hash import hash_chosen, hash_generated, token_key, unmatched_hash

KINDS = [hash_generated, hash_chosen]


@pytest.mark.parametrize("hashed", KINDS)
def test_only_the_secret_has_a_key(hashed: Callable[[str], str]) -> None:
    stored = hashed("right")
    assert token_key("right", stored)
    assert token_key("wrong", stored) is None
    assert "right" not in stored


def test_a_wrong_secret_costs_the_same() -> None:
    """So does an unknown client. The least of several times, of the processor alone: what else runs on the machine only adds."""
    least = []
    for stored in (*(hashed("right") for hashed in KINDS), unmatched_hash()):
        times = list[float]()
        for _ in range(5):
            began = time.thread_time()
            token_key("wrong", stored)
            times.append(time.thread_time() - began)
        least.append(min(times))
    assert max(least) < 5 * min(least), least
