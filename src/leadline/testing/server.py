"""A sandbox that runs, started here or elsewhere."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from leadline.testing.control import Control, ControlError
from leadline.testing.seeds import seed_files, seed_folder
from leadline.testing.subscription import MEMBERS, Subscription

CONTROL_PATH = "/leadline/sandbox/v1"
_ENDING_SECONDS = 10.0
_SETUP_SUFFIXES = (".yaml", ".yml", ".json")

Setup = Mapping[str, Any] | str | Path
"""A subscription file: its path, its text, or what it holds."""

Seed = Mapping[str, Any] | str | Path
"""A folder of CSV files, or what `Subscription.seed` takes, by name."""


class Server:
    """A sandbox: it makes subscriptions, each of which knows nothing of the others."""

    def __init__(self, url: str, control_token: str | None = None) -> None:
        self.url = url.rstrip("/")
        self.control_url = self.url + CONTROL_PATH
        self._control = Control(self.control_url, control_token)

    def subscription(
        self,
        *,
        name: str | None = None,
        setup: Setup | None = None,
        seed: Seed | None = None,
        original: bool = False,
        limits: Mapping[str, Any] | None = None,
        rules: Mapping[str, Any] | None = None,
    ) -> Subscription:
        """Make a subscription; raises `ControlError` for what the sandbox refuses.

        From a `name` follow its ids and secrets: the same name gives the same ones each time. With
        `original` nothing of Leadline's own is served. `limits` and `rules` are this one's alone, with
        the names that a subscription file has for them.
        """
        fields: dict[str, object] = {
            "name": name,
            "setup": _setup(setup),
            "original": original or None,
            "limits": limits and dict(limits),
            "rules": rules and dict(rules),
        }
        body = {field: value for field, value in fields.items() if value is not None}
        answer = self._control.call("POST", "subscriptions", body, members=MEMBERS)
        made = Subscription(self, answer, self._control)
        try:
            if seed is not None:
                made.seed_with(_files(seed))
        except BaseException:
            made.delete()
            raise
        return made


class StartedServer(Server):
    """A sandbox that was started here and ends with this process at the latest."""

    def __init__(self, options: Sequence[str] = ()) -> None:
        """Start one and wait until it is ready; raises `RuntimeError` with what it says where it is not."""
        program = "from leadline.cli.main import main; main()"
        with ExitStack() as streams:
            talk = streams.enter_context(tempfile.TemporaryFile())
            self._process = subprocess.Popen(
                [sys.executable, "-c", program, "sandbox", "--print", "json", *options],
                stdin=subprocess.PIPE,  # the sandbox ends when it is closed
                stdout=subprocess.PIPE,
                stderr=talk,
                process_group=0,  # Ctrl-C is for who started it, and who ends it when all is cleared up
            )
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            streams.enter_context(self._process.stdin)
            line = streams.enter_context(self._process.stdout).readline()
            if not line:
                self._process.wait()
                talk.seek(0)
                said = talk.read().decode(errors="replace").strip()
                raise RuntimeError(f"The sandbox has not started: {said}")
            self._streams = streams.pop_all()
        told = json.loads(line)
        self.pid: int = told["pid"]
        super().__init__(told["url"], told.get("controlToken"))

    def stop(self) -> None:
        """End it; it may be ended already."""
        self._process.terminate()
        try:
            self._process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._streams.close()


@contextmanager
def sandbox(*, options: Sequence[str] = (), **fields: Any) -> Iterator[Subscription]:
    """Run a sandbox for the time of a block, and give a subscription of it.

    `fields` are those of `Server.subscription`, `options` those of the command `leadline sandbox`.
    """
    server = StartedServer(options)
    try:
        yield server.subscription(**fields)
    finally:
        server.stop()


def _setup(setup: Setup | None) -> str | dict[str, Any] | None:
    """Return a set-up as the control call takes it; raises `OSError`."""
    if isinstance(setup, Mapping):
        return dict(setup)
    if isinstance(setup, Path) or (setup is not None and setup.endswith(_SETUP_SUFFIXES)):
        return Path(setup).read_text("utf-8")
    return setup


def _files(seed: Seed) -> dict[str, str]:
    return seed_files(**seed) if isinstance(seed, Mapping) else seed_folder(Path(seed))


__all__ = ["ControlError", "Seed", "Server", "Setup", "StartedServer", "sandbox"]
