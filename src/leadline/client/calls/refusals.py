"""What each answer of a server means for the call: the one table of it (contract §13)."""

from dataclasses import dataclass
from enum import Enum, auto


class Meaning(Enum):
    """What an answer says of a call, and of whether its work was done."""

    TAKEN = auto()
    """The work is done."""

    LATER = auto()
    """The queue or the list is full: no fault, and not taken."""

    SLOWER = auto()
    """Too many calls: all calls pause, and this one was not taken."""

    QUOTA = auto()
    """The calls of the day are used up."""

    TOKEN = auto()
    """The token is no longer good; not taken."""

    AGAIN = auto()
    """The server cannot just now; not taken."""

    TOO_LARGE = auto()
    """The file is too large; not taken."""

    OFFLINE = auto()
    """There was no connection: nothing was sent."""

    LOST = auto()
    """The work may be done or not: there is no answer, or none of the API."""

    ABSENT = auto()
    """There is no such file or address."""

    FINAL = auto()
    """Not taken, and it would not be another time."""

    @property
    def is_definite(self) -> bool:
        """Tell whether it is known that nothing was done."""
        return self not in (Meaning.TAKEN, Meaning.LOST)


_OF_CODES = {
    "413": Meaning.TOO_LARGE,
    "601": Meaning.TOKEN,
    "602": Meaning.TOKEN,
    "604": Meaning.LOST,
    "606": Meaning.SLOWER,
    "607": Meaning.QUOTA,
    "608": Meaning.AGAIN,
    "611": Meaning.LOST,
    "615": Meaning.SLOWER,
    "713": Meaning.AGAIN,
    "1016": Meaning.LATER,
    "1019": Meaning.LATER,
}
_OF_HTTP = {
    404: Meaning.ABSENT,
    408: Meaning.LOST,
    413: Meaning.TOO_LARGE,
    429: Meaning.SLOWER,
    503: Meaning.AGAIN,
}


NO_WORDS = "HTTP status"
"""In place of words, before the status."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one try of a call ended: its meaning, the code and words of the server, when to come again."""

    meaning: Meaning
    code: str = ""
    words: str = ""
    retry_after: float | None = None

    @property
    def why(self) -> str:
        """Return code and words as people read them."""
        parts = (self.words, self.code) if self.is_wordless else (self.code, self.words)
        return " ".join(filter(None, parts))

    @property
    def is_wordless(self) -> bool:
        """Tell whether an HTTP status is all that has come: the API says more."""
        return self.words == NO_WORDS


def meaning_of_code(code: str) -> Meaning:
    """Return what an error of the API's envelope means."""
    return _OF_CODES.get(code, Meaning.FINAL)


def meaning_of_http(status: int) -> Meaning:
    """Return what an HTTP status means that came without an error of the API."""
    usual = Meaning.LOST if status >= 500 or status < 300 else Meaning.FINAL
    return _OF_HTTP.get(status, usual)
