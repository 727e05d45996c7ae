"""Counts in sentences of our own; those of the contract say `1 records`, as the original does."""


def counted(number: int, one: str, several: str) -> str:
    """Return a number with its words, such as `1 row was` or `2 rows were`."""
    return f"{number} {one if number == 1 else several}"
