"""A subscription's settings: partitions, custom fields, static lists."""

from leadline.model import Partition
from leadline.schema.catalog import Field, ObjectType, custom_field
from leadline.schema.leads import LEAD, lead_type
from leadline.store.base import Row, Session
from leadline.store.records import add_field


def begin(session: Session, munchkin_id: str) -> None:
    """Write the first row of a new subscription's store."""
    session.run("begin_subscription", munchkin_id=munchkin_id)


def is_begun(session: Session) -> bool:
    """Tell whether the store belongs to a subscription already."""
    return session.row("read_meta") is not None


def partitions(session: Session) -> list[Partition]:
    """Return the partitions by id; the first is the default."""
    return [Partition(row["id"], row["name"]) for row in session.rows("partitions")]


def add_partition(session: Session, name: str) -> None:
    """Add a partition with the next id."""
    session.run("add_partition", id=len(partitions(session)) + 1, name=name, k_name=name.lower())


def load_lead_type(session: Session) -> ObjectType:
    """Return the lead object type with the subscription's own fields."""
    rows = session.rows("custom_fields", object_type=LEAD)
    return lead_type(tuple(_field(row) for row in rows))


def _field(row: Row) -> Field:
    return custom_field(
        row["name"], row["display_name"], row["data_type"], row["length"], bool(row["searchable"])
    )


def add_lead_field(session: Session, field: Field) -> None:
    """Add a custom lead field and its columns."""
    session.run(
        "add_custom_field",
        object_type=LEAD,
        name=field.name,
        k_name=field.name.lower(),
        display_name=field.display_name,
        data_type=field.type.name,
        length=field.length,
        searchable=int(field.searchable),
    )
    add_field(session, field)
    session.run("raise_catalog_version")


def rename_lead_field(session: Session, field: Field) -> None:
    """Give a custom lead field another display name."""
    session.run(
        "rename_custom_field", object_type=LEAD, k_name=field.name.lower(), display_name=field.display_name
    )
    session.run("raise_catalog_version")


def lists(session: Session) -> list[Row]:
    """Return the static lists by id."""
    return session.rows("lists")


def find_list(session: Session, list_id: int) -> Row | None:
    """Return a static list, or None."""
    return session.row("list_by_id", id=list_id)


def put_list(session: Session, list_id: int, name: str, description: str | None, now: int) -> bool:
    """Add or change a static list; tell whether anything was written."""
    found = find_list(session, list_id)
    if found and (found["name"], found["description"]) == (name, description):
        return False
    query = "change_list" if found else "add_list"
    session.run(query, id=list_id, name=name, k_name=name.lower(), description=description, now=now)
    return True


def members_among(session: Session, list_id: int, lead_ids: list[int]) -> set[int]:
    """Return which of the leads are members of the list."""
    found = (session.row("list_has", list_id=list_id, lead_id=lead_id) for lead_id in lead_ids)
    return {row["lead_id"] for row in found if row}
