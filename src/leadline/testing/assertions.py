"""What a test expects of a subscription; who is disappointed is told everything at once."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

_PAUSE_SECONDS = 0.01
_ENDED = ("Complete", "Failed")
_SHOWN_MAX = 20

Row = Mapping[str, Any]


def assert_leads(leads: Sequence[Row], by: str, rows: Iterable[Row], others: str) -> None:
    """See `Subscription.assert_leads`; raises `ValueError` for what makes no sense."""
    wanted = list(rows)
    if others not in ("none", "any"):
        raise ValueError(f"others is 'none' or 'any', not {others!r}.")
    if nameless := [row for row in wanted if row.get(by) is None]:
        raise ValueError(f"Each row needs its {by}, by which its lead is found; {nameless[0]} has none.")
    faults = [fault for row in wanted for fault in _lead_faults(leads, by, row)]
    if others == "none":
        known = [row[by] for row in wanted]
        faults += [f"nobody expects {_named(lead, by)}" for lead in leads if lead.get(by) not in known]
    _raise(f"the {_counted(len(leads), 'lead is', 'leads are')} not as expected", faults)


def _lead_faults(leads: Sequence[Row], by: str, row: Row) -> list[str]:
    name = f"the lead with {by} {row[by]!r}"
    found = [lead for lead in leads if lead.get(by) == row[by]]
    if len(found) != 1:
        return [f"{name} is missing" if not found else f"there are {len(found)} leads with {by} {row[by]!r}"]
    return [
        f"{name} has {field} {found[0].get(field)!r}, not {value!r}"
        for field, value in row.items()
        if found[0].get(field) != value
    ]


def _named(lead: Row, by: str) -> str:
    key = by if lead.get(by) is not None else "id"
    return f"the lead with {key} {lead.get(key)!r}"


def assert_jobs(
    look: Callable[[], Sequence[Row]],
    count: int | None,
    status: str | None,
    failed: int | None,
    within: float,
) -> None:
    """See `Subscription.assert_jobs`; `look` returns the jobs as they stand."""
    deadline = time.monotonic() + within
    while faults := _job_faults(jobs := look(), count, status, failed):
        if time.monotonic() >= deadline:
            shown = [_job_line(job) for job in jobs] or ["there is no job"]
            _raise(f"within {within:g} s jobs did not become as expected: {'; '.join(faults)}", shown)
        time.sleep(_PAUSE_SECONDS)


def _job_faults(jobs: Sequence[Row], count: int | None, status: str | None, failed: int | None) -> list[str]:
    faults = []
    if len(jobs) != count and (count is not None or not jobs):
        faults.append(f"there are {len(jobs)}, not {'any' if count is None else count}")
    wanted = _ENDED if status is None else (status,)
    if others := [str(job["batchId"]) for job in jobs if job["status"] not in wanted]:
        faults.append(f"not {' or '.join(wanted)}: {', '.join(others)}")
    found = sum(job["failed"] for job in jobs)
    if failed is not None and found != failed:
        faults.append(f"{_rows(found)} failed, not {failed}")
    return faults


def _job_line(job: Row) -> str:
    counts = f"{_rows(job['processed'])} processed, {job['failed']} failed"
    text = f"job {job['batchId']} is {job['status']}: {counts}"
    return f"{text}; {job['message']}" if job["message"] else text


def assert_calls(calls: Sequence[Row], operation: str, count: int | None) -> None:
    """See `Subscription.assert_calls`."""
    found = sum(fnmatchcase(call["operation"] or "", operation) for call in calls)
    if found == count or (count is None and found):
        return
    wanted = "at least 1 call" if count is None else _counted(count, "call", "calls")
    _raise(
        f"{_counted(found, 'call', 'calls')} of {operation} instead of {wanted}",
        journal_lines(calls) or ["no call came"],
    )


def journal_lines(calls: Sequence[Row]) -> list[str]:
    """Return a line for each call, with what it was answered and the fault that made it so."""
    return [_call_line(call) for call in calls]


def _call_line(call: Row) -> str:
    words = [call["at"], call["method"], call["route"]]
    words.append("no answer" if call["status"] is None else str(call["status"]))
    if call["code"]:
        words.append(f"code {call['code']}")
    if call["rows"] is not None:
        words.append(_rows(call["rows"]))
    if call["fault"] is not None:
        words.append(f"(fault {call['fault']})")
    return "  ".join(words)


def _rows(number: int) -> str:
    return _counted(number, "row", "rows")


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _raise(summary: str, lines: Sequence[str]) -> None:
    """Raise an `AssertionError` that shows the first lines, where there are any."""
    if lines:
        more = [f"and {len(lines) - _SHOWN_MAX} more"] if len(lines) > _SHOWN_MAX else []
        raise AssertionError("\n  ".join([f"{summary}:", *lines[:_SHOWN_MAX], *more]))
