"""Which line of the catalogue a reason is, so that who reads it in a file is told what to do."""

import re
from functools import cache

from leadline.schema.record_errors import RECORD_ERRORS, RecordError

_VALUE = re.compile(r"\\\{\w+\\\}")


def error_of(reason: str) -> RecordError | None:
    """Return the record error whose sentence this is, whatever values it names; None for a text of none."""
    return next((error for pattern, error in _patterns() if pattern.fullmatch(reason)), None)


@cache
def _patterns() -> list[tuple[re.Pattern[str], RecordError]]:
    """Return what each sentence that files show looks like, those that name no value first."""
    shown = [each for each in RECORD_ERRORS.values() if each.files]
    shown.sort(key=lambda each: "{" in each.template)
    return [(re.compile(_VALUE.sub(".*", re.escape(each.template)), re.DOTALL), each) for each in shown]
