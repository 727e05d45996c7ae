"""Secrets at rest: a wrong one costs the same, so that nobody learns which client ids there are (P8)."""

import time
from collections.abc import Callable

import pytest

from leadline.store.secret_hash import find_key, hash_chosen, hash_generated, unmatched_hash

KINDS = [hash_generated, hash_chosen]


@pytest.mark.parametrize("hashed", KINDS)
def test_only_the_secret_has_a_key(hashed: Callable[[str], str]) -> None:
    stored = hashed("right")
    assert find_key("right", [stored])
    assert find_key("wrong", [stored]) is None
    assert "right" not in stored


def test_each_of_several_secrets_has_its_own_key() -> None:
    """Whichever is presented is found, and tokens of one cannot be made with another."""
    secrets = ["first", "second", "chosen"]
    hashes = [hash_generated("first"), hash_generated("second"), hash_chosen("chosen")]
    found = [find_key(secret, hashes) for secret in secrets]
    assert [each[0] for each in found if each] == [0, 1, 2]
    assert len({each[1] for each in found if each}) == 3
    assert found == [(index, find_key(secrets[index], [hashes[index]])[1]) for index in range(3)]


def test_a_wrong_secret_costs_the_same() -> None:
    """So does an unknown client, and one with two secrets. The least of several times, of the processor alone: what else runs on the machine only adds."""
    least = []
    kinds = [hashed("right") for hashed in KINDS]
    for hashes in (*([each] for each in kinds), kinds, [unmatched_hash()]):
        times = list[float]()
        for _ in range(5):
            began = time.thread_time()
            find_key("wrong", hashes)
            times.append(time.thread_time() - began)
        least.append(min(times))
    assert max(least) < 5 * min(least), least
