"""The benchmark's files: 143,500 people in just under 10 MB."""

import random
from pathlib import Path

ROWS = 143_500
HEADER = "firstName,lastName,email,company,title,leadScore\n"


def people(count: int, first: int = 0, title: str = "Title") -> str:
    """Return the lines of `count` people, numbered from `first`; always the same for the same numbers."""
    dice = random.Random(first)
    return "".join(
        f"First{number},Last{number},user{number}@example{number % 977}.com,"
        f"Company {dice.randrange(5000)},{title} {dice.randrange(300)},{dice.randrange(100)}\n"
        for number in range(first, first + count)
    )


def write_file(path: Path, count: int = ROWS, first: int = 0, title: str = "Title") -> Path:
    """Write a file of people."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for start in range(first, first + count, 100_000):
            file.write(people(min(100_000, first + count - start), start, title))
    return path
