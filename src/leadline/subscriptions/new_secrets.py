"""Secrets that were generated just now: only their reader will know them, so none may get lost on the way."""

import secrets
from collections.abc import Callable, Sequence
from uuid import uuid4

from leadline.model.dataclass import dataclass
from leadline.store import credentials
from leadline.store.directory import Stores
from leadline.store.secret_hash import is_hash_of

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A credential of a subscription with its generated secret, to be shown once."""

    munchkin_id: str
    name: str
    client_id: str
    client_secret: str


KeepSecrets = Callable[[Sequence[NewSecret]], None]
"""Puts secrets where they outlast a crash; called before the store has them, and again with each try."""


def generate_secret(munchkin_id: str, name: str, client_id: str | None = None) -> NewSecret:
    """Return a secret of 256 random bits, and a client id where none is given."""
    return NewSecret(munchkin_id, name, client_id or str(uuid4()), secrets.token_urlsafe(_SECRET_BYTES))


def keep_nowhere(new_secrets: Sequence[NewSecret]) -> None:
    """Leave new secrets to whoever is returned them."""


def are_stored(stores: Stores, new_secrets: Sequence[NewSecret]) -> bool:
    """Return whether the store has taken new secrets of a subscription, all of one transaction.

    It waits for that transaction, should the answer to its commit have been lost. Raises `StoreBusyError`
    or `StoreFaultError` where the store does not tell.
    """
    with stores.control.write() as session:
        credentials.lock_own_policy(session, new_secrets[0].munchkin_id)
        found = [(each, credentials.find_credential(session, each.client_id)) for each in new_secrets]
    return any(
        is_hash_of(each.client_secret, secret.secret_hash)
        for each, credential in found
        if credential is not None
        for secret in credential.secrets
    )
