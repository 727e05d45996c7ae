"""Why a call has come to nothing."""

from leadline.client.calls.refusals import Outcome
from leadline.client.errors import Exit, PushError


class CallRefusedError(PushError):
    """The server will not do it; the text has its words."""

    def __init__(self, outcome: Outcome, doing: str) -> None:
        super().__init__(f"The server refuses {doing}: {outcome.why}.", exit_code=Exit.REFUSED)
        self.outcome = outcome


class AbsentError(CallRefusedError):
    """There is no such file or address."""


class TooLargeError(CallRefusedError):
    """The file is too large for the server."""


class UnfinishedError(PushError):
    """The server cannot do it now; the same push may go on later."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}. Run the same command again, and it goes on.", exit_code=Exit.UNFINISHED)


class QuotaError(UnfinishedError):
    """The calls of the day are used up."""


class OutcomeUnknownError(Exception):
    """The work may be done or not; the text is what came in place of an answer."""


class StoppedError(Exception):
    """Nothing new is to be sent."""
