"""The demo as a newcomer has it: `leadline demo` in a directory of its own, with the examples beside it."""

import os
import re
import shutil
import subprocess
import threading
from pathlib import Path

from tests.harness import LEADLINE, until

ROOT = Path(__file__).parents[2]


class Demo:
    """A running demo, as `make run` starts it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "examples", folder / "examples")
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [LEADLINE, "demo", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        until(lambda: "stays until Ctrl-C" in self.text or self.process.poll() is not None)

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(self.process.stdout)

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
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


def run(demo: Demo, *command: str) -> str:
    """Run a command in the demo's directory and return what it prints."""
    done = subprocess.run(
        command,
        cwd=demo.folder,
        env=os.environ | {"BASE": demo.address},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
