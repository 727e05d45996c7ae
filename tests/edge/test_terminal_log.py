"""The log of a real server whose standard error is a terminal."""

import json
import os
import re
import subprocess
from pathlib import Path

from tests.harness import LEADLINE


def logged_on_a_terminal(tmp_path: Path, **env: str) -> list[str]:
    """Return the lines that a server writes to a terminal, from its start until it is told to end."""
    command = [LEADLINE, "serve", "--data", str(tmp_path / "d"), "--workers", "0", "--port", "0"]
    terminal, its_side = os.openpty()
    variables = {**os.environ, "TERM": "xterm", "NO_COLOR": "", **env}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=its_side, env=variables) as process:
        os.close(its_side)
        try:
            text = ""
            while not re.search("ServerReady.*\n", text):
                text += os.read(terminal, 4096).decode()
            process.terminate()
            assert process.wait(30) == 0
        finally:
            process.kill()
            os.close(terminal)
    return text.splitlines()


def test_people_are_told_in_short_lines(tmp_path: Path) -> None:
    (line,) = [each for each in logged_on_a_terminal(tmp_path) if "ServerReady" in each]
    plain = re.sub(r"\x1b\[[\d;]*m", "", line)
    assert line != plain, "it is coloured"
    assert re.fullmatch(r"\d\d:\d\d:\d\d info    ServerReady address=http://127\.0\.0\.1:\d+", plain), plain


def test_a_setting_beats_the_terminal(tmp_path: Path) -> None:
    lines = logged_on_a_terminal(tmp_path, LEADLINE_LOG_FORMAT="json")
    (line,) = [json.loads(each) for each in lines if "ServerReady" in each]
    assert (line["event"], line["level"]) == ("ServerReady", "info")
