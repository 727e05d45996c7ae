"""The secrets of credentials. Several may hold at a time, so that a new one works before the old one ends.

A token and a console session belong to the secret that they were made with: none of them outlives it.
"""

from collections.abc import Sequence

from leadline.model.dataclass import dataclass
from leadline.model.instants import render_instant
from leadline.store.base import Row, Session


@dataclass(frozen=True, slots=True)
class Secret:
    """What is kept of a secret; `ends_at` is None for one that holds until another one replaces it."""

    number: int
    secret_hash: str
    created_at: int
    ends_at: int | None = None

    @property
    def since(self) -> str:
        """When it was made, in RFC 3339."""
        return render_instant(self.created_at)

    @property
    def until(self) -> str | None:
        """When it ends, in RFC 3339; None where nothing has ended it yet."""
        return None if self.ends_at is None else render_instant(self.ends_at)

    def holds(self, now: int) -> bool:
        """Whether who presents it is let in."""
        return self.ends_at is None or now < self.ends_at

    def ending(self, end: int) -> int:
        """Return when something ends that is made with the secret, and would last to an end without it."""
        return end if self.ends_at is None else min(end, self.ends_at)


def secret_of(row: Row) -> Secret:
    """Return a secret from its row."""
    return Secret(row["number"], row["secret_hash"], row["created_at"], row["ends_at"])


def put_secrets(session: Session, client_id: str, wanted: Sequence[Secret], known: Sequence[Secret]) -> None:
    """Bring a client's secrets to what is wanted; the transaction holds the client.

    One that is not wanted ends now, and tokens and sessions with it. Where one is to end earlier than before,
    so do its tokens; its sessions are asked for its end.
    """
    before = {secret.number: secret for secret in known}
    for gone in before.keys() - {secret.number for secret in wanted}:
        session.run("remove_secret", client_id=client_id, number=gone)
    for secret in wanted:
        if secret.number not in before:
            session.run(
                "add_secret",
                client_id=client_id,
                number=secret.number,
                secret_hash=secret.secret_hash,
                created_at=secret.created_at,
                ends_at=secret.ends_at,
            )
        elif secret.ends_at != before[secret.number].ends_at:
            ends = {"client_id": client_id, "number": secret.number, "ends_at": secret.ends_at}
            session.run("end_secret", **ends)
            session.run("end_tokens", **ends)
