"""A push as a process of its own, which may die by SIGKILL at a line of its manifest.

`python -m tests.push.whole.program FILE SPEED IN_FLIGHT WHERE NUMBER`: WHERE is `before` or `after` the line of
this number that the process writes, or `never`. The profiler of Python sees the very calls that
write; nothing of the push is changed.
"""

import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from leadline.client import PushError, PushOptions, Unknown, find_login, push
from tests.push.whole.pushes import SMALL, FastClock


def die_at(where: str, number: int) -> None:
    """Let this process be killed at a line: before it is written, or when it is on the disk."""
    event, function = ("c_call", os.write) if where == "before" else ("c_return", os.fsync)
    seen = 0

    def profile(frame: FrameType, happens: str, called: Any) -> None:
        nonlocal seen
        if happens == event and called is function and frame.f_code.co_qualname == "Journal.append":
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(profile)


def main() -> None:
    file, speed, in_flight, where, number = sys.argv[1:]
    if where != "never":
        die_at(where, int(number))
    pace = replace(SMALL, in_flight=int(in_flight))
    options = PushOptions(Path(file), pace=pace, unknown=Unknown.RESEND)
    try:
        report = push(options, find_login(), clock=FastClock(float(speed)))
    except PushError as error:
        print(json.dumps({"exit": int(error.exit_code), "message": str(error)}), flush=True)
        sys.exit(int(error.exit_code))
    print(json.dumps(report.as_json()), flush=True)
    sys.exit(int(report.exit))


if __name__ == "__main__":
    main()
