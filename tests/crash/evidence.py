"""The proof of an import: what a file must lead to, what is found, and every way the two differ."""

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.harness import Server

HEADER = "email,firstName,mktoPersonNotes"
NO_EMAIL = "Value for lookup field 'email' not found"
TOO_LONG = "Row has more values than the header"


@dataclass(frozen=True)
class Row:
    """A data row: who, the marker that says from which file, a long text, and one cell too many or not."""

    email: str
    first_name: str
    notes: str
    long: bool = False

    @property
    def line(self) -> str:
        """The row as a line of the file."""
        return f"{self.email},{self.first_name},{self.notes}{',extra' if self.long else ''}"


@dataclass(frozen=True)
class Fate:
    """What must become of a row."""

    email: str
    outcome: str
    reason: str


@dataclass
class Model:
    """The people of one store, by e-mail, as they must be after the files so far."""

    people: dict[str, Row] = field(default_factory=dict)

    def fates(self, rows: list[Row]) -> list[Fate]:
        """Import a file: return the fate of each row."""
        return [self._fate(row) for row in rows]

    def _fate(self, row: Row) -> Fate:
        if not row.email:
            return Fate("", "failed", NO_EMAIL)
        before, after = self.people.get(row.email), Row(row.email, row.first_name, row.notes)
        self.people[row.email] = after
        outcome = "created" if before is None else "unchanged" if before == after else "updated"
        return Fate(row.email, outcome, TOO_LONG if row.long else "")


@dataclass(frozen=True)
class Evidence:
    """What a client sees of a job afterwards.

    `members` are id, e-mail and first name of the job's list; `changes` are the old and the new value of
    each cell that the change log says it changed, by id and field, from its first chunk to its last.
    """

    status: dict[str, Any]
    ledger: list[str]
    failures: str
    warnings: str
    members: list[tuple[int, str, str]]
    changes: dict[tuple[str, str], tuple[str, str]]


def content_of(rows: list[Row]) -> str:
    """Return the file of the rows."""
    return "\n".join([HEADER, *(row.line for row in rows), ""])


def gather(server: Server, batch_id: int, list_id: int) -> Evidence:
    """Collect the evidence of a job that has ended."""
    return Evidence(
        server.status(batch_id),
        server.ledger(batch_id),
        server.failures(batch_id).text,
        server.warnings(batch_id).text,
        members_of(server, list_id),
        changes_of(server, batch_id),
    )


def changes_of(server: Server, batch_id: int) -> dict[tuple[str, str], tuple[str, str]]:
    """Return each cell that a job changed, wherever its chunks were cut."""
    text = server.call("GET", f"/leadline/v1/jobs/{batch_id}/changes.csv").text
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for _, record_id, _, name, old, new in list(csv.reader(io.StringIO(text, newline="")))[1:]:
        found[record_id, name] = found.get((record_id, name), (old, new))[0], new
    return {cell: (old, new) for cell, (old, new) in found.items() if old != new}


def members_of(server: Server, list_id: int) -> list[tuple[int, str, str]]:
    """Return the members of a list, page by page."""
    params: dict[str, Any] = {"fields": "id,email,firstName", "batchSize": 300}
    found: list[tuple[int, str, str]] = []
    while True:
        page = server.get(f"/rest/v1/lists/{list_id}/leads.json", params=params)
        found += [(lead["id"], lead["email"], lead["firstName"]) for lead in page["result"]]
        if not page.get("nextPageToken"):
            return found
        params["nextPageToken"] = page["nextPageToken"]


def faults_of(found: Evidence, fates: list[Fate], rows: list[Row]) -> list[str]:
    """Return a word for each way in which the evidence differs from what the rows must lead to."""
    return [*_status_faults(found, fates), *_member_faults(found, rows), *_ledger_faults(found, fates)]


def _status_faults(found: Evidence, fates: list[Fate]) -> list[str]:
    failed = sum(fate.outcome == "failed" for fate in fates)
    warned = sum(fate.outcome != "failed" and fate.reason != "" for fate in fates)
    expected = {
        "status": "Complete",
        "numOfLeadsProcessed": len(fates) - failed,
        "numOfRowsFailed": failed,
        "numOfRowsWithWarning": warned,
    }
    faults = [
        f"status: {name} is {found.status.get(name)}, not {value}"
        for name, value in expected.items()
        if found.status.get(name) != value
    ]
    for name, text, lines in (("failures", found.failures, failed), ("warnings", found.warnings, warned)):
        if text.count("\n") != (lines + 1 if lines else 0):
            faults.append(f"{name}: {text.count(chr(10))} lines for {lines} rows")
    return faults


def _member_faults(found: Evidence, rows: list[Row]) -> list[str]:
    names = {row.email: row.first_name for row in rows if row.email}
    times = Counter(email for _, email, _ in found.members)
    faults = [f"lead doubled: {email}" for email, count in times.items() if count > 1]
    faults += [f"lead lost: {email}" for email in names if email not in times]
    faults += [f"lead unknown: {email}" for email in times if email not in names]
    return faults + [
        f"lead not as the file left it: {email}"
        for _, email, first_name in found.members
        if email in names and names[email] != first_name
    ]


def _ledger_faults(found: Evidence, fates: list[Fate]) -> list[str]:
    ids = {email: lead_id for lead_id, email, _ in found.members}
    numbers = Counter(line.split(",", 1)[0] for line in found.ledger)
    faults = [f"row doubled: {number}" for number, count in numbers.items() if count > 1]
    faults += [f"row lost: {n}" for n in range(1, len(fates) + 1) if str(n) not in numbers]
    expected = [
        f"{number},{fate.outcome},{ids.get(fate.email, '')},{fate.reason}"
        for number, fate in enumerate(fates, 1)
    ]
    if found.ledger != expected:
        differing = sum(one != other for one, other in zip(found.ledger, expected, strict=False))
        faults.append(f"ledger: {differing} of {len(expected)} lines differ, {len(found.ledger)} are there")
    return faults
