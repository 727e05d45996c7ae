"""Admission to the queue of one subscription: seats, busy lists, batch ids (contract §2, queue §1).

All functions run inside a transaction that the caller opened.
"""

import json
import secrets

from leadline.errors import LIST_BUSY, QUEUE_FULL, SAME_FILE, ServiceError
from leadline.model.dataclass import dataclass
from leadline.model.jobs import IMPORT, NOBODY, ImportRequest, Origin, Purpose
from leadline.store.base import Session

SHARED_QUEUE = "shared"
"""The name of the queue that all three kinds of import share."""

_TOKEN_BITS = 32
"""A job's token begins by chance: a worker that has a job of a subscription that was removed writes nothing
into the one that has its munchkin id now, though the batch id be the same."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The shared queue or that of a kind of import, and how many unfinished jobs it may have."""

    name: str
    seats: int


@dataclass(frozen=True, slots=True)
class Upload:
    """The stored file of a new job: its name, its header line as uploaded, its size in bytes.

    `issue_bytes` are how many of its failed and warned rows may be kept; `invalid_from` and
    `has_slashes` are as a `Job` has them.
    """

    name: str
    header: str
    file_bytes: int
    issue_bytes: int
    invalid_from: int | None = None
    has_slashes: bool = True


def admit(
    session: Session,
    request: ImportRequest,
    upload: Upload,
    now: int,
    queue: Queue,
    origin: Origin = NOBODY,
    purpose: Purpose = IMPORT,
) -> int:
    """Add a job and, where it imports a new file, take a seat of a queue for it; return its batch id.

    Raises `ServiceError` 1003 when the rules refuse a file that was imported before, 1019 when the list is
    busy, 1016 when all seats are taken. The caller's transaction then ends without its upload.
    """
    batch_id = lock(session)
    if purpose.is_import:
        refuse_same(session, request, origin)
    if request.list_id is not None and list_is_busy(session, request.list_id):
        raise ServiceError(LIST_BUSY)
    seat = _free_seat(session, queue) if purpose.is_import else None
    session.run("take_batch_id")
    scope = request.partition_scope
    session.run(
        "add_job",
        batch_id=batch_id,
        object_type=request.object_type,
        format=request.file_format.value,
        lookup_field=request.key,
        queue=queue.name,
        list_id=request.list_id,
        program_id=request.program_id,
        program_status=request.program_status,
        rules=request.rules.model_dump_json(),
        partition_id=scope.home,
        partition_fixed=int(scope.named),
        open_partitions=None if scope.opened is None else json.dumps(sorted(scope.opened)),
        header=upload.header.encode("utf-8", "replace"),
        upload=upload.name,
        seat=seat,
        file_bytes=upload.file_bytes,
        issue_bytes_left=upload.issue_bytes,
        invalid_from=upload.invalid_from,
        has_slashes=int(upload.has_slashes),
        client_id=origin.client_id,
        credential=origin.credential,
        user_name=origin.user,
        file_name=origin.file_name,
        file_sha256=origin.file_sha256,
        fingerprint=origin.fingerprint,
        undoes=purpose.undoes,
        refuses_conflicts=int(purpose.refuses_conflicts),
        applies=purpose.applies,
        accepts_drift=int(purpose.accepts_drift),
        token=secrets.randbits(_TOKEN_BITS),
        created_at=now,
    )
    return batch_id


def lock(session: Session) -> int:
    """Take the lock of the queue, which one transaction holds at a time; return the next batch id."""
    locked = session.row("lock_queue")
    assert locked is not None, "every subscription store has its meta row"
    return int(locked["next_batch"])


def refuse_same(session: Session, request: ImportRequest, origin: Origin) -> None:
    """Raise `ServiceError` 1003 for a file that was imported before, where the rules refuse that."""
    if request.rules.same_file == "allow":
        return
    same = session.row("same_request", file_sha256=origin.file_sha256, fingerprint=origin.fingerprint)
    if same is not None:
        raise ServiceError(SAME_FILE, batch_id=same["batch_id"])


def _free_seat(session: Session, queue: Queue) -> int:
    taken = _taken_seats(session, queue)
    if len(taken) >= queue.seats:
        raise ServiceError(QUEUE_FULL, limit=queue.seats)
    return min(set(range(queue.seats)) - taken)


def is_full(session: Session, queue: Queue) -> bool:
    """Return whether all seats are taken at the moment; only `admit` is sure of it."""
    return len(_taken_seats(session, queue)) >= queue.seats


def _taken_seats(session: Session, queue: Queue) -> set[int]:
    return {row["seat"] for row in session.rows("taken_seats", queue=queue.name)}


def list_is_busy(session: Session, list_id: int) -> bool:
    """Return whether an unfinished job has the list."""
    return session.row("list_is_busy", list_id=list_id) is not None


def object_is_busy(session: Session, object_type: str) -> bool:
    """Return whether an unfinished job imports into an object type."""
    return session.row("object_is_busy", object_type=object_type) is not None
