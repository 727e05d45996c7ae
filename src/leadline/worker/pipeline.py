"""Working ahead: while a chunk is written the next one is decided, and those behind it matched and checked.

Each stage has a thread of its own, and what each costs is spent in native code, so two
cores are kept busy. Under the writer lock little is left to do but to write.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

import polars as pl
import pyarrow as pa

from leadline.engine.bands import Band
from leadline.engine.decide import Decision, decide
from leadline.engine.match_rules import MergeContext
from leadline.engine.pipeline import (
    CheckedChunk,
    ChunkReport,
    check_chunk,
    check_pieces,
    keys_of,
    report_chunk,
)
from leadline.engine.reader import ONE_CHUNK_BYTES, RawChunk, cut_after, cut_chunks, joined
from leadline.merging.merge import merge_context, parts_of
from leadline.model.change_parts import Part
from leadline.model.dataclass import dataclass
from leadline.store import matches
from leadline.store.base import Session
from leadline.store.matches import Matches
from leadline.worker.import_run import ImportRun
from leadline.worker.recent_keys import RecentKeys
from leadline.worker.stages import Stages

STAGES = 3
"""So many chunks may be written between the look-up of a chunk and its turn."""

T = TypeVar("T")


@dataclass(slots=True)
class WrittenSoFar:
    """How far the job is written: the first row that is not, and the next free id, once that is known.

    The thread that writes sets it for the one that decides ahead.
    """

    written: tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a chunk does if no record changes before it is written and new ones begin at `first_id`.

    `parts` are its changes as the log keeps them, None where more is to be known of them.
    """

    first_id: int
    decision: Decision
    report: ChunkReport
    parts: list[Part] | None


@dataclass(frozen=True, slots=True)
class KeyedChunk:
    """A checked chunk with its distinct keys, and those of them that chunks just before it may have, too."""

    chunk: CheckedChunk
    keys: pa.Array
    shared: pa.Array
    last: bool


@dataclass(frozen=True, slots=True)
class ReadyChunk:
    """A chunk ready to be merged, with the records its keys found a moment ago and what follows from them.

    `wide` is, for each band that has fields of these records, what is stored of them.
    """

    chunk: CheckedChunk
    shared: pa.Array
    found: Matches
    wide: list[tuple[Band, Matches]]
    prediction: Prediction
    last: bool


@dataclass(frozen=True, slots=True)
class MatchedChunk:
    """A chunk and what the store holds of it."""

    keyed: KeyedChunk
    found: Matches
    wide: list[tuple[Band, Matches]]
    context: MergeContext


def ready_chunks(
    run: ImportRun, written_so_far: WrittenSoFar, stop_row: int | None, leaves: Callable[[], bool]
) -> Iterator[ReadyChunk]:
    """Yield the rest of the job's chunks, each made ready while the one before it is in use.

    `leaves` may end it between two chunks. Before `stop_row`, where it is given, a chunk ends. What is one
    chunk has nothing to be made ready beside: three threads would take longer than it does.
    """
    is_one_chunk = run.shown is not None or run.job.file_bytes - run.job.done_bytes <= ONE_CHUNK_BYTES
    if is_one_chunk:
        return _decided(run, written_so_far, _matched(run, _checked(run, stop_row)))
    stages = Stages()
    matched = stages.ahead(_matched(run, stages.ahead(_checked(run, stop_row))))
    return stages.last(_decided(run, written_so_far, matched), leaves)


def _checked(run: ImportRun, stop_row: int | None) -> Iterator[KeyedChunk]:
    """Yield each chunk with its distinct keys."""
    recent = RecentKeys(STAGES)
    if run.shown is not None:
        yield _keyed(whole_chunk(run), recent, last=True)
        return
    layout = run.layout
    start = run.job.done_bytes or layout.header.size
    first_row = run.job.next_row
    columns, size = _columns_read(run), run.job.file_bytes
    chunks = cut_chunks(run.text_from(start), layout.delimiter, start, columns=columns, file_bytes=size)
    if stop_row is not None:
        rows, reasons = stop_row - first_row, layout.header.reasons
        chunks = cut_after(chunks, layout.delimiter, layout.width, rows, start, reasons)
    for raw, last in _with_last(chunks):
        chunk = check_chunk(raw, run.target.plan, layout, first_row)
        first_row += chunk.row_count
        if chunk.row_count == 0 and not last:  # blank lines alone; the next chunk's end counts them
            continue
        yield _keyed(chunk, recent, last=last)


def _keyed(chunk: CheckedChunk, recent: RecentKeys, *, last: bool) -> KeyedChunk:
    keys = keys_of(chunk.rows)
    return KeyedChunk(chunk, keys, recent.shared(keys, last=last), last)


def whole_file(run: ImportRun) -> list[RawChunk]:
    """Return the whole file, in pieces only where a row is too long to be read."""
    layout, start = run.layout, run.layout.header.size
    return joined(cut_chunks(run.text_from(start), layout.delimiter, start, columns=_columns_read(run)))


def whole_chunk(run: ImportRun) -> CheckedChunk:
    """Read the whole file as one chunk."""
    return check_pieces(whole_file(run), run.target.plan, run.layout, 1)


def _columns_read(run: ImportRun) -> int:
    return max(1, len(run.target.plan.columns))


def _matched(run: ImportRun, chunks: Iterable[KeyedChunk]) -> Iterator[MatchedChunk]:
    for keyed in chunks:
        with run.database.read() as session:
            matched = match_chunk(session, run, keyed)
        yield matched


def match_chunk(session: Session, run: ImportRun, keyed: KeyedChunk) -> MatchedChunk:
    """Look up what the distinct keys of a chunk find, and what else its decision asks for."""
    chunk, plan = keyed.chunk, keyed.chunk.plan
    context = merge_context(session, plan, chunk.rows, run.job.request.partition_scope)
    found = matches.look_up(session, plan.object_type, plan.key, plan.stored_fields, keyed.keys)
    wide = [(each, _look_up(session, each, chunk.rows)) for each in chunk.bands if each.plan.fields]
    return MatchedChunk(keyed, found, wide, context)


def _look_up(session: Session, band: Band, rows: pl.DataFrame) -> Matches:
    plan, keys = band.plan, keys_of(band.keyed(rows))
    return matches.look_up(session, plan.object_type, plan.key, plan.stored_fields, keys)


def _decided(
    run: ImportRun, written_so_far: WrittenSoFar, chunks: Iterable[MatchedChunk]
) -> Iterator[ReadyChunk]:
    """Predict what each chunk does; the one before it may not be written yet."""
    start: int | None = None
    new_before = 0
    for each in chunks:
        start = each.context.next_id if start is None else start
        first_row, next_id = written_so_far.written
        base = start if next_id is None else next_id
        first_id = base + (new_before if first_row < each.keyed.chunk.first_row else 0)
        ready = predict(run, each, first_id)
        new_before = ready.prediction.decision.inserts.num_rows
        yield ready if run.shown is not None else _without_applied(ready)


def _without_applied(ready: ReadyChunk) -> ReadyChunk:
    """Let go of what a preview alone compares: what records hold before and after each row, 20 MB a chunk."""
    prediction = ready.prediction
    return replace(ready, prediction=replace(prediction, decision=replace(prediction.decision, applied=())))


def predict(run: ImportRun, matched: MatchedChunk, first_id: int) -> ReadyChunk:
    """Decide a chunk by what it found; new records begin at `first_id`."""
    context = replace(matched.context, next_id=first_id)
    wide, keyed = [(band, found.table) for band, found in matched.wide], matched.keyed
    decision = decide(keyed.chunk.rows, matched.found.table, keyed.chunk.plan, context, wide)
    report = report_chunk(keyed.chunk, decision, run.layout)
    prediction = Prediction(first_id, decision, report, _packed(run, decision))
    return ReadyChunk(keyed.chunk, keyed.shared, matched.found, matched.wide, prediction, keyed.last)


def _packed(run: ImportRun, decision: Decision) -> list[Part] | None:
    """Pack what the decision changes, unless coming into a program changes more of the same records."""
    if not run.keeps_log or run.target.program is not None:
        return None
    return list(parts_of(decision, run.target.plan.object_type, run.target.new_record))


def _with_last(chunks: Iterable[T]) -> Iterator[tuple[T, bool]]:
    """Pair each chunk with whether it is the last."""
    held: T | None = None
    for chunk in chunks:
        if held is not None:
            yield held, False
        held = chunk
    if held is not None:
        yield held, True
