"""Why a push stops, in sentences that say what to do."""

import tempfile
from enum import IntEnum


class Exit(IntEnum):
    """How a push ended, as its exit code."""

    IMPORTED = 0
    ROWS_MISSING = 1
    USAGE = 2
    REFUSED = 3
    UNFINISHED = 4
    UNKNOWN = 5
    INTERRUPTED = 130


class PushError(Exception):
    """A push cannot begin or go on; the text has all faults, a sentence each."""

    def __init__(self, *sentences: str, exit_code: Exit = Exit.USAGE) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences
        self.exit_code = exit_code


def unwritable(error: OSError) -> str:
    """Return what to say of a file that cannot be written; one without a name is a temporary one."""
    temporary = f"A temporary file in {tempfile.tempdir or 'any folder'} (TMPDIR names another folder)"
    what, why = error.filename or temporary, error.strerror or error
    return f"{what} cannot be written: {why}. Make room, and run the same command again."


class FileChangedError(PushError):
    """The user's file is another than it was when the push began."""
