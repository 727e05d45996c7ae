"""The messages with which a test lets jobs fail."""

import re

_CHARACTERS_MAX = 500
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def job_message(value: object) -> str:
    """Return a message as a job may have it; raises ValueError with a sentence."""
    if (
        not isinstance(value, str)
        or not value.strip()
        or len(value) > _CHARACTERS_MAX
        or _CONTROL.search(value)
    ):
        raise ValueError(f"the message of a job is a line of 1 to {_CHARACTERS_MAX} characters")
    return value
