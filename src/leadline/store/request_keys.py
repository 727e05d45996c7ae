"""The keys of requests that may be sent again, and what each of them made.

All functions run inside a transaction that the caller opened.
"""

from leadline.model.dataclass import dataclass
from leadline.store.base import Session

Made = int | str
"""What a request made: a job by its batch id, or a preview by its id."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """The key of a call: whose it is, and its hash."""

    client_id: str
    key_hash: str


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """What is kept of a request: what it asked for, by its fingerprint, and what it made."""

    fingerprint: str
    made: Made


def find(session: Session, key: RequestKey) -> KeptRequest | None:
    """Return the request that had a key, or None."""
    row = session.row("request_of_key", client_id=key.client_id, key_hash=key.key_hash)
    if row is None:
        return None
    return KeptRequest(row["fingerprint"], row["preview_id"] or row["batch_id"])


def take(session: Session, key: RequestKey, fingerprint: str) -> bool:
    """Take a key for what this transaction makes; False where another request has it.

    A transaction that has taken the same key and not ended is waited for.
    """
    row = session.row("take_key", client_id=key.client_id, key_hash=key.key_hash, fingerprint=fingerprint)
    return row is not None


def settle(session: Session, key: RequestKey, made: Made) -> None:
    """Say what was made with a key that this transaction has taken."""
    session.run(
        "settle_key",
        client_id=key.client_id,
        key_hash=key.key_hash,
        batch_id=made if isinstance(made, int) else None,
        preview_id=made if isinstance(made, str) else None,
    )
