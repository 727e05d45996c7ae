"""What ends a process that serves another one: a signal, the end of a command, or the end of its parent."""

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from queue import SimpleQueue

from leadline.cli.main import BY_SIGNAL, SIGNALS
from leadline.config import environment_with
from leadline.errors import OperatorError

NOT_FOUND, NOT_EXECUTABLE = 127, 126


class CommandFailedError(OperatorError):
    """A command cannot be started; a shell would end with the exit code."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


class Watch:
    """Waits on the main thread for the reason to end, of which the first one counts.

    A signal is the usual end of what serves, with 0; one that comes before that, or before the command that
    is to run, is not: who waits for the command must not take it for done.
    """

    def __init__(self) -> None:
        """Take the signals from now on, SIGHUP unless it was switched off before."""
        self._ends: SimpleQueue[int] = SimpleQueue()
        self._serves = False
        self._command: subprocess.Popen[bytes] | None = None
        for each in SIGNALS:
            if each is not signal.SIGHUP or signal.getsignal(each) is not signal.SIG_IGN:  # as nohup does
                signal.signal(each, self._take)

    def _take(self, number: int, frame: object) -> None:
        """Pass a signal on to the command, whose end is waited for, or end."""
        if self._command is None:
            self._ends.put(0 if self._serves else BY_SIGNAL + number)
        elif number != signal.SIGINT or not _is_in_foreground():
            with suppress(ProcessLookupError):
                self._command.send_signal(number)

    def end(self, exit_code: int) -> None:
        """End, from any thread."""
        self._ends.put(exit_code)

    @property
    def is_over(self) -> bool:
        """Whether there is a reason to end already."""
        return not self._ends.empty()

    def serve(self) -> None:
        """Serve until a signal, or until the pipe is closed that is the standard input.

        It is closed when who holds it dies.
        """
        self._serves = True
        if stat.S_ISFIFO(os.fstat(0).st_mode) or stat.S_ISSOCK(os.fstat(0).st_mode):
            threading.Thread(target=self._read_to_the_end, daemon=True).start()

    def _read_to_the_end(self) -> None:
        with suppress(OSError):
            while os.read(0, 4096):
                pass
        self._ends.put(0)

    def start(self, command: Sequence[str], variables: Mapping[str, str]) -> None:
        """Start a command and end when it ends; raises `CommandFailedError`."""
        try:
            self._command = subprocess.Popen(command, env=environment_with(variables))
        except OSError as error:
            code = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
            raise CommandFailedError(f"Cannot run {command[0]}: {error.strerror}.", code) from error
        threading.Thread(target=self._wait_for, args=(self._command,), daemon=True).start()

    def _wait_for(self, command: "subprocess.Popen[bytes]") -> None:
        code = command.wait()
        self._ends.put(code if code >= 0 else BY_SIGNAL - code)

    def end_command(self) -> None:
        """End the command, if it still runs."""
        if self._command is not None and self._command.poll() is None:
            self._command.terminate()
            self._command.wait()

    def wait(self) -> int:
        """Wait for the end; return the exit code."""
        return self._ends.get()


def _is_in_foreground() -> bool:
    """Tell whether the terminal sends its Ctrl-C to this process and what it started alike."""
    try:
        return os.tcgetpgrp(sys.stderr.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False
