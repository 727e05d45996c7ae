"""Takes the jobs of a push back, the last one first (Leadline alone)."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from leadline.client.calls.errors import CallRefusedError
from leadline.client.calls.leadline import job, undo
from leadline.client.calls.login import Login
from leadline.client.calls.server import Server
from leadline.client.calls.transport import Transport
from leadline.client.clock import MachineClock
from leadline.client.events import Listener, Message, tell_nobody
from leadline.client.sending.polling import poll_waits

OUTCOMES = ("deleted", "reverted", "partly", "kept", "gone")
"""What becomes of the rows of a job that is taken back."""

_FINISHED = ("Complete", "Failed")


@dataclass(slots=True)
class Undone:
    """What was taken back: rows by what became of them, and why a job was not."""

    jobs: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    refused: dict[int, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """What to say of it."""
        counts = ", ".join(f"{self.rows[name]:,} {name}" for name in OUTCOMES if self.rows[name])
        jobs = f"{self.jobs:,} job{' was' if self.jobs == 1 else 's were'} taken back"
        sentences = [f"{jobs}; rows: {counts or 'none'}."]
        sentences += [f"Job {batch_id} was not: {why}." for batch_id, why in self.refused.items()]
        return " ".join(sentences)


def undo_jobs(
    login: Login,
    batch_ids: Sequence[int],
    tell: Listener = tell_nobody,
    note: Callable[[int], None] = lambda batch_id: None,
) -> Undone:
    """Take jobs back, the last of them first, each when the one before has ended; raises `PushError`.

    `note` is told each job that was.
    """
    return asyncio.run(_undo(login, batch_ids, tell, note))


async def _undo(
    login: Login, batch_ids: Sequence[int], tell: Listener, note: Callable[[int], None]
) -> Undone:
    transport, found = Transport(login, tell=tell), Undone()
    try:
        server = Server(transport, is_leadline=True)
        for batch_id in reversed(batch_ids):
            try:
                ended = await _undone(server, batch_id)
            except CallRefusedError as refused:
                found.refused[batch_id] = refused.outcome.words or str(refused)
                tell(Message(f"Job {batch_id} is not taken back: {found.refused[batch_id]}."))
                continue
            note(batch_id)
            found.jobs += 1
            found.rows.update({name: int(ended[name]) for name in OUTCOMES})
            tell(Message(f"Job {batch_id} is taken back by job {ended['batchId']}: {ended['message']}."))
    finally:
        await transport.close()
    return found


async def _undone(server: Server, batch_id: int) -> dict[str, Any]:
    queued = await undo(server, batch_id, f"undo-{batch_id}-{secrets.token_hex(8)}")
    clock = MachineClock()
    waits = poll_waits(None, is_leadline=True)
    while True:
        found = await job(server, queued.batch_id)
        if found["status"] in _FINISHED:
            return found
        await clock.sleep(next(waits))
