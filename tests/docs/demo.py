"""Servers as a newcomer starts them, from the command line."""

import os
import pty
import re
import shutil
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

from tests.harness import LEADLINE
from tests.harness import until as wait

ROOT = Path(__file__).parents[2]


class Started:
    """A `leadline` command that serves, in a directory of its own."""

    def __init__(self, folder: Path, *command: str, until: str, on_terminal: bool = False) -> None:
        self.folder = folder
        self.lines: list[str] = []
        reads, writes = pty.openpty() if on_terminal else os.pipe()
        self._output = os.fdopen(reads)
        self.process = subprocess.Popen(
            [LEADLINE, *command], stdout=writes, stderr=subprocess.STDOUT, cwd=folder
        )
        os.close(writes)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        wait(lambda: until in self.text or self.process.poll() is not None)

    def _read(self) -> None:
        with suppress(OSError):  # a terminal whose last program has ended
            self.lines.extend(self._output)

    @property
    def text(self) -> str:
        return "".join(self.lines)

    @property
    def address(self) -> str:
        return re.findall(r"ready at (http://\S+)", self.text)[0]

    def stop(self) -> int:
        self.process.terminate()
        code = self.process.wait(60)
        self._reader.join()
        self._output.close()
        return code


class Demo(Started):
    """A running demo, as `make run` starts it, with the examples beside it."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(ROOT / "examples", folder / "examples")
        super().__init__(folder, "demo", "--port", "0", until="stays until Ctrl-C")


def run(server: Started, *command: str) -> str:
    """Run a command in a server's directory and return what it prints."""
    done = subprocess.run(
        command,
        cwd=server.folder,
        env=os.environ | {"BASE": server.address},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
