"""The files that a preview leaves, and those of some jobs: blocks of bytes by owner and name.

An owner is a preview's id, or a job's batch id as a text; what a block holds its reader knows. All
functions run inside a transaction that the caller opened.
"""

import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator

import pyarrow as pa

from leadline.store.base import Session

_BUCKET_SHIFT = 26
"""The six highest bits of a checksum are its bucket."""

_FIRST_MARKS = 500

PackedMarks = list[tuple[int, bytes]]
"""Checksums of marks by bucket; a bucket may come twice."""

_UNSIGNED = "I"
"""Four bytes on every machine that Python runs on."""


def keep(session: Session, owner: str, name: str, blocks: Iterable[bytes], first: int = 0) -> int:
    """Keep the blocks of a file in their order, by number from the first; return how many bytes they have."""
    kept = 0
    for part, block in enumerate(blocks, first):
        session.run("add_report", owner=owner, name=name, part=part, block=block)
        kept += len(block)
    return kept


def parts(session: Session, owner: str, name: str) -> list[int]:
    """Return the numbers of a file's blocks in order, none where there is no such file."""
    return [row["part"] for row in session.rows("report_parts", owner=owner, name=name)]


def block(session: Session, owner: str, name: str, part: int) -> bytes | None:
    """Return a block; None when it is gone."""
    row = session.row("report_block", owner=owner, name=name, part=part)
    return bytes(row["block"]) if row else None


def change(session: Session, owner: str, name: str, part: int, block: bytes) -> None:
    """Put another block in the place of one."""
    session.run("change_report", owner=owner, name=name, part=part, block=block)


def keep_marks(session: Session, owner: str, marks: pa.Array) -> None:
    """Keep checksums of the marks of those whom the files of an owner may name, beside those kept already."""
    keep_packed_marks(session, owner, packed_marks(marks))


def keep_packed_marks(session: Session, owner: str, packed: PackedMarks) -> None:
    """Do so with what `packed_marks` has made before the transaction began."""
    for bucket, checksums in packed:
        session.run("add_report_marks", owner=owner, bucket=bucket, checksums=checksums)


def packed_marks(marks: pa.Array) -> PackedMarks:
    """Return the checksums of marks by bucket."""
    import pyarrow.compute as pc  # 30 ms, which the start of a server need not wait for

    distinct = pc.unique(pa.array(_each_checksum(marks), pa.uint32()))
    _, in_order = distinct.take(pc.array_sort_indices(distinct)).buffers()
    checksums, start, packed = array(_UNSIGNED), 0, PackedMarks()
    checksums.frombytes(in_order[: len(distinct) * checksums.itemsize])
    while start < len(checksums):
        bucket = checksums[start] >> _BUCKET_SHIFT
        end = bisect_left(checksums, (bucket + 1) << _BUCKET_SHIFT, start)
        packed.append((bucket, checksums[start:end].tobytes()))
        start = end
    return packed


def any_marked(session: Session) -> bool:
    """Return whether any file may name anybody."""
    return session.row("any_report_marks") is not None


def owners_marked(session: Session, marks: pa.Array) -> list[str]:
    """Return the owners whose files have one of the marks, and very rarely another one.

    Who has one of many has most often one of the first: a preview of the file that named all of them.
    """
    owners = _owners_with(session, _checksums(marks.slice(0, _FIRST_MARKS)))
    others = marks.slice(_FIRST_MARKS)
    if len(others) and owners != {row["owner"] for row in session.rows("owners_of_marks")}:
        owners |= _owners_with(session, _checksums(others))
    return sorted(owners)


def _owners_with(session: Session, wanted: set[int]) -> set[str]:
    owners = set[str]()
    for bucket in {each >> _BUCKET_SHIFT for each in wanted}:
        for row in session.rows("report_marks", bucket=bucket):
            if not wanted.isdisjoint(array(_UNSIGNED, bytes(row["checksums"]))):
                owners.add(row["owner"])
    return owners


def _checksums(marks: pa.Array) -> set[int]:
    return set(_each_checksum(marks))


def _each_checksum(marks: pa.Array) -> Iterator[int]:
    return map(zlib.crc32, marks.cast(pa.binary()).to_pylist())


def delete(session: Session, owner: str, name: str | None = None) -> None:
    """Delete the files of an owner, or one of them."""
    if name is None:
        session.run("delete_report_marks", owner=owner)
        session.run("delete_reports", owner=owner)
    else:
        session.run("delete_reports_named", owner=owner, name=name)


def drop_orphans(session: Session) -> None:
    """Delete the files of previews and jobs that are gone."""
    session.run("drop_orphaned_reports")
    session.run("drop_orphaned_report_marks")
