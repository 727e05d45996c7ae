"""What a job leaves to be read, a block for each chunk: lines of failure and warning files, its ledger.

Many lines are kept packed: short rows under a header of 2,000 names are commas by the gigabyte.
"""

import zlib
from collections.abc import Callable, Iterator

from leadline.model.jobs import IssueKind
from leadline.store.base import Session

_PACKED = b"\xff"
"""What a packed block begins with, and no text in UTF-8 does."""

_PLAIN_BYTES_MAX = 64 * 1024


def add_issues(session: Session, batch_id: int, first_row: int, kind: IssueKind, lines: bytes) -> None:
    """Keep a chunk's lines of the failure or warning file."""
    if lines:
        block = _packed(lines)
        session.run("add_issues", batch_id=batch_id, first_row=first_row, kind=kind.value, lines=block)


def issue_lines(session: Session, batch_id: int, kind: IssueKind) -> Iterator[bytes]:
    """Yield the lines of the failure or warning file, a block for each chunk that has any."""
    for block in session.rows("issue_blocks_of", batch_id=batch_id, kind=kind.value):
        row = session.row("issue_block", batch_id=batch_id, first_row=block["first_row"], kind=kind.value)
        assert row is not None, "a transaction's view of the store stays the same"
        yield _unpacked(row["lines"])


def rewrite_issues(session: Session, rewrite: Callable[[bytes], bytes]) -> None:
    """Change the lines of all failure and warning files, block by block; an empty block goes."""
    for block in session.rows("issue_blocks"):
        row = session.row("issue_block", **block)
        lines = _unpacked(row["lines"]) if row else b""
        kept = rewrite(lines)
        if not kept:
            session.run("delete_issues", **block)
        elif kept != lines:
            session.run("change_issues", lines=_packed(kept), **block)


def _packed(lines: bytes) -> bytes:
    return lines if len(lines) <= _PLAIN_BYTES_MAX else _PACKED + zlib.compress(lines, 1)


def _unpacked(block: bytes) -> bytes:
    return zlib.decompress(block[1:]) if block[:1] == _PACKED else bytes(block)


def add_ledger(session: Session, batch_id: int, first_row: int, rows: int, block: bytes) -> None:
    """Keep a chunk's ledger."""
    if rows:
        session.run("add_ledger", batch_id=batch_id, first_row=first_row, rows=rows, block=block)


def ledger_blocks(session: Session, batch_id: int) -> list[tuple[int, bytes]]:
    """Return a job's ledger: first row and packed block of each chunk."""
    return [(row["first_row"], row["block"]) for row in session.rows("ledger_blocks", batch_id=batch_id)]
