"""Subscriptions are set up once each, whatever happens to the answers of the database (queue §2)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from leadline.clock import MachineTime
from leadline.errors import OperatorError, StoreDownError
from leadline.store import credentials
from leadline.store.base import Session
from leadline.store.client_secrets import Secret
from leadline.store.directory import Stores
from leadline.store.migrate import VersionedDatabase
from leadline.store.secret_hash import hash_generated, is_hash_of
from leadline.subscriptions.apply_file import Subscriptions
from leadline.subscriptions.file import parse_subscription
from tests.contract.store.places import MUNCHKIN_ID


class LosesAnAnswer:
    """A database whose first commit happens, though nobody hears of it."""

    def __init__(self, database: VersionedDatabase) -> None:
        self._database = database
        self._lost = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self._database.write() as session:
            yield session
        if not self._lost:
            self._lost = True
            raise StoreDownError("the answer to COMMIT was lost")


def test_a_generated_secret_outlives_a_lost_answer(stores: Stores) -> None:
    """The credential is there after the first try; what is shown must be the secret of that one."""
    stores.control = LosesAnAnswer(stores.control)
    document = {
        "munchkin_id": MUNCHKIN_ID,
        "credentials": [{"name": "ci", "user": "ci@x.y", "permissions": "all"}],
    }
    changes = Subscriptions(stores, MachineTime()).apply(parse_subscription(document))
    (secret,) = changes.new_secrets
    with stores.control.read() as session:
        stored = credentials.find_credential(session, secret.client_id)
    assert stored is not None
    assert is_hash_of(secret.client_secret, stored.secrets[0].secret_hash)


@pytest.mark.parametrize(
    ("given", "numbers"), [(None, [2, 3]), ("new", [2, 3]), ("old", [4]), ("other", [4])]
)
def test_a_file_and_two_secrets_that_hold(stores: Stores, given: str | None, numbers: list[int]) -> None:
    """The one that has no end, or none at all, leaves both; any other one replaces them at once."""
    part = {"name": "ci", "user": "ci@x.y", "permissions": "all", "client_id": "c"}
    subscriptions = Subscriptions(stores, MachineTime(), hash_generated)
    subscriptions.apply(parse_subscription({"munchkin_id": MUNCHKIN_ID, "credentials": [part]}))
    with stores.control.write() as session:
        known = credentials.credentials_of(session, MUNCHKIN_ID)["ci"]
        ends_at = MachineTime().now(MUNCHKIN_ID) + 3600
        both = (Secret(2, hash_generated("old"), 0, ends_at), Secret(3, hash_generated("new"), 0))
        credentials.put_credential(session, replace(known, secrets=both), known)
    told = part if given is None else part | {"client_secret": given}
    changes = subscriptions.apply(parse_subscription({"munchkin_id": MUNCHKIN_ID, "credentials": [told]}))
    assert changes.done == ([] if numbers == [2, 3] else ["credential ci changed"])
    assert changes.new_secrets == []
    with stores.control.read() as session:
        found = credentials.credentials_of(session, MUNCHKIN_ID)["ci"].secrets
    assert [secret.number for secret in found] == numbers
    assert is_hash_of(given or "new", found[-1].secret_hash)


def test_munchkin_ids_that_differ_in_case_only(stores: Stores) -> None:
    """They would share one file, or one schema."""
    subscriptions = Subscriptions(stores, MachineTime())
    subscriptions.apply(parse_subscription({"munchkin_id": "987-XYZ-654"}))
    with pytest.raises(OperatorError, match="there is 987-XYZ-654 already"):
        subscriptions.apply(parse_subscription({"munchkin_id": "987-xyz-654"}))
