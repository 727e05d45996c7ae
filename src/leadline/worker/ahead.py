"""Reading ahead: while a chunk is merged the next one is matched, and the one behind it read and checked."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import pyarrow as pa

from leadline.engine.pipeline import CheckedChunk, check_chunk, keys_of
from leadline.engine.reader import cut_chunks
from leadline.store import matches
from leadline.store.matches import Matches
from leadline.worker.shift import Shift

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ReadyChunk:
    """A chunk ready to be merged, with the records its keys found a moment ago."""

    chunk: CheckedChunk
    found: Matches
    last: bool


def ready_chunks(shift: Shift) -> Iterator[ReadyChunk]:
    """Yield the rest of the job's chunks, each made ready while the one before it is in use."""
    return _ahead(_matched(shift, _ahead(_checked(shift))))


def _checked(shift: Shift) -> Iterator[tuple[CheckedChunk, pa.Array, bool]]:
    """Yield each chunk with its distinct keys, and whether it is the last."""
    layout = shift.layout
    start = shift.job.done_bytes or layout.header.size
    first_row = shift.job.next_row
    chunks = cut_chunks(shift.text_from(start), layout.delimiter, start, columns=layout.width)
    for raw, last in _with_last(chunks):
        chunk = check_chunk(raw, shift.plan, layout, first_row)
        first_row += chunk.row_count
        yield chunk, keys_of(chunk.rows), last


def _matched(shift: Shift, chunks: Iterable[tuple[CheckedChunk, pa.Array, bool]]) -> Iterator[ReadyChunk]:
    plan = shift.plan
    for chunk, keys, last in chunks:
        with shift.database.read() as session:
            found = matches.look_up(session, plan.object_type, plan.key, plan.wanted, keys)
        yield ReadyChunk(chunk, found, last)


def _ahead(items: Iterator[T]) -> Iterator[T]:
    with ThreadPoolExecutor(max_workers=1) as maker:
        coming = maker.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = maker.submit(next, items, None)
            yield item


def _with_last(chunks: Iterable[T]) -> Iterator[tuple[T, bool]]:
    """Pair each chunk with whether it is the last."""
    held: T | None = None
    for chunk in chunks:
        if held is not None:
            yield held, False
        held = chunk
    if held is not None:
        yield held, True
