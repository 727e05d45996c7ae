"""Use case: credentials listed, added, rotated and removed, while servers run.

Each change is one transaction on the control store, which every node asks: it counts with the next call.
Whoever changes credentials holds the row of their subscription, as applying its file does.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches

from leadline.errors import OperatorError
from leadline.model.dataclass import dataclass
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import catalog, credentials
from leadline.store.base import Session
from leadline.store.client_secrets import Secret
from leadline.store.credentials import Credential
from leadline.store.directory import Stores
from leadline.store.secret_hash import hash_generated
from leadline.subscriptions.file_parts import CredentialPart
from leadline.subscriptions.new_secrets import KeepSecrets, NewSecret, generate_secret

_SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class Rotation:
    """A new secret; `kept` is the one before it, where that holds for a time yet, `ended` are all others."""

    new: NewSecret
    kept: Secret | None
    ended: tuple[Secret, ...]


class CredentialChanges:
    """Changes the credentials of subscriptions; raises `OperatorError` for what there is not."""

    def __init__(self, stores: Stores, time: SubscriptionTime) -> None:
        self._stores = stores
        self._time = time

    def all(self, munchkin_id: str) -> list[Credential]:
        """Return the credentials by name, each with the secrets that hold now."""
        now = self._time.now(munchkin_id)
        with self._stores.control.read() as session:
            found = _credentials_of(session, munchkin_id).values()
        return [replace(each, secrets=tuple(each.holding(now).values())) for each in found]

    def add(self, munchkin_id: str, part: CredentialPart, keep: KeepSecrets) -> NewSecret:
        """Add a credential with a generated client id and secret."""
        with self._stores.control.read() as session:
            _credentials_of(session, munchkin_id)
        new = generate_secret(munchkin_id, part.name)
        partitions = self._partitions(munchkin_id, part)
        with self._changing(munchkin_id) as (session, known):
            for name in known:
                if name.lower() == part.name.lower():
                    raise OperatorError(
                        f"Subscription {munchkin_id} has a credential '{name}' already. Choose another name, "
                        f"or give it a new secret: `leadline credentials rotate`."
                    )
            secret = Secret(1, hash_generated(new.client_secret), self._time.now(munchkin_id))
            permissions = None if part.permissions is None else tuple(part.permissions)
            added = Credential(
                new.client_id, munchkin_id, part.name, (secret,), part.user, permissions, partitions
            )
            credentials.put_credential(session, added, None)
            keep([new])
        return new

    def rotate(self, munchkin_id: str, name: str, keep_seconds: int, keep: KeepSecrets) -> Rotation:
        """Give a credential a new secret; the one before it holds so many seconds yet, 0 for none.

        At most two hold at a time: where another overlap runs, its older secret ends now. With a secret
        end its tokens and sessions.
        """
        with self._changing(munchkin_id) as (session, known):
            stored, now = _named(known, munchkin_id, name), self._time.now(munchkin_id)
            new = generate_secret(munchkin_id, name, stored.client_id)
            holding = _oldest_first(stored.holding(now).values())
            kept = None
            if holding and keep_seconds:
                last = holding.pop()
                kept = replace(last, ends_at=last.ending(now + keep_seconds))
            number = max((secret.number for secret in stored.secrets), default=0) + 1
            added = Secret(number, hash_generated(new.client_secret), now)
            secrets = (added,) if kept is None else (kept, added)
            credentials.put_credential(session, replace(stored, secrets=secrets), stored)
            keep([new])
        return Rotation(new, kept, tuple(holding))

    def end_overlap(self, munchkin_id: str, name: str) -> tuple[Secret, ...]:
        """Let the newest secret of a credential alone hold; return those that end now."""
        with self._changing(munchkin_id) as (session, known):
            stored = _named(known, munchkin_id, name)
            holding = _oldest_first(stored.holding(self._time.now(munchkin_id)).values())
            if len(holding) < 2:
                raise OperatorError(
                    f"Credential '{name}' is in no overlap: it has one secret at most. To end that one, give "
                    "it another: `leadline credentials rotate`."
                )
            credentials.put_credential(session, replace(stored, secrets=(holding[-1],)), stored)
        return tuple(holding[:-1])

    def remove(self, munchkin_id: str, name: str) -> int:
        """Remove a credential with its tokens and sessions; return how many the subscription has left."""
        with self._changing(munchkin_id) as (session, known):
            credentials.remove_credential(session, _named(known, munchkin_id, name).client_id)
        return len(known) - 1

    @contextmanager
    def _changing(self, munchkin_id: str) -> Iterator[tuple[Session, dict[str, Credential]]]:
        """Hold a subscription's credentials, which are yielded by name, until they are changed."""
        with self._stores.control.write() as session:
            credentials.lock_own_policy(session, munchkin_id)
            yield session, _credentials_of(session, munchkin_id)

    def _partitions(self, munchkin_id: str, part: CredentialPart) -> tuple[str, ...] | None:
        """Return the partitions that a credential is to have, as the subscription writes them."""
        if part.partitions is None:
            return None
        with self._stores.subscription(munchkin_id).read() as session:
            names = [partition.name for partition in catalog.partitions(session)]
        known = {name.lower(): name for name in names}
        for name in part.partitions:
            if name.lower() not in known:
                raise OperatorError(
                    f"Subscription {munchkin_id} has no partition {_quoted(name)}{_nearest(name, names)}."
                )
        return tuple(known[name.lower()] for name in part.partitions)


def _credentials_of(session: Session, munchkin_id: str) -> dict[str, Credential]:
    """Return a subscription's credentials by name."""
    if credentials.find_subscription(session, munchkin_id) is None:
        known = credentials.subscriptions(session)
        advice = _nearest(munchkin_id, known) or ", nor any other: `leadline setup` makes one"
        raise OperatorError(f"There is no subscription {_quoted(munchkin_id)}{advice}.")
    return credentials.credentials_of(session, munchkin_id)


def _named(known: dict[str, Credential], munchkin_id: str, name: str) -> Credential:
    if name not in known:
        advice = _nearest(name, known) or ", nor any other: `leadline credentials add` makes one"
        raise OperatorError(f"Subscription {munchkin_id} has no credential {_quoted(name)}{advice}.")
    return known[name]


def _oldest_first(secrets: Iterable[Secret]) -> list[Secret]:
    return sorted(secrets, key=lambda secret: secret.number)


def _quoted(name: str) -> str:
    """Return a name as a sentence shows what somebody has typed: its beginning, all of it visible."""
    return repr(name if len(name) <= _SHOWN_MAX else f"{name[:_SHOWN_MAX]}...")


def _nearest(name: str, known: Iterable[str]) -> str:
    """Return words that name the nearest of the known names; "" where there is none."""
    nearest = get_close_matches(name, list(known), 1, 0)
    return f"; the nearest is '{nearest[0]}'" if nearest else ""
