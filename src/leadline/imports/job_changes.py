"""Use case: every cell that a job changed, as a file."""

from collections.abc import Collection, Iterator

from leadline.errors import FIELD_NOT_FOUND, ServiceError
from leadline.imports.change_lines import LIST, PROGRAM_STATUS, Viewed, lines_of, type_of
from leadline.imports.changed_fields import FieldChanges, count_fields
from leadline.imports.files import JobFile
from leadline.imports.status import Jobs
from leadline.imports.written_changes import HEADER, Line, written
from leadline.merging.targets import open_partitions
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.jobs import Job, JobKind
from leadline.schema.leads import LEAD
from leadline.schema.members import PROGRAM_MEMBER
from leadline.store import catalog, change_log
from leadline.store.base import Session
from leadline.store.change_log import PartPlace
from leadline.store.directory import Stores

PARTS_COUNTED = 64
"""In so many parts of the log the changed fields of a job are counted: a person waits for it."""

PARTS_READ = 32
"""So many parts are read for a page of changed cells, however few of them are found there."""


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Changed cells, and where the next ones begin: a part of the log and a line of it; None at the end.

    With them which fields the job has changed, counted in so many of its changed records.
    """

    fields: list[FieldChanges]
    counted: int
    records: int
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

    def page(
        self,
        caller: Caller,
        batch_id: int,
        names: Collection[str],
        begin: tuple[int, int],
        limit: int,
        *,
        parts_read: int = PARTS_READ,
        parts_counted: int = PARTS_COUNTED,
    ) -> ChangePage | None:
        """Return so many lines of `file` from a part and a line of it on; raises `ServiceError` 1006.

        They are fewer where so many parts have no more of them. None where `file` is None.
        """
        known = self._known(caller, batch_id, names)
        if known is None:
            return None
        places, viewed = known
        found: list[Line] = []
        following: tuple[int, int] | None = None
        (part, line), database = begin, self._stores.subscription(caller.munchkin_id)
        end = min(part + parts_read, len(places))
        while part < end and following is None:
            with database.read() as session:
                lines = lines_of(session, places[part], viewed)[line:]
            room = limit - len(found)
            found += lines[:room]
            if len(lines) > room:
                following = part, line + room
            part, line = part + 1, 0
        if following is None and part < len(places):
            following = part, 0
        with database.read() as session:
            fields = count_fields(session, places[:parts_counted])
        rows = [each.rows for each in places]
        return ChangePage(fields, sum(rows[:parts_counted]), sum(rows), found, following)

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
