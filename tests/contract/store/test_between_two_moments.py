"""What happens between a look and the write that rests on it: a changed secret, calls during a flush."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from leadline.clock import MachineTime
from leadline.config import load_settings
from leadline.errors import ServiceError
from leadline.model.callers import Caller
from leadline.store import credentials, usage
from leadline.store.client_secrets import Secret
from leadline.store.credentials import Credential
from leadline.store.directory import Stores
from leadline.store.secret_hash import find_key, hash_generated
from leadline.store.usage import UsageDay
from leadline.subscriptions.call_limits import CallLimits
from leadline.subscriptions.tokens import Tokens
from tests.contract.store.places import MUNCHKIN_ID
from tests.harness import until

SECRETS = [Secret(number, hash_generated(text), 0) for number, text in ((1, "old"), (2, "new"))]
OLD, NEW = (Credential("c", MUNCHKIN_ID, "c", (secret,), "c@x.y", None, None) for secret in SECRETS)
QUOTA = 5


def test_a_secret_is_changed_while_a_token_is_made(stores: Stores) -> None:
    """P8: no token of the old secret comes out, and the new one's works."""
    tokens = Tokens(stores, MachineTime(), load_settings({}).policy, lambda event: None)
    with stores.control.write() as session:
        credentials.put_credential(session, OLD, None)
    found = find_key("old", [SECRETS[0].secret_hash])
    assert found is not None
    with stores.control.write() as session:
        credentials.put_credential(session, NEW, OLD)
    assert tokens._issue(OLD, SECRETS[0], found[1]) is None
    grant = tokens.grant("c", "new")
    assert grant is not None
    assert tokens.identify(grant.token).client_id == "c"
    assert tokens.grant("c", "old") is None


def test_a_client_is_made_anew_while_a_token_is_made(stores: Stores) -> None:
    """Its numbers begin again: the new secret, not the old one, has that of the secret that was shown."""
    tokens = Tokens(stores, MachineTime(), load_settings({}).policy, lambda event: None)
    anew = replace(OLD, secrets=(replace(SECRETS[1], number=1),))
    with stores.control.write() as session:
        credentials.put_credential(session, OLD, None)
        credentials.put_credential(session, replace(OLD, client_id="other"), OLD)
        credentials.put_credential(session, anew, replace(OLD, client_id="other"))
    assert tokens._issue(OLD, SECRETS[0], b"key") is None
    assert tokens.grant("c", "new") is not None


def test_calls_during_a_flush_count(stores: Stores) -> None:
    """§10: the day's quota holds on one node, however long the store takes to note what was used."""
    today = datetime.now(ZoneInfo("America/Chicago")).date()
    policy = load_settings({"limits": {"daily_calls_max": QUOTA}}).policy
    call_limits = CallLimits(stores, MachineTime())
    caller = Caller(MUNCHKIN_ID, "c", "c@x.y", None, None, policy.limits, policy.rules)

    def call() -> None:
        call_limits.leave(caller, call_limits.enter(caller), None)

    for _ in range(3):
        call()
    with stores.control.write() as session:
        usage.add(session, MUNCHKIN_ID, UsageDay(today, Counter({"c@x.y": 0})))  # holds what the flush wants
        flush = threading.Thread(target=call_limits.flush)
        flush.start()
        until(lambda: not call_limits._pending)
        call()
        call()
        with pytest.raises(ServiceError, match="607"):
            call()
    flush.join()
    with pytest.raises(ServiceError, match="607"):
        call()
