"""What the report and the file of rows that are not imported say in words."""

from collections.abc import Sequence

from leadline.client.counted import counted
from leadline.client.ended import Ended, JobStatus, PieceEnd, State
from leadline.client.errors import Exit
from leadline.client.results.piece_result import PieceResult
from leadline.client.results.report import Counts

_REASONS = {
    State.UNSENT: "never sent",
    State.SENDING: "outcome unknown",
    State.UNKNOWN: "outcome unknown",
    State.ACCEPTED: "import not finished",
    State.REFUSED: "refused",
    State.CANCELLED: "import cancelled",
    State.HALVED: "too large for the server",
    State.DONE: "result not fetched",
    State.UNDONE: "taken back",
}


def why_missing(end: PieceEnd) -> str:
    """Return why the rows of a piece without a result are not imported, as far as anybody knows."""
    reason = _REASONS[end.state]
    return f"{reason}: {end.why}" if end.why else reason


def why_failed(status: JobStatus) -> str:
    """Return why rows of a failed job are not imported; without a ledger nobody knows which of them are."""
    message = status.message or "import failed"
    if not status.processed:
        return message
    return f"{message} ({_rows(status.processed, 'was', 'were')} imported; the server does not say which)"


def message_of(
    ended: Ended, results: Sequence[PieceResult], counts: Counts, *, has_ledgers: bool, has_files: bool
) -> str:
    """Return what to say of a push at its end: why it stopped, where to look, what cannot be known."""

    def told(what: str, where: str) -> str:
        return f"{what}: {where}." if has_files else f"{what}."

    sentences = [ended.message] if ended.message else []
    if ended.exit is Exit.REFUSED:
        sentences.append("When that is put right, run the same command again, and it goes on.")
    sentences.append(_imported(counts))
    if counts.failed:
        sentences.append(told(f"{_rows(counts.failed)} failed", "mend failures.csv and push it"))
    if known := counts.not_imported - counts.unknown:
        missing = f"{_rows(known, 'is', 'are')} not imported"
        sentences.append(told(missing, "not-imported.csv says why"))
    if counts.unknown:
        unknown = _rows(counts.unknown, "was", "were")
        sentences.append(told(f"Nobody knows whether {unknown} imported", "see not-imported.csv"))
    if counts.warned:
        warned = f"{_rows(counts.warned, 'was', 'were')} imported with a warning"
        sentences.append(told(warned, "see warnings.csv"))
    if unplaced := sum(result.unplaced for result in results):
        sentences.append(f"Of {_rows(unplaced)} with a reason the server does not say where in the file.")
    if uncounted := sum(result.uncounted for result in results):
        sentences.append(f"The server counts {_rows(uncounted)} fewer than were sent: it does not say which.")
    if counts.imported and not has_ledgers:
        sentences.append("This server does not say which rows were new and which were updated.")
    return " ".join(sentences)


def _imported(counts: Counts) -> str:
    if counts.rows == 0:
        return "The file has no rows."
    if counts.imported == counts.rows:
        return f"{_rows(counts.rows, 'was', 'were')} imported."
    return f"{counts.imported:,} of {_rows(counts.rows, 'was', 'were')} imported."


def _rows(number: int, one: str = "", several: str = "") -> str:
    return counted(number, f"row {one}".rstrip(), f"rows {several}".rstrip())
