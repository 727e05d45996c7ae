"""Use case: set up a subscription from its file. Adds and changes, never deletes."""

import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

from leadline import clock
from leadline.errors import OperatorError, StoreBusyError
from leadline.schema.catalog import Field
from leadline.schema.leads import standard_fields
from leadline.schema.subscription import CredentialPart, SubscriptionFile
from leadline.store import credentials, records, settings
from leadline.store.base import Session
from leadline.store.connect import Stores
from leadline.store.credentials import Credential
from leadline.store.secret_hash import fits, hash_chosen, hash_generated

_SECRET_BYTES = 24
_TRIES = 5
_NOT_YET = ("program_member_fields", "channels", "programs", "custom_objects")


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A credential whose secret was generated just now, to be shown once."""

    name: str
    client_id: str
    client_secret: str


@dataclass(slots=True)
class Changes:
    """What applying a file did: sentences for the operator, and secrets to show."""

    done: list[str] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)
    new_secrets: list[NewSecret] = field(default_factory=list)


class Subscriptions:
    """The directory, and what a subscription file says about each entry."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def none_yet(self) -> bool:
        """Tell whether the store has no subscription."""
        return not self._stores.munchkin_ids()

    def apply(self, file: SubscriptionFile) -> Changes:
        """Bring a subscription to what its file says; the same file again changes nothing.

        Raises `OperatorError` before anything is written when the file contradicts the store.
        """
        for _ in range(_TRIES - 1):
            with suppress(StoreBusyError):  # an import holds what is to be changed
                return self._apply(file)
        return self._apply(file)

    def _apply(self, file: SubscriptionFile) -> Changes:
        changes = Changes()
        place = self._place(file)
        database = self._stores.open_place(file.munchkin_id, place)
        with database.write() as session:
            records.take_writer(session)
            if not settings.is_begun(session):
                settings.begin(session, file.munchkin_id)
                changes.done.append(f"subscription {file.munchkin_id} added")
            _refuse_contradictions(session, file)
            _apply_partitions(session, file, changes)
            _apply_fields(session, file, changes)
            _apply_lists(session, file, changes)
            _apply_link_targets(session, file, changes)
        with self._stores.control.write() as session:
            if file.munchkin_id not in credentials.subscriptions(session):
                credentials.add_subscription(session, file.munchkin_id, place, clock.now())
            _apply_credentials(session, file, changes)
        changes.left_alone += [
            f"{name}: not used by this version" for name in _NOT_YET if getattr(file, name)
        ]
        return changes

    def _place(self, file: SubscriptionFile) -> str:
        """Return where the subscription lives, or is to live; it cannot move."""
        listing = self._stores.directory().get(file.munchkin_id)
        if listing is None:
            if file.store is not None:
                self._stores.check_server(file.store)
            return self._stores.new_place(file.munchkin_id, file.store)
        if file.store is not None and listing.place != self._stores.new_place(file.munchkin_id, file.store):
            raise OperatorError(
                f"store: subscription {file.munchkin_id} lives elsewhere and does not move by itself. "
                "Take out the line `store:`, or move the store first and change the directory."
            )
        return listing.place


def _refuse_contradictions(session: Session, file: SubscriptionFile) -> None:
    faults = []
    stored = settings.partitions(session)
    if stored and stored[0].name.lower() != file.partitions[0].lower():
        faults.append(f"partitions[0]: the default partition is '{stored[0].name}' and stays so")
    lead_type = settings.load_lead_type(session)
    for number, part in enumerate(file.lead_fields):
        wanted, known = part.build(), lead_type.field(part.name)
        if known and _shape(known) != _shape(wanted):
            faults.append(
                f"lead_fields[{number}]: '{known.name}' is stored as {known.type.name} "
                f"(length {known.length}, searchable {known.searchable}) and cannot change"
            )
    if faults:
        raise OperatorError(
            "The subscription file contradicts the store; mend this:\n  " + "\n  ".join(faults)
        )


def _shape(each: Field) -> tuple[str, int | None, bool]:
    return each.type.name, each.length, each.searchable


def _apply_partitions(session: Session, file: SubscriptionFile, changes: Changes) -> None:
    known = {each.name.lower(): each.name for each in settings.partitions(session)}
    for name in file.partitions:
        if known.pop(name.lower(), None) is None:
            settings.add_partition(session, name)
            changes.done.append(f"partition {name} added")
    changes.left_alone += [f"partition {name}: not in the file" for name in known.values()]


def _apply_fields(session: Session, file: SubscriptionFile, changes: Changes) -> None:
    known = {each.name.lower(): each for each in settings.load_lead_type(session).fields if each.custom}
    for part in file.lead_fields:
        wanted = part.build()
        stored = known.pop(wanted.name.lower(), None)
        if stored is None:
            settings.add_lead_field(session, wanted)
            changes.done.append(f"lead field {wanted.name} added")
        elif stored.display_name != wanted.display_name:
            settings.rename_lead_field(session, wanted)
            changes.done.append(f"lead field {wanted.name} is now shown as {wanted.display_name}")
    changes.left_alone += [f"lead field {each.name}: not in the file" for each in known.values()]


def _apply_lists(session: Session, file: SubscriptionFile, changes: Changes) -> None:
    known = {row["id"]: row["name"] for row in settings.lists(session)}
    taken = {name.lower(): list_id for list_id, name in known.items()}
    for part in file.lists:
        if taken.get(part.name.lower(), part.id) != part.id:
            raise OperatorError(f"lists: the name '{part.name}' belongs to list {taken[part.name.lower()]}.")
        if settings.put_list(session, part.id, part.name, part.description, clock.now()):
            changes.done.append(f"list {part.id} {part.name} {'changed' if part.id in known else 'added'}")
        known.pop(part.id, None)
    changes.left_alone += [f"list {list_id} {name}: not in the file" for list_id, name in known.items()]


def _apply_link_targets(session: Session, file: SubscriptionFile, changes: Changes) -> None:
    fields = {each.name: each for each in standard_fields()}
    for link, what, parts in (
        ("company", "company", file.companies),
        ("sales_person", "sales person", file.sales_persons),
    ):
        for part in parts:
            values = {
                fields[name].column: round(value * 10_000) if fields[name].type.name == "currency" else value
                for name, value in part.values.items()
            }
            folded = part.external_id.lower()
            if records.put_link_target(session, link, part.external_id, folded, values):
                changes.done.append(f"{what} {part.external_id} added or changed")


def _apply_credentials(session: Session, file: SubscriptionFile, changes: Changes) -> None:
    known = credentials.credentials_of(session, file.munchkin_id)
    for number, part in enumerate(file.credentials):
        stored = known.pop(part.name, None)
        wanted, secret = _credential(file.munchkin_id, part, stored)
        holder = credentials.find_credential(session, wanted.client_id)
        if holder and (holder.munchkin_id, holder.name) != (wanted.munchkin_id, wanted.name):
            raise OperatorError(
                f"credentials[{number}].client_id: belongs to another credential. Choose another."
            )
        if wanted != stored:
            credentials.put_credential(session, wanted, stored)
            changes.done.append(f"credential {part.name} {'changed' if stored else 'added'}")
        if secret is not None:
            changes.new_secrets.append(NewSecret(part.name, wanted.client_id, secret))
    changes.left_alone += [f"credential {name}: not in the file" for name in known]


def _credential(
    munchkin_id: str, part: CredentialPart, stored: Credential | None
) -> tuple[Credential, str | None]:
    """Return the credential a part describes, and its secret if it was generated just now."""
    generated = None
    if part.client_secret is not None:
        keeps = stored is not None and fits(part.client_secret, stored.secret_hash)
        secret_hash = stored.secret_hash if stored and keeps else hash_chosen(part.client_secret)
    elif stored is not None:
        secret_hash = stored.secret_hash
    else:
        generated = secrets.token_urlsafe(_SECRET_BYTES)
        secret_hash = hash_generated(generated)
    credential = Credential(
        client_id=part.client_id or (stored.client_id if stored else str(uuid4())),
        munchkin_id=munchkin_id,
        name=part.name,
        secret_hash=secret_hash,
        user=part.user,
        permissions=None if part.permissions is None else tuple(part.permissions),
        partitions=None if part.partitions is None else tuple(part.partitions),
    )
    return credential, generated
