"""The columns that a push adds to the user's own in its result files, and knows again in a mended one."""

from collections.abc import Sequence

SOURCE_ROW = "Source Row"
FAILURE_REASON = "Import Failure Reason"
WARNING_REASON = "Import Warning Reason"
AT_FAULT = ("Value", "Column")


def added_places(header: Sequence[str]) -> dict[str, int]:
    """Return where added columns stand in the header of a result file; none in any other header.

    `Source Row` or a reason alone may be the user's own: only together do they tell a result file. `Value`
    and `Column` are added ones where they stand right behind the reason, as they are written.
    """
    names = [name.strip() for name in header]
    reason = next((name for name in (FAILURE_REASON, WARNING_REASON) if name in names), None)
    if reason is None or SOURCE_ROW not in names:
        return {}
    found = {SOURCE_ROW: names.index(SOURCE_ROW), reason: len(names) - 1 - names[::-1].index(reason)}
    behind = found[reason] + 1
    if tuple(names[behind : behind + 2]) == AT_FAULT:
        found |= {name: behind + number for number, name in enumerate(AT_FAULT)}
    return found
