"""What taking a change set back does, judged against the store; nothing is written."""

from collections.abc import Iterator, Mapping
from dataclasses import field

import polars as pl

from leadline.engine.keys import DTYPES
from leadline.engine.undo.cells import Fate
from leadline.engine.undo.fates import Target, fields_of
from leadline.engine.undo.outcomes import Pieces, changed_lines, kept_lines, outcomes, pieces_of
from leadline.engine.undo.records import (
    NEW,
    OLD,
    Judged,
    Surroundings,
    Why,
    judge_records,
    keep_more,
    leave_ended,
)
from leadline.merging.import_target import NoLongerPossibleError
from leadline.merging.later_changes import changes_in, later_changes
from leadline.merging.undo_assumed import Assumed
from leadline.merging.undo_links import linked_since
from leadline.merging.undo_memberships import memberships_now, with_places
from leadline.merging.undo_rows import rows_that_wrote
from leadline.model.changes import LIST_MEMBER, ChangeSet
from leadline.model.dataclass import dataclass
from leadline.model.jobs import Job
from leadline.schema.catalog import Key, ObjectType
from leadline.schema.leads import LEAD
from leadline.schema.members import PROGRAM_MEMBER
from leadline.schema.types import FieldType, Storage
from leadline.store import catalog, change_log, jobs, lists, objects, records
from leadline.store.base import Session

_BY_ID = Key("id", (), "id")


@dataclass(frozen=True, slots=True)
class Undoing:
    """A job that is taken back: which partitions are open, and which sets of the log take which back.

    `assumed` is what was foreseen of its newer change sets; it is empty where these are written.
    `lists_changes`: each cell that comes back is told.
    """

    original: Job
    opened: frozenset[int] | None
    undoes: Mapping[int, int]
    assumed: Assumed = field(default_factory=Assumed)
    lists_changes: bool = False


@dataclass(frozen=True, slots=True)
class JudgedType:
    """What becomes of records of one object type."""

    object_type: ObjectType
    judged: Judged


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """What taking a change set back does: to records, to members of programs, and to those of lists.

    `rows` has the outcome of each data row, `kept` a line for each cell or record that is kept, `changes`
    one for each cell that comes back, where that is asked.
    """

    change_set: ChangeSet
    records: tuple[JudgedType, ...]
    members: JudgedType | None
    lists: Judged | None
    rows: pl.DataFrame
    kept: pl.DataFrame
    changes: pl.DataFrame

    def all_judged(self) -> Iterator[tuple[str, Judged]]:
        """Yield what becomes of each object type, memberships too."""
        for each in (*self.records, *([self.members] if self.members else [])):
            yield each.object_type.name, each.judged
        if self.lists is not None:
            yield LIST_MEMBER, self.lists

    @property
    def takes_back(self) -> bool:
        """Whether anything would be written."""
        return any(each.takes_back for _, each in self.all_judged())


def begin_undo(
    session: Session, batch_id: int, opened: frozenset[int] | None, *, lists_changes: bool = False
) -> tuple[Undoing, list[ChangeSet]]:
    """Return what is taken back of a job, and its change sets, the newest first.

    Raises `NoLongerPossibleError` where the job, or what it changed, is no longer kept.
    """
    original = jobs.find(session, batch_id, created_after=-1)
    if original is None:
        raise NoLongerPossibleError("Undo failed, the job that it takes back is no longer kept")
    sets = change_log.sets_of_job(session, batch_id)[::-1]
    if not sets:
        raise NoLongerPossibleError("Undo failed, what the job changed is no longer kept")
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
        object_type = _type_named(session, name)
        each, guids = _judge_type(session, object_type, target, undoing)
        if name == LEAD:
            each = keep_more(each, _joined_since(session, each, lists, members, undoing))
        each = keep_more(each, linked_since(session, object_type, each, undoing.assumed))
        rows = _numbered(rows, guids)
        pieces.append(pieces_of(each, _types(object_type), lists_changes=undoing.lists_changes))
        judged.append(JudgedType(object_type, each))
    who = _who(session, pieces)
    return JudgedSet(
        change_set,
        tuple(judged),
        members,
        lists,
        outcomes(rows, pieces, {number: name for number, (name, _) in who.items()}),
        kept_lines(rows, pieces, who),
        changed_lines(rows, pieces),
    )


def _type_named(session: Session, name: str) -> ObjectType:
    if name == LEAD:
        return catalog.load_lead_type(session)
    found = objects.load_object_type(session, name)
    if found is None:
        raise NoLongerPossibleError(f"Undo failed, the custom object {name} was deleted")
    return found[1]


def _types(object_type: ObjectType) -> dict[str, FieldType]:
    return {each.name: each.type for each in object_type.fields}


def _judge_type(
    session: Session, object_type: ObjectType, target: Target, undoing: Undoing
) -> tuple[Judged, pl.DataFrame]:
    """Judge the records of an object type; beside them `id` and the GUID of those that have one."""
    changes = _typed(changes_in(session, target.number, object_type.name), object_type)
    stored = _stored(session, object_type, changes["id"], fields_of(changes))
    stored = undoing.assumed.over(stored, object_type.name)
    stored = stored.with_columns(pl.lit(value=True).alias("is_there"), pl.col("id").alias("logged_id"))
    later = later_changes(session, object_type.name, stored, target.number)
    names = {each.name for each in object_type.fields}
    judged = judge_records(changes, stored, later, Surroundings(target, names, undoing.opened))
    if object_type.id_name == "id":
        return judged, pl.DataFrame()
    rows = changes.select("id", "row").join(stored.select("id", "guid"), on="id", how="left")
    return judged, rows


def _typed(changes: pl.DataFrame, object_type: ObjectType) -> pl.DataFrame:
    """Return changes with the values of fields as they are stored: one without any has no type of its own."""
    known = {each.name: DTYPES[each.type.storage] for each in object_type.fields}
    return changes.cast(
        {prefix + name: known[name] for name in fields_of(changes) if name in known for prefix in (OLD, NEW)}
    )


def _stored(session: Session, object_type: ObjectType, ids: pl.Series, names: list[str]) -> pl.DataFrame:
    """Return the records that there are by their ids, values under the API names of fields."""
    fields = [each for each in object_type.fields if each.name in names and not each.computed]
    wanted = fields if object_type.id_name == "id" else [*fields, object_type.id_field]
    found = pl.DataFrame(records.match(session, object_type, _BY_ID, wanted, ids.unique().to_arrow()))
    systems = [each for each in ("partition_id", "lead_id", "program_id") if each in found.columns]
    return found.select(
        pl.col("id", "changed", *systems).cast(pl.Int64),
        pl.col("gap").cast(pl.Boolean),
        *([pl.col("guid").cast(pl.String)] if "guid" in found.columns else []),
        *(pl.col(each.column).cast(DTYPES[each.type.storage]).alias(each.name) for each in fields),
    )


def _people(session: Session, lead_ids: pl.Series) -> pl.DataFrame:
    """Return `lead_id` and partition of the people that there are."""
    ids = lead_ids.drop_nulls().unique().to_arrow()
    found = session.match(LEAD, "id", {"partition_id": Storage.INTEGER}, ids, {})
    return pl.DataFrame(found).select(
        pl.col("key").cast(pl.Int64).alias("lead_id"), pl.col("partition_id").cast(pl.Int64)
    )


def _judge_list(session: Session, target: Target, undoing: Undoing) -> tuple[Judged, Pieces]:
    """Judge who joins and who leaves the list that a set is about."""
    placed = with_places(changes_in(session, target.number, LIST_MEMBER), LIST_MEMBER)
    people = _people(session, placed["lead_id"])
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
    return judged, pieces_of(judged, {}, about, "list")


def _judge_members(
    session: Session, target: Target, undoing: Undoing, rows: pl.DataFrame
) -> tuple[JudgedType, Pieces]:
    """Judge the members of the program that a set is about."""
    member_type = catalog.load_member_type(session)
    changes = _typed(changes_in(session, target.number, PROGRAM_MEMBER), member_type)
    placed = with_places(changes, PROGRAM_MEMBER)
    fields = sorted({*fields_of(changes), "leadId", "programId"})
    there = undoing.assumed.over(_stored(session, member_type, placed["id"], fields), PROGRAM_MEMBER)
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
    people = _people(session, placed["lead_id"])
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
    found = pieces_of(judged, _types(member_type), about, "program", lists_changes=undoing.lists_changes)
    return JudgedType(member_type, judged), found


def _joined_since(
    session: Session, leads: Judged, lists: Judged | None, members: JudgedType | None, undoing: Undoing
) -> pl.DataFrame:
    """Return `id`, `why` and `by` of people whom the set created and somebody else has listed or enrolled.

    A member of a list goes by the lead's id: of the lists of who leaves one, that of the job does not count.
    """
    new = leads.created.filter(pl.col("fate") == Fate.REVERTED.value)["id"]
    found = [pl.DataFrame(schema={"id": pl.Int64, "why": pl.String, "by": pl.Int64})]
    own = {LIST_MEMBER: lists, PROGRAM_MEMBER: members.judged if members else None}
    for kind, why in ((LIST_MEMBER, Why.LISTED), (PROGRAM_MEMBER, Why.ENROLLED)):
        if not len(new) or records.is_empty(session, kind):
            continue
        own_id = "list_id" if kind == LIST_MEMBER else "id"
        columns = dict.fromkeys((own_id, "changed"), Storage.INTEGER)
        there = pl.DataFrame(session.match(kind, "lead_id", columns, new.to_arrow(), {}))
        made = own[kind]
        taken = new[:0] if made is None else made.created.filter(pl.col("fate") == Fate.REVERTED.value)["id"]
        key = "key" if kind == LIST_MEMBER else "id"
        leaves = pl.col(key).cast(pl.Int64).is_in(pl.concat([taken, undoing.assumed.taken(kind)]).implode())
        if kind == LIST_MEMBER:
            leaves &= pl.col("list_id").cast(pl.Int64) == (undoing.original.request.list_id or 0)
        others = there.filter(~leaves)
        found.append(
            others.select(
                pl.col("key").cast(pl.Int64).alias("id"),
                pl.lit(why.value).alias("why"),
                pl.col("changed").cast(pl.Int64).alias("by"),
            )
        )
    return pl.concat(found).unique("id", keep="first", maintain_order=True)


def _numbered(rows: pl.DataFrame, guids: pl.DataFrame) -> pl.DataFrame:
    """Let rows whose record has a GUID say its number."""
    if guids.is_empty():
        return rows
    by_guid = (
        guids.select(pl.col("guid").alias("id"), pl.col("id").alias("by_guid")).drop_nulls().unique("id")
    )
    by_row = guids.select("row", pl.col("id").alias("by_row")).drop_nulls().unique("row")
    joined = rows.join(by_guid, on="id", how="left", maintain_order="left")
    joined = joined.join(by_row, on="row", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("by_guid", "by_row", "record").alias("record")).drop(
        "by_guid", "by_row"
    )


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
