"""Keys that a chunk shares with the chunks just before it: what those wrote must be looked up again."""

import pyarrow as pa
import pytest

from leadline.worker.recent_keys import RecentKeys


@pytest.mark.parametrize("kind", [pa.large_string(), pa.int64()])
def test_keys_of_the_last_chunks_are_found(kind: pa.DataType) -> None:
    recent = RecentKeys(chunks=2)

    def shared(*keys: int, last: bool = False) -> list[int]:
        return [int(each) for each in recent.shared(pa.array(keys).cast(kind), last=last).to_pylist()]

    assert shared(1, 2, 3) == []
    assert shared(3, 4) == [3]
    assert shared(1, 4, 5, 9) == [1, 4]
    assert shared(2, 3, 5, 7) == [3, 5], "the first chunk is too far back"
    assert shared(5, 7, last=True) == [5, 7]


def test_a_chunk_alone_shares_nothing() -> None:
    assert len(RecentKeys(chunks=2).shared(pa.array(["a"]), last=True)) == 0
