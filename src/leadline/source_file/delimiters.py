"""Which delimiter a line has that was taken for a single column."""

_WORDS = {",": "commas", "\t": "tabs", ";": "semicolons"}


def other_delimiter(column: str) -> tuple[str, str] | None:
    """Return the delimiter that a column's text has in it most often, and its name; None if none."""
    found = max(_WORDS, key=column.count)
    return (found, _WORDS[found]) if found in column else None
