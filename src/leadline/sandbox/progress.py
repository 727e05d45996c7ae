"""How far the jobs of a sandbox's subscription may get."""


class Progress:
    """Lets every job run to its end."""

    def may_begin(self, batch_id: int) -> bool:
        """Tell whether a queued job may be taken from the queue."""
        return True

    def may_go_on(self, batch_id: int, next_row: int) -> bool:
        """Tell whether a job that was taken may be worked on, from a row on."""
        return True

    def failure_of(self, batch_id: int) -> str | None:
        """Return the message with which a job is to fail where it stands, or None."""
        return None
