"""The files that are imported while processes die: few rows, long ones, so that chunks are many."""

from tests.crash.evidence import Row

NOTES_BYTES = 4000
BIG_ROWS = 850
"""About 3.4 MB: three chunks."""


def _notes(text: str, size: int = NOTES_BYTES) -> str:
    return (text + " ") * (size // (len(text) + 1))


def base_rows() -> list[Row]:
    """Return the people that are there before: some will be changed by the big file, some not."""
    changed = [Row(f"p{n}@example.com", "before", _notes(f"old {n}")) for n in range(0, BIG_ROWS, 3)]
    same = [_plain(n, "big") for n in range(0, BIG_ROWS, 7) if n % 3]
    return changed + same


def big_rows() -> list[Row]:
    """Return a file with every outcome, with rows that fail or warn, and keys that come again later."""
    rows = []
    for number in range(BIG_ROWS):
        row = _plain(number, "big")
        if number % 50 == 11:
            row = Row("", row.first_name, row.notes)
        elif number % 50 == 13:
            row = Row(row.email, row.first_name, row.notes, long=True)
        elif number % 50 == 22 and number > BIG_ROWS // 2:
            row = _plain(number - BIG_ROWS // 2, "big")
        rows.append(row)
    return rows


def _plain(number: int, marker: str) -> Row:
    return Row(f"p{number}@example.com", marker, _notes(f"{marker} {number}"))


def own_rows(file: int, count: int, notes_bytes: int = NOTES_BYTES) -> list[Row]:
    """Return a file whose people are in no other."""
    return [
        Row(f"p{number}@f{file}.example.com", f"f{file}", _notes(f"{file} {number}", notes_bytes))
        for number in range(count)
    ]
