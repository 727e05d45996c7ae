"""What those who watch a server ask of it: whether it is ready, and how full its stores are."""

from collections.abc import Mapping

from leadline.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """The disk of the embedded stores, bytes."""

    size: int
    free: int


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """What all subscriptions have together.

    `jobs` counts the jobs in each status; `oldest_queued_at` is when the job was made that waits longest, in
    epoch seconds, None where none waits; `upload_bytes` is the size of the files of jobs that have not ended;
    `unreadable` says how many of the `subscriptions` could not be counted; `disk` is None on a server store.
    """

    jobs: Mapping[str, int]
    oldest_queued_at: int | None
    upload_bytes: int
    subscriptions: int
    unreadable: int
    disk: DiskSpace | None


@dataclass(frozen=True, slots=True)
class ServerState:
    """How a server is now.

    `figures` is None while they are unknown. `workers` are the process ids of those that live and would take
    up a job, by their numbers; `workers_wanted` is how many there should be. `certificate_ends_at` is when
    the certificate in use ends, in epoch seconds, None where there is none.
    """

    is_store_up: bool
    is_ready: bool
    figures: StoreFigures | None
    workers: Mapping[int, int]
    workers_wanted: int
    certificate_ends_at: int | None = None
