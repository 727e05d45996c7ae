"""Whatever stands where a command expects something else: one sentence, no trace, no hang.

Where permissions matter the commands run as somebody to whom they apply, which they do not to root.
"""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.commands import leadline
from tests.harness import LEADLINE, subscription

DEADLINE_SECONDS = 60
BOUND = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
NOISE = bytes(range(256)) * 40


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*BOUND, LEADLINE, *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
    )


def file(name: str, content: bytes, mode: int = 0o600) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
        (folder / name).chmod(mode)

    return make


def directory(name: str, mode: int = 0o700) -> Callable[[Path], None]:
    return lambda folder: (folder / name).mkdir(mode)


def pipe(name: str) -> Callable[[Path], None]:
    return lambda folder: os.mkfifo(folder / name)


GOOD = yaml.safe_dump(subscription()).encode()
SETUP, SERVE = ("setup", "s.yaml", "--data", "d"), ("serve", "--port", "0", "--workers", "0", "--data", "d")
DEMO = ("demo", "--port", "0", "--data", "d", "--examples", "e")
TLS = ("--tls-cert", "c", "--tls-key", "c")
ODD: dict[str, tuple[tuple[str, ...], list[Callable[[Path], None]], str]] = {
    "a file that may not be read": (SETUP, [file("s.yaml", GOOD, 0)], "is not readable"),
    "a directory for a file": (SETUP, [directory("s.yaml")], "is a directory"),
    "noise": (SETUP, [file("s.yaml", NOISE)], "is not a YAML file in UTF-8"),
    "a pipe that nobody writes into": (SETUP, [pipe("s.yaml")], "is no file"),
    "a device without end": (("setup", "/dev/zero"), [], "is no file"),
    "data that may not be read": (SETUP, [file("s.yaml", GOOD), directory("d", 0)], "is not readable"),
    "data that may not be written": (SETUP, [file("s.yaml", GOOD), directory("d", 0o500)], "Cannot use d"),
    "data in what may not be written": (
        ("setup", "s.yaml", "--data", "p/d"),
        [file("s.yaml", GOOD), directory("p", 0o500)],
        "Cannot use p/d",
    ),
    "a control store of noise": (
        SETUP,
        [file("s.yaml", GOOD), file("d/control.db", NOISE)],
        "cannot be used",
    ),
    "a control store that may not be read": (
        SETUP,
        [file("s.yaml", GOOD), file("d/control.db", NOISE, 0)],
        "cannot be used",
    ),
    "a file for a folder of the store": (
        SETUP,
        [file("s.yaml", GOOD), file("d/workers", b"")],
        "Cannot use d",
    ),
    "settings of noise": (("check",), [file("leadline.toml", NOISE)], "leadline.toml cannot be read"),
    "settings that may not be read": (
        ("check",),
        [file("leadline.toml", b"", 0)],
        "leadline.toml cannot be read",
    ),
    "a directory of settings": (("check",), [directory("leadline.toml")], "leadline.toml cannot be read"),
    "a pipe for settings": (("check",), [pipe("leadline.toml")], "leadline.toml cannot be read"),
    "a store of noise is checked": (
        ("check", "--data", "d"),
        [file("d/control.db", NOISE)],
        "cannot be read",
    ),
    "a host that is none": ((*SERVE, "--host", "999.1.1.1"), [], "Cannot listen on 999.1.1.1"),
    "a certificate of noise": ((*SERVE, *TLS), [file("c", NOISE)], "cannot be used for TLS"),
    "a pipe for a certificate": ((*SERVE, *TLS), [pipe("c")], "cannot be used for TLS"),
    "a directory for a set-up": ((*SERVE, "--setup", "."), [], "File '.' is a directory"),
    "data in the kernel": (("serve", "--port", "0", "--data", "/proc/x"), [], "Cannot use /proc/x"),
    "a database that nobody has": (
        ("work", "--database", "postgresql://127.0.0.1:1/x"),
        [],
        "127.0.0.1:1/x does not answer",
    ),
    "an example of noise": (DEMO, [file("e/subscription.yaml", NOISE)], "is not a YAML file in UTF-8"),
    "an example that is a list": (DEMO, [file("e/subscription.yaml", b"[1]")], "is refused"),
    "an example without leads": (DEMO, [file("e/subscription.yaml", GOOD)], "leads.csv is no file"),
    "credentials of noise": (
        DEMO,
        [file("e/subscription.yaml", GOOD), file("e/leads.csv", b""), file("d/credentials.json", NOISE)],
        "d/credentials.json cannot be used",
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_one_sentence(tmp_path: Path, name: str) -> None:
    arguments, preparations, sentence = ODD[name]
    for prepare in preparations:
        prepare(tmp_path)
    done = run(tmp_path, *arguments) if "may not be" in name else leadline(*arguments, cwd=tmp_path)
    told = done.stdout + done.stderr
    assert done.returncode in (1, 2), told
    assert sentence in told
    assert "Traceback" not in told
    assert told.count("\n") <= 3, told


def test_a_subscription_file_through_a_pipe(tmp_path: Path) -> None:
    """As `<(...)` gives one, where a secret is not to lie in a file."""
    command = f"{LEADLINE} setup <(cat s.yaml) --data d"
    file("s.yaml", GOOD)(tmp_path)
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=DEADLINE_SECONDS
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "credential tests added" in done.stdout


def test_a_closed_output(tmp_path: Path) -> None:
    """It is set up all the same; what could not be printed is no secret."""
    file("s.yaml", GOOD)(tmp_path)
    command = f"{LEADLINE} setup s.yaml --data d >&-"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=DEADLINE_SECONDS
    )
    assert (done.returncode, done.stderr) == (0, "")
