"""Runs a push that was asked for on the command line."""

import signal
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, NoReturn

from leadline.cli.push_shown import PushShown
from leadline.client.calls.login import Login, find_login
from leadline.client.errors import Exit, PushError
from leadline.client.options import PushOptions
from leadline.client.pushing import plan_push, push
from leadline.client.sending.interrupts import SIGNALS


def run_push(options: PushOptions, given: Mapping[str, Any]) -> NoReturn:
    """Push a file, or show what that would do, and leave with the exit code."""
    shown = shown_of(given)

    def work() -> Exit:
        login = login_of(given)
        save_memory()
        if given["plan_only"]:
            found = plan_push(options, login, shown.tell)
            return shown.end_of_plan(found, options.pace.calls_per_20s)
        return shown.end(push(options, login, shown.tell, shown.ask))

    sys.exit(ended(shown, work))


def shown_of(given: Mapping[str, Any]) -> PushShown:
    """Return what shows a push as its options say."""
    return PushShown(as_json=given["as_json"], quiet=given["quiet"])


def login_of(given: Mapping[str, Any]) -> Login:
    """Return where to push and as whom; raises `PushError`."""
    return find_login(given["to"], given["credentials"], allow_plain_http=given["allow_plain_http"])


def save_memory() -> None:
    """Let Arrow take memory as all else does: its own allocator keeps what a push has read with."""
    import pyarrow as pa

    pa.set_memory_pool(pa.system_memory_pool())


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """End what is done before and after pieces are on their way; asyncio would wait for the next pause."""
    raise KeyboardInterrupt


def ended(shown: PushShown, work: Callable[[], Exit]) -> Exit:
    """Do a push's work to its end, also where it cannot begin or go on, or a signal ends it."""
    for each in SIGNALS:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _interrupt)
    try:
        return work()
    except PushError as error:
        return shown.fail(error)
    except KeyboardInterrupt:
        stopped = "Stopped. Run the same command again, and it goes on."
        return shown.fail(PushError(stopped, exit_code=Exit.INTERRUPTED))
