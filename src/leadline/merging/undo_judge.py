"""What taking a change set back does, judged against the store; nothing is written."""

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from leadline.engine.undo.fates import Target, fields_of
from leadline.engine.undo.outcomes import Pieces, changed_lines, kept_lines, outcomes, pieces_of
from leadline.engine.undo.records import Judged, Surroundings, Why, judge_records, keep_more, leave_ended
from leadline.merging.erasure import ADDRESS, address_of
from leadline.merging.foreseen import named_as_shown
from leadline.merging.import_target import NoLongerPossibleError
from leadline.merging.later_changes import changes_in, later_changes
from leadline.merging.undo_confirmed import with_confirmations
from leadline.merging.undo_joined import joined_since
from leadline.merging.undo_links import linked_since
from leadline.merging.undo_membership_lines import list_lines, member_lines, shown_names
from leadline.merging.undo_memberships import memberships_now, with_places
from leadline.merging.undo_rows import numbered, rows_that_wrote
from leadline.merging.undo_stored import people_of, stored_records, type_named, typed_changes, types_of
from leadline.merging.undo_types import is_type_deleted
from leadline.merging.undoing import JudgedSet, JudgedType, Undoing
from leadline.model.changes import LIST_MEMBER, ChangeSet, What
from leadline.model.job_words import UNDO_WORDS
from leadline.schema.catalog import ObjectType
from leadline.schema.leads import LEAD
from leadline.schema.members import PROGRAM_MEMBER
from leadline.store import catalog, change_log, jobs, lists
from leadline.store.base import Session


def begin_undo(
    session: Session, batch_id: int, opened: frozenset[int] | None, *, lists_changes: bool = False
) -> tuple[Undoing, list[ChangeSet]]:
    """Return what is taken back of a job, and its change sets, the newest first.

    Raises `NoLongerPossibleError` where the job, or what it changed, is no longer kept.
    """
    original = jobs.find(session, batch_id, created_after=-1)
    if original is None:
        raise NoLongerPossibleError(UNDO_WORDS.failed("the job that it takes back is no longer kept"))
    sets = change_log.sets_of_job(session, batch_id)[::-1]
    if not sets:
        raise NoLongerPossibleError(UNDO_WORDS.failed("what the job changed is no longer kept"))
    if is_type_deleted(session, original, sets):
        raise NoLongerPossibleError(
            UNDO_WORDS.failed(f"the custom object {original.request.object_type} was deleted")
        )
    undoes = change_log.undone_since(session, sets[-1].number)
    return Undoing(original, opened, undoes, lists_changes=lists_changes), sets


def foresee_undo(session: Session, undoing: Undoing, sets: list[ChangeSet]) -> Iterator[JudgedSet]:
    """Judge change sets, the newest first, each as if those before it were taken back; nothing is written."""
    for each in sets:
        judged = judge_set(session, undoing, each)
        yield judged
        for name, found in judged.all_judged():
            undoing.assumed.note(each.number, name, found)


def judge_set(session: Session, undoing: Undoing, change_set: ChangeSet) -> JudgedSet:
    """Judge what taking a change set back does; raises `NoLongerPossibleError` where its type is gone."""
    number = change_set.number
    target = Target(number, undoing.undoes, undoing.assumed.sets)
    names = {each.object_type for each in change_log.parts_of(session, number)}
    rows, pieces = rows_that_wrote(session, undoing.original, change_set), list[Pieces]()
    lists = members = None
    if LIST_MEMBER in names:
        lists, found = _judge_list(session, target, undoing)
        pieces.append(found)
    if PROGRAM_MEMBER in names:
        members, found = _judge_members(session, target, undoing, rows)
        pieces.append(found)
    judged = []
    for name in sorted(names - {PROGRAM_MEMBER, LIST_MEMBER}):
        object_type = type_named(session, name)
        each, guids, leads = _judge_type(session, object_type, target, undoing)
        if name == LEAD:
            each = keep_more(each, joined_since(session, each, lists, members, undoing))
        each = keep_more(each, linked_since(session, object_type, each, undoing.assumed))
        rows = numbered(rows, guids)
        pieces.append(pieces_of(each, types_of(object_type), lists_changes=undoing.lists_changes))
        judged.append(JudgedType(object_type, each, leads))
    who = _who(session, pieces)
    told = outcomes(rows, pieces, {number: name for number, (name, _) in who.items()})
    return JudgedSet(
        change_set,
        tuple(judged),
        members,
        lists,
        with_confirmations(session, undoing.original, judged, told),
        kept_lines(rows, pieces, who),
        changed_lines(rows, pieces),
    )


def _judge_type(
    session: Session, object_type: ObjectType, target: Target, undoing: Undoing
) -> tuple[Judged, pl.DataFrame, pl.DataFrame | None]:
    """Judge the records of an object type.

    Beside them `id` and the GUID of those that have one, and leads, where the set made any.
    """
    changes = typed_changes(changes_in(session, target.number, object_type.name), object_type)
    has_new_leads = object_type.name == LEAD and bool((changes["what"] == What.CREATED.value).any())
    also = [address_of(object_type)] if has_new_leads else []
    stored = stored_records(session, object_type, changes["id"], fields_of(changes), also)
    leads = stored.select("id", "changed", "gap", ADDRESS) if has_new_leads else None
    stored = undoing.assumed.over(stored, object_type.name)
    stored = stored.with_columns(pl.lit(value=True).alias("is_there"), pl.col("id").alias("logged_id"))
    later = later_changes(session, object_type.name, stored, target.number)
    names = {each.name for each in object_type.fields}
    judged = judge_records(changes, stored, later, Surroundings(target, names, undoing.opened))
    if object_type.id_name == "id":
        return judged, pl.DataFrame(), leads
    rows = changes.select("id", "row").join(stored.select("id", "guid"), on="id", how="left")
    return judged, rows, leads


def _judge_list(session: Session, target: Target, undoing: Undoing) -> tuple[Judged, Pieces]:
    """Judge who joins and who leaves the list that a set is about."""
    placed = with_places(changes_in(session, target.number, LIST_MEMBER), LIST_MEMBER)
    people = people_of(session, placed["lead_id"])
    placed = placed.join(people.select("lead_id"), on="lead_id", how="semi")
    now = memberships_now(session, placed, LIST_MEMBER)
    partitions = people.rename({"lead_id": "id"})
    stored = now.with_columns(pl.lit(value=False).alias("gap")).join(partitions, on="id", how="left")
    later = later_changes(session, LIST_MEMBER, now, target.number)
    around = Surroundings(target, (), undoing.opened, are_memberships=True)
    judged = judge_records(placed, stored, later, around)
    gone = [each for each in placed["within"].unique() if lists.find_list(session, int(each)) is None]
    judged = leave_ended(judged, placed.filter(pl.col("within").is_in(gone))["id"], Why.NO_LIST)
    about = placed.select("id", pl.col("lead_id").alias("record"))
    found = pieces_of(judged, {}, about, "list")
    if undoing.lists_changes:
        found = replace(found, back=list_lines(judged, catalog.load_lead_type(session).id_field.type))
    return judged, found


def _judge_members(
    session: Session, target: Target, undoing: Undoing, rows: pl.DataFrame
) -> tuple[JudgedType, Pieces]:
    """Judge the members of the program that a set is about."""
    member_type = catalog.load_member_type(session)
    changes = typed_changes(changes_in(session, target.number, PROGRAM_MEMBER), member_type)
    placed = with_places(changes, PROGRAM_MEMBER)
    fields = sorted({*fields_of(changes), "leadId", "programId"})
    there = undoing.assumed.over(stored_records(session, member_type, placed["id"], fields), PROGRAM_MEMBER)
    of_updated = there.select(
        "id", pl.col("leadId").alias("lead_now"), pl.col("programId").alias("within_now")
    )
    of_rows = rows.select("row", pl.col("record").alias("lead_of_row"))
    placed = (
        placed.join(of_updated, on="id", how="left", maintain_order="left")
        .join(of_rows, on="row", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("lead_id", "lead_now", "lead_of_row").alias("lead_id"),
            pl.coalesce("within", "within_now").alias("within"),
        )
        .drop("lead_now", "within_now", "lead_of_row")
    )
    people = people_of(session, placed["lead_id"])
    placed = placed.join(people, on="lead_id", how="inner", maintain_order="left")
    now = memberships_now(session, placed, PROGRAM_MEMBER)
    gaps = there.select("id", "gap", *(each for each in fields if each in there.columns))
    stored = (
        now.join(gaps, on="id", how="left")
        .with_columns(pl.col("gap").fill_null(False))
        .join(placed.select("id", "partition_id"), on="id", how="left")
    )
    later = later_changes(session, PROGRAM_MEMBER, now, target.number)
    names = {each.name for each in member_type.fields}
    around = Surroundings(target, names, undoing.opened, are_memberships=True)
    judged = judge_records(placed.drop("partition_id"), stored, later, around)
    about = placed.select("id", pl.col("lead_id").alias("record"))
    found = pieces_of(judged, types_of(member_type), about, "program", lists_changes=undoing.lists_changes)
    if undoing.lists_changes:
        whole = pl.concat([found.back, member_lines(session, member_type, judged, about)])
        found = replace(found, back=shown_names(member_type, whole))
    found = replace(found, kept=named_as_shown(found.kept))
    return JudgedType(member_type, judged), found


def _who(session: Session, pieces: list[Pieces]) -> dict[int, tuple[str, int]]:
    """Return of each change set that keeps anything what made it, and when."""
    named = {number for each in pieces for number in each.kept["by"].drop_nulls().unique()}
    found = {int(each): change_log.find_set(session, int(each)) for each in sorted(named)}
    return {number: (_named(each), each.at) for number, each in found.items() if each is not None}


def _named(change_set: ChangeSet) -> str:
    """Return what made a change set: a job and its number, or a call and its request id."""
    origin = change_set.origin
    number = origin.batch_id if origin.batch_id is not None else origin.request_id
    return f"{origin.kind.value} {number}" if number else origin.kind.value
