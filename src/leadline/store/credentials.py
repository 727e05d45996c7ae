"""The control store: the directory of subscriptions, and the credentials of each.

It keeps hashes of secrets only; `issued_tokens.py` has the tokens that they buy.
"""

import json

from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.rules import OwnPolicy, Policy
from leadline.store.base import Row, Session
from leadline.store.client_secrets import Secret, put_secrets, secret_of
from leadline.store.location import StoreLocation
from leadline.store.migrate import Stamp, present


@dataclass(frozen=True, slots=True)
class Credential:
    """A client id with its secrets, the first one first, and what it may do; None means everything."""

    client_id: str
    munchkin_id: str
    name: str
    secrets: tuple[Secret, ...]
    user: str
    permissions: tuple[str, ...] | None
    partitions: tuple[str, ...] | None

    def holding(self, now: int) -> dict[int, Secret]:
        """Return the secrets that let in, by number."""
        return {secret.number: secret for secret in self.secrets if secret.holds(now)}

    def now_of(self, shown: Secret, now: int) -> Secret | None:
        """Return a secret as it stands by now, None where it does not let in any more.

        Where a client was made anew, another secret may have its number.
        """
        found = self.holding(now).get(shown.number)
        return found if found is not None and found.secret_hash == shown.secret_hash else None


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """Where a subscription's store is, and when it was made; `work_hint` rises when a job is queued there.

    `stamp` is that of the store when it was last brought up to date, `own` are the limits and rules
    that its file sets.
    """

    munchkin_id: str
    location: StoreLocation
    work_hint: int
    stamp: Stamp
    own: OwnPolicy
    created_at: int

    def is_same(self, other: "DirectoryEntry | None") -> bool:
        """Whether another line is of the same store, not of one that was made after this one was removed."""
        return other is not None and (self.location, self.created_at) == (other.location, other.created_at)


def subscriptions(session: Session) -> dict[str, DirectoryEntry]:
    """Return the directory by munchkin id."""
    return {row["munchkin_id"]: _entry(row) for row in session.rows("subscriptions")}


def find_subscription(session: Session, munchkin_id: str) -> DirectoryEntry | None:
    """Return the line of a subscription, or None."""
    row = session.row("subscription", munchkin_id=munchkin_id)
    return _entry(row) if row else None


def _entry(row: Row) -> DirectoryEntry:
    location = StoreLocation.parse(row["location"])
    return DirectoryEntry(
        row["munchkin_id"],
        location,
        row["work_hint"],
        Stamp(row["format"], row["version"]),
        _own_policy(row),
        row["created_at"],
    )


def work_hints(session: Session) -> dict[str, tuple[int, int]]:
    """Return when each subscription was made, and its hint, which begins anew with one that is made anew.

    Of thousands of subscriptions that is all that is read each second.
    """
    return {row["munchkin_id"]: (row["created_at"], row["work_hint"]) for row in session.rows("work_hints")}


def raise_work_hint(session: Session, munchkin_id: str) -> None:
    """Note, in a transaction of its own, that a subscription has a new job.

    Nothing rests on a hint, so its commit need not wait for the disk: what a crash takes away is found by
    going round.
    """
    session.run("commit_before_disk")
    session.run("raise_work_hint", munchkin_id=munchkin_id)


def add_subscription(session: Session, munchkin_id: str, location: StoreLocation, now: int) -> None:
    """Enter a subscription into the directory, whose store was just made."""
    nothing, made = OwnPolicy(), present(is_file=location.is_file)
    session.run(
        "add_subscription",
        munchkin_id=munchkin_id,
        location=location.render(),
        format=made.format,
        version=made.version,
        own_limits=nothing.limits,
        own_rules=nothing.rules,
        now=now,
    )


def note_version(session: Session, munchkin_id: str, stamp: Stamp) -> None:
    """Note to which format and version a subscription's store was brought."""
    session.run("note_version", munchkin_id=munchkin_id, format=stamp.format, version=stamp.version)


def move_subscription(session: Session, munchkin_id: str, location: StoreLocation) -> None:
    """Note that a subscription has its store elsewhere."""
    session.run("move_subscription", munchkin_id=munchkin_id, location=location.render())


def remove_subscription(session: Session, munchkin_id: str) -> None:
    """Take a subscription out of the directory, with credentials, tokens, sessions and counts of calls."""
    for statement in (
        "remove_call_counts",
        "remove_error_counts",
        "remove_tokens",
        "remove_console_sessions",
        "remove_secrets",
        "remove_credentials",
    ):
        session.run(statement, munchkin_id=munchkin_id)
    session.run("remove_subscription", munchkin_id=munchkin_id)


def own_policy(session: Session, munchkin_id: str) -> OwnPolicy:
    """Return the limits and rules that a subscription's file sets."""
    row = session.row("own_policy", munchkin_id=munchkin_id)
    return _own_policy(row) if row else OwnPolicy()


def lock_own_policy(session: Session, munchkin_id: str) -> OwnPolicy:
    """Return the same, and let nobody else change it until the transaction ends."""
    row = session.row("lock_subscription", munchkin_id=munchkin_id)
    return _own_policy(row) if row else OwnPolicy()


def change_own_policy(session: Session, munchkin_id: str, own: OwnPolicy) -> None:
    """Give a subscription other limits and rules of its own."""
    session.run("change_own_policy", munchkin_id=munchkin_id, own_limits=own.limits, own_rules=own.rules)


def _own_policy(row: Row) -> OwnPolicy:
    return OwnPolicy(row["own_limits"], row["own_rules"])


def count_by_subscription(session: Session) -> dict[str, int]:
    """Return how many credentials each subscription has that has any."""
    return {row["munchkin_id"]: int(row["credentials"]) for row in session.rows("count_credentials")}


def credentials_of(session: Session, munchkin_id: str) -> dict[str, Credential]:
    """Return a subscription's credentials by name."""
    found = _credentials(session.rows("credentials_of", munchkin_id=munchkin_id))
    return {credential.name: credential for credential in found}


def find_credential(session: Session, client_id: str) -> Credential | None:
    """Return the credential of a client id, or None."""
    return next(iter(_credentials(session.rows("credential_by_client", client_id=client_id))), None)


def put_credential(session: Session, credential: Credential, known: Credential | None) -> None:
    """Add a credential, or bring the known one to what is given.

    A secret that it no longer has ends at once, with its tokens and sessions; another client id ends all.
    """
    if known is not None and known.client_id != credential.client_id:
        remove_credential(session, known.client_id)
        known = None
    session.run(
        "add_credential" if known is None else "change_credential",
        client_id=credential.client_id,
        munchkin_id=credential.munchkin_id,
        name=credential.name,
        user_name=credential.user,
        permissions=_list_or_all(credential.permissions),
        partitions=_list_or_all(credential.partitions),
    )
    put_secrets(session, credential.client_id, credential.secrets, known.secrets if known else ())


def remove_credential(session: Session, client_id: str) -> None:
    """Remove a credential, with its secrets, tokens and sessions."""
    session.run("remove_credential", client_id=client_id)


def lock_client(session: Session, client_id: str) -> None:
    """Lock the client until the transaction ends: only one transaction issues or ends its tokens."""
    session.row("lock_client", client_id=client_id)


def caller_of(row: Row, policy: Policy) -> Caller:
    """Return who calls with a credential, from its row and the limits and rules of its subscription."""
    permissions, partitions = _parsed(row["permissions"]), _parsed(row["partitions"])
    return Caller(
        munchkin_id=row["munchkin_id"],
        client_id=row["client_id"],
        user=row["user_name"],
        permissions=None if permissions is None else frozenset(permissions),
        partitions=None if partitions is None else frozenset(partitions),
        limits=policy.limits,
        rules=policy.rules,
        credential=row["name"],
    )


def _credentials(rows: list[Row]) -> list[Credential]:
    """Return credentials from rows of which each has one secret, or none where the credential has none."""
    found: dict[str, tuple[Row, list[Secret]]] = {}
    for row in rows:
        _, secrets = found.setdefault(row["client_id"], (row, []))
        if row["number"] is not None:
            secrets.append(secret_of(row))
    return [
        Credential(
            client_id=row["client_id"],
            munchkin_id=row["munchkin_id"],
            name=row["name"],
            secrets=tuple(secrets),
            user=row["user_name"],
            permissions=_parsed(row["permissions"]),
            partitions=_parsed(row["partitions"]),
        )
        for row, secrets in found.values()
    ]


def _parsed(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(json.loads(text))


def _list_or_all(names: tuple[str, ...] | None) -> str | None:
    return None if names is None else json.dumps(names)
