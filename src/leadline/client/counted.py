"""Counts as a person reads them."""


def counted(number: int, one: str, several: str) -> str:
    """Return a number with its words, such as `1 row was` or `2,000 rows were`."""
    return f"{number:,} {one if number == 1 else several}"


def rows(number: int) -> str:
    """Return a number of rows in words."""
    return counted(number, "row", "rows")
