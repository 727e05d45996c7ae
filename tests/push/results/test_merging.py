"""Parts are merged by row, and few are open at once."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.client.results.merging import Part, merged, write_merged
from leadline.client.results.part_files import write_whole


@given(st.lists(st.lists(st.integers(1, 200)).map(sorted), max_size=8))
def test_lines_come_in_the_order_of_their_rows(parts: list[list[int]]) -> None:
    found = merged(
        Part(min(numbers, default=1), lambda numbers=numbers: iter([[str(each), "x"] for each in numbers]))
        for numbers in parts
    )
    assert [int(line[0]) for line in found] == sorted(each for numbers in parts for each in numbers)


def test_parts_behind_each_other_are_open_one_at_a_time() -> None:
    """A thousand pieces need not a thousand open files."""
    open_now, most = 0, 0

    def lines(first: int) -> Iterator[list[str]]:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        yield from ([str(first + each)] for each in range(10))
        open_now -= 1

    parts = [Part(first, lambda first=first: lines(first)) for first in range(1, 10_000, 10)]
    assert sum(1 for _ in merged(parts)) == 10_000
    assert most == 1


def test_a_carriage_return_in_a_cell_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    write_merged(path, ["a", "b"], [Part(1, lambda: iter([["1", "x\ry", "z"]]))])
    assert path.read_bytes() == b'a,b\n"x\ry","z"\n'
    assert [each.name for each in tmp_path.iterdir()] == ["file.csv"]


def test_a_file_that_finds_no_room_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(OSError, match="No space left") as raised, write_whole(tmp_path / "failures.csv"):
        raise full
    assert raised.value.filename == str(tmp_path / "failures.csv")
    assert list(tmp_path.iterdir()) == []
