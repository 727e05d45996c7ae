"""The results of a push: taken as pieces end, merged at its end."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from leadline.client.ended import Ended, JobStatus, PieceEnd, State
from leadline.client.errors import Exit, PushError
from leadline.client.manifest.lock import take_lock
from leadline.client.options import FailOn
from leadline.client.plan import LeftOut, Piece
from leadline.client.results.alignment import IssueLines
from leadline.client.results.judging import all_missing, by_ledger, by_lines
from leadline.client.results.mended import Written
from leadline.client.results.merging import Line, Part, part_of, write_merged
from leadline.client.results.piece_parts import FILES
from leadline.client.results.piece_result import PieceFolder, PieceResult
from leadline.client.results.report import SUMMARY, Counts, Report, exit_of
from leadline.client.results.result_lines import LEDGER, NOT_IMPORTED, ResultLines, header_of
from leadline.client.results.sentences import message_of, why_failed, why_missing
from leadline.client.results.source_rows import SourceRows

PIECES = ".pieces"
_LOCK = "lock"
_UNKNOWN = (State.UNKNOWN, State.SENDING)


def spare_file(file: Path, out: Path) -> None:
    """Raise `PushError` where a result file would be written over the file that is pushed."""
    names = [*(f"{name}.csv" for name in FILES), SUMMARY]
    if any((out / name).exists() and (out / name).samefile(file) for name in names):
        raise PushError(f"The results of {file} would be written over it: name another folder with --out.")


@contextmanager
def locked_folder(out: Path) -> Iterator[None]:
    """Keep a folder of results to this push: another one into it would mix its files with these.

    Raises `PushError` where another push is at work there.
    """
    folder = out / PIECES
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("ab") as file:
        if not take_lock(file.fileno()):
            raise PushError(
                f"Another push writes its results into {out}: wait for its end, or name another folder with "
                "--out."
            )
        yield


class ResultFiles(Protocol):
    """Where the files of a finished job come from; nothing comes where a job has no such file."""

    @property
    def has_ledgers(self) -> bool:
        """Tell whether jobs have a ledger."""
        ...

    def failures(self, batch_id: int) -> AsyncIterator[bytes]:
        """Yield the failure file."""
        ...

    def warnings(self, batch_id: int) -> AsyncIterator[bytes]:
        """Yield the warning file."""
        ...

    def ledger(self, batch_id: int) -> AsyncIterator[bytes]:
        """Yield the ledger."""
        ...


class Results:
    """The result files of one push, in the folder `out`."""

    def __init__(self, out: Path, rows: SourceRows, files: ResultFiles) -> None:
        self._out = out
        self._rows = rows
        self._files = files
        self._lines = ResultLines(rows)
        self._pieces = PieceFolder(out / PIECES)

    def is_kept(self, piece: Piece, batch_id: int) -> bool:
        """Tell whether the result of a piece's job is on the disk from an earlier run."""
        return self._pieces.get(piece.number, batch_id) is not None

    async def keep(self, piece: Piece, status: JobStatus) -> Counts:
        """Fetch the result of a finished job and keep it on the disk; return its counts."""
        files = self._files
        ledger = await _bytes_of(files.ledger(status.batch_id)) if files.has_ledgers else b""
        if ledger:
            return await asyncio.to_thread(self._keep_by_ledger, piece, status, ledger)
        failures = await _bytes_of(files.failures(status.batch_id)) if status.failed else b""
        warnings = await _bytes_of(files.warnings(status.batch_id)) if status.warned else b""
        return await asyncio.to_thread(self._keep_by_lines, piece, status, failures, warnings)

    def report(
        self, ended: Ended, fail_on: FailOn, left_out: Sequence[LeftOut] = (), *, has_files: bool = False
    ) -> Report:
        """Return what became of all rows; where to look in result files is told if there are any.

        Not imported are the rows of a piece without a result, and those that no piece has.
        """
        found = self._found(ended)
        counts = sum((_missing(end) if result is None else result.counts for end, result in found), Counts())
        for each in left_out:
            counts += Counts(rows=each.piece.rows, not_imported=each.piece.rows)
        exit_code = exit_of(counts, fail_on) if ended.exit is Exit.IMPORTED else ended.exit
        results = [result for _, result in found if result is not None]
        has_ledgers = self._files.has_ledgers
        message = message_of(ended, results, counts, has_ledgers=has_ledgers, has_files=has_files)
        return Report(counts, len(ended.pieces), ended.calls, exit_code, message)

    def merge(self, ended: Ended, fail_on: FailOn, left_out: Sequence[LeftOut] = ()) -> Report:
        """Write the result files and the report, which says where they are."""
        self._out.mkdir(parents=True, exist_ok=True)
        found, written, aside = self._found(ended), Written(self._out / PIECES), ""
        for file in FILES:
            if file != LEDGER or self._files.has_ledgers:
                parts = [part for each in found for part in self._parts(file, *each)]
                if file == NOT_IMPORTED:
                    parts += [self._missing_part(each.piece, each.reason) for each in left_out]
                path = self._out / f"{file}.csv"
                if other := written.put_aside(path):
                    aside += f" Somebody has changed {path.name}: it is {other} now."
                write_merged(path, header_of(self._rows, file), parts)
                written.note(path)
        report = self.report(ended, fail_on, left_out, has_files=True)
        report = replace(report, message=report.message + aside, out=self._out)
        report.write(self._out)
        return report

    def _found(self, ended: Ended) -> list[tuple[PieceEnd, PieceResult | None]]:
        return [(end, self._pieces.get(end.piece.number, end.batch_id)) for end in ended.pieces]

    def _parts(self, file: str, end: PieceEnd, result: PieceResult | None) -> Iterator[Part]:
        if result is not None:
            yield part_of(self._pieces.part(end.piece.number, file), _first_row(end.piece))
        elif file == NOT_IMPORTED:
            yield self._missing_part(end.piece, why_missing(end))

    def _missing_part(self, piece: Piece, reason: str) -> Part:
        def lines() -> Iterator[Line]:
            for verdict in all_missing(self._rows, piece, reason):
                yield [str(verdict.row.number), *self._lines.missing(verdict)]

        return Part(_first_row(piece), lines)

    def _keep_by_ledger(self, piece: Piece, status: JobStatus, ledger: bytes) -> Counts:
        with self._pieces.writing(piece.number, self._lines) as parts:
            parts.take(by_ledger(self._rows, piece, ledger, status.message))
        return self._put(piece, PieceResult(status.batch_id, parts.counts))

    def _keep_by_lines(self, piece: Piece, status: JobStatus, failures: bytes, warnings: bytes) -> Counts:
        names = [column.name for column in self._rows.columns]
        failed, warned = (
            IssueLines(data, self._rows.delimiter, names, self._rows.keys) for data in (failures, warnings)
        )
        with self._pieces.writing(piece.number, self._lines) as parts:
            missing = None if status.status == "Complete" else why_failed(status)
            parts.take(by_lines(self._rows, piece, failed, warned, missing))
            parts.take_rest(failed.rest(), warned.rest())
            parts.match(status.failed, status.warned)
        counted, counts = status.processed + status.failed, parts.counts
        uncounted = max(0, counts.imported + counts.failed - counted)
        return self._put(piece, PieceResult(status.batch_id, counts, parts.unplaced, uncounted))

    def _put(self, piece: Piece, result: PieceResult) -> Counts:
        self._pieces.put(piece.number, result)
        return result.counts


def _first_row(piece: Piece) -> int:
    return piece.spans[0].first_row


def _missing(end: PieceEnd) -> Counts:
    rows = end.piece.rows
    return Counts(rows=rows, not_imported=rows, unknown=rows if end.state in _UNKNOWN else 0)


async def _bytes_of(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])
