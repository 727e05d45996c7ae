"""What a subscription file says about one store: partitions, fields, lists, programs, objects.

Adds and changes, never deletes; the same file again changes nothing.
"""

from collections.abc import Iterator
from dataclasses import field, replace
from decimal import Decimal

from leadline.errors import OperatorError
from leadline.model.dataclass import dataclass
from leadline.schema.accounts import company_type, sales_person_type
from leadline.schema.catalog import DEDUPE_FIELDS, Field, ObjectType
from leadline.schema.folding import fold_key
from leadline.schema.leads import LEAD
from leadline.schema.members import PROGRAM_MEMBER
from leadline.schema.objects import ObjectDefinition, StoredObject, faults_of_change, folded_name
from leadline.schema.programs import Program, ProgramDetails, ProgramStatus, merged_tags
from leadline.schema.types import Cell, currency_count
from leadline.store import catalog, lists, objects, programs
from leadline.store.base import Session
from leadline.store.writer import Writer
from leadline.subscriptions.file import SubscriptionFile
from leadline.subscriptions.file_parts import (
    CompanyPart,
    CustomObjectPart,
    FieldPart,
    ProgramPart,
    SalesPersonPart,
)


@dataclass(slots=True)
class Applied:
    """Sentences for the operator: what was done, and what the store has beside the file."""

    done: list[str] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)


def apply_settings(writer: Writer, file: SubscriptionFile) -> Applied:
    """Bring a store to what its file says.

    Raises `OperatorError` before anything is written when the file contradicts the store.
    """
    session, now = writer.session, writer.now
    faults = list(_contradictions(session, file))
    if faults:
        raise OperatorError(
            "The subscription file contradicts the store; fix this:\n  " + "\n  ".join(faults)
        )
    applied = Applied()
    _apply_partitions(session, file, applied)
    _apply_fields(session, LEAD, "lead field", file.lead_fields, applied)
    _apply_fields(session, PROGRAM_MEMBER, "program member field", file.program_member_fields, applied)
    _apply_lists(session, file, now, applied)
    _apply_channels(session, file, now, applied)
    _apply_programs(session, file, now, applied)
    _apply_objects(session, file, now, applied)
    _apply_accounts(writer, company_type(), "company", file.companies, applied)
    _apply_accounts(writer, sales_person_type(), "sales person", file.sales_persons, applied)
    return applied


def _contradictions(session: Session, file: SubscriptionFile) -> Iterator[str]:
    stored = catalog.partitions(session)
    if stored and stored[0].name.lower() != file.partitions[0].lower():
        yield f"partitions[0]: the default partition is '{stored[0].name}' and stays so"
    for section, object_type in (
        ("lead_fields", catalog.load_lead_type(session)),
        ("program_member_fields", catalog.load_member_type(session)),
    ):
        for number, part in enumerate(getattr(file, section)):
            known = object_type.field(part.name)
            if known and _shape(known) != _shape(part.build()):
                yield (
                    f"{section}[{number}]: '{known.name}' is stored as {known.type.name} "
                    f"(length {known.length}, searchable {known.searchable}) and cannot change"
                )
    for number, wanted_list in enumerate(file.lists):
        holder = lists.id_in_folder(session, ("Folder", lists.GROUP_LISTS), wanted_list.name)
        if holder not in (None, wanted_list.id):
            yield f"lists[{number}].name: '{wanted_list.name}' belongs to list {holder}"
    yield from _program_faults(session, file)
    for number, wanted in enumerate(file.custom_objects):
        stored_object = objects.find_stored(session, wanted.api_name)
        if stored_object and stored_object.approved:
            for fault in faults_of_change(stored_object.approved, wanted):
                yield f"custom_objects[{number}]: {fault}"


def _shape(each: Field) -> tuple[str, int | None, bool]:
    return each.type.name, each.length, each.searchable


def _program_faults(session: Session, file: SubscriptionFile) -> Iterator[str]:
    known = {each.name.lower() for each in programs.channels(session)}
    known |= {each.name.lower() for each in file.channels}
    stored = {each.id: each for each in programs.programs(session)}
    taken = {each.name.lower(): each.id for each in stored.values()}
    for number, part in enumerate(file.programs):
        if part.channel.lower() not in known:
            yield f"programs[{number}].channel: there is no channel '{part.channel}'"
        elif part.id in stored and stored[part.id].channel.lower() != part.channel.lower():
            yield f"programs[{number}].channel: is '{stored[part.id].channel}' and cannot change"
        if taken.get(part.name.lower(), part.id) != part.id:
            yield f"programs[{number}].name: '{part.name}' belongs to program {taken[part.name.lower()]}"


def _apply_partitions(session: Session, file: SubscriptionFile, applied: Applied) -> None:
    known = {each.name.lower(): each.name for each in catalog.partitions(session)}
    for name in file.partitions:
        if known.pop(name.lower(), None) is None:
            catalog.add_partition(session, name)
            applied.done.append(f"partition {name} added")
    applied.left_alone += [f"partition {name}: not in the file" for name in known.values()]


def _apply_fields(
    session: Session, object_type: str, what: str, parts: list[FieldPart], applied: Applied
) -> None:
    known = {each.name.lower(): each for each in catalog.custom_fields(session, object_type)}
    new = []
    for part in parts:
        wanted = part.build()
        stored = known.pop(wanted.name.lower(), None)
        if stored is None:
            new.append(wanted)
            applied.done.append(f"{what} {wanted.name} added")
        elif stored.display_name != wanted.display_name:
            catalog.change_field(session, object_type, replace(stored, display_name=wanted.display_name))
            applied.done.append(f"{what} {wanted.name} is now shown as {wanted.display_name}")
    catalog.add_fields(session, object_type, new)
    applied.left_alone += [f"{what} {each.name}: not in the file" for each in known.values()]


def _apply_lists(session: Session, file: SubscriptionFile, now: int, applied: Applied) -> None:
    known = {each.id: each.name for each in lists.lists(session)}
    for part in file.lists:
        if lists.put_list(session, part.id, part.name, part.description, now):
            applied.done.append(f"list {part.id} {part.name} {'changed' if part.id in known else 'added'}")
        known.pop(part.id, None)
    applied.left_alone += [f"list {list_id} {name}: not in the file" for list_id, name in known.items()]


def _apply_channels(session: Session, file: SubscriptionFile, now: int, applied: Applied) -> None:
    known = {each.name.lower(): each.name for each in programs.channels(session)}
    for part in file.channels:
        statuses = [
            ProgramStatus(each.name, each.step, each.success, each.description) for each in part.statuses
        ]
        if programs.put_channel(session, part.name, part.type, statuses, now):
            done = "changed" if part.name.lower() in known else "added"
            applied.done.append(f"channel {part.name} {done}")
        known.pop(part.name.lower(), None)
    applied.left_alone += [f"channel {name}: not in the file" for name in known.values()]


def _apply_programs(session: Session, file: SubscriptionFile, now: int, applied: Applied) -> None:
    known = {each.id: each for each in programs.programs(session)}
    channels = {each.name.lower(): each for each in programs.channels(session)}
    for part in file.programs:
        stored = known.pop(part.id, None)
        wanted = _program_details(part, stored)
        if stored is None:
            programs.add_program(session, part.id, wanted, channels[part.channel.lower()], now)
            applied.done.append(f"program {part.id} {part.name} added")
        elif stored.details != wanted:
            programs.change_program(session, part.id, wanted, now)
            applied.done.append(f"program {part.id} {part.name} changed")
    applied.left_alone += [f"program {each.id} {each.name}: not in the file" for each in known.values()]


def _program_details(part: ProgramPart, stored: Program | None) -> ProgramDetails:
    """Return what the file says of a program; tags and costs that it does not speak of stay."""
    tags, costs = (stored.tags, stored.costs) if stored else (None, None)
    if part.tags is not None:
        tags = merged_tags(None, [each.shown() for each in part.tags]) or None
    if part.costs is not None:
        costs = [each.shown() for each in part.costs] or None
    return ProgramDetails(part.name, part.description, tags, costs)


def _apply_objects(session: Session, file: SubscriptionFile, now: int, applied: Applied) -> None:
    known = {folded_name(each.newest.api_name): each for each in objects.custom_objects(session)}
    faults = []
    for part in _in_link_order(file.custom_objects):
        stored = known.pop(folded_name(part.api_name), None)
        is_new = stored is None
        stored = stored or objects.add_draft(session, part, now)
        wanted = part if is_new else _merged(stored, part)
        if wanted == stored.approved:
            continue
        try:
            objects.approve(session, stored, wanted, now)
        except ValueError as error:
            faults.append(f"custom_objects[{file.custom_objects.index(part)}].fields: {error}")
        applied.done.append(f"custom object {part.api_name} {'added' if is_new else 'changed'}")
    if faults:
        raise OperatorError("The subscription file is refused; fix this:\n  " + "\n  ".join(sorted(faults)))
    applied.left_alone += [
        f"custom object {each.newest.api_name}: not in the file" for each in known.values()
    ]


def _in_link_order(parts: list[CustomObjectPart]) -> list[CustomObjectPart]:
    """Return the objects so that each comes after those of the file that it links to, where that can be."""
    waiting, ordered = list(parts), []
    while waiting:
        names = {folded_name(each.api_name) for each in waiting}
        free = [
            each
            for each in waiting
            if not any(
                folded_name(field.related_to.name) in names - {folded_name(each.api_name)}
                for field in each.fields
                if field.related_to
            )
        ]
        ordered += free or waiting
        waiting = [each for each in waiting if each not in ordered]
    return ordered


def _merged(stored: StoredObject, part: CustomObjectPart) -> ObjectDefinition:
    """Return the file's definition with the fields that only the store has, under the stored name."""
    known = stored.approved.fields if stored.approved else ()
    extra = tuple(each for each in known if part.field(each.name) is None)
    return ObjectDefinition.model_validate(
        part.model_copy(
            update={"api_name": stored.newest.api_name, "fields": (*part.fields, *extra)}
        ).model_dump()
    )


def _apply_accounts(
    writer: Writer,
    object_type: ObjectType,
    what: str,
    parts: list[CompanyPart] | list[SalesPersonPart],
    applied: Applied,
) -> None:
    for part in parts:
        values = dict(part.values) | {object_type.dedupe[0]: part.external_id}
        columns: dict[str, object] = {}
        for name, value in values.items():
            each = object_type.field(name)
            assert each is not None, "a part names known attributes only"
            is_amount = each.type.cell is Cell.CURRENCY and value is not None
            columns[each.column] = currency_count(Decimal(value)) if is_amount else value
            if each.has_key:
                columns[each.key_column] = None if value is None else fold_key(value, each.type)
        key = object_type.key(DEDUPE_FIELDS)
        assert key is not None, "companies and sales persons have a key"
        if writer.put(object_type, str(columns[key.column]), columns):
            applied.done.append(f"{what} {part.external_id} added or changed")
