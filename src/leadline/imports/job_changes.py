"""Use case: every cell that a job changed, as a file."""

from collections.abc import Collection, Iterator

from leadline.errors import FIELD_NOT_FOUND, ServiceError
from leadline.imports.change_lines import HEADER, LIST, PROGRAM_STATUS, Viewed, lines_of, type_of, written
from leadline.imports.files import JobFile
from leadline.imports.status import Jobs
from leadline.merging.targets import open_partitions
from leadline.model.callers import Caller
from leadline.model.jobs import Job, JobKind
from leadline.schema.leads import LEAD
from leadline.schema.members import PROGRAM_MEMBER
from leadline.store import catalog, change_log
from leadline.store.base import Session
from leadline.store.directory import Stores


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
        with database.read() as session:
            job = self._jobs.find(session, caller, batch_id)
            if job is None or not job.finished:
                return None
            fields = _shown(session, job, names)
            opened = open_partitions(caller, catalog.partitions(session))
            sets = change_log.sets_of_job(session, batch_id)
            places = [place for each in sets for place in change_log.parts_of(session, each.number)]
        if not sets and job.created + job.updated + job.reverted + job.partly + job.deleted:
            return None
        viewed = Viewed(opened, fields, job.request.key)

        def pieces() -> Iterator[bytes]:
            yield HEADER
            for place in places:
                with database.read() as session:
                    lines = lines_of(session, place, viewed)
                yield written(lines, escapes_formulas=escapes_formulas)

        return JobFile(pieces(), None)


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
