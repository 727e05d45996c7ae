"""The control store: who may call, and tokens of which only hashes are kept."""

from dataclasses import replace
from typing import Any

import pytest

from leadline.config import Settings
from leadline.errors import ServiceError, StoreFaultError
from leadline.events import AccessRefused, Event
from leadline.model.callers import Caller
from leadline.model.rules import OwnPolicy
from leadline.store import credentials, issued_tokens
from leadline.store.client_secrets import Secret
from leadline.store.credentials import Credential
from leadline.store.directory import Stores
from leadline.store.issued_tokens import IssuedToken
from leadline.store.migrate import present
from leadline.store.secret_hash import hash_generated
from leadline.subscriptions.tokens import Tokens
from tests.contract.store.places import MUNCHKIN_ID, NOW, Place, SetClock

OLD, NEW = Secret(1, "sha256:00", NOW), Secret(2, "sha256:11", NOW)
CI = Credential("ci-id", MUNCHKIN_ID, "ci", (OLD,), "ci@x.y", ("Read-Write Lead",), ("Default", "Zoë"))
ALL = Credential(
    "all-id", MUNCHKIN_ID, "all", (Secret(1, "scrypt:00", NOW, NOW + 5), NEW), "all@x.y", None, None
)
SERVER = Settings().policy
TOKEN = IssuedToken("hash-1", "ci-id", 1, 1, "nonce", NOW + 10)


def _put(stores: Stores, credential: Credential, known: Credential | None = None) -> None:
    with stores.control.write() as session:
        credentials.put_credential(session, credential, known)


def _issue(stores: Stores, token: IssuedToken, expired_before: int = 0) -> None:
    with stores.control.write() as session:
        issued_tokens.add_token(session, token, expired_before)


def _holder(stores: Stores, token_hash: str) -> tuple[Caller, int] | None:
    with stores.control.read() as session:
        return issued_tokens.token_holder(session, token_hash, lambda munchkin_id: SERVER)


def test_credentials_come_back(place: Place, stores: Stores) -> None:
    """Lists and "everything" stay apart, by client id and by name, in any process."""
    _put(stores, CI)
    _put(stores, ALL)
    with place.open().control.read() as session:
        assert credentials.credentials_of(session, MUNCHKIN_ID) == {"all": ALL, "ci": CI}
        assert credentials.find_credential(session, "ci-id") == CI
        assert credentials.find_credential(session, "CI-ID") is None
        assert credentials.subscriptions(session) == {
            MUNCHKIN_ID: credentials.DirectoryEntry(
                MUNCHKIN_ID,
                stores.new_location(MUNCHKIN_ID),
                0,
                present(is_file=not place.url),
                OwnPolicy(),
                NOW,
            )
        }


def test_a_token_leads_to_its_holder(stores: Stores) -> None:
    """A token's hash tells the caller and when it ends; other hashes tell nothing."""
    _put(stores, CI)
    _issue(stores, TOKEN)
    caller = Caller(
        munchkin_id=MUNCHKIN_ID,
        client_id="ci-id",
        user="ci@x.y",
        permissions=frozenset({"Read-Write Lead"}),
        partitions=frozenset({"Default", "Zoë"}),
        limits=SERVER.limits,
        rules=SERVER.rules,
        credential="ci",
    )
    assert _holder(stores, "hash-1") == (caller, NOW + 10)
    assert _holder(stores, "hash-2") is None


def test_the_newest_token_counts(stores: Stores) -> None:
    """The last one issued is given again; those that ended long ago are forgotten."""
    _put(stores, CI)
    for number in (1, 2, 3):
        _issue(stores, IssuedToken(f"hash-{number}", "ci-id", 1, number, "n", NOW + number), NOW + 1)
    with stores.control.read() as session:
        newest = issued_tokens.newest_token(session, "ci-id", 1)
        assert newest == IssuedToken("hash-3", "ci-id", 1, 3, "n", NOW + 3)
        assert issued_tokens.newest_token(session, "ci-id", 2) is None
        assert issued_tokens.newest_token(session, "all-id", 1) is None
    assert _holder(stores, "hash-1") is None
    assert _holder(stores, "hash-2") is not None


@pytest.mark.parametrize("change", [{"secrets": (NEW,)}, {"client_id": "new-id"}])
def test_another_secret_ends_the_tokens(stores: Stores, change: dict[str, Any]) -> None:
    """P8: who changes a secret or client id shuts out whoever holds a token of the old one."""
    _put(stores, CI)
    _issue(stores, TOKEN)
    _put(stores, replace(CI, user="other@x.y"), CI)
    assert _holder(stores, "hash-1") is not None
    _put(stores, replace(CI, **change), replace(CI, user="other@x.y"))
    assert _holder(stores, "hash-1") is None


def test_each_secret_has_a_series_of_tokens(stores: Stores) -> None:
    """Two secrets hold at a time, each with its own tokens; where one is to end, its tokens end then at the latest."""
    _put(stores, CI)
    _issue(stores, TOKEN)
    _issue(stores, replace(TOKEN, token_hash="short", issue_no=2, expires_at=NOW + 1))
    both = replace(CI, secrets=(replace(OLD, ends_at=NOW + 5), NEW))
    _put(stores, both, CI)
    _issue(stores, replace(TOKEN, token_hash="new", secret=2))
    ends = {name: found[1] for name in ("hash-1", "short", "new") if (found := _holder(stores, name))}
    assert ends == {"hash-1": NOW + 5, "short": NOW + 1, "new": NOW + 10}
    with stores.control.write() as session:
        issued_tokens.renew_tokens(session, MUNCHKIN_ID, NOW + 100)
        issued_tokens.move_tokens(session, MUNCHKIN_ID, 7)
    ends = {name: found[1] for name in ("hash-1", "short", "new") if (found := _holder(stores, name))}
    assert ends == {"hash-1": NOW + 12, "short": NOW + 12, "new": NOW + 107}
    with stores.control.read() as session:
        moved = credentials.find_credential(session, "ci-id")
    assert moved == replace(CI, secrets=(replace(OLD, ends_at=NOW + 12), NEW))
    _put(stores, replace(CI, secrets=(NEW,)), moved)
    assert _holder(stores, "hash-1") is None
    assert _holder(stores, "new") is not None


def test_a_secret_that_ends_lets_in_until_then(stores: Stores) -> None:
    """The old secret and the new one each get a token of their own; no token outlives its secret."""
    clock, events = SetClock(), list[Event]()
    tokens = Tokens(stores, clock, SERVER, events.append)
    old, new = Secret(1, hash_generated("old"), NOW), Secret(2, hash_generated("new"), NOW)
    before = replace(CI, secrets=(old,))
    _put(stores, before)
    first = tokens.grant("ci-id", "old")
    both = replace(CI, secrets=(replace(old, ends_at=NOW + 60), new))
    _put(stores, both, before)
    again, other = tokens.grant("ci-id", "old"), tokens.grant("ci-id", "new")
    assert first is not None
    assert again is not None
    assert other is not None
    assert again.token == first.token != other.token
    assert (again.expires_in, other.expires_in) == (60, SERVER.limits.token_seconds)
    clock.seconds += 59
    assert tokens.identify(first.token).client_id == "ci-id"
    clock.seconds += 1
    with pytest.raises(ServiceError, match="602"):
        tokens.identify(first.token)
    assert tokens.grant("ci-id", "old") is None
    assert events[-1] == AccessRefused("wrong credentials", "ci-id")
    assert tokens.identify(other.token).client_id == "ci-id"


def test_a_token_made_while_its_secret_ends(stores: Stores) -> None:
    """The end that was set between the check of the secret and the token's making is that of the token."""
    tokens = Tokens(stores, SetClock(), SERVER, lambda event: None)
    old = Secret(1, hash_generated("old"), NOW)
    before = replace(CI, secrets=(old,))
    _put(stores, before)
    _put(stores, replace(before, secrets=(replace(old, ends_at=NOW + 60),)), before)
    issued = tokens._issue(before, old, b"key")
    assert issued is not None
    assert issued.expires_at == NOW + 60


def test_a_client_id_belongs_to_one(stores: Stores) -> None:
    """Two credentials never share a client id, nor a name within their subscription."""
    _put(stores, CI)
    for double in (replace(ALL, client_id="ci-id"), replace(ALL, name="ci")):
        with pytest.raises(StoreFaultError):
            _put(stores, double)
    with stores.control.read() as session:
        assert credentials.credentials_of(session, MUNCHKIN_ID) == {"ci": CI}


def test_a_token_can_be_let_expire(stores: Stores) -> None:
    """That one alone; its holder is known as before."""
    _put(stores, CI)
    _issue(stores, TOKEN)
    _issue(stores, replace(TOKEN, token_hash="hash-2", issue_no=2))
    with stores.control.write() as session:
        issued_tokens.expire_token(session, "hash-1", NOW)
        issued_tokens.expire_token(session, "nobody's", NOW)
    found, other = _holder(stores, "hash-1"), _holder(stores, "hash-2")
    assert found is not None
    assert other is not None
    assert (found[0].client_id, found[1], other[1]) == ("ci-id", NOW, NOW + 10)
