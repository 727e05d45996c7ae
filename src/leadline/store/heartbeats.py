"""Which workers of other machines are dead: those whose jobs' heartbeats have not moved for long.

No clock of another machine is asked: each observer measures, with its own, how long it has
seen no change. A worker taken for dead by mistake is fenced off by the job's token.
"""

from leadline.store.jobs import Held

STALE_SECONDS = 30.0


class Heartbeats:
    """What one process has seen of the workers' heartbeats."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, int], tuple[tuple[int, int], float]] = {}
        self._dead: set[str] = set()

    def know_dead(self, worker_id: str) -> None:
        """Take note of a worker whose end was witnessed."""
        self._dead.add(worker_id)

    def have_ceased(self, munchkin_id: str, held: Held, now: float) -> bool:
        """Tell whether a job's worker is known to be dead, or its heartbeat has stood still for too long.

        `now` is a reading of this process's own clock, in seconds.
        """
        if held.worker in self._dead:
            return True
        beat = (held.token, held.heartbeat)
        last, since = self._seen.get((munchkin_id, held.batch_id), (None, now))
        if last != beat:
            since = now
        self._seen[munchkin_id, held.batch_id] = (beat, since)
        return now - since >= STALE_SECONDS
