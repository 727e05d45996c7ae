"""Use case: the files that a finished job leaves: failures, warnings, ledger (contract §7.2)."""

import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from itertools import chain
from typing import IO

from leadline.errors import TRANSIENT, ServiceError
from leadline.imports.status import Jobs
from leadline.model.callers import Caller
from leadline.model.jobs import IssueKind, JobKind
from leadline.store import jobs, reports
from leadline.store.directory import Stores

_MEMORY_BYTES_MAX = 4 * 1024 * 1024
"""How much of a file that is read back is held in memory; a larger one is spooled."""


class JobFiles:
    """Reads back what jobs have left; None where a job is unknown, not finished or has left nothing."""

    def __init__(self, stores: Stores, jobs: Jobs) -> None:
        self._stores = stores
        self._jobs = jobs

    def issues(
        self, caller: Caller, batch_id: int, issue: IssueKind, kind: JobKind, target: str | None = None
    ) -> IO[bytes] | None:
        """Return a job's failure or warning file; `kind` and `target` are as `Jobs.find` has them.

        It is read in one transaction, so that it is whole though the job expires meanwhile. Raises
        `ServiceError` 713 when there is no space for it.
        """
        with self._stores.subscription(caller.munchkin_id).read() as session:
            job = self._jobs.find(session, caller, batch_id, kind, target)
            if job is None or not job.finished:
                return None
            lines = reports.issue_lines(session, batch_id, issue)
            first = next(lines, None)
            if first is None:
                return None
            header = jobs.header_of(session, batch_id)
            titles = f"{header}{job.request.file_format.delimiter}{issue.column}\n".encode()
            return _file_of(chain([titles, first], lines))

    def ledger(self, caller: Caller, batch_id: int) -> IO[bytes] | None:
        """Return a job's ledger; raises `ServiceError` 713 when there is no space for it."""
        from leadline.engine.ledger import LEDGER_HEADER, unpack_ledger

        with self._stores.subscription(caller.munchkin_id).read() as session:
            job = self._jobs.find(session, caller, batch_id)
            if job is None or not job.finished:
                return None
            packed = reports.ledger_blocks(session, batch_id)
        lines = chain.from_iterable(unpack_ledger(block, first_row) for first_row, block in packed)
        return _file_of(chain([LEDGER_HEADER], lines))


def _file_of(pieces: Iterable[bytes]) -> IO[bytes]:
    """Put pieces into a file that goes when it is closed; raises `ServiceError` 713 when it has no space."""
    with ExitStack() as until_made:
        file = until_made.enter_context(tempfile.SpooledTemporaryFile(_MEMORY_BYTES_MAX))
        try:
            for piece in pieces:
                file.write(piece)
        except OSError:
            raise ServiceError(TRANSIENT) from None
        until_made.pop_all()
    file.seek(0)
    return file
