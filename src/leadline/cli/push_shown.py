"""How a push is shown: on a terminal, as lines, as JSON, or hardly at all; and how a person is asked."""

import sys
from contextlib import suppress
from select import select
from typing import Protocol

from leadline.cli.outputs import say
from leadline.client.clock import MachineClock, instant
from leadline.client.errors import Exit, PushError
from leadline.client.events import Ask, Event, PlanShown
from leadline.client.progress.json_lines import JsonProgress, line_of, members_of
from leadline.client.progress.lines import LineProgress
from leadline.client.progress.sentences import duration, sentence_of
from leadline.client.results.previewed import Previewed
from leadline.client.results.report import Counts, Report
from leadline.client.undoing import OUTCOMES, Undone

_WINDOW_SECONDS = 20
_SIGNAL_SECONDS = 0.1
"""A signal that interrupts no wait is seen within so long."""


class _Progress(Protocol):
    """What events are told to."""

    def tell(self, event: Event) -> None:
        """Show an event."""
        ...

    def close(self) -> None:
        """Show nothing more."""
        ...


class _Nothing:
    """Shows no event."""

    def tell(self, event: Event) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Show nothing more."""


class PushShown:
    """Shows a push and its end; results go to stdout, talk goes to stderr."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self._as_json = as_json
        self._quiet = quiet
        self._progress = self._chosen()
        self._plan = PlanShown(0, 0, 0, 0, 0)

    @property
    def ask(self) -> Ask | None:
        """What puts a question to a person, None where nobody sits before a terminal."""
        is_seen = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
        return self._ask if is_seen and not self._as_json else None

    def tell(self, event: Event) -> None:
        """Show an event."""
        if isinstance(event, PlanShown):
            self._plan = event
        with suppress(OSError):  # the terminal is gone, and the push is not
            self._progress.tell(event)

    def _close(self) -> None:
        with suppress(OSError):
            self._progress.close()

    def end(self, report: Report) -> Exit:
        """Show what a push came to, and where its results are; return the exit code."""
        self._close()
        if self._as_json:
            say(line_of({"event": "report", **report.as_json()}))
        elif not self._quiet:
            say(table_of(report.counts))
            say(report.message)
            if report.out is not None:
                say(f"The results are in {report.out}.")
        elif report.exit is not Exit.IMPORTED:
            say(report.message, err=True)
        return report.exit

    def end_of_plan(self, found: Previewed | None, calls_per_20s: int) -> Exit:
        """Show what a push would send and do; return the exit code."""
        self._close()
        plan = self._plan
        seconds = plan.calls / calls_per_20s * _WINDOW_SECONDS
        if self._as_json:
            preview = None if found is None else found.as_json()
            say(line_of({"event": "plan", **members_of(plan), "secondsAtLeast": seconds, "preview": preview}))
            return Exit.IMPORTED
        for line in () if found is None else found.lines():
            say(line)
        say(f"{sentence_of(plan)} They take {duration(seconds)} at least. Nothing was imported.")
        if found is None:
            say("This server cannot say what an import would do.")
        elif plan.pieces > 1:
            say("Each piece was looked at by itself: what rows of one key do to each other is not in it.")
        return Exit.IMPORTED

    def end_of_undo(self, undone: Undone) -> Exit:
        """Show what was taken back; return the exit code."""
        self._close()
        exit_code = Exit.REFUSED if undone.refused else Exit.IMPORTED
        if self._as_json:
            rows = {name: undone.rows[name] for name in OUTCOMES}
            told = {"event": "undone", "jobs": undone.jobs, **rows, "exit": exit_code}
            say(line_of({**told, "message": undone.message}))
        elif exit_code is not Exit.IMPORTED or not self._quiet:
            say(undone.message, err=self._quiet)
        return exit_code

    def fail(self, error: PushError) -> Exit:
        """Show why a push cannot begin or go on; return the exit code."""
        self._close()
        if self._as_json:
            report = Report(Counts(), 0, 0, error.exit_code, " ".join(error.sentences))
            say(line_of({"event": "report", **report.as_json()}))
        for sentence in error.sentences:
            say(f"leadline: {sentence}", err=True)
        return error.exit_code

    def _chosen(self) -> _Progress:
        clock = MachineClock()
        if self._quiet:
            return _Nothing()
        if self._as_json:
            return JsonProgress(say, lambda: instant(clock.now()))
        if sys.stderr.isatty():
            from leadline.client.progress.terminal import TerminalProgress  # loads rich

            return TerminalProgress(sys.stderr)
        return LineProgress(_to_stderr, clock.monotonic)

    def _ask(self, question: str) -> bool:
        self._close()  # the next event shows it again
        say(f"{question}? [y/N] ", err=True)
        return _line().strip().lower() in ("y", "yes")


def _line() -> str:
    """Read a line from a person, and be ended by a signal until it is there.

    Python sees a signal that comes just before it begins to wait only when it has waited: that is not for
    a person to end. Windows waits for sockets alone, and its Ctrl-C ends any wait.
    """
    while sys.platform != "win32" and not select([sys.stdin], [], [], _SIGNAL_SECONDS)[0]:
        pass
    return sys.stdin.readline()


def table_of(counts: Counts) -> str:
    """Return the counts as a table; what is zero and of no concern is left out."""
    lines: list[tuple[str, int]] = [("rows", counts.rows), ("imported", counts.imported)]
    more = (
        ("  with a warning", counts.warned),
        ("failed", counts.failed),
        ("not imported", counts.not_imported),
        ("  outcome unknown", counts.unknown),
    )
    lines += [line for line in more if line[1]]
    width = len(f"{counts.rows:,}")
    return "\n".join(f"{name:<18}{number:>{width},}" for name, number in lines)


def _to_stderr(line: str) -> None:
    say(line, err=True)
