"""Why a call has come to nothing."""

from leadline.client.calls.login import WHERE_SAID
from leadline.client.calls.refusals import Meaning, Outcome
from leadline.client.errors import Exit, PushError


class CallRefusedError(PushError):
    """The server will not do it; the text has its words."""

    def __init__(self, outcome: Outcome, doing: str, advice: str = "") -> None:
        super().__init__(
            f"The server refuses {doing}: {outcome.why}. {advice}".rstrip(), exit_code=Exit.REFUSED
        )
        self.outcome = outcome


class CredentialsError(CallRefusedError):
    """The server knows no such client id and secret: they were changed, or its subscription is gone."""

    def __init__(self, outcome: Outcome, doing: str) -> None:
        super().__init__(outcome, doing, f"Give the client id and secret that are good now: {WHERE_SAID}.")


class AbsentError(CallRefusedError):
    """There is no such file or address."""


class OtherServerError(PushError):
    """What is there answers, and is no server of this API."""

    def __init__(self, address: str, outcome: Outcome) -> None:
        is_final = outcome.meaning in (Meaning.FINAL, Meaning.ABSENT)
        again = "" if is_final else " Where it is that, run the same command again."
        super().__init__(
            f"{address} answers as no server of this API does ({outcome.why}): give the address of the REST "
            f"API, such as https://123-abc-456.mktorest.com, or the munchkin id.{again}",
            exit_code=Exit.REFUSED if is_final else Exit.UNFINISHED,
        )


class UntrustedError(PushError):
    """The server shows a certificate that nobody known here has signed."""

    def __init__(self, address: str, outcome: Outcome) -> None:
        super().__init__(
            f"The certificate of {address} is not trusted ({outcome.words}). Where it is the right one, name "
            "the file of who signed it: SSL_CERT_FILE=FILE.",
            exit_code=Exit.REFUSED,
        )


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
