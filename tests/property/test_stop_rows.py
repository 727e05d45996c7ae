"""Chunks may be made to end after any row, and nothing of the file changes by that."""

from hypothesis import given
from hypothesis import strategies as st

from leadline.engine.frames import count_rows
from leadline.engine.reader import RawChunk, cut_after, cut_chunks
from leadline.schema.record_errors import NOT_LISTED

REASONS = (1,)
NOTE = NOT_LISTED.message(count="7")
"""What the last line of a failure file says in the column of the reasons; such a line is no data row."""

CELLS = st.sampled_from([NOTE, "", "a", " ", '"x\ny"', '"a""b"', '"', 'tor"n', "é", ",", '"\r\n"'])
LINES = st.lists(st.lists(CELLS, min_size=1, max_size=3).map(",".join), max_size=12)


def rows_of(chunks: list[RawChunk]) -> list[int]:
    """Return how many rows each chunk has."""
    return [count_rows(each.records, 2, ",", REASONS) + (each.broken is not None) for each in chunks]


@given(LINES, st.sampled_from(["\n", "\r\n", "\r"]), st.integers(1, 200), st.integers(-1, 14))
def test_a_chunk_ends_after_so_many_rows(lines: list[str], end: str, chunk_bytes: int, rows: int) -> None:
    content = end.join(lines).encode()
    plain = list(cut_chunks([content], ",", 10, chunk_bytes))
    cut = list(cut_after(plain, ",", 2, rows, 10, REASONS))
    assert b"".join(each.records for each in cut) == b"".join(each.records for each in plain)
    assert [each.broken for each in cut if each.broken] == [each.broken for each in plain if each.broken]
    assert cut[-1].end == plain[-1].end
    assert sum(rows_of(cut)) == sum(rows_of(plain))
    at, ends = 0, []
    for count in rows_of(cut):
        at += count
        ends.append(at)
    if 0 < rows < at:
        assert rows in ends, (rows, ends)


@given(LINES, st.integers(1, 14))
def test_offsets_are_those_of_the_bytes(lines: list[str], rows: int) -> None:
    """A worker goes on at the offset behind a chunk, so it must be where the chunk's bytes end."""
    content = "\n".join(lines).encode()
    at = 10
    for each in cut_after(cut_chunks([content], ",", 10), ",", 2, rows, 10):
        if each.broken is None:
            assert each.end == at + len(each.records)
        at = each.end
