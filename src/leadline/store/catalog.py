"""A subscription's settings: partitions, custom fields and the object types that follow from them."""

import secrets
from collections.abc import Callable, Sequence
from contextlib import nullcontext

from leadline.model.callers import Partition
from leadline.schema.catalog import Field, ObjectType, custom_field
from leadline.schema.field_settings import FieldSettings
from leadline.schema.leads import CUSTOM, LEAD, lead_type
from leadline.schema.members import PROGRAM_MEMBER, member_type
from leadline.store.base import Row, Session
from leadline.store.tables import add_column, changing_leads

_VERSION_BITS = 62


def begin(session: Session, munchkin_id: str) -> None:
    """Write the first row of a new subscription's store."""
    session.run("begin_subscription", munchkin_id=munchkin_id)


def name(session: Session, munchkin_id: str, guid_seed: str) -> None:
    """Let a store that was copied be a subscription's, whose records get the ids that a seed gives."""
    session.run("name_store", munchkin_id=munchkin_id, guid_seed=guid_seed)


def guid_seed(session: Session) -> str | None:
    """Return what the ids of new records follow from, None where they are random."""
    row = session.row("guid_seed")
    return None if row is None else row["guid_seed"]


def is_begun(session: Session) -> bool:
    """Return whether the store belongs to a subscription already."""
    return session.row("read_meta") is not None


def partitions(session: Session) -> list[Partition]:
    """Return the partitions by id; the first is the default."""
    return [Partition(row["id"], row["name"]) for row in session.rows("partitions")]


def add_partition(session: Session, name: str) -> None:
    """Add a partition with the next id."""
    session.run("add_partition", id=len(partitions(session)) + 1, name=name, k_name=name.lower())


def load_lead_type(session: Session) -> ObjectType:
    """Return the lead object type with the subscription's own fields."""
    return _load_type(session, LEAD, lead_type)


def load_member_type(session: Session) -> ObjectType:
    """Return the program-member object type with the subscription's own fields."""
    return _load_type(session, PROGRAM_MEMBER, member_type)


def _load_type(session: Session, name: str, build: Callable[[tuple[Field, ...]], ObjectType]) -> ObjectType:
    """Return an object type; it is built anew only when custom fields have changed."""
    current = session.row("fields_version")
    version, known = session.known_types.get(name, (None, None))
    if known is not None and current is not None and current["fields_version"] == version:
        return known
    rows = session.rows("custom_fields", object_type=name)
    built = build(_fields(rows))
    if rows:
        session.known_types[name] = rows[0]["fields_version"], built
    return built


def custom_fields(session: Session, object_type: str) -> tuple[Field, ...]:
    """Return the custom fields of leads or program members in the order in which they were added."""
    return _fields(session.rows("custom_fields", object_type=object_type))


def _fields(rows: Sequence[Row]) -> tuple[Field, ...]:
    return tuple(_field(row) for row in rows if row["name"] is not None)


def _field(row: Row) -> Field:
    return custom_field(
        row["name"],
        row["display_name"],
        row["data_type"],
        row["length"],
        bool(row["searchable"]),
        hidden=bool(row["hidden"]),
        by_api=bool(row["by_api"]),
    )


def add_fields(session: Session, object_type: str, fields: Sequence[Field]) -> None:
    """Add custom fields of leads or program members, with their columns."""
    if not fields:
        return
    is_lead = object_type == LEAD
    with changing_leads(session) if is_lead else nullcontext():
        for each in fields:
            session.run("add_custom_field", object_type=object_type, **_columns_of(each))
            add_column(session, CUSTOM if is_lead else object_type, each)
    _note_change(session)


def change_field(session: Session, object_type: str, field: Field) -> None:
    """Give the custom field of that name another display name, show it or hide it."""
    session.run(
        "change_custom_field",
        object_type=object_type,
        k_name=field.name.lower(),
        display_name=field.display_name,
        hidden=int(field.hidden),
    )
    _note_change(session)


def _note_change(session: Session) -> None:
    """Give the custom fields another version, so that object types built before are built anew.

    The number is drawn by chance: a counter would give a change that was rolled back the same number as
    the next change.
    """
    session.run("change_fields_version", version=secrets.randbits(_VERSION_BITS))


def field_settings(session: Session, object_type: str) -> dict[str, FieldSettings]:
    """Return the field settings that were set, by the folded names of their fields."""
    return {
        row["k_name"]: FieldSettings(row["description"], bool(row["html_in_email"]), bool(row["sensitive"]))
        for row in session.rows("field_settings", object_type=object_type)
    }


def put_field_settings(session: Session, object_type: str, name: str, chosen: FieldSettings) -> None:
    """Keep the settings of a field, standard or custom."""
    session.run(
        "put_field_settings",
        object_type=object_type,
        k_name=name.lower(),
        description=chosen.description,
        html_in_email=int(chosen.html_in_email),
        sensitive=int(chosen.sensitive),
    )


def _columns_of(field: Field) -> dict[str, object]:
    return {
        "name": field.name,
        "k_name": field.name.lower(),
        "display_name": field.display_name,
        "data_type": field.type.name,
        "length": field.length,
        "searchable": int(field.searchable),
        "hidden": int(field.hidden),
        "by_api": int(field.by_api),
    }
