"""What a piece of work is whose every write is struck: what is there before, what runs, what must be there after."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from tests.crash.calls import Watched

ROWS = 200
Under = Sequence[str]


class Work(ABC):
    """Some work on a store of its own; `under` is the command that the program runs under."""

    watched = Watched.STORE
    """Whose calls are struck."""

    env: dict[str, str] | None = None
    """What the program that is struck gets to see, beside the usual."""

    @abstractmethod
    def prepare(self, data: Path) -> None:
        """Make what is there before."""

    @abstractmethod
    def run(self, data: Path, under: Under) -> bool:
        """Do the work once; tell whether the program saw its end."""

    @abstractmethod
    def faults(self, data: Path) -> list[str]:
        """Let the work be finished without any fault; return a word for each way in which it is not right."""
