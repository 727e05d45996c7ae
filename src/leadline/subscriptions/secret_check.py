"""Whether a secret is a client's, told in the same time whatever the answer (contract §1)."""

from leadline.events import AccessRefused, Emit
from leadline.store.credentials import Credential
from leadline.store.secret_hash import token_key, unmatched_hash


class SecretCheck:
    """Compares secrets with what is kept of them; an unknown client costs as much as a wrong secret."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._unmatched_hash = unmatched_hash()

    def key(self, credential: Credential | None, client_secret: str) -> bytes | None:
        """Return the key of the secret's tokens; None, which is an event, where the secret is wrong."""
        secret_hash = credential.secret_hash if credential else self._unmatched_hash
        key = token_key(client_secret, secret_hash)
        if key is None or credential is None:
            self._emit(AccessRefused("wrong credentials", credential.client_id if credential else None))
            return None
        return key
