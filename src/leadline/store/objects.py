"""Custom objects: their definitions, and the tables that follow from what was approved."""

from dataclasses import replace

from leadline.schema.accounts import company_type
from leadline.schema.catalog import ObjectType
from leadline.schema.object_links import Linkable, build_type
from leadline.schema.objects import (
    ObjectDefinition,
    StoredObject,
    find_object,
    folded_name,
    from_json,
    to_json,
)
from leadline.store import change_log, tables
from leadline.store.base import Session
from leadline.store.catalog import load_lead_type
from leadline.store.records import next_id, set_next_id


def custom_objects(session: Session) -> list[StoredObject]:
    """Return the custom objects in the order in which they were made."""
    return [
        StoredObject(
            row["number"],
            from_json(row["approved"]),
            from_json(row["draft"]),
            row["created_at"],
            row["updated_at"],
            row["added_fields"],
        )
        for row in session.rows("custom_objects")
    ]


def linkable(session: Session, objects: list[StoredObject]) -> Linkable:
    """Return what the link fields of custom objects may point to."""
    return Linkable((load_lead_type(session), company_type()), _approved(objects))


def _approved(objects: list[StoredObject]) -> dict[int, ObjectDefinition]:
    return {each.number: each.approved for each in objects if each.approved is not None}


def type_of(session: Session, stored: StoredObject, definition: ObjectDefinition) -> ObjectType:
    """Return the object type of a definition, which may link to itself.

    Raises ValueError when a link leads nowhere.
    """
    around = _approved(custom_objects(session)) | {stored.number: definition}
    return build_type(stored.number, definition, Linkable((load_lead_type(session), company_type()), around))


def load_object_type(session: Session, name: str) -> tuple[StoredObject, ObjectType] | None:
    """Return the approved custom object of that API name in either spelling, or None."""
    objects = custom_objects(session)
    found = find_object(_approved(objects), name)
    if found is None:
        return None
    stored = next(each for each in objects if each.number == found[0])
    return stored, build_type(*found, linkable(session, objects))


def find_stored(session: Session, name: str) -> StoredObject | None:
    """Return the custom object of that API name in either spelling, approved or not."""
    wanted = folded_name(name)
    return next(
        (each for each in custom_objects(session) if folded_name(each.newest.api_name) == wanted), None
    )


def add_draft(session: Session, draft: ObjectDefinition, now: int) -> StoredObject:
    """Keep the draft of a new custom object."""
    number = next_id(session, "object")
    set_next_id(session, "object", number + 1)
    stored = StoredObject(number, None, draft, now, now)
    session.run("add_custom_object", **_texts(stored), now=now)
    return stored


def keep_draft(session: Session, stored: StoredObject, definition: ObjectDefinition | None) -> None:
    """Keep another draft, or none; what was approved stays as it is, dates included."""
    _keep(session, replace(stored, draft=definition))


def _keep(session: Session, changed: StoredObject) -> None:
    times = {"created_at": changed.created_at, "updated_at": changed.updated_at}
    session.run("change_custom_object", **_texts(changed), **times, added_fields=changed.added_fields)


def _texts(stored: StoredObject) -> dict[str, object]:
    return {
        "number": stored.number,
        "k_name": folded_name(stored.newest.api_name),
        "approved": stored.approved and to_json(stored.approved),
        "draft": stored.draft and to_json(stored.draft),
    }


def approve(session: Session, stored: StoredObject, definition: ObjectDefinition, now: int) -> None:
    """Approve a definition: make its table, or its new columns, and drop those it no longer has.

    A link may point to the type itself. Raises ValueError when one leads nowhere.
    """
    wanted = type_of(session, stored, definition)
    if stored.approved is None:
        tables.create_table(session, wanted)
        begun, added = now, 0
    else:
        begun, added = stored.created_at, stored.added_fields
        known = type_of(session, stored, stored.approved)
        for field in known.fields:
            if wanted.field(field.name) is None:
                tables.drop_column(session, known.table, field)
        for field in wanted.fields:
            if known.field(field.name) is None:
                tables.add_column(session, wanted.table, field)
                change_log.forget_field(session, wanted.name, field.name)
                added += 1
    _keep(session, StoredObject(stored.number, definition, None, begun, now, added))


def delete(session: Session, stored: StoredObject) -> None:
    """Delete a custom object, with its records."""
    if stored.approved is not None:
        object_type = type_of(session, stored, stored.approved)
        tables.drop_table(session, object_type)
        change_log.forget_type(session, object_type.name)
    session.run("delete_custom_object", number=stored.number)
