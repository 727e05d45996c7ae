"""Files that are imported one after the other while the weather is bad, and the proof that each row took effect once."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.crash import audit
from tests.crash.evidence import Model, content_of, faults_of, gather
from tests.crash.files import NOTES_BYTES, own_rows
from tests.harness import Server, subscription, until

ROWS = 700
"""About 2.8 MB: two chunks."""


def _list_of(file: int) -> int:
    return 2000 + file


def document(files: int) -> dict[str, Any]:
    """Return a subscription with a list for each file."""
    return subscription(lists=[{"id": _list_of(file), "name": f"File {file}"} for file in range(files)])


@dataclass
class Stream:
    """Jobs of one subscription, submitted through an API node with a good link to the database."""

    api: Server
    url: str
    rows: int = ROWS
    notes_bytes: int = NOTES_BYTES
    jobs: dict[int, int] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        audit.install(Path(), self.url)

    def submit(self) -> int:
        """Send the next file."""
        file = len(self.jobs)
        batch_id = self.api.submit(
            content_of(own_rows(file, self.rows, self.notes_bytes)), listId=_list_of(file)
        )
        self.jobs[batch_id] = file
        return batch_id

    def finish(self, batch_id: int, deadline_seconds: float) -> None:
        """Wait for a job's end from now on, and note how long it took; calls may be refused meanwhile."""
        began = time.monotonic()
        path = f"/bulk/v1/leads/batch/{batch_id}.json"
        until(
            lambda: self.api.get(path).get("result", [{}])[0].get("status") in ("Complete", "Failed"),
            deadline_seconds,
        )
        self.waits.append(time.monotonic() - began)

    def faults(self) -> list[str]:
        """Return a word for everything that is not as the files say."""
        faults = []
        for batch_id, file in self.jobs.items():
            rows = own_rows(file, self.rows, self.notes_bytes)
            found = gather(self.api, batch_id, _list_of(file))
            faults += [f"job {batch_id}: {fault}" for fault in faults_of(found, Model().fates(rows), rows)]
        emails = [
            row.email for file in self.jobs.values() for row in own_rows(file, self.rows, self.notes_bytes)
        ]
        faults += audit.faults_of_chunks(Path(), dict.fromkeys(self.jobs, self.rows), self.url)
        return faults + audit.faults_of_leads(Path(), emails, self.url)
