"""The journal of a subscription's calls, for tests that ask what a client did."""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from leadline.model.dataclass import dataclass
from leadline.sandbox.calls.sent_body import SeenForm
from leadline.sandbox.durations import render_ms

CALLS_MAX = 10_000


@dataclass(slots=True)
class JournalEntry:
    """One call. `status` and `code` come with its answer; a call that got none has no status."""

    at_ms: int
    method: str
    route: str
    operation: str | None
    query: Mapping[str, list[str]]
    form: SeenForm
    status: int | None = None
    code: str | None = None
    faults: list[int] = field(default_factory=list)

    def shown(self, *, values: bool) -> dict[str, Any]:
        """Return the entry as JSON shows it; values of query and form only where they are wanted."""
        form = self.form
        return {
            "at": render_ms(self.at_ms),
            "method": self.method,
            "route": self.route,
            "operation": self.operation,
            "query": dict(self.query) if values else list(self.query),
            "status": self.status,
            "code": self.code,
            "fault": self.faults[0] if self.faults else None,
            "parts": form.fields | dict.fromkeys(form.files) if values else list(form.names),
            "sha256": form.sha256,
            "rows": form.rows(),
        }


class Journal:
    """The last 10,000 calls, and how many before them were dropped."""

    def __init__(self) -> None:
        self._entries: deque[JournalEntry] = deque(maxlen=CALLS_MAX)
        self._dropped = 0
        self._lock = threading.Lock()

    def note(self, entry: JournalEntry) -> None:
        """Take a call in, as it begins; its answer is added to the entry."""
        with self._lock:
            self._dropped += len(self._entries) == CALLS_MAX
            self._entries.append(entry)

    def shown(self, *, values: bool) -> dict[str, Any]:
        """Return all calls, oldest first; `dropped` says how many older ones there were."""
        with self._lock:
            entries, dropped = list(self._entries), self._dropped
        return {"calls": [each.shown(values=values) for each in entries], "dropped": dropped}

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._entries.clear()
            self._dropped = 0
