"""The control store: who may call, and tokens of which only hashes are kept."""

from dataclasses import replace

import pytest

from leadline.config import Settings
from leadline.errors import StoreFaultError
from leadline.model.callers import Caller
from leadline.model.rules import OwnPolicy
from leadline.store import credentials
from leadline.store.credentials import Credential, IssuedToken
from leadline.store.directory import Stores
from leadline.store.migrate import present
from tests.contract.store.places import MUNCHKIN_ID, NOW, Place

CI = Credential("ci-id", MUNCHKIN_ID, "ci", "sha256:00", "ci@x.y", ("Read-Write Lead",), ("Default", "Zoë"))
ALL = Credential("all-id", MUNCHKIN_ID, "all", "scrypt:00", "all@x.y", None, None)
SERVER = Settings().policy
TOKEN = IssuedToken("hash-1", "ci-id", 1, "nonce", NOW + 10)


def _put(stores: Stores, credential: Credential, known: Credential | None = None) -> None:
    with stores.control.write() as session:
        credentials.put_credential(session, credential, known)


def _issue(stores: Stores, token: IssuedToken, expired_before: int = 0) -> None:
    with stores.control.write() as session:
        credentials.add_token(session, token, expired_before)


def _holder(stores: Stores, token_hash: str) -> tuple[Caller, int] | None:
    with stores.control.read() as session:
        return credentials.token_holder(session, token_hash, lambda munchkin_id: SERVER)


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
                MUNCHKIN_ID, stores.new_location(MUNCHKIN_ID), 0, present(is_file=not place.url), OwnPolicy()
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
        _issue(stores, IssuedToken(f"hash-{number}", "ci-id", number, "n", NOW + number), NOW + 1)
    with stores.control.read() as session:
        newest = credentials.newest_token(session, "ci-id")
        assert newest == IssuedToken("hash-3", "ci-id", 3, "n", NOW + 3)
        assert credentials.newest_token(session, "all-id") is None
    assert _holder(stores, "hash-1") is None
    assert _holder(stores, "hash-2") is not None


@pytest.mark.parametrize("change", [{"secret_hash": "sha256:11"}, {"client_id": "new-id"}])
def test_another_secret_ends_the_tokens(stores: Stores, change: dict[str, str]) -> None:
    """P8: who changes a secret or client id shuts out whoever holds a token of the old one."""
    _put(stores, CI)
    _issue(stores, TOKEN)
    _put(stores, replace(CI, user="other@x.y"), CI)
    assert _holder(stores, "hash-1") is not None
    _put(stores, replace(CI, **change), replace(CI, user="other@x.y"))
    assert _holder(stores, "hash-1") is None


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
        credentials.expire_token(session, "hash-1", NOW)
        credentials.expire_token(session, "nobody's", NOW)
    found, other = _holder(stores, "hash-1"), _holder(stores, "hash-2")
    assert found is not None
    assert other is not None
    assert (found[0].client_id, found[1], other[1]) == ("ci-id", NOW, NOW + 10)
