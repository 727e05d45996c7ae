"""What a job leaves to be read, a block for each chunk: lines of failure and warning files, its ledger.

Many lines are kept packed: short rows under a header of 2,000 names are commas by the gigabyte.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping

import pyarrow as pa

from leadline.model.jobs import IssueKind
from leadline.schema.types import Storage
from leadline.store.base import Constants, Session
from leadline.store.records import is_empty

_MARKS = "job_issue_mark"
_CHUNK = {"batch_id": Storage.INTEGER, "first_row": Storage.INTEGER}
"""What names a chunk in the table of marks."""

_PACKED = b"\xff"
"""What a packed block begins with, and no text in UTF-8 does."""

_PLAIN_BYTES_MAX = 64 * 1024
_PIECE_BYTES = 64 * 1024


def add_issues(session: Session, batch_id: int, first_row: int, kind: IssueKind, lines: bytes) -> None:
    """Keep a chunk's lines of the failure or warning file."""
    if lines:
        values = {"text_bytes": len(lines), "lines": packed(lines)}
        session.run("add_issues", batch_id=batch_id, first_row=first_row, kind=kind.value, **values)


def add_marks(session: Session, batch_id: int, first_row: int, marks: pa.Array) -> None:
    """Keep the marks of those whom a chunk's lines may name, so that the lines can be found."""
    if len(marks):
        chunk: Constants = {"batch_id": batch_id, "first_row": first_row}
        session.insert(_MARKS, pa.table({"mark": marks}), chunk)


def issue_blocks(session: Session, batch_id: int, kind: IssueKind) -> list[tuple[int, int]]:
    """Return the blocks of a failure or warning file in order: each one's first row and its bytes of text."""
    found = session.rows("issue_blocks_of", batch_id=batch_id, kind=kind.value)
    return [(row["first_row"], row["text_bytes"]) for row in found]


def issue_block(session: Session, batch_id: int, first_row: int, kind: IssueKind) -> bytes | None:
    """Return a block as it is kept, for `unpacked`; None when it is gone."""
    row = session.row("issue_block", batch_id=batch_id, first_row=first_row, kind=kind.value)
    return bytes(row["lines"]) if row else None


def issue_lines(session: Session, batch_id: int, kind: IssueKind) -> Iterator[bytes]:
    """Yield the lines of the failure or warning file, a block for each chunk that has any."""
    for first_row, _ in issue_blocks(session, batch_id, kind):
        block = issue_block(session, batch_id, first_row, kind)
        assert block is not None, "a transaction's view of the store stays the same"
        yield b"".join(unpacked(block))


def any_marked(session: Session) -> bool:
    """Return whether any lines may name anybody."""
    return not is_empty(session, _MARKS)


def rewrite_issues(
    session: Session,
    marks: pa.Array,
    rewrite: Callable[[bytes], bytes],
    marks_in: Callable[[bytes], pa.Array],
) -> None:
    """Change the lines of the chunks that have one of the marks; a block without lines goes."""
    found = session.match(_MARKS, "mark", _CHUNK, marks, {})
    for chunk in found.group_by(list(_CHUNK)).aggregate([]).to_pylist():
        kept = b"".join([_rewritten(session, chunk, kind, rewrite) for kind in IssueKind])
        session.run("delete_marks", **chunk)
        add_marks(session, **chunk, marks=marks_in(kept))


def _rewritten(
    session: Session, chunk: Mapping[str, int], kind: IssueKind, rewrite: Callable[[bytes], bytes]
) -> bytes:
    """Change the lines of a block; return those that are left."""
    row = session.row("issue_block", kind=kind.value, **chunk)
    lines = b"".join(unpacked(bytes(row["lines"]))) if row else b""
    kept = rewrite(lines)
    if lines and not kept:
        session.run("delete_issues", kind=kind.value, **chunk)
    elif kept != lines:
        session.run("change_issues", lines=packed(kept), text_bytes=len(kept), kind=kind.value, **chunk)
    return kept


def packed(lines: bytes) -> bytes:
    """Return a block of text as it is kept; what is short stays as it is."""
    return lines if len(lines) <= _PLAIN_BYTES_MAX else _PACKED + zlib.compress(lines, 1)


def unpacked(block: bytes) -> Iterator[bytes]:
    """Yield the text of a block in pieces, so that no more of it is in memory than is sent next."""
    if block[:1] != _PACKED:
        yield block
        return
    packer, packed = zlib.decompressobj(), block[1:]
    while packed:
        yield packer.decompress(packed, _PIECE_BYTES)
        packed = packer.unconsumed_tail
    yield packer.flush()


def add_ledger(session: Session, batch_id: int, first_row: int, rows: int, block: bytes) -> None:
    """Keep a chunk's ledger."""
    if rows:
        session.run("add_ledger", batch_id=batch_id, first_row=first_row, rows=rows, block=block)


def ledger_rows(session: Session, batch_id: int) -> list[int]:
    """Return the first row of each block of a job's ledger, in order."""
    return [row["first_row"] for row in session.rows("ledger_blocks", batch_id=batch_id)]


def ledger_block(session: Session, batch_id: int, first_row: int) -> bytes | None:
    """Return a packed block of a ledger; None when it is gone."""
    row = session.row("ledger_block", batch_id=batch_id, first_row=first_row)
    return bytes(row["block"]) if row else None
