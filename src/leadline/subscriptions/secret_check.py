"""Whether a secret is a client's, told in the same time whatever the answer (contract §1)."""

from leadline.events import AccessRefused, Emit
from leadline.store.client_secrets import Secret
from leadline.store.credentials import Credential
from leadline.store.secret_hash import find_key, unmatched_hash


class SecretCheck:
    """Compares secrets with what is kept of them; an unknown client costs as much as a wrong secret."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._unmatched_hash = unmatched_hash()

    def find(
        self, credential: Credential | None, client_secret: str, now: int
    ) -> tuple[Secret, bytes] | None:
        """Return which of the credential's secrets it is, and the key of its tokens.

        None, which is an event, where it is none of those that hold now.
        """
        holding = list(credential.holding(now).values()) if credential else []
        hashes = [each.secret_hash for each in holding] or [self._unmatched_hash]
        found = find_key(client_secret, hashes)
        if found is None or not holding:
            self._emit(AccessRefused("wrong credentials", credential.client_id if credential else None))
            return None
        index, key = found
        return holding[index], key
