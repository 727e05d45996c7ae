"""Faults that are no answer yet: the operator's, and those of the store. Faults of single rows are data."""


class OperatorError(Exception):
    """The operator's configuration, file or store is wrong; the text is a sentence that says what to do."""


class StoreBusyError(Exception):
    """A lock of the store could not be had in time; the same call may work a moment later."""


class StoreHeldError(StoreBusyError):
    """Somebody keeps the write turn of a store for too long, such as a process that is suspended.

    `pid` is whoever that is, None where it cannot be told; `is_news` says that it was not told just before.
    """

    def __init__(self, text: str, pid: int | None = None, *, is_news: bool = False) -> None:
        super().__init__(text)
        self.pid = pid
        self.is_news = is_news


class StoreDownError(StoreBusyError):
    """The store's server does not answer, or not as it must; it may be back a moment later."""


class StoreRightsError(StoreDownError):
    """The database does not let this role at the rows of a store, until its owner grants that.

    The text is a sentence that names the command which does.
    """


class StoreFilesError(StoreDownError):
    """The process has as many files open as it may, and can close none."""

    def __init__(self, text: str, limit: int) -> None:
        super().__init__(f"{text}: all {limit} open files that this process may have are in use")
        self.limit = limit


class StoreFullError(StoreBusyError):
    """The store's disk is full; the same call works when there is space again."""


class StoreFaultError(Exception):
    """The store refused or failed: a write that failed, a file damaged."""


class StoreDeniedError(StoreFaultError):
    """The database lets only an owner do that, not this role."""

    def __init__(self, text: str, role: str = "") -> None:
        super().__init__(text)
        self.role = role


class StoreMissingError(StoreFaultError):
    """The store of a known subscription is not where the directory says; an empty one would hide the loss."""


class UploadDamagedError(StoreFaultError):
    """An uploaded file has not the bytes that its store says; the text names it."""


class StoreConflictError(StoreFaultError):
    """What was to be created exists already: another was faster, or a guard against doubles has held."""
