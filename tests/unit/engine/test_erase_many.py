"""Taking very many people out of texts: as each alone would be taken, in time that grows with the text."""

import time

import pytest

from leadline.engine.erase import may_name, without

FEW, TIMES = 400, 8


def address(number: int) -> str:
    return f"user{number}@example{number % 97}.com"


def lines(count: int) -> bytes:
    return "".join(f'{address(number)},First,"said: no"\n' for number in range(count)).encode()


def least_seconds(count: int) -> float:
    """Return the processor time that it takes to take all but one of so many people out."""
    text, gone = lines(count), [address(number) for number in range(1, count)]
    found = []
    for _ in range(3):
        began = time.process_time()
        assert without(text, gone) == lines(1)
        assert not may_name([text], [f"no.{each}" for each in gone])
        found.append(time.process_time() - began)
    return min(found)


def test_the_time_grows_with_the_lines_and_not_with_the_people_too() -> None:
    few, many = least_seconds(FEW), least_seconds(FEW * TIMES)
    assert many < 3 * TIMES * few + 0.01, (
        f"{few * 1000:.1f} ms of {FEW}, {many * 1000:.1f} ms of {FEW * TIMES}"
    )


@pytest.mark.parametrize(
    ("gone", "left"),
    [
        (["user1@example1.com"], [0, 2]),
        (["user1@example1.co"], [0, 1, 2]),
        (["user1@example1.com", "user1@example1.co", "1@example1.com"], [0, 2]),
        (["er2@example2.com"], [0, 1, 2]),
        ([address(number) for number in (0, 2, 5)], [1]),
    ],
)
def test_one_goes_where_a_line_names_him_and_no_longer_address(gone: list[str], left: list[int]) -> None:
    whole = lines(3).splitlines(keepends=True)
    assert without(b"".join(whole), gone) == b"".join(whole[number] for number in left)
