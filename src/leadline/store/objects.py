"""Custom objects: their definitions, and the tables that follow from what was approved."""

from dataclasses import replace

from leadline.schema.accounts import company_type
from leadline.schema.catalog import ObjectType
from leadline.schema.objects import Linkable, ObjectDefinition, StoredObject, build_type, from_json, to_json
from leadline.store import tables
from leadline.store.base import Session
from leadline.store.records import leave_next_id, next_id
from leadline.store.settings import load_lead_type


def custom_objects(session: Session) -> list[StoredObject]:
    """Return the custom objects in the order in which they were made."""
    return [
        StoredObject(
            row["number"],
            from_json(row["approved"]),
            from_json(row["draft"]),
            row["created_at"],
            row["updated_at"],
        )
        for row in session.rows("custom_objects")
    ]


def linkable(session: Session, objects: list[StoredObject]) -> Linkable:
    """Return what the link fields of custom objects may point to."""
    approved = {each.number: each.approved for each in objects if each.approved is not None}
    return Linkable((load_lead_type(session), company_type()), approved)


def load_object_type(session: Session, name: str) -> tuple[StoredObject, ObjectType] | None:
    """Return the approved custom object of that API name in any case, or None."""
    objects = custom_objects(session)
    for each in objects:
        if each.approved is not None and each.approved.api_name.lower() == name.lower():
            return each, build_type(each.number, each.approved, linkable(session, objects))
    return None


def find_stored(session: Session, name: str) -> StoredObject | None:
    """Return the custom object of that API name in any case, approved or not."""
    folded = name.lower()
    return next((each for each in custom_objects(session) if each.newest.api_name.lower() == folded), None)


def add_draft(session: Session, draft: ObjectDefinition, now: int) -> StoredObject:
    """Keep the draft of a new custom object."""
    number = next_id(session, "object")
    leave_next_id(session, "object", number + 1)
    stored = StoredObject(number, None, draft, now, now)
    session.run("add_custom_object", **_texts(stored), now=now)
    return stored


def change(
    session: Session,
    stored: StoredObject,
    approved: ObjectDefinition | None,
    draft: ObjectDefinition | None,
    now: int,
) -> None:
    """Put other definitions in place of the stored ones; tables stay as they are."""
    changed = StoredObject(stored.number, approved, draft, stored.created_at, now)
    session.run("change_custom_object", **_texts(changed), now=now)
    session.run("raise_catalog_version")


def _texts(stored: StoredObject) -> dict[str, object]:
    return {
        "number": stored.number,
        "k_name": stored.newest.api_name.lower(),
        "approved": stored.approved and to_json(stored.approved),
        "draft": stored.draft and to_json(stored.draft),
    }


def approve(session: Session, stored: StoredObject, definition: ObjectDefinition, now: int) -> None:
    """Approve a definition: make its table, or its new columns, and drop those it no longer has.

    A link may point to the type itself. Raises ValueError when one leads nowhere.
    """
    others = [each for each in custom_objects(session) if each.number != stored.number]
    around = linkable(session, [*others, replace(stored, approved=definition)])
    wanted = build_type(stored.number, definition, around)
    if stored.approved is None:
        tables.create_table(session, wanted)
    else:
        known = build_type(stored.number, stored.approved, around)
        for field in known.fields:
            if wanted.field(field.name) is None:
                tables.drop_column(session, known.table, field)
        for field in wanted.fields:
            if known.field(field.name) is None:
                tables.add_column(session, wanted.table, field)
    change(session, stored, definition, None, now)


def delete(session: Session, stored: StoredObject) -> None:
    """Delete a custom object, with its records."""
    if stored.approved is not None:
        around = linkable(session, custom_objects(session))
        tables.drop_table(session, build_type(stored.number, stored.approved, around))
    session.run("delete_custom_object", number=stored.number)
    session.run("raise_catalog_version")
