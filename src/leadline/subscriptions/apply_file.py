"""Use case: set up a subscription from its file. Adds and changes, never deletes."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import field, replace
from typing import Any

from leadline.errors import OperatorError, StoreBusyError, StoreFaultError
from leadline.model.changes import ChangeKind, Origin
from leadline.model.dataclass import dataclass
from leadline.model.rules import OwnPolicy
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import catalog, credentials, removals
from leadline.store.base import Session
from leadline.store.client_secrets import Secret
from leadline.store.credentials import Credential
from leadline.store.directory import Stores
from leadline.store.location import StoreLocation
from leadline.store.secret_hash import hash_chosen, hash_generated, is_hash_of
from leadline.store.writer import writing
from leadline.subscriptions.apply_settings import apply_settings
from leadline.subscriptions.file import SubscriptionFile
from leadline.subscriptions.file_parts import CredentialPart
from leadline.subscriptions.new_secrets import KeepSecrets, NewSecret, generate_secret, keep_nowhere
from leadline.subscriptions.rights import Grants, pass_on

_TRIES = 5
_BEING_REMOVED = (
    "munchkin_id: {0} is being removed. Run `leadline subscriptions remove {0}`, which ends that; "
    "then it can be made anew."
)
_REMOVED_MEANWHILE = "Subscription {0} was removed meanwhile. Run it again to make it anew."


@dataclass(slots=True)
class Changes:
    """What applying a file did: sentences for the operator, and secrets to show."""

    done: list[str] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)
    new_secrets: list[NewSecret] = field(default_factory=list)
    sql: list[str] = field(default_factory=list)
    """What only the owner of a schema may run, to let other roles use it."""

    def add_grants(self, grants: Grants) -> None:
        """Take in who was let into a store."""
        self.done += grants.done
        self.left_alone += grants.left_alone
        self.sql += grants.sql


class Subscriptions:
    """The subscriptions of a server, set up from their files."""

    def __init__(
        self, stores: Stores, time: SubscriptionTime, hash_given: Callable[[str], str] = hash_chosen
    ) -> None:
        """`hash_given` hashes the secrets that a file gives; in a sandbox they protect nothing."""
        self._stores = stores
        self._time = time
        self._hash_given = hash_given

    def none_yet(self) -> bool:
        """Return whether the store has no subscription, nor what is left of any."""
        return not (self._stores.munchkin_ids() or removals.begun(self._stores))

    def knows(self, munchkin_id: str) -> bool:
        """Return whether a subscription is in the directory."""
        return munchkin_id in self._stores.munchkin_ids()

    def makes_secrets(self, file: SubscriptionFile) -> bool:
        """Return whether applying a file as things stand would generate secrets."""
        now = self._time.now(file.munchkin_id)
        with self._stores.control.read() as session:
            known = credentials.credentials_of(session, file.munchkin_id)
        return any(
            part.client_secret is None and not _has_secret(known.get(part.name), now)
            for part in file.credentials
        )

    def apply(self, file: SubscriptionFile, keep: KeepSecrets = keep_nowhere) -> Changes:
        """Bring a subscription to what its file says; the same file again changes nothing.

        Secrets that are generated are handed to `keep` before the store has them. Raises `OperatorError`
        before anything is written when the file contradicts the store.
        """
        generated = generated_secrets(file)
        for _ in range(_TRIES - 1):
            with suppress(StoreBusyError):  # an import holds what is to be changed, or an answer was lost
                return self._apply(file, generated, keep)
        return self._apply(file, generated, keep)

    def _apply(self, file: SubscriptionFile, generated: dict[str, NewSecret], keep: KeepSecrets) -> Changes:
        """Apply a file once; `generated` are secrets by name, the same at each try: none gets lost."""
        changes, now = Changes(), self._time.now(file.munchkin_id)
        location = self._location(file)
        with self._stores.control.read() as session:  # before anything is written
            _refuse_taken(session, file)
        with self._unless_removed(file.munchkin_id):
            database = self._stores.open_at(file.munchkin_id, location)
            changes.add_grants(
                pass_on(self._stores, file.munchkin_id, database)
            )  # before anybody can meet it
            with database.write() as session:
                set_up_store(session, file, now, changes)
        self._enter(file, location, generated, now, changes, keep)
        return changes

    @contextmanager
    def _unless_removed(self, munchkin_id: str) -> Iterator[None]:
        """Raise `OperatorError` where a store fails because its subscription is removed beside this."""
        was_known = self._stores.listed(munchkin_id) is not None
        try:
            yield
        except StoreFaultError as error:
            if was_known and self._stores.was_removed(munchkin_id):
                raise OperatorError(_REMOVED_MEANWHILE.format(munchkin_id)) from error
            raise

    def _enter(
        self,
        file: SubscriptionFile,
        location: StoreLocation,
        generated: dict[str, NewSecret],
        now: int,
        changes: Changes,
        keep: KeepSecrets = keep_nowhere,
    ) -> None:
        """Let the directory know the subscription, and its credentials."""
        with self._stores.control.write() as session:
            if credentials.find_subscription(session, file.munchkin_id) is None:
                if removals.is_begun(session, file.munchkin_id):
                    raise OperatorError(_BEING_REMOVED.format(file.munchkin_id))
                if self._stores.listed(file.munchkin_id) is not None:
                    raise OperatorError(_REMOVED_MEANWHILE.format(file.munchkin_id))
                credentials.add_subscription(session, file.munchkin_id, location, now)
            _apply_policy(session, file, changes)
            self._apply_credentials(session, file, generated, now, changes)
            if changes.new_secrets:
                keep(changes.new_secrets)
        self._stores.find(file.munchkin_id)  # by its line a server sees the end of the store

    def _apply_credentials(
        self,
        session: Session,
        file: SubscriptionFile,
        generated: dict[str, NewSecret],
        now: int,
        changes: Changes,
    ) -> None:
        _refuse_taken(session, file)  # again, as another node may have been faster
        known = credentials.credentials_of(session, file.munchkin_id)
        for part in file.credentials:
            stored = known.pop(part.name, None)
            wanted, secret = _credential(
                file.munchkin_id, part, stored, generated[part.name], self._hash_given, now
            )
            if wanted != stored:
                credentials.put_credential(session, wanted, stored)
                changes.done.append(f"credential {part.name} {'changed' if stored else 'added'}")
            if secret is not None:
                changes.new_secrets.append(secret)
        changes.left_alone += [f"credential {name}: not in the file" for name in known]

    def _location(self, file: SubscriptionFile) -> StoreLocation:
        """Return where the store is, or is to be; raises `OperatorError` if the file names another server."""
        directory = self._stores.directory()
        entry = directory.get(file.munchkin_id)
        for known in directory:  # names of files and schemas have no upper case
            if known != file.munchkin_id and known.lower() == file.munchkin_id.lower():
                raise OperatorError(f"munchkin_id: there is {known} already. Write it so, or choose another.")
        wanted = self._stores.new_location(file.munchkin_id, file.store)
        if entry is None:
            for known in removals.begun(self._stores):
                if known.lower() == file.munchkin_id.lower():
                    raise OperatorError(_BEING_REMOVED.format(known))
            if file.store is not None:
                self._stores.check_server(file.store)
            return wanted
        if file.store is not None and entry.location != wanted:
            raise OperatorError(
                f"store: subscription {file.munchkin_id} lives elsewhere and does not move by itself. "
                "Take out the line `store:`, or move the store first and change the directory."
            )
        return entry.location


def generated_secrets(file: SubscriptionFile) -> dict[str, NewSecret]:
    """Return a secret for each credential of a file, by its name, should it need one."""
    return {each.name: generate_secret(file.munchkin_id, each.name) for each in file.credentials}


def set_up_store(session: Session, file: SubscriptionFile, now: int, changes: Changes) -> None:
    """Bring a store to what its file says, beginning it where it is new."""
    with writing(session, Origin(ChangeKind.SETUP), now, keeps_log=True) as writer:
        if not catalog.is_begun(session):
            catalog.begin(session, file.munchkin_id)
            changes.done.append(f"subscription {file.munchkin_id} added")
        changed = apply_settings(writer, file)
        changes.done += changed.done
        changes.left_alone += changed.left_alone


def _refuse_taken(session: Session, file: SubscriptionFile) -> None:
    """Raise `OperatorError` when client ids of the file belong to other credentials."""
    faults = []
    for number, part in enumerate(file.credentials):
        holder = credentials.find_credential(session, part.client_id) if part.client_id else None
        if holder and (holder.munchkin_id, holder.name) != (file.munchkin_id, part.name):
            faults.append(f"credentials[{number}].client_id: belongs to another credential. Choose another.")
    if faults:
        raise OperatorError("\n  ".join(faults))


def _apply_policy(session: Session, file: SubscriptionFile, changes: Changes) -> None:
    """Give a subscription the limits and rules that its file sets."""
    stored = credentials.lock_own_policy(session, file.munchkin_id)
    limits = _with_wanted("limit", stored.limits, file.limits, changes)
    rules = _with_wanted("rule", stored.rules, file.rules, changes)
    wanted = OwnPolicy(limits, rules)
    if wanted != stored:
        credentials.change_own_policy(session, file.munchkin_id, wanted)


def _with_wanted(what: str, stored: str, wanted: dict[str, Any], changes: Changes) -> str:
    known = json.loads(stored)
    for name, value in wanted.items():
        if value != known.get(name):
            now = "the server's again" if value is None else json.dumps(value)
            changes.done.append(f"{what} {name} is now {now}")
    changes.left_alone += [f"{what} {name}: not in the file" for name in known if name not in wanted]
    return json.dumps({name: value for name, value in (known | wanted).items() if value is not None})


def _credential(
    munchkin_id: str,
    part: CredentialPart,
    stored: Credential | None,
    generated: NewSecret,
    hash_given: Callable[[str], str],
    now: int,
) -> tuple[Credential, NewSecret | None]:
    """Return the credential a part describes, and its secret if that was generated just now."""
    known, is_new = stored.secrets if stored else (), False
    if part.client_secret is not None:
        keeps = any(
            secret.ends_at is None and is_hash_of(part.client_secret, secret.secret_hash) for secret in known
        )
        new_hash = None if keeps else hash_given(part.client_secret)
    elif _has_secret(stored, now):
        new_hash = None
        is_new = any(is_hash_of(generated.client_secret, secret.secret_hash) for secret in known)
    else:
        new_hash, is_new = hash_generated(generated.client_secret), True
    number = max((secret.number for secret in known), default=0) + 1
    credential = Credential(
        client_id=part.client_id or (stored.client_id if stored else generated.client_id),
        munchkin_id=munchkin_id,
        name=part.name,
        secrets=known if new_hash is None else (Secret(number, new_hash, now),),
        user=part.user,
        permissions=None if part.permissions is None else tuple(part.permissions),
        partitions=None if part.partitions is None else tuple(part.partitions),
    )
    return credential, replace(generated, client_id=credential.client_id) if is_new else None


def _has_secret(stored: Credential | None, now: int) -> bool:
    return stored is not None and bool(stored.holding(now))
