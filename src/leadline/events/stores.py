"""Stores that cannot be used, for a moment or until somebody mends them."""

from typing import Annotated

from leadline.errors import (
    StoreBusyError,
    StoreDownError,
    StoreFilesError,
    StoreFullError,
    StoreHeldError,
    StoreRightsError,
)
from leadline.events.event import Emit, Event
from leadline.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class StoreBusy(Event):
    """A transaction could not get its lock and is tried again."""

    munchkin_id: Annotated[str, "the subscription; blank where it is the directory of subscriptions"]
    attempt: Annotated[int, "which attempt failed, counted from 1; 0 where a worker looked for work"]


@dataclass(frozen=True, slots=True)
class StoreDown(Event):
    """The server of a store does not answer, or not as it must; calls are answered 608 and workers try again.

    It is written at most every ten seconds.
    """

    level = "error"
    repeat_seconds = 10.0
    munchkin_id: Annotated[str, "the subscription; blank where it is the directory of subscriptions"]
    why: Annotated[str, "what the server or the system said"]


@dataclass(frozen=True, slots=True)
class WriteTurnHeld(Event):
    """Others hold the write turn of an embedded store for so long that it was given up; its jobs wait.

    A process that is suspended, such as `leadline setup` behind Ctrl-Z, is let go on or ended.
    """

    level = "warning"
    munchkin_id: Annotated[str, "the subscription; blank where it is the directory of subscriptions"]
    pid: Annotated[int | None, "the process that holds it, null where the system does not tell"]


_MORE_FILES = "raise LimitNOFILE of the service, or `ulimit -n`, and start it again"


@dataclass(frozen=True, slots=True)
class FilesExhausted(Event):
    """A store could not be opened: this process, or the machine, has as many files open as it may."""

    level = "error"
    munchkin_id: Annotated[str, "the subscription; blank where it is the directory of subscriptions"]
    limit: Annotated[int, "how many files the process may have open"]
    advice: Annotated[str, "what to do"]


@dataclass(frozen=True, slots=True)
class RightsMissing(Event):
    """The database does not let the server's role at a store: calls are answered 608, jobs wait.

    It is written at most every ten seconds.
    """

    level = "error"
    repeat_seconds = 10.0
    munchkin_id: Annotated[str, "the subscription; blank where it is the directory of subscriptions"]
    advice: Annotated[str, "what the role may not do, and the command that grants it"]


@dataclass(frozen=True, slots=True)
class StoreFull(Event):
    """The disk of a store is full; what was to be written waits until there is space."""

    level = "error"
    munchkin_id: Annotated[str, "the subscription"]


@dataclass(frozen=True, slots=True)
class StoreFailed(Event):
    """A subscription's store cannot be used: damaged, missing, closed to this user. The others go on."""

    level = "error"
    munchkin_id: Annotated[str, "the subscription"]
    why: Annotated[str, "a sentence that says what is wrong"]


@dataclass(frozen=True, slots=True)
class SubscriptionLost(Event):
    """A subscription was removed while this process worked for it; what was begun is dropped."""

    munchkin_id: Annotated[str, "the subscription that was removed"]


def tell_busy(emit: Emit, munchkin_id: str, error: StoreBusyError, attempt: int = 0) -> None:
    """Emit why a store could not be used just now, unless that was told a moment before."""
    match error:
        case StoreFullError():
            emit(StoreFull(munchkin_id))
        case StoreHeldError():
            if error.is_news:
                emit(WriteTurnHeld(munchkin_id, error.pid))
        case StoreFilesError():
            emit(FilesExhausted(munchkin_id, error.limit, _MORE_FILES))
        case StoreRightsError():
            emit(RightsMissing(munchkin_id, str(error)))
        case StoreDownError():
            emit(StoreDown(munchkin_id, str(error)))
        case _:
            emit(StoreBusy(munchkin_id, attempt))
