"""Use case: rows of a job, looked at by people: the first of each reason, a page of the ledger, rows by key.

Nothing here reads all lines of a job: reasons were counted when chunks were written, and rows are found by
the blocks that hold them.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from leadline.engine.records import read_records
from leadline.errors import OBJECT_NOT_FOUND, ServiceError
from leadline.imports.change_lines import type_of
from leadline.imports.files import JobFile, around_issues
from leadline.imports.first_rows import FirstRow, FirstRows
from leadline.imports.issue_lines import with_reason
from leadline.imports.status import Jobs
from leadline.merging.targets import open_partitions
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.jobs import Job, JobKind, ReasonCount
from leadline.schema.catalog import ObjectType
from leadline.schema.folding import compound_key, fold_value
from leadline.schema.leads import LEAD
from leadline.store import catalog, job_reasons, jobs, reading, reports
from leadline.store.base import Session
from leadline.store.directory import Stores

if TYPE_CHECKING:
    import pyarrow as pa

_FOUND_MAX = 1000


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """The rows that have a reason: counted, and the first of them, None where they were not looked for.

    `number` names the group among those of the job; `place` is that of the column at fault in the file.
    `shares_reason` says that another column has the same reason.
    """

    number: int
    count: ReasonCount
    place: int | None
    shares_reason: bool
    rows: list[FirstRow] | None


@dataclass(frozen=True, slots=True)
class JobReasons:
    """The reasons of a job; `people` are the places of the columns whose cells are of people."""

    header: list[str]
    people: frozenset[int]
    groups: list[ReasonGroup]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """What became of a row."""

    row: int
    outcome: str
    id: int | str | None
    reason: str | None


class JobRows:
    """Reads rows of jobs within their retention; raises `ServiceError` 1013 for an unknown job."""

    def __init__(self, stores: Stores, jobs: Jobs) -> None:
        self._stores = stores
        self._jobs = jobs

    def chunks(self, caller: Caller, batch_id: int) -> int:
        """Return in how many chunks the rows of a job were written so far."""
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            return len(reports.ledger_rows(session, batch_id))

    def reasons(self, caller: Caller, batch_id: int, opened: int, rows: int) -> JobReasons:
        """Return the reasons of a job, each with so many of its first rows.

        These lie in few chunks of the file; where they do not, the group numbered `opened` has them.
        """
        with self._stores.subscription(caller.munchkin_id).read() as session:
            job = self._found(session, caller, batch_id)
            header, _ = next(
                read_records(jobs.header_of(session, batch_id), job.request.file_format.delimiter), ([], 0)
            )
            counts = list(enumerate(job_reasons.of_job(session, batch_id), 1))
            starts = reports.ledger_rows(session, batch_id)
            blocks = FirstRows(session, job, starts)
            first = sorted(counts, key=lambda each: each[0] != opened)
            found = {
                number: blocks.first_rows(count, _shares(count, counts), rows) for number, count in first
            }
            people = _of_people(session, job, header)
        folded = [each.lower() for each in header]
        groups = [
            ReasonGroup(
                number,
                count,
                folded.index(count.column.lower())
                if count.column and count.column.lower() in folded
                else None,
                _shares(count, counts),
                found[number],
            )
            for number, count in counts
        ]
        return JobReasons(header, people, groups)

    def file_of_reason(self, caller: Caller, batch_id: int, number: int) -> JobFile | None:
        """Return the failed or warned rows of a finished job that have the reason of a group.

        None where the job has no such group, or has not finished.
        """
        database = self._stores.subscription(caller.munchkin_id)
        with database.read() as session:
            job = self._found(session, caller, batch_id)
            counts = job_reasons.of_job(session, batch_id)
            if not job.finished or not 1 <= number <= len(counts):
                return None
            count = counts[number - 1]
            blocks = reports.issue_blocks(session, batch_id, count.kind)
            titles, _ = around_issues(
                jobs.header_of(session, batch_id), job.request.file_format, count.kind, unlisted=0
            )

        def texts() -> Iterator[bytes]:
            for first_row, _ in blocks:
                with database.read_once() as session:
                    block = reports.issue_block(session, batch_id, first_row, count.kind)
                yield b"".join(reports.unpacked(block or b""))

        def pieces() -> Iterator[bytes]:
            yield titles
            yield from with_reason(texts(), count.reason, job.request.file_format.delimiter)

        return JobFile(pieces(), None)

    def page(
        self, caller: Caller, batch_id: int, start: int, outcome: str | None, limit: int
    ) -> list[LedgerRow]:
        """Return so many rows of the ledger of a finished job from a row on, those of an outcome or all."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            job = self._found(session, caller, batch_id)
            if not job.finished or (outcome is not None and not getattr(job, outcome, 0)):
                return []
            found = _rows_from(session, batch_id, start, outcome)
            return list(islice(found, limit))

    def rows_of_key(self, caller: Caller, batch_id: int, value: str) -> list[LedgerRow]:
        """Return the rows of a finished job that wrote the record that its lookup field finds by a value.

        Several fields that make a key stand with commas between them.
        """
        import pyarrow as pa
        import pyarrow.compute as pc  # 30 ms, which the start of a server need not wait for

        with self._stores.subscription(caller.munchkin_id).read() as session:
            job = self._found(session, caller, batch_id)
            ids = _ids_of(session, caller, job, value)
            if not job.finished or not ids:
                return []
            found: list[LedgerRow] = []
            for table in _tables(session, batch_id, reports.ledger_rows(session, batch_id)):
                wanted = pa.array(ids, table["id"].type)
                found += _read(table.filter(pc.is_in(table["id"], value_set=wanted)))
                if len(found) >= _FOUND_MAX:
                    break
        return found[:_FOUND_MAX]

    def _found(self, session: Session, caller: Caller, batch_id: int) -> Job:
        job = self._jobs.find(session, caller, batch_id)
        if job is None:
            raise ServiceError(OBJECT_NOT_FOUND)
        return job


def _shares(count: ReasonCount, counts: Collection[tuple[int, ReasonCount]]) -> bool:
    return sum((each.kind, each.reason) == (count.kind, count.reason) for _, each in counts) > 1


def _of_people(session: Session, job: Job, header: Sequence[str]) -> frozenset[int]:
    """Return the places of the columns whose cells are of people: all but in a custom object's file."""
    if job.request.kind is not JobKind.OBJECT:
        return frozenset(range(len(header)))
    known = type_of(session, job.request.object_type)
    fields = [known.field(name) if known else None for name in header]
    return frozenset(
        place
        for place, field in enumerate(fields)
        if known is None or (field is not None and field.link is not None and field.link.table == LEAD)
    )


def _tables(session: Session, batch_id: int, starts: Sequence[int]) -> "Iterator[pa.Table]":
    from leadline.engine.ledger import read_ledger

    for start in starts:
        block = reports.ledger_block(session, batch_id, start)
        if block is not None:
            yield read_ledger(block, start)


def _rows_from(session: Session, batch_id: int, start: int, outcome: str | None) -> Iterator[LedgerRow]:
    import pyarrow.compute as pc

    starts = reports.ledger_rows(session, batch_id)
    for table in _tables(session, batch_id, starts[max(bisect_right(starts, start) - 1, 0) :]):
        wanted = pc.greater_equal(table["row"], start)
        if outcome is not None:
            wanted = pc.and_(wanted, pc.equal(table["outcome"].cast("string"), outcome))
        found = table.filter(wanted)
        for at in range(0, found.num_rows, 256):
            yield from _read(found.slice(at, 256))


def _read(table: "pa.Table") -> list[LedgerRow]:
    return [LedgerRow(each["row"], each["outcome"], each["id"], each["reason"]) for each in table.to_pylist()]


def _ids_of(session: Session, caller: Caller, job: Job, value: str) -> list[Any]:
    """Return the ids by which the ledger knows the records of a key; people in closed partitions are none."""
    is_object = job.request.kind is JobKind.OBJECT
    object_type = type_of(session, job.request.object_type if is_object else LEAD)
    key = None if object_type is None else object_type.key(job.request.key)
    if object_type is None or key is None:
        return []
    parts = value.split(",") if key.compound else [value]
    if len(parts) != len(key.fields):
        return []
    try:
        folded: list[Any] = [
            fold_value(part, each.type) for part, each in zip(parts, key.fields, strict=True)
        ]
    except ValueError:
        return []
    if any(each is None for each in folded):
        return []
    wanted = compound_key([str(each) for each in folded]) if key.compound else folded[0]
    return _within(session, caller, object_type, reading.having(key.column, [wanted]))


def _within(session: Session, caller: Caller, object_type: ObjectType, scope: reading.Scope) -> list[Any]:
    if object_type.name == LEAD:
        scope = scope.within(open_partitions(caller, catalog.partitions(session)))
    found = reading.read_stored(session, object_type, (object_type.id_field,), scope, _FOUND_MAX)
    return [each.values[object_type.id_name] for each in found]
