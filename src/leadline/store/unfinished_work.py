"""Whether a store has anything to do for a worker: one statement, since most looks find next to nothing."""

from leadline.model.dataclass import dataclass
from leadline.store.base import Session


@dataclass(frozen=True, slots=True)
class UnfinishedWork:
    """Which kinds of unfinished work there are: jobs and previews that wait, and those that workers have."""

    jobs_wait: bool
    jobs_are_held: bool
    previews_wait: bool
    previews_are_held: bool

    @property
    def is_any(self) -> bool:
        """Whether there is any work that is not finished."""
        return self.jobs_wait or self.jobs_are_held or self.previews_wait or self.previews_are_held


def look(session: Session) -> UnfinishedWork:
    """Look at what a store has."""
    row = session.row("unfinished")
    assert row is not None, "what is asked without a table has one row"
    return UnfinishedWork(**{name: bool(value) for name, value in row.items()})
