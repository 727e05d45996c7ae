"""Use case: every cell that a job changed, as a file."""

from collections import Counter
from collections.abc import Collection, Iterator

from leadline.errors import FIELD_NOT_FOUND, ServiceError
from leadline.imports.change_lines import (
    HEADER,
    LIST,
    PROGRAM_STATUS,
    Line,
    Viewed,
    field_in_lines,
    lines_of,
    type_of,
    written,
)
from leadline.imports.files import JobFile
from leadline.imports.status import Jobs
from leadline.merging.targets import open_partitions
from leadline.model.callers import Caller
from leadline.model.change_parts import fields_of, unpack_part
from leadline.model.changes import LIST_MEMBER, What
from leadline.model.dataclass import dataclass
from leadline.model.jobs import Job, JobKind
from leadline.schema.leads import LEAD
from leadline.schema.members import PROGRAM_MEMBER
from leadline.store import catalog, change_log
from leadline.store.base import Session
from leadline.store.change_log import PartPlace
from leadline.store.directory import Stores


@dataclass(frozen=True, slots=True)
class FieldChanges:
    """How many cells of a field a job has changed in records that were there before, by what was done."""

    field: str
    overwrites: int
    fills: int
    clears: int


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Changed cells, and where the next ones begin: a part of the log and a line of it; None at the end."""

    lines: list[Line]
    next: tuple[int, int] | None


class JobChanges:
    """Reads from the change log what jobs changed, a part at a time and each in a transaction of its own.

    Of leads in partitions that are closed to the caller a line has the row and the field alone.
    """

    def __init__(self, stores: Stores, jobs: Jobs) -> None:
        self._stores = stores
        self._jobs = jobs

    def file(
        self, caller: Caller, batch_id: int, names: Collection[str], *, escapes_formulas: bool
    ) -> JobFile | None:
        """Return what a finished job changed in all fields, or in those named; raises `ServiceError` 1006.

        None where the job is unknown or not finished, or where the log does not know what it changed.
        """
        database = self._stores.subscription(caller.munchkin_id)
        known = self._known(caller, batch_id, names)
        if known is None:
            return None
        places, viewed = known

        def pieces() -> Iterator[bytes]:
            yield HEADER
            for place in places:
                with database.read() as session:
                    lines = lines_of(session, place, viewed)
                yield written(lines, escapes_formulas=escapes_formulas)

        return JobFile(pieces(), None)

    def fields(self, caller: Caller, batch_id: int) -> list[FieldChanges] | None:
        """Return which fields a finished job has changed, most cells first; None where `file` is None."""
        known = self._known(caller, batch_id, ())
        if known is None:
            return None
        counts: dict[str, Counter[str]] = {}
        database = self._stores.subscription(caller.munchkin_id)
        for place in known[0]:
            with database.read() as session:
                _count_cells(session, place, counts)
        found = [
            FieldChanges(name, each["overwrites"], each["fills"], each["clears"])
            for name, each in counts.items()
        ]
        return sorted(found, key=lambda each: (-(each.overwrites + each.fills + each.clears), each.field))

    def page(
        self, caller: Caller, batch_id: int, names: Collection[str], begin: tuple[int, int], limit: int
    ) -> ChangePage | None:
        """Return so many lines of `file` from a part and a line of it on; raises `ServiceError` 1006."""
        known = self._known(caller, batch_id, names)
        if known is None:
            return None
        places, viewed = known
        found: list[Line] = []
        (part, line), database = begin, self._stores.subscription(caller.munchkin_id)
        while part < len(places):
            with database.read() as session:
                lines = lines_of(session, places[part], viewed)[line:]
            room = limit - len(found)
            found += lines[:room]
            if len(lines) > room:
                return ChangePage(found, (part, line + room))
            part, line = part + 1, 0
        return ChangePage(found, None)

    def _known(
        self, caller: Caller, batch_id: int, names: Collection[str]
    ) -> tuple[list[PartPlace], Viewed] | None:
        """Return where the log has what a finished job changed, and what of it may be seen."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            job = self._jobs.find(session, caller, batch_id)
            if job is None or not job.finished:
                return None
            fields = _shown(session, job, names)
            opened = open_partitions(caller, catalog.partitions(session))
            sets = change_log.sets_of_job(session, batch_id)
            places = [place for each in sets for place in change_log.parts_of(session, each.number)]
        if not sets and job.created + job.updated + job.reverted + job.partly + job.deleted:
            return None
        return places, Viewed(opened, fields, job.request.key)


def _count_cells(session: Session, place: PartPlace, counts: dict[str, Counter[str]]) -> None:
    """Add the cells of a part: those of records that were there before, and that differ."""
    block = change_log.block_of(session, place)
    if block is None:
        return
    import pyarrow.compute as pc

    is_listing = place.object_type == LIST_MEMBER
    object_type = None if is_listing else type_of(session, place.object_type)
    table, _ = unpack_part(block)
    table = table.filter(pc.equal(table["what"], What.UPDATED.value))
    for name in fields_of(table) if table.num_rows else ():
        shown = field_in_lines(place.object_type, object_type, name)
        if shown is None:
            continue
        old, new, was_set = (table[f"{side}:{name}"] for side in ("old", "new", "set"))
        had, has = pc.is_valid(old), pc.is_valid(new)
        differs = pc.fill_null(pc.not_equal(old, new), fill_value=False) if old.type == new.type else had
        of_field = counts.setdefault(shown, Counter())
        for what, mask in (
            ("overwrites", pc.and_(pc.and_(had, has), differs)),
            ("fills", pc.and_(pc.invert(had), has)),
            ("clears", pc.and_(had, pc.invert(has))),
        ):
            of_field[what] += pc.sum(pc.and_(was_set, mask)).as_py() or 0


def _shown(session: Session, job: Job, names: Collection[str]) -> frozenset[str] | None:
    """Return names of fields as lines have them, None for all; raises `ServiceError` 1006."""
    is_object = job.request.kind is JobKind.OBJECT
    types = [
        type_of(session, each)
        for each in ([job.request.object_type] if is_object else [LEAD, PROGRAM_MEMBER])
    ]
    shown = set()
    for name in names:
        fields = [each.field(name) for each in types if each is not None]
        known = [each.name for each in fields if each is not None]
        known += [each for each in (LIST, PROGRAM_STATUS) if each.lower() == name.lower() and not is_object]
        if not known:
            raise ServiceError(FIELD_NOT_FOUND, name=name)
        shown |= set(known)
    return frozenset(shown) or None
